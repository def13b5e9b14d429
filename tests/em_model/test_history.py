from __future__ import annotations

import io
import itertools
import os
import pickle
import re
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import random_mixture

from em_model import (
    SHAPES,
    CollapseError,
    History,
    HistoryError,
    Known,
    Mixture,
    Prior,
    Shape,
    fit,
    log_likelihood,
    lower_bound,
    responsibilities,
    start,
)
from em_model.mixture import FloatArray


def arrays_of(history: History) -> tuple[FloatArray, ...]:
    mixtures, statistics = history.mixtures, history.statistics
    return (mixtures.weights, mixtures.means, mixtures.covariances, statistics.counts, statistics.means,
            statistics.covariances, np.asarray(statistics.entropy), history.log_likelihoods)  # fmt: skip


def assert_bit_for_bit(one: History, other: History) -> None:
    for a, b in zip(arrays_of(one), arrays_of(other), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tobytes() == b.tobytes()
    assert (one.n_points, one.outcome, one.n_steps) == (other.n_points, other.outcome, other.n_steps)


def refusal(path: Path) -> str:
    with pytest.raises(HistoryError) as caught:
        History.load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    assert "; " in message
    return message.removeprefix(f"{path}: ")


@pytest.fixture
def saved(history: History, tmp_path: Path) -> Path:
    path = tmp_path / "fit.npz"
    history.save(path)
    return path


def rewritten(path: Path, **changes: Any) -> Path:
    """Put other arrays into a saved history; None leaves one out."""
    with np.load(path) as archive:
        entries = {name: archive[name] for name in archive.files} | changes
    np.savez(path, **{name: entry for name, entry in entries.items() if entry is not None})
    return path


def test_half_steps_take_turns_and_hold_both_curves(points: FloatArray, history: History) -> None:
    halves = history.half_steps
    assert [half.kind for half in halves] == ["E", "M"] * 12 + ["E"]
    assert [half.step for half in halves] == sorted([*range(1, 13), *range(1, 13), 13])
    for half in halves:
        assert_allclose(half.log_likelihood, log_likelihood(points, half.mixture), rtol=1e-12)
        assert_allclose(half.lower_bound, lower_bound(half.statistics, half.mixture), rtol=1e-14)
        if half.kind == "E":
            assert_allclose(half.lower_bound, half.log_likelihood, rtol=1e-12)
        else:
            assert half.lower_bound < half.log_likelihood
    for before, after in itertools.pairwise(halves):
        if after.kind == "M":  # the posterior is kept, the mixture moves
            assert_array_equal(after.statistics.counts, before.statistics.counts)
        else:
            assert_array_equal(after.mixture.means, before.mixture.means)


def test_history_begins_at_the_start_and_ends_at_the_end(history: History, start_of_three: Mixture) -> None:
    assert_array_equal(history.start.means, start_of_three.means)
    assert_array_equal(history.final.means, history.half_steps[-1].mixture.means)
    assert (history.n_steps, history.n_points, history.outcome) == (12, 1000, "step limit")


def test_counts_of_every_step_are_those_of_its_responsibilities(points: FloatArray, history: History) -> None:
    for step in (0, 5, 12):
        posterior = responsibilities(points, history.mixtures[step])
        assert_allclose(history.statistics.counts[step], posterior.sum(axis=0), rtol=1e-10)


def test_history_is_as_small_for_many_points_as_for_few(clusters: Mixture, start_of_three: Mixture) -> None:
    sizes = []
    for n_points in (100, 100_000):
        points, _ = clusters.sample(n_points, np.random.default_rng(0))
        history = fit(points, start_of_three, max_steps=2, tolerance=0)
        sizes.append(sum(array.nbytes for array in arrays_of(history)))
        for array in arrays_of(history):
            owner = array.base if isinstance(array.base, np.ndarray) else array
            assert owner.size < 100
    assert sizes[0] == sizes[1]


def test_saved_history_comes_back_bit_for_bit(history: History, saved: Path) -> None:
    assert_bit_for_bit(History.load(saved), history)
    assert_bit_for_bit(History.load(str(saved)), history)


@pytest.mark.parametrize("steps", [0, 1])
def test_short_and_converged_and_collapsed_histories_come_back(
    steps: int, points: FloatArray, start_of_three: Mixture, tmp_path: Path
) -> None:
    histories = [fit(points, start_of_three, max_steps=steps), fit(points, start_of_three, tolerance=1.0)]
    with pytest.raises(CollapseError) as caught:
        fit([[0.0], [0.1], [0.3], [9.0]], Mixture([0.5, 0.5], [[0.0], [9.0]], np.ones((2, 1, 1))))
    histories.append(caught.value.history)
    for history in histories:
        history.save(tmp_path / "fit.npz")
        assert_bit_for_bit(History.load(tmp_path / "fit.npz"), history)
    assert {history.outcome for history in histories} == {"step limit", "converged", "collapsed"}


def test_any_name_will_do(history: History, tmp_path: Path) -> None:
    path = tmp_path / "fit of three.history"
    history.save(path)
    assert list(tmp_path.iterdir()) == [path]
    assert_bit_for_bit(History.load(path), history)


def test_file_truncated_anywhere_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    for length in [*range(0, len(content), 37), len(content) - 1]:
        saved.write_bytes(content[:length])
        assert refusal(saved) == "damaged, or not a history; save the fit again"


@pytest.mark.parametrize("flip", [0x01, 0x04, 0x80, 0xFF])
def test_flipped_byte_is_refused_or_changes_nothing(flip: int, history: History, saved: Path) -> None:
    content = saved.read_bytes()
    refused = 0
    for place in range(flip % 3, len(content), 5):
        damaged = bytearray(content)
        damaged[place] ^= flip
        saved.write_bytes(damaged)
        try:
            loaded = History.load(saved)
        except HistoryError as error:
            refused += 1
            assert "\n" not in str(error)  # noqa: PT017
        else:  # a byte of the archive that nobody reads, such as a date
            assert_bit_for_bit(loaded, history)
    assert refused > len(content) / 5 / 2


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"\x93NUMPY", b"x,y\n1,2\n", b"\x00" * 4096, pickle.dumps({"format": 1})],
    ids=["empty", "zip magic", "npy magic", "CSV", "zeros", "pickle"],
)
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "fit.npz"
    path.write_bytes(content)
    assert refusal(path) == "damaged, or not a history; save the fit again"


