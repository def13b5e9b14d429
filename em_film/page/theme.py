"""Colours of the stage: two palettes, how colours mix, and how large and opaque a data point is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from em_model import EMError

__all__ = ["DARK", "LIGHT", "Theme", "blend", "point_opacity", "point_radius", "rgb", "theme_named"]

Floats = NDArray[np.float64]

# Ottosson's OKLab (2020): linear sRGB to cone responses; Lab itself is linear in their cube roots.
_LINEAR_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_GAMMA_STEPS = 8192


@dataclass(frozen=True, slots=True)
class Theme:
    """One palette; one symbol keeps one colour through every film.

    Attributes
    ----------
    name : str
        What an experiment file calls it.
    background, ink, dim : str
        Ground, main text, secondary text and axes, as ``#RRGGBB``.
    faint : str
        Lines that may be overlooked; never text.
    red, blue : str
        The log-likelihood and the lower bound.
    clusters : tuple of str
        Colours of the components, in order; told apart from each other, from red, from blue and from ``dim``, which is
        the grey of points nobody accounts for yet, with any colour vision.
    """

    name: str
    background: str
    ink: str
    dim: str
    faint: str
    red: str
    blue: str
    clusters: tuple[str, ...]

    def cluster(self, component: int) -> str:
        """Colour of one component (from 0) as ``#RRGGBB``; colours repeat after the last."""
        return self.clusters[component % len(self.clusters)]

    def cluster_rgb(self, components: int) -> Floats:
        """Colours of the first components, shape (K, 3), sRGB from 0 to 1."""
        return np.array([rgb(self.cluster(k)) for k in range(components)]).reshape(components, 3)


DARK = Theme(
    name="dark",
    background="#10131A",
    ink="#E8E6E1",
    dim="#8A8F9C",
    faint="#3A3F4B",
    red="#FF6B5E",
    blue="#5BC0EB",
    clusters=("#F6B935", "#95C195", "#B07BF6", "#D3FF84", "#B06A72", "#8D8D00", "#7BFFF6", "#4684B0"),
)

LIGHT = Theme(
    name="light",
    background="#FBFAF7",
    ink="#1D2129",
    # #7A7F8A, of the same hue, stands at 3.9 : 1 on this ground: too faint to read.
    dim="#6E737E",
    faint="#CFCEC9",
    red="#D1352B",
    blue="#1F6FB2",
    clusters=("#583E00", "#2C6158", "#6100C1", "#95093E", "#7B467B", "#00357B", "#4F0909", "#3E2346"),
)


def theme_named(name: str) -> Theme:
    """Return the theme of that name.

    Raises
    ------
    EMError
        If there is none; the message lists those there are.
    """
    themes = {theme.name: theme for theme in (DARK, LIGHT)}
    if name not in themes:
        raise EMError(f"unknown theme {name!r}: choose one of {', '.join(sorted(themes))}")
    return themes[name]


def rgb(colour: str) -> Floats:
    """Return the sRGB components, shape (3,), from 0 to 1, of a colour written ``#RRGGBB``."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def blend(responsibilities: ArrayLike, colours: ArrayLike) -> Floats:
    """Mix colours as the eye sees them: a point takes each colour in the share its row gives it.

    Mixing is linear in OKLab (Ottosson 2020), so half-way between two colours looks half-way, neither
    muddy nor too bright. The same function fades grey into colour: give it two colours and two columns.

    Parameters
    ----------
    responsibilities : array_like, shape (N, K)
        Shares; each row sums to 1.
    colours : array_like, shape (K, 3)
        sRGB from 0 to 1.

    Returns
    -------
    ndarray, shape (N, 3)
        sRGB from 0 to 1, exact to 1/2000: finer than a screen's 1/255.
    """
    roots = np.cbrt(_linear(np.asarray(colours, dtype=np.float64)) @ _LINEAR_TO_CONES.T)
    mixed = np.asarray(responsibilities, dtype=np.float64) @ roots
    linear = (mixed * mixed * mixed) @ np.linalg.inv(_LINEAR_TO_CONES).T
    # Indexing by the square root spends the table's steps where the encoding is steep, near black.
    np.clip(linear, 0.0, 1.0, out=linear)
    steps = np.sqrt(linear, out=linear)
    steps *= _GAMMA_STEPS
    encoded: Floats = _encoded_by_root()[np.rint(steps).astype(np.intp)]
    return encoded


def point_radius(points: int) -> float:
    """Radius of a data point in scene units, for a panel of about 6.2 by 5.2 units holding so many."""
    return float(np.clip(0.028 * (1000 / max(points, 1)) ** 0.28, 0.0095, 0.075))


def point_opacity(points: int) -> float:
    """Opacity of a data point: whole for few, thinner for many, so that density still shows."""
    return float(np.clip(0.85 * (1000 / max(points, 1)) ** 0.16, 0.4, 1.0))


def _linear(colour: Floats) -> Floats:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


@lru_cache(maxsize=1)
def _encoded_by_root() -> Floats:
    linear = np.linspace(0.0, 1.0, _GAMMA_STEPS + 1) ** 2
    table = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    table.flags.writeable = False
    return table
