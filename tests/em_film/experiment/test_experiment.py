from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError
from support import ROOT
from support.experiments import fit_of

from em_film.errors import ExperimentError
from em_film.experiment import Dataset, Experiment, fitting
from em_film.runs.shown import marginal, shown_axes, shown_sentence
from em_model.em import e_step, fit
from em_model.errors import CollapseError, EMError
from em_model.mixture import Mixture
from em_model.shapes import in_shape

EXPERIMENTS = ROOT / "assets" / "experiments"
ALL = sorted(EXPERIMENTS.glob("*.toml"))

TWO = """\
seed = 7
[data]
points = 60
[[data.cluster]]
weight = 0.25
mean = [0, 0]
covariance = [[1, 0.2], [0.2, 2]]
[[data.cluster]]
weight = 0.75
mean = [6, 1]
covariance = [[1, 0], [0, 1]]
"""

LINE = """\
[data]
points = 200
[[data.cluster]]
weight = 1
mean = 3
covariance = 4.0
"""


def write(folder: Path, text: str, name: str = "my.toml") -> Experiment:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return Experiment.load(path)


def csv_experiment(folder: Path, rest: str = "", rows: str = "1,10\n2,30\n4,20\n9,40\n") -> Experiment:
    (folder / "data.csv").write_text("a,b\n" + rows, encoding="utf-8")
    return write(folder, f'[data]\ncsv = "data.csv"\n{rest}')


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_experiment_in_the_gallery_loads_and_fits(path: Path) -> None:
    history = fit_of(Experiment.load(path))
    assert history.outcome == "converged"
    assert (np.diff(history.objectives) >= -1e-9).all()


def test_everything_but_the_data_has_a_default(tmp_path: Path) -> None:
    experiment = write(tmp_path, TWO.removeprefix("seed = 7\n"), "some_clusters.toml")
    assert experiment.heading == "Some clusters"
    assert experiment.n_components == 2
    assert experiment.slices == ((0, 0), (1, 0))
    assert (experiment.start.means, experiment.start.covariances) == ("k-means++", "data")
    assert (experiment.fit.max_steps, experiment.fit.tolerance, experiment.film.theme) == (200, 1e-7, "dark")


def test_points_are_drawn_from_the_clusters_with_the_seed_s_first_stream(tmp_path: Path) -> None:
    experiment = write(tmp_path, TWO)
    truth = Mixture(
        np.array([0.25, 0.75]), np.array([[0.0, 0], [6, 1]]), np.array([[[1, 0.2], [0.2, 2]], [[1, 0], [0, 1]]])
    )
    expected, _ = truth.sample(60, np.random.default_rng([7, 0]))
    assert_array_equal(Dataset.of(experiment).points, expected)
    assert experiment.truth is not None
    assert_array_equal(experiment.truth.means, truth.means)
    assert not Dataset.of(experiment).points.flags.writeable


def test_another_start_leaves_the_data_as_they_are_and_another_seed_does_not(tmp_path: Path) -> None:
    plain = write(tmp_path, TWO, "a.toml")
    spread = write(tmp_path, TWO + '[start]\nmeans = "k-means++"\n', "b.toml")
    reseeded = write(tmp_path, TWO.replace("seed = 7", "seed = 8"), "c.toml")
    assert_array_equal(Dataset.of(plain).points, Dataset.of(spread).points)
    assert not np.array_equal(Dataset.of(plain).points, Dataset.of(reseeded).points)
    assert not np.array_equal(
        fitting.start(plain, Dataset.of(plain)).means, fitting.start(reseeded, Dataset.of(reseeded)).means
    )


def test_a_sampled_start_consists_of_points_and_unit_covariances(tmp_path: Path) -> None:
    experiment = write(tmp_path, TWO + '[start]\nmeans = "sample"\ncovariances = "identity"\n')
    start = fitting.start(experiment, Dataset.of(experiment))
    for mean in start.means:
        assert (Dataset.of(experiment).points == mean).all(axis=1).any()
    assert_array_equal(start.covariances, np.stack([np.eye(2)] * 2))
    assert_array_equal(start.weights, [0.5, 0.5])