def test_single_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.arange(3))
    assert refusal(tmp_path / "array.npy") == "damaged, or not a history; save the fit again"


def test_foreign_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.npz"
    np.savez(path, x=np.arange(3))
    assert refusal(path) == "not a history of this package; save one with History.save"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("format", "1")
        archive.writestr("notes.txt", "hello")
    assert refusal(path) == "damaged, or not a history; save the fit again"
    np.savez(path, format=np.array(1))
    assert refusal(path) == "not a history of this package; save one with History.save"


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_pickle_inside_an_archive_is_refused_and_never_run(saved: Path, tmp_path: Path) -> None:
    bomb = np.array([Bomb(tmp_path / "gone off")], dtype=object)
    rewritten(saved, means=bomb)
    assert refusal(saved) == "damaged, or not a history; save the fit again"
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("format.npy", pickle.dumps(Bomb(tmp_path / "gone off")))
    assert refusal(saved) == "damaged, or not a history; save the fit again"
    assert not (tmp_path / "gone off").exists()


def test_saved_file_holds_no_pickle(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        for name in archive.namelist():
            array = np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
            assert array.dtype.kind in "fiU"


def test_newer_format_says_so_whatever_else_it_holds(saved: Path) -> None:
    wording = "written in format 3, this version reads up to 2; upgrade em-film"
    assert refusal(rewritten(saved, format=np.array(3))) == wording
    assert refusal(rewritten(saved, weights=None, outcome=None)) == wording
    assert refusal(rewritten(saved, means=np.array([{}], dtype=object))) == wording


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": np.array(0)}, "damaged, or not a history; save the fit again"),
        ({"format": np.array(1.5)}, "damaged, or not a history; save the fit again"),
        ({"format": np.array([1])}, "damaged, or not a history; save the fit again"),
        ({"format": np.array("one")}, "damaged, or not a history; save the fit again"),
        ({"n_points": np.array("many")}, "damaged, or not a history; save the fit again"),
        ({"n_points": np.array(np.nan)}, "damaged, or not a history; save the fit again"),
        ({"n_points": np.array(-3)}, "damaged, or not a history; save the fit again"),
        ({"outcome": np.array("won")}, "its parts do not fit together; save the fit again"),
        ({"means": np.zeros((12, 3, 2))}, "its parts do not fit together; save the fit again"),
        ({"means": np.zeros(13)}, "its parts do not fit together; save the fit again"),
        ({"counts": np.zeros((13, 2))}, "its parts do not fit together; save the fit again"),
        ({"averages": np.zeros((13, 3, 1))}, "its parts do not fit together; save the fit again"),
        ({"scatters": np.zeros((13, 3, 2))}, "its parts do not fit together; save the fit again"),
        ({"entropies": np.zeros(12)}, "its parts do not fit together; save the fit again"),
        ({"entropies": np.full(13, np.nan)}, "its parts do not fit together; save the fit again"),
        ({"log_likelihoods": np.zeros(0)}, "its parts do not fit together; save the fit again"),
        ({"log_likelihoods": np.array(1.0)}, "its parts do not fit together; save the fit again"),
        ({"log_likelihoods": np.zeros(13, int)}, "its parts do not fit together; save the fit again"),
        ({"weights": np.full((13, 3), 0.2)}, "no history of mixtures (weights must sum to 1; they sum to 0.6); save"),
        ({"covariances": np.zeros((13, 3, 2, 2))}, "no history of mixtures (the covariance of component 1 is not pos"),
        ({"scatters": None}, "not a history of this package; save one with History.save"),
    ],
)
def test_parts_that_are_no_history_are_refused(changes: dict[str, Any], message: str, saved: Path) -> None:
    assert refusal(rewritten(saved, **changes)).startswith(message)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.npz") == "cannot be read (No such file or directory); name a saved history"
    assert refusal(tmp_path) == "cannot be read (Is a directory); name a saved history"


