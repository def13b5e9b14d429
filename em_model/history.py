"""What a fit leaves behind: every half-step, and why it ended."""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from em_model.errors import EMError, HistoryError, name_file, one_line
from em_model.mixture import FloatArray, Mixture
from em_model.objective import lower_bound
from em_model.prior import Prior, log_prior
from em_model.saved.archive import require_honest_sizes
from em_model.saved.soundness import fault
from em_model.shapes import SHAPES, Shape
from em_model.statistics import Statistics

__all__ = ["HalfStep", "History", "Outcome"]

Outcome = Literal["converged", "step limit", "collapsed"]

_FORMAT = 2  # 1 knew neither shapes nor priors
_DAMAGED = "damaged, or not a history; save the fit again"
# What reading a damaged or foreign archive raises: RuntimeError where a flipped bit says that it is encrypted.
_DAMAGE = (
    ValueError,
    EOFError,
    KeyError,
    AttributeError,
    TypeError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
_ARRAYS = (
    "weights",
    "means",
    "covariances",
    "counts",
    "averages",
    "scatters",
    "entropies",
    "log_likelihoods",
)


@dataclass(frozen=True, slots=True)
class HalfStep:
    """One half of an EM step: after E the posterior is that of the mixture, after M the mixture is the bound's top.

    Attributes
    ----------
    kind : "E" or "M"
    step : int
        EM step it belongs to, from 1.
    mixture : Mixture
        Parameters θ after it.
    statistics : Statistics
        Of the posterior r after it; with its entropy.
    log_likelihood : float
        ℓ(θ) in nats.
    lower_bound : float
        L(r, θ) in nats.
    log_prior : float
        log p(θ) in nats, to be added to both where there is a prior; 0 without.
    """

    kind: Literal["E", "M"]
    step: int
    mixture: Mixture
    statistics: Statistics
    log_likelihood: float
    lower_bound: float
    log_prior: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A fit: parameters θ⁽⁰⁾..θ⁽ⁿ⁾, the posterior's statistics at each of them, and why it ended.

    It holds nothing of the size of the data; responsibilities are computed anew from a mixture where needed.

    Attributes
    ----------
    mixtures : Mixture
        Batch of n + 1: the start and the mixture after each M-step.
    statistics : Statistics
        Batch of n + 1: those of the E-step at each mixture.
    log_likelihoods : array, shape (n + 1,)
        ℓ(θ⁽ⁱ⁾) in nats.
    n_points : int
        Number of points fitted, N.
    outcome : "converged", "step limit" or "collapsed"
    shape : "full", "tied", "diag" or "spherical"
        Which covariances there were to choose from.
    prior : Prior or None
        On the covariances; with one the fit climbs ℓ + log p(θ), and its bound is L + log p(θ).

    Examples
    --------
    >>> from em_model import Mixture, fit
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> history = fit([[-2.0], [-1.0], [0.0], [2.0], [2.5], [3.5]], mixture, max_steps=2)
    >>> print([f"{half.kind}{half.step}" for half in history.half_steps])
    ['E1', 'M1', 'E2', 'M2', 'E3']
    """

    mixtures: Mixture
    statistics: Statistics
    log_likelihoods: FloatArray
    n_points: int
    outcome: Outcome
    shape: Shape = "full"
    prior: Prior | None = None

    def __repr__(self) -> str:
        ell = self.log_likelihoods[-1]
        shape = f"N = {self.n_points}, K = {self.final.n_components}, D = {self.final.n_dimensions}"
        return f"<History: {self.outcome} after {self.n_steps} steps, {shape}, ℓ = {ell:.6g} nats>"

    @property
    def n_steps(self) -> int:
        """Number of whole EM steps, n."""
        return len(self.log_likelihoods) - 1

    @property
    def start(self) -> Mixture:
        """Where the fit began, θ⁽⁰⁾."""
        return self.mixtures[0]

    @property
    def final(self) -> Mixture:
        """Where the fit ended, θ⁽ⁿ⁾."""
        return self.mixtures[self.n_steps]

    @property
    def log_priors(self) -> FloatArray:
        """Log p(θ⁽ⁱ⁾), shape (n + 1,), in nats, up to a constant; zeros without a prior."""
        return log_prior(self.prior, self.mixtures)

    @property
    def objectives(self) -> FloatArray:
        """What the fit climbs, shape (n + 1,), in nats: ℓ(θ⁽ⁱ⁾) + log p(θ⁽ⁱ⁾), which is ℓ without a prior."""
        return self.log_likelihoods + self.log_priors

    @property
    def half_steps(self) -> tuple[HalfStep, ...]:
        """E, M, E, M, ..., E: 2n + 1 half-steps; the last E-step shows the bound touching where the fit ended."""
        return tuple(self._half_steps())

    def _half_steps(self) -> Iterator[HalfStep]:
        log_priors = self.log_priors
        for i, touch in enumerate(self.log_likelihoods):
            mixture, statistics, prior = self.mixtures[i], self.statistics[i], float(log_priors[i])
            bound = float(lower_bound(statistics, mixture))
            yield HalfStep("E", i + 1, mixture, statistics, float(touch), bound, prior)
            if i < self.n_steps:
                after, risen, prior = self.mixtures[i + 1], float(self.log_likelihoods[i + 1]), float(log_priors[i + 1])
                bound = float(lower_bound(statistics, after))
                yield HalfStep("M", i + 1, after, statistics, risen, bound, prior)

    def save(self, path: str | os.PathLike[str], beside: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Write the history to an ``.npz`` file, whole or not at all.

        Arrays ``beside`` it are written along under their names, which are none of the history's; `load` passes them
        over.

        Raises
        ------
        HistoryError
            If the file cannot be written.
        """
        path, part = Path(path), None
        arrays: dict[str, NDArray[Any]] = dict(zip(_ARRAYS, self._arrays(), strict=True))
        arrays |= {"format": np.array(_FORMAT), "n_points": np.array(self.n_points), "outcome": np.array(self.outcome)}
        arrays |= {"shape": np.array(self.shape)}
        if self.prior is not None:
            arrays |= {"prior_points": np.array(self.prior.points), "prior_spread": self.prior.spread}
        arrays |= beside or {}
        try:
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
                part = Path(file.name)
                np.savez(file, **arrays)  # type: ignore[arg-type]
            part.chmod(0o644)
            part.replace(path)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise HistoryError(f"{name_file(path)}: cannot be written ({_why(error)}); choose another place") from None
        finally:
            if part is not None:
                part.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read a history that `save` wrote; the arrays come back bit for bit.

        Raises
        ------
        HistoryError
            If the file is missing, damaged, not a history, or of a newer format.
        """
        try:
            # Opened here because np.load leaves a damaged archive open.
            with open(path, "rb") as file:
                require_honest_sizes(file)
                with np.load(file, allow_pickle=False) as archive:
                    return _history_of(archive)
        except OSError as error:
            problem = f"cannot be read ({_why(error)}); name a saved history"
        except HistoryError as error:
            problem = str(error)
        except _DAMAGE:
            problem = _DAMAGED
        raise HistoryError(f"{name_file(Path(path))}: {problem}")

    def _arrays(self) -> tuple[FloatArray, ...]:
        mixtures, statistics = self.mixtures, self.statistics
        return (
            mixtures.weights,
            mixtures.means,
            mixtures.covariances,
            statistics.counts,
            statistics.means,
            statistics.covariances,
            np.asarray(statistics.entropy),
            self.log_likelihoods,
        )


def _why(error: Exception) -> str:
    return one_line(getattr(error, "strerror", None) or str(error))


def _history_of(archive: Mapping[str, NDArray[Any]]) -> History:
    """Read an open archive; errors are "problem; remedy", without the file's name."""
    if "format" not in archive:
        raise HistoryError("not a history of this package; save one with History.save")
    version = _whole_number(archive["format"])
    if version > _FORMAT:
        raise HistoryError(f"written in format {version}, this version reads up to {_FORMAT}; upgrade em-film")
    if not {"n_points", "outcome", *_ARRAYS} <= set(archive):
        raise HistoryError("not a history of this package; save one with History.save")
    n_points, outcome = _whole_number(archive["n_points"]), str(archive["outcome"])
    arrays = [archive[name] for name in _ARRAYS]
    weights, means, covariances, counts, averages, scatters, entropies, log_likelihoods = arrays
    length = len(log_likelihoods) if log_likelihoods.ndim == 1 else 0
    sound = (
        length > 0
        and outcome in get_args(Outcome)
        and all(array.dtype == np.float64 and np.isfinite(array).all() for array in arrays)
        and means.ndim == 3
        and len(means) == length
        and averages.shape == means.shape
        and counts.shape == weights.shape
        and scatters.shape == covariances.shape
        and entropies.shape == log_likelihoods.shape
    )
    if not sound:
        raise HistoryError("its parts do not fit together; save the fit again")
    try:
        Mixture(weights, means, covariances)
    except EMError as error:
        raise HistoryError(f"no history of mixtures ({error}); save the fit again") from None
    shape, prior = _choice_of(archive, version, means.shape[-1])
    history = History(
        Mixture.trusted(weights, means, covariances),
        Statistics(counts, averages, scatters, entropies),
        log_likelihoods,
        n_points,
        outcome,  # type: ignore[arg-type]
        shape,
        prior,
    )
    if found := fault(history):
        raise HistoryError(f"no fit by EM, for {found}; save the fit again")
    return history


def _choice_of(archive: Mapping[str, NDArray[Any]], version: int, n_dimensions: int) -> tuple[Shape, Prior | None]:
    """Return the shape and the prior that an archive names; format 1 has none of them."""
    if version < 2:
        return "full", None
    named = str(archive["shape"])
    if named not in SHAPES:
        raise HistoryError(_DAMAGED)
    shape: Shape = named
    if "prior_points" not in archive:
        return shape, None
    try:
        prior = Prior(float(archive["prior_points"]), archive["prior_spread"])
    except EMError as error:
        raise HistoryError(f"no history of mixtures ({error}); save the fit again") from None
    if len(prior.spread) != n_dimensions:
        raise HistoryError("its parts do not fit together; save the fit again")
    return shape, prior


def _whole_number(entry: NDArray[Any]) -> int:
    if entry.shape != () or entry.dtype.kind not in "iu" or entry < 1:
        raise HistoryError(_DAMAGED)
    return int(entry)