def test_a_start_given_in_numbers_is_the_start(tmp_path: Path) -> None:
    start = """
        [start]
        means = [[0, 1], [2, 3], [4, 5]]
        covariances = [[[1, 0], [0, 1]], [[2, 0], [0, 2]], [[3, 1], [1, 3]]]
        weights = [0.2, 0.3, 0.5]
    """
    experiment = write(tmp_path, TWO + start)
    mixture = fitting.start(experiment, Dataset.of(experiment))
    assert experiment.n_components == 3
    assert_array_equal(mixture.means, [[0, 1], [2, 3], [4, 5]])
    assert_array_equal(mixture.covariances[2], [[3, 1], [1, 3]])
    assert_allclose(mixture.weights, [0.2, 0.3, 0.5], rtol=1e-15)


def test_one_matrix_serves_all_components(tmp_path: Path) -> None:
    experiment = write(tmp_path, TWO + "[start]\ncovariances = [[2, 1], [1, 2]]\n")
    covariances = fitting.start(experiment, Dataset.of(experiment)).covariances
    assert_array_equal(covariances, [[[2, 1], [1, 2]]] * 2)


@pytest.mark.parametrize("covariances", ["2.5", "[2.5]", "[2.5, 2.5]", "[[2.5]]", "[[[2.5]], [[2.5]]]"])
@pytest.mark.parametrize("means", ["[0, 5]", "[[0], [5]]"])
def test_one_dimension_is_written_with_or_without_brackets(tmp_path: Path, means: str, covariances: str) -> None:
    experiment = write(tmp_path, f"{LINE}[start]\nmeans = {means}\ncovariances = {covariances}\n")
    assert Dataset.of(experiment).points.shape == (200, 1)
    mixture = fitting.start(experiment, Dataset.of(experiment))
    assert_array_equal(mixture.means, [[0], [5]])
    assert_array_equal(mixture.covariances, [[[2.5]], [[2.5]]])


def test_a_variance_in_one_dimension_is_a_variance_and_no_standard_deviation(tmp_path: Path) -> None:
    points = Dataset.of(write(tmp_path, LINE.replace("200", "200000"))).points
    assert_allclose([points.mean(), points.var()], [3, 4], rtol=0.02)


def test_weights_rounded_in_the_file_still_make_a_mixture(tmp_path: Path) -> None:
    text = (
        LINE.replace("weight = 1", "weight = 0.3333333")
        + "[[data.cluster]]\nweight = 0.6666666\nmean = 9\ncovariance = 1\n"
    )
    truth = write(tmp_path, text).truth
    assert truth is not None
    assert_allclose(truth.weights.sum(), 1, rtol=1e-15)


def test_a_csv_file_is_found_beside_the_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "lecture — größe"
    folder.mkdir()
    experiment = csv_experiment(folder)
    monkeypatch.chdir(tmp_path)
    assert_array_equal(Dataset.of(experiment).points, [[1, 10], [2, 30], [4, 20], [9, 40]])
    assert Dataset.of(experiment).columns == ("a", "b")
    assert experiment.truth is None
    assert experiment.n_components == 2


def test_standardised_columns_have_mean_zero_and_standard_deviation_one(tmp_path: Path) -> None:
    points = Dataset.of(csv_experiment(tmp_path, 'columns = ["b", "a"]\nstandardize = true\n')).points
    assert_allclose(points.mean(axis=0), 0, atol=1e-15)
    assert_allclose(points.std(axis=0), 1, rtol=1e-15)
    assert points[0, 0] == points[:, 0].min()  # b comes first


def test_run_is_em_from_the_start_with_what_is_known_held(tmp_path: Path) -> None:
    rest = """
        [start]
        means = [[0, 0], [3, 3]]
        [fit]
        max_steps = 5
        tolerance = 0
        known = { weights = true, covariances = true, means = [1] }
    """
    experiment = write(tmp_path, TWO + rest)
    history = fit_of(experiment)
    assert history.n_steps == 5
    assert_array_equal(history.final.weights, history.start.weights)
    assert_array_equal(history.final.covariances, history.start.covariances)
    assert_array_equal(history.final.means[0], [0, 0])
    assert np.linalg.norm(history.final.means[1] - [3, 3]) > 1


