"""Films from Python: of an array, a DataFrame, a file; with a start of anybody's; as a notebook shows them."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.mixture import GaussianMixture
from support.running import FILMS, ROOT

import em_film
from em_film.experiment import Dataset, Experiment, start
from em_film.experiment.of_points import experiment_of_points, mixture_of
from em_film.film.film import Film
from em_film.publish.films import film_class
from em_model import EMError, Mixture, log_likelihood

POINTS = np.random.default_rng(5).normal(size=(60, 2)) + np.repeat([[0.0, 0.0], [5.0, 2.0]], 30, axis=0)


@pytest.fixture
def render(tmp_path: Path) -> Any:
    def render(*arguments: Any, **options: Any) -> Any:
        options = {"film": "tiny_film", "quality": "l", "folder": tmp_path / "out"} | options
        return em_film.render(*arguments, **options)

    return render


def test_an_array_becomes_a_film_with_paths_and_its_fit(render: Any, tmp_path: Path) -> None:
    made = render(POINTS, n_components=2, title='Two "heaps"')
    assert made.path == tmp_path / "out" / "tiny_film-two_heaps.mp4"
    assert all(path.is_file() for path in (made.path, made.srt, made.vtt, made.poster))
    assert made.history.outcome == "converged"
    assert made.history.final.n_components == 2
    assert repr(made) == f"<film {made.path}>"


def test_points_are_fitted_to_the_last_bit_under_the_names_they_had() -> None:
    frame = pd.DataFrame(POINTS * np.array([1e-9, 3e7]), columns=["width, cm", 'so "called"'])
    experiment = experiment_of_points(frame)
    dataset = Dataset.of(experiment)
    np.testing.assert_array_equal(dataset.points, frame.to_numpy())
    assert dataset.columns == ("width, cm", 'so "called"')


def test_one_column_and_many_are_fitted() -> None:
    for n_dimensions in (1, 5):
        points = np.random.default_rng(1).normal(size=(40, n_dimensions))
        experiment = experiment_of_points(points[:, 0] if n_dimensions == 1 else points)
        assert Dataset.of(experiment).points.shape == (40, n_dimensions)


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_a_fitted_gaussian_mixture_is_a_start(kind: str) -> None:
    fitted = GaussianMixture(2, covariance_type=kind, random_state=0).fit(POINTS)
    experiment = experiment_of_points(POINTS, start=fitted)
    begun = start(experiment, Dataset.of(experiment))
    assert log_likelihood(POINTS, begun) == pytest.approx(60 * fitted.score(POINTS), rel=1e-9)


def test_a_mixture_is_a_start_as_it_is() -> None:
    mixture = Mixture([0.5, 0.5], [[0, 0], [1, 1]], [np.eye(2)] * 2)
    assert mixture_of(mixture) is mixture


@pytest.mark.parametrize(
    ("x", "options", "told"),
    [
        (np.array([[0.0, np.nan], [1.0, 2.0]]), {}, "^x: "),
        (np.zeros((2, 2, 2)), {}, "^x: has 3 axes"),
        ([["a", "b"]], {}, "^x: not all of it are numbers"),
        (POINTS, {"start": GaussianMixture(2)}, "^start: is not fitted yet"),
        (POINTS, {"start": 3.0}, "^start: is a float"),
        (POINTS, {"start": "k-mean"}, "did you mean 'k-means\\+\\+'"),
        (POINTS, {"start": Mixture([1.0], [[0.0]], [[[1.0]]])}, "^start: has 1 dimensions, x has 2"),
        (POINTS, {"n_components": 0}, "^em_film.render: fit.components"),
        (POINTS, {"quality": "x"}, "^quality: "),
        (POINTS, {"theme": "pink"}, "unknown theme"),
        (POINTS, {"film": "em_stp"}, "did you mean em_step"),
        (POINTS, {"film": 3}, "^film: 3 is no film"),
        (POINTS, {"film": int}, "^film: <class 'int'> is no film"),
        (np.repeat([[0.0, 0.0], [1.0, 3.0], [2.0, 1.0]], 5, axis=0), {"n_components": 3}, "^em_film.render: fit: "),
        (POINTS[:1], {}, "^em_film.render: fit.components"),
        ("nowhere.toml", {}, "no such file"),
        ("my.csv", {}, "^my.csv: is a table; give its columns, such as pandas.read_csv"),
        (str(ROOT / "assets/experiments/old_faithful.toml"), {"n_components": 3}, "^n_components: goes only with"),
    ],
)
def test_what_cannot_be_is_an_error_of_one_line(
    render: Any, tmp_path: Path, x: object, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(EMError, match=told) as error:
        render(x, **options)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_notebook_shows_the_film_itself_and_its_captions(render: Any, small: Path) -> None:
    made = render(small)
    shown = made._repr_mimebundle_()["text/html"]
    film, captions = (re.search(rf"data:{kind};base64,([^\"]*)", shown) for kind in ("video/mp4", "text/vtt"))
    assert film
    assert captions
    assert b64decode(film[1]) == made.path.read_bytes()
    assert b64decode(captions[1]).startswith(b"WEBVTT")
    assert "http" not in shown


def test_a_still_is_the_picture_of_a_section_and_a_deck_lies_beside_the_film(render: Any, small: Path) -> None:
    made = render(Experiment.load(small))
    still = made.still("it moves")
    with Image.open(made.poster) as poster:
        np.testing.assert_array_equal(np.asarray(still), np.asarray(poster.convert("RGB")))
    with pytest.raises(EMError, match="no section"):
        made.still("nowhere")
    with pytest.raises(EMError, match="quality: there is no 'z'"):
        made.still(quality="z")
    with pytest.raises(EMError, match="formats: there is no 'odp'; choose from html, pptx, pdf"):
        made.deck("odp")
    (deck,) = made.deck("pdf")
    assert deck == made.path.with_suffix(".pdf")
    assert deck.read_bytes().startswith(b"%PDF")


def test_a_film_class_of_ones_own_is_rendered_under_its_name(render: Any, small: Path) -> None:
    assert (FILMS / "tiny_film.py").is_file()
    tiny: type[Film[Any]] = film_class("tiny_film")

    class MyFilm(tiny):  # type: ignore[valid-type, misc]
        poster = "end"

    made = render(small, film=MyFilm)
    assert made.path.name == "MyFilm-small.mp4"


def test_a_cell_that_is_run_again_says_nothing_of_another_experiment(
    render: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first = render(POINTS, title="Again")
    assert render(POINTS, title="Again").path == first.path
    assert capsys.readouterr().err == ""
    assert repr(first.experiment) == "<Experiment 'Again': em_film.render>"
