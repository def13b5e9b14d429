"""Gaussian mixtures fitted by Expectation-Maximisation, with every half-step and both curves kept in view."""

from em_model.ascent import METHODS, Ascent, Coordinates, Landscape, Stationary, ascend, gradient
from em_model.data import Data, as_data
from em_model.em import e_step, fit, m_step
from em_model.errors import (
    CollapseError,
    DataError,
    EMError,
    HistoryError,
    LostComponentError,
    MixtureError,
    ThinComponentError,
)
from em_model.extrema import Extrema, Extremum, extrema, slope
from em_model.history import HalfStep, History
from em_model.known import Known
from em_model.mixture import Mixture, Natural
from em_model.objective import expected_log_likelihood, gap, kl_divergence, log_likelihood, lower_bound
from em_model.other_starts import OtherStarts, other_starts
from em_model.parts.moments import Moments
from em_model.parts.source import Parts, Source, merged
from em_model.parts.sums import Sums, partial_e_step
from em_model.parts.weighed import weighed
from em_model.prior import Prior
from em_model.shapes import SHAPES, Shape
from em_model.slices import CoordinateSlice, Slice, StepSlice, turned
from em_model.starts import k_means_plus_plus, sampled_means, start
from em_model.statistics import Statistics, entropy, responsibilities, statistics

__all__ = [
    "METHODS",
    "SHAPES",
    "Ascent",
    "CollapseError",
    "CoordinateSlice",
    "Coordinates",
    "Data",
    "DataError",
    "EMError",
    "Extrema",
    "Extremum",
    "HalfStep",
    "History",
    "HistoryError",
    "Known",
    "Landscape",
    "LostComponentError",
    "Mixture",
    "MixtureError",
    "Moments",
    "Natural",
    "OtherStarts",
    "Parts",
    "Prior",
    "Shape",
    "Slice",
    "Source",
    "Stationary",
    "Statistics",
    "StepSlice",
    "Sums",
    "ThinComponentError",
    "as_data",
    "ascend",
    "e_step",
    "entropy",
    "expected_log_likelihood",
    "extrema",
    "fit",
    "gap",
    "gradient",
    "k_means_plus_plus",
    "kl_divergence",
    "log_likelihood",
    "lower_bound",
    "m_step",
    "merged",
    "other_starts",
    "partial_e_step",
    "responsibilities",
    "sampled_means",
    "slope",
    "start",
    "statistics",
    "turned",
    "weighed",
]