def test_the_other_start_is_fitted_as_the_start_is_from_its_own_means() -> None:
    experiment = Experiment.load(EXPERIMENTS / "one_parameter.toml")
    first, other = fit_of(experiment), fitting.fit_other_start(experiment, Dataset.of(experiment))
    assert other is not None
    assert_array_equal(other.start.means, [[0.0], [-0.2]])
    assert_array_equal(other.start.weights, first.start.weights)
    assert_array_equal(other.mixtures.means[:, 0], 0.0)
    assert_array_equal(other.mixtures.covariances, 1.0)


def test_without_another_start_there_is_no_other_fit() -> None:
    experiment = Experiment.load(EXPERIMENTS / "old_faithful.toml")
    assert fitting.fit_other_start(experiment, Dataset.of(experiment)) is None


def test_the_one_parameter_experiment_ends_on_the_higher_hill_and_from_its_other_start_on_the_lower_one() -> None:
    experiment = Experiment.load(EXPERIMENTS / "one_parameter.toml")
    assert experiment.truth is not None
    labels = experiment.truth.sample(135, np.random.default_rng([experiment.seed, 0]))[1]
    assert_array_equal(np.bincount(labels), [31, 61, 43])  # as its first lines say
    higher, lower = fit_of(experiment), fitting.fit_other_start(experiment, Dataset.of(experiment))
    assert lower is not None
    assert higher.outcome == lower.outcome == "converged"
    assert higher.log_likelihoods[-1] > lower.log_likelihoods[-1] + 10
    assert higher.final.means[1, 0] == pytest.approx(3, abs=0.3)
    assert lower.final.means[1, 0] == pytest.approx(-3, abs=0.3)


def test_a_collapse_names_file_component_step_and_remedy(tmp_path: Path) -> None:
    rest = "[start]\nmeans = [[1, 10], [5, 30]]\ncovariances = [[0.01, 0], [0, 0.01]]\n"
    experiment = csv_experiment(tmp_path, rest)
    with pytest.raises(CollapseError) as caught:
        fit_of(experiment)
    message = str(caught.value)
    assert message.startswith(f"{experiment.path}: fit: component ")
    assert "step" in message
    assert "; a prior on the covariances gives it one, or try another start" in message
    assert "\n" not in message
    assert caught.value.history.outcome == "collapsed"