def test_name_with_a_line_break_stays_on_one_line(tmp_path: Path, history: History) -> None:
    with pytest.raises(HistoryError) as caught:
        History.load(tmp_path / "a\nb.npz")
    assert "\n" not in str(caught.value)
    for act in (History.load, history.save):
        with pytest.raises(HistoryError) as caught:
            act(tmp_path / "a\0b.npz")
        assert "\0" not in str(caught.value)


def test_save_that_fails_leaves_the_former_file_and_no_litter(
    history: History, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(file: Any, **arrays: Any) -> None:
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(HistoryError) as caught:
        history.save(saved)
    assert str(caught.value) == f"{saved}: cannot be written (No space left on device); choose another place"
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_save_replaces_the_former_file_at_once_under_its_readers(
    history: History, points: FloatArray, start_of_three: Mixture, saved: Path
) -> None:
    before = saved.read_bytes()
    with saved.open("rb") as reader:
        fit(points, start_of_three, max_steps=1).save(saved)
        assert reader.read() == before
    assert History.load(saved).n_steps == 1


def test_place_that_cannot_be_written_is_refused_without_litter(history: History, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"none/fit\.npz: cannot be written \(No such file or directory\); choose"):
        history.save(tmp_path / "none" / "fit.npz")
    (tmp_path / "folder").mkdir()
    with pytest.raises(HistoryError, match=r"folder: cannot be written \(Is a directory\); choose another place"):
        history.save(tmp_path / "folder")
    assert os.listdir(tmp_path) == ["folder"]


def test_shape_and_prior_come_back(points: FloatArray, start_of_three: Mixture, tmp_path: Path) -> None:
    round_start = Mixture(start_of_three.weights, start_of_three.means, np.stack([np.eye(2)] * 3))
    prior = Prior(3.0, [[2.0, 0.5], [0.5, 1.0]])
    for shape, chosen in (("diag", None), ("tied", prior), ("spherical", prior)):
        history = fit(points, round_start, max_steps=4, shape=shape, prior=chosen)  # type: ignore[arg-type]
        history.save(tmp_path / "fit.npz")
        loaded = History.load(tmp_path / "fit.npz")
        assert loaded.shape == shape
        assert_array_equal(loaded.objectives, history.objectives)
        if chosen is not None:
            assert loaded.prior is not None
            assert loaded.prior.points == 3.0
            assert_array_equal(loaded.prior.spread, prior.spread)


def test_files_of_the_first_format_still_load(history: History, saved: Path) -> None:
    loaded = History.load(rewritten(saved, format=np.array(1), shape=None))
    assert (loaded.shape, loaded.prior) == ("full", None)
    assert_array_equal(loaded.log_likelihoods, history.log_likelihoods)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("log_likelihoods", lambda a: a[::-1], "its bound does not touch its log-likelihood"),
        ("log_likelihoods", lambda a: a - 1.0, "its bound does not touch its log-likelihood"),
        ("counts", lambda a: -a, "its effective counts do not add up"),
        ("counts", lambda a: 2 * a, "its effective counts do not add up"),
        ("means", lambda a: a * 1e200, "its bound does not touch its log-likelihood"),
        ("means", lambda a: a + 1e-3, "its bound does not touch its log-likelihood"),
        ("averages", lambda a: a * 1e200, "its bound does not touch its log-likelihood"),
        ("averages", lambda a: a + 1e-3, "its bound does not touch its log-likelihood"),
        ("scatters", lambda a: -a, "its scatters are those of no points"),
        ("scatters", lambda a: a * 1.001, "its bound does not touch its log-likelihood"),
        ("covariances", lambda a: a * 1.001, "its bound does not touch its log-likelihood"),
        ("covariances", lambda a: a * 1e-300, "a component is no wider than a point|its bound does not touch"),
        ("entropies", lambda a: -a, "its entropies are those of no posterior"),
        ("entropies", lambda a: a * 100, "its entropies are those of no posterior"),
        ("entropies", lambda a: a + 1.0, "its bound does not touch its log-likelihood"),
        ("weights", lambda a: a[:, ::-1], "its bound does not touch its log-likelihood"),
    ],
)
def test_what_no_fit_can_have_left_behind_is_refused(name: str, change: Any, told: str, saved: Path) -> None:
    with np.load(saved) as archive:
        array = np.ascontiguousarray(change(archive[name]))
    assert re.match(f"no fit by EM, for ({told})", refusal(rewritten(saved, **{name: array})))


