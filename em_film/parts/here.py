"""Parts read one after another on this machine: the next one while the E-step goes through the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from em_film.parts.part import Part
from em_film.parts.sampled import rows_of_parts, sampled_rows
from em_model import Parts
from em_model.mixture import FloatArray

__all__ = ["PartsHere"]


class PartsHere(Parts):
    """Points in files, of which a few parts at a time are in memory.

    Parameters
    ----------
    parts : sequence of Part
    seed : int
        Of the sample.

    Raises
    ------
    DataError
        If a part cannot be read, or there is no point; it names the part.
    """

    def __init__(self, parts: Sequence[Part], seed: int) -> None:
        self._parts = parts
        self._sizes: list[int] = []
        self._seed = seed
        self._sample: FloatArray | None = None
        super().__init__([part.read for part in parts])

    def read(self) -> Iterator[FloatArray]:
        """Yield the points of each part, shape (n, D), in their order."""
        sizes = []
        with ThreadPoolExecutor(1) as ahead:
            waiting = [ahead.submit(part.read) for part in self._parts[:1]]
            for following in [*self._parts[1:], None]:
                points = waiting.pop().result()
                if following is not None:
                    waiting.append(ahead.submit(following.read))
                sizes.append(len(points))
                yield points
        self._sizes = sizes

    def sample(self, most: int) -> FloatArray:
        """Points that stand for all, a seeded sample, shape (n, D) with n ≤ ``most``."""
        if self._sample is None:
            chosen = rows_of_parts(sampled_rows(self.n_points, self._seed), self._sizes)
            taken = [points[rows] for points, rows in zip(self.read(), chosen, strict=True) if len(rows)]
            self._sample = np.ascontiguousarray(np.concatenate(taken))
        return self._sample[:: -(-len(self._sample) // most)]

    def close(self) -> None:
        """Let go of nothing: all is read when it is asked for."""