def test_a_saved_fit_is_shown_instead_of_fitting(tmp_path: Path) -> None:
    fresh = write(tmp_path, TWO)
    other_start = Mixture(np.array([0.5, 0.5]), np.array([[1.0, 1], [2, 2]]), np.array([np.eye(2)] * 2))
    saved = fit(Dataset.of(fresh).points, other_start, max_steps=3, tolerance=0)
    (tmp_path / "runs").mkdir()
    saved.save(tmp_path / "runs" / "run.npz")
    history = fit_of(write(tmp_path, TWO + '[fit]\nhistory = "runs/run.npz"\n'))
    assert_array_equal(history.log_likelihoods, saved.log_likelihoods)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("history", "components = 3\nhistory"), "holds 2 components, the experiment 3"),
        (("points = 60", "points = 61"), "holds 60 points, the experiment 61"),
        (("seed = 7", "seed = 9"), "was fitted to other data"),
    ],
    ids=["components", "points", "other data"],
)
def test_a_saved_fit_of_something_else_is_refused(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    fit_of(write(tmp_path, TWO)).save(tmp_path / "run.npz")
    text = (TWO + '[fit]\nhistory = "run.npz"\n').replace(*change)
    with pytest.raises(ExperimentError, match=f"fit.history: {problem}.*; "):
        fit_of(write(tmp_path, text))


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04 junk", b"\x93NUMPY"])
def test_a_damaged_saved_fit_is_refused_in_one_line(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "run.npz").write_bytes(junk)
    with pytest.raises(ExperimentError, match=r"^[^\n]*my\.toml: fit\.history: [^\n]*run\.npz[^\n]*; [^\n]+$"):
        fit_of(write(tmp_path, TWO + '[fit]\nhistory = "run.npz"\n'))


def test_the_fingerprint_changes_with_every_key_and_every_byte_of_the_csv_file(tmp_path: Path) -> None:
    first = csv_experiment(tmp_path)
    prints = [first.fingerprint()]
    prints.append(csv_experiment(tmp_path, rows="1,10\n2,30\n4,20\n9,41\n").fingerprint())
    for rest in (
        "standardize = true",
        "[film]\ntheme = 'light'",
        "[fit]\nmax_steps = 9",
        "[start]\nmeans = 'sample'",
        "missing = 'drop'",
        "[film]\nshow = ['b', 'a']",
    ):
        prints.append(csv_experiment(tmp_path, rest).fingerprint())
    prints.append(write(tmp_path, '[data]\ncsv = "data.csv"\n', "other_title.toml").fingerprint())
    assert len(set(prints)) == len(prints)
    assert csv_experiment(tmp_path).fingerprint() == prints[0]


def test_the_fingerprint_does_not_depend_on_how_the_file_is_written(tmp_path: Path) -> None:
    plain = write(tmp_path, TWO).fingerprint()
    commented = TWO.replace("mean = [6, 1]", "mean = [6.0, 1e0]  # far away").replace("\n", "\r\n")
    (tmp_path / "my.toml").write_bytes(b"\xef\xbb\xbf" + commented.encode())
    assert Experiment.load(tmp_path / "my.toml").fingerprint() == plain


def test_an_experiment_cannot_be_changed(tmp_path: Path) -> None:
    experiment = write(tmp_path, TWO)
    with pytest.raises(ValidationError):
        experiment.seed = 3
    with pytest.raises(ValidationError):
        experiment.fit.max_steps = 3


def test_slices_are_counted_from_one_in_the_file_and_from_zero_after(tmp_path: Path) -> None:
    rest = "[film]\nslices = [{ component = 2, axis = 2 }, { component = 1, axis = 1 }]\n"
    assert write(tmp_path, TWO + rest).slices == ((1, 1), (0, 0))


def test_old_faithful_starts_as_the_textbook_does() -> None:
    experiment = Experiment.load(EXPERIMENTS / "old_faithful.toml")
    dataset = Dataset.of(experiment)
    start = fitting.start(experiment, dataset)
    assert dataset.points.shape == (272, 2)
    assert_allclose(start.means, [[-1.5, 1], [1.5, -1]])
    final = fit_of(experiment).final
    # Azzalini & Bowman's short and long eruptions: about 36 and 64 of a hundred.
    assert_allclose(np.sort(final.weights), [0.356, 0.644], atol=0.002)


def test_the_default_clusters_are_those_of_the_first_picture() -> None:
    experiment = Experiment.load(EXPERIMENTS / "three_clusters.toml")
    truth = experiment.truth
    assert truth is not None
    assert Dataset.of(experiment).points.shape == (1000, 2)
    assert_allclose(truth.weights, [0.5, 0.15, 0.35])
    assert_allclose(truth.means, [[0, 1.5], [2.8, 1.5], [5.5, 3]])
    assert_allclose(truth.covariances[1], [[1, -0.8], [-0.8, 0.8]])


def test_the_default_start_is_far_points_and_the_spread_of_the_data_at_any_scale(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = np.concatenate([rng.normal(size=(60, 2)), rng.normal((0.0, 9.0), size=(60, 2))])
    ends = []
    for scale in ((1.0, 1.0), (1e9, 1e-6)):
        lines = "".join(f"{a!r},{b!r}\n" for a, b in (rows * scale).tolist())
        (tmp_path / "data.csv").write_text("a,b\n" + lines)
        experiment = write(tmp_path, '[data]\ncsv = "data.csv"\n')
        dataset = Dataset.of(experiment)
        assert_allclose(fitting.start(experiment, dataset).covariances[0], dataset.data.covariance)
        ends.append(fitting.fit(experiment, dataset).final.means / scale)
    assert_allclose(ends[1], ends[0], rtol=1e-6, atol=1e-6)
    assert_allclose(sorted(ends[0][:, 1]), [0.0, 9.0], atol=0.5)


def test_of_several_tries_the_highest_is_kept_and_the_first_is_the_only_one_of_one(tmp_path: Path) -> None:
    path = EXPERIMENTS / "iris.toml"
    text = path.read_text(encoding="utf-8")
    ends = []
    for tries in (1, 3, 20):
        experiment = Experiment.parse(text.replace("tries = 20", f"tries = {tries}").encode(), path)
        ends.append(fit_of(experiment).log_likelihoods[-1])
    assert ends[0] < ends[2]
    assert ends[0] <= ends[1] <= ends[2]
    assert ends[2] == pytest.approx(-180.185477, abs=1e-3), "as mclust's VVV,3"
    with pytest.raises(ExperimentError, match=r"start\.tries: the means are given"):
        write(tmp_path, TWO + "[start]\nmeans = [[0, 0], [6, 1]]\ntries = 2\n")


def test_a_start_that_leaves_a_component_without_points_is_drawn_again(tmp_path: Path) -> None:
    rows = "".join(f"{n % 7 / 7},{n * n % 11 / 11}\n" for n in range(60))
    (tmp_path / "data.csv").write_text(f"a,b\n0.5,0.5\n{rows}")
    text = '[data]\ncsv = "data.csv"\n[start]\nmeans = "sample"\ncovariances = 1e-4\n[fit]\ncomponents = 6\n'
    for seed in range(8):
        experiment = write(tmp_path, f"seed = {seed}\n{text.replace('1e-4', '[[1e-2, 0], [0, 1e-2]]')}")
        dataset = Dataset.of(experiment)
        counts = e_step(dataset.data, fitting.start(experiment, dataset))[0].counts
        assert counts.min() >= 1, seed


def test_all_columns_named_are_fitted_and_the_most_telling_pair_is_shown(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(200, 4)) + np.where(rng.random((200, 1)) < 0.5, 0, 1) * [0, 6, 0, 4]
    (tmp_path / "data.csv").write_text("a,b,c,d\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist()))
    text = '[data]\ncsv = "data.csv"\ncolumns = ["a", "b", "c", "d"]\n'
    experiment = write(tmp_path, text)
    dataset, history = Dataset.of(experiment), fit_of(experiment)
    assert history.final.n_dimensions == 4
    assert shown_axes(experiment, dataset, history) == (1, 3)
    assert shown_sentence(dataset, (1, 3)) == "4 columns fitted, 2 shown: b and d"
    assert shown_sentence(dataset, (1, 3), named=False) == "4 columns fitted, 2 shown."
    asked = write(tmp_path, text + '[film]\nshow = ["c", "a"]\n')
    assert shown_axes(asked, dataset, history) == (2, 0)
    seen = marginal(history.mixtures, (2, 0))
    assert_array_equal(seen.means, history.mixtures.means[..., [2, 0]])
    assert_array_equal(seen.covariances[..., 0, 1], history.mixtures.covariances[..., 2, 0])
    wrong = write(tmp_path, text + '[film]\nshow = ["c", "x"]\n')
    with pytest.raises(EMError, match=r'film\.show: no column fitted is named "x"; choose from "a", "b"'):
        shown_axes(wrong, dataset, history)


@pytest.mark.parametrize("shape", ["full", "tied", "diag", "spherical"])
def test_covariances_are_fitted_in_the_shape_asked_for(tmp_path: Path, shape: str) -> None:
    experiment = write(tmp_path, f'{TWO}[fit]\ncovariances = "{shape}"\n')
    history = fit_of(experiment)
    assert history.shape == shape
    assert in_shape(history.final, history.shape)
    assert in_shape(history.start, history.shape)
    history.save(tmp_path / "run.npz")
    assert fit_of(write(tmp_path, f'{TWO}[fit]\ncovariances = "{shape}"\nhistory = "run.npz"\n')).n_steps > 0
    other = "tied" if shape == "full" else "full"
    with pytest.raises(ExperimentError, match=rf'fit\.history: was fitted with covariances "{shape}"; set fit'):
        fit_of(write(tmp_path, f'{TWO}[fit]\ncovariances = "{other}"\nhistory = "run.npz"\n'))


def test_a_prior_keeps_a_component_from_collapsing_and_the_collapse_names_it(tmp_path: Path) -> None:
    rows = "".join(f"{n % 7},{n * n % 11}\n" for n in range(40)) + "1000,1000\n"
    (tmp_path / "data.csv").write_text(f"a,b\n{rows}")
    wild = '[data]\ncsv = "data.csv"\n[start]\nmeans = [[3, 3], [1000, 1000]]\n'
    with pytest.raises(CollapseError, match=r'\(fit\.prior = "weak"\)$'):
        fit_of(write(tmp_path, wild))
    weak = fit_of(write(tmp_path, f'{wild}[fit]\nprior = "weak"\n'))
    assert weak.outcome == "converged"
    assert weak.prior is not None
    assert weak.prior.points == 7, "2 D + 3"
    given = "prior = { points = 4.0, spread = [[2.0, 0.5], [0.5, 1.0]] }"
    named = fit_of(write(tmp_path, f"{wild}[fit]\n{given}\n"))
    assert named.prior is not None
    assert_array_equal(named.prior.spread, [[2, 0.5], [0.5, 1]])


def test_one_quantity_twice_can_be_fitted_along_the_axes(tmp_path: Path) -> None:
    rows = "".join(f"{n % 7 + n / 50},{1.8 * (n % 7 + n / 50) + 32}\n" for n in range(40))
    (tmp_path / "data.csv").write_text(f"celsius,fahrenheit\n{rows}")
    with pytest.raises(ExperimentError, match="data: celsius and fahrenheit are one and the same quantity"):
        Dataset.of(write(tmp_path, '[data]\ncsv = "data.csv"\n'))
    assert fit_of(write(tmp_path, '[data]\ncsv = "data.csv"\n[fit]\ncovariances = "diag"\n')).n_steps > 0


def test_axes_are_titled_by_columns_and_units_or_as_given(tmp_path: Path) -> None:
    rows = "".join(f"{n % 7},{n * n % 11}\n" for n in range(20))
    (tmp_path / "data.csv").write_text(f"bill,mass\n[mm],\n{rows}")
    bare = '[data]\ncsv = "data.csv"\n'
    assert Dataset.of(write(tmp_path, bare)).labels == ("bill (mm)", "mass")
    assert Dataset.of(write(tmp_path, bare + "standardize = true\n")).labels == (
        "bill (standardised)",
        "mass (standardised)",
    )
    assert Dataset.of(write(tmp_path, bare + 'labels = ["Schnabel, mm", "Masse"]\n')).labels == (
        "Schnabel, mm",
        "Masse",
    )
    assert Dataset.of(write(tmp_path, TWO)).labels == ()
    with pytest.raises(ExperimentError, match=r"data\.labels: holds 1 label\(s\) for 2 column\(s\); give one for each"):
        Dataset.of(write(tmp_path, bare + 'labels = ["x"]\n'))


@pytest.mark.parametrize(
    ("shape", "what"), [("diag", "diagonal"), ("spherical", "multiples of the identity"), ("tied", "one and the same")]
)
def test_given_covariances_have_the_shape_that_is_fitted(tmp_path: Path, shape: str, what: str) -> None:
    start = "[start]\nmeans = [[0, 0], [5, 5]]\n"
    sloping = "covariances = [[[1.0, 0.5], [0.5, 1.0]], [[2.0, 0.0], [0.0, 1.0]]]\n"
    with pytest.raises(ExperimentError, match=rf'start\.covariances: are not {what}; .* fit\.covariances is "{shape}"'):
        write(tmp_path, f'{TWO}{start}{sloping}[fit]\ncovariances = "{shape}"\n')
    round_ones = "covariances = [[2.0, 0.0], [0.0, 2.0]]\n"
    assert fit_of(write(tmp_path, f'{TWO}{start}{round_ones}[fit]\ncovariances = "{shape}"\n')).n_steps


def test_an_array_larger_than_any_text_has_a_fingerprint_without_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "points.npy", np.random.default_rng(1).normal(size=(500, 2)))
    experiment = write(tmp_path, '[data]\ncsv = "points.npy"\n')
    monkeypatch.setattr("em_film.experiment.experiment.LARGEST_TABLE", 1000)
    monkeypatch.setattr(Experiment, "read", lambda *_: pytest.fail("it is read whole"))
    before = experiment.fingerprint()
    assert experiment.fingerprint() == before
    np.save(tmp_path / "points.npy", np.random.default_rng(2).normal(size=(501, 2)))
    assert experiment.fingerprint() != before


def test_a_path_with_an_escape_says_how_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"there is no such file; check the path, and write . as /"):
        Dataset.of(write(tmp_path, '[data]\ncsv = "data\\temp.csv"\n'))