def test_a_history_run_backwards_or_of_two_fits_is_refused(history: History, saved: Path) -> None:
    with np.load(saved) as archive:
        arrays = {key: archive[key] for key in archive if archive[key].ndim}
    assert refusal(rewritten(saved, **{key: a[::-1] for key, a in arrays.items()})) == (
        "no fit by EM, for its log-likelihood falls; save the fit again"
    )
    skipped = {key: np.delete(a, 3, axis=0) for key, a in arrays.items()}
    assert "are not those of its M-steps" in refusal(rewritten(saved, **skipped))


def test_a_small_file_cannot_fill_the_memory(history: History, saved: Path) -> None:
    """2.3 MB of packed zeros would be 2.7 GB: refused by its sizes, before anything is unpacked."""
    zeros = np.zeros((2_000_000, 3, 2, 2))
    np.savez_compressed(saved, covariances=zeros, format=np.array(1))
    assert saved.stat().st_size < 1_000_000
    tracemalloc.start()
    try:
        assert refusal(saved) == "damaged, or not a history; save the fit again"
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"shape": (10**9,), "fortran_order": False, "descr": "<f8"})
        with zipfile.ZipFile(saved, "w") as archive:
            archive.writestr("format.npy", header.getvalue() + b"\0" * 800)
        assert refusal(saved) == "damaged, or not a history; save the fit again"
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


def test_histories_of_every_kind_are_sound(tmp_path: Path) -> None:
    """No true fit is refused: known parameters, shapes, priors, collapses, far and tiny data."""
    rng = np.random.default_rng(3)
    for seed in range(60):
        points = random_mixture(rng, 3, 2, 3.0).sample(40, rng)[0] * rng.choice([1e-6, 1.0, 1e6]) + rng.choice([0, 1e4])
        shape: Shape = SHAPES[seed % 4]
        begin = start(points, 3, covariances="data", shape=shape, rng=seed)
        known = [Known(), Known(means=(1,)), Known(weights=True), Known(covariances=True, means=(0,))][seed % 5 % 4]
        prior = Prior.weak(points, 3) if seed % 3 == 0 and not known.covariances else None
        try:
            history = fit(points, begin, max_steps=80, shape=shape, known=known, prior=prior)
        except CollapseError as error:
            history = error.history
        history.save(tmp_path / "fit.npz")
        assert History.load(tmp_path / "fit.npz").outcome == history.outcome
