"""The film of four panels: its layout for experiments of every kind, and one real render, decoded and examined."""

from __future__ import annotations

import pytest
from support.audit import PanelAudit, Rendered, frames, render
from support.experiments import EXPERIMENTS, clusters, fit_of, two_clusters
from support.watching import Watched, outside, overlaps, played

from em_film.experiment import Dataset, Experiment
from em_film.page.layout import Rect
from em_film.page.theme import DARK
from em_film.panels.coordinates.run import shown_range, two_coordinates
from scenes.four_panels import _SLICES, FourPanels

_LONG = 'labels = ["price in $ % of <total>, per household #", "a long name of a column_that says @ everything"]'
_OWN = {
    "long names": (f"points = 150\n{_LONG}", clusters([[0.0, 0.0], [4.0, 2.0]])),
    "second coordinates": ("points = 150", clusters([[0.0, 0.0], [4.0, 2.0]])),
    "one coordinate": ("points = 150", clusters([[1.0]])),
}
_SECOND = "slices = [{ component = 2, axis = 2 }, { component = 1, axis = 2 }]\n"
_FILM = {"second coordinates": _SECOND, "long names": _SECOND}
_KINDS = ["one component", "eight components", "huge", "one dimension, three"]


class _Watched(Watched, FourPanels):
    """Looks at what stands on the page between the sections' ends, too."""

    def show_end(self) -> None:
        super().show_end()
        last = self.history.n_steps
        for step in sorted({1, 2, last} & set(range(1, last + 1))):
            for share in (0.2, 0.5, 0.8, 0.97):
                for instant in (
                    self.at.e_step(step, share),
                    self.at.look_ahead(step, 1.0),
                    self.at.m_step(step, share),
                ):
                    self.put(self.panels, instant)
                    self.note_state()
        self.put(self.panels, self.at.rest(1.0))


@pytest.fixture(scope="module", params=[*_KINDS, *_OWN])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Watched:
    points, drawn_from = (EXPERIMENTS | _OWN)[request.param]
    start = '[start]\nmeans = "k-means++"\ncovariances = "data"\n[fit]\nmax_steps = 5\n[film]\ndetailed_steps = 1\n'
    path = tmp_path_factory.mktemp("layout") / "experiment.toml"
    path.write_text(f"seed = 2\n[data]\n{points}\n{drawn_from}\n{start}{_FILM.get(request.param, '')}")
    return played(_Watched, path)


def test_every_text_lies_inside_the_frame(film: _Watched) -> None:
    assert not outside(film.states)


def test_no_text_lies_over_another(film: _Watched) -> None:
    assert not overlaps(film.states)


def test_no_line_runs_through_a_text(film: _Watched) -> None:
    assert not film.crossings


def test_no_text_is_cut_but_names_longer_than_their_axis(film: _Watched) -> None:
    assert bool(film.cut) == ("a long name" in " ".join(film.dataset.labels))


def test_the_title_of_the_half_step_under_way_is_lit_and_the_other_dim(film: _Watched) -> None:
    for instant, colours in (
        (film.at.e_step(1, 0.6), (DARK.ink, DARK.dim)),
        (film.at.m_step(1, 0.6), (DARK.dim, DARK.ink)),
        (film.at.rest(1.0), (DARK.dim, DARK.dim)),
    ):
        film.put(film.panels, instant)
        assert tuple(step.get_fill_color().to_hex() for step in film.titles.steps) == colours


def test_two_slices_are_shown_as_long_as_there_are_two_coordinates() -> None:
    assert two_coordinates([(0, 0), (2, 0), (1, 1)], 3, 2) == ((0, 0), (2, 0))
    assert two_coordinates([(1, 0)], 3, 2) == ((1, 0), (2, 0))
    assert two_coordinates([(0, 0)], 1, 2) == ((0, 0), (0, 1))
    assert two_coordinates([(1, 0)], 2, 1) == ((1, 0), (0, 0))
    assert two_coordinates([(0, 0)], 1, 1) == ((0, 0),)


_SHORT = two_clusters(120, 'means = "sample"\n[fit]\nmax_steps = 2\n[film]\ndetailed_steps = 1\n', title="A short film")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render("four_panels", tmp_path_factory.mktemp("film"), _SHORT)


def _place_of_old(step: int, which: int, page: Rect) -> float:
    """Where the coordinate of θ_old stands in a slice panel, in scene units."""
    experiment = Experiment.parse(_SHORT.encode(), "short.toml")
    history = fit_of(experiment)
    left, right = shown_range(Dataset.of(experiment).data, history, 0)
    value = float(history.mixtures.means[step - 1, which, 0])
    return page.left + (value - left) / (right - left) * page.width


# The panels down to where blue's name stands, which has its colour.
_PANELS = [PanelAudit(Rect(page.left, page.bottom + 0.65, page.right, page.top)) for page in _SLICES]


def test_blue_is_not_above_red_in_any_column_of_any_frame_of_either_panel(rendered: Rendered) -> None:
    compared = [0, 0]
    for moment, picture in frames(rendered.film):
        for which, panel in enumerate(_PANELS):
            under = panel.blue_under_red(picture)
            compared[which] += len(under)
            assert (under >= -3).all(), f"blue above red at {moment:.2f} s"
    assert min(compared) > 5_000


def test_blue_touches_red_at_the_old_value_after_each_e_step_in_both_panels(rendered: Rendered) -> None:
    for step, picture in enumerate(rendered.last_before(rendered.ends_of("E-step")), start=1):
        for which, panel in enumerate(_PANELS):
            assert panel.touches_at(picture, _place_of_old(step, which, panel.page)), (step, which)


def test_sections_are_named_by_half_step(rendered: Rendered) -> None:
    told = ["start", "E-step 1", "M-step 1", "on to convergence", "end"]
    assert [section["name"] for section in rendered.sections] == told


def test_captions_can_be_read(rendered: Rendered) -> None:
    rendered.require_readable_captions()
