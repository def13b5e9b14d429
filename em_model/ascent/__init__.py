"""Gradient methods and landscapes of the log-likelihood, beside EM."""

from em_model.ascent.coordinates import Coordinates, gradient
from em_model.ascent.landscape import Landscape, Stationary, Walk, ends, level_axes, one_pass, trails
from em_model.ascent.methods import METHODS, Ascent, Method, ascend
from em_model.ascent.random_starts import RandomStarts, ascend_from_starts
from em_model.ascent.search import AscentOutcome

__all__ = [
    "METHODS",
    "Ascent",
    "AscentOutcome",
    "Coordinates",
    "Landscape",
    "Method",
    "RandomStarts",
    "Stationary",
    "Walk",
    "ascend",
    "ascend_from_starts",
    "ends",
    "gradient",
    "level_axes",
    "one_pass",
    "trails",
]
