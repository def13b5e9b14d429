"""One contender on saved points, in a process of its own: ``python -m bench.peers NAME POINTS START STEPS``.

It prints JSON: seconds a step, a fit of 1 step taken off, and ℓ where the longer fit ends.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

import em_model
from bench.problems import by_scikit_learn
from bench.timing import seconds
from em_model.mixture import FloatArray

__all__ = ["main"]

Fit = Callable[[int], em_model.Mixture]


def main() -> None:
    """Measure one."""
    name, file, begin, steps = sys.argv[1], sys.argv[2], np.load(sys.argv[3]), int(sys.argv[4])
    start = em_model.Mixture(begin["weights"], begin["means"], begin["covariances"])
    with threadpool_limits(1):
        fit, close = _CONTENDERS[name](file, start)
        fit(1)  # what is loaded, compiled or cached on first use is not a step's
        ends: list[em_model.Mixture] = []
        one, more = (
            min(seconds(lambda count=count: ends.append(fit(count))) for _ in range(2)) for count in (1, steps + 1)
        )
        final = ends[-1]
        close()
        points = np.load(file, mmap_mode="r")[::7]
        ell = float(em_model.log_likelihood(points, final))
    sys.stdout.write("\n" + json.dumps({"step": (more - one) / steps, "ell": ell}) + "\n")


def _em_model(file: str, start: em_model.Mixture) -> tuple[Fit, Callable[[], None]]:
    data = em_model.Data(np.load(file))
    return lambda steps: em_model.fit(data, start, max_steps=steps, tolerance=0).final, lambda: None


def _dask(file: str, start: em_model.Mixture) -> tuple[Fit, Callable[[], None]]:
    from em_film.parts.cluster import Cluster, PartsThere
    from em_film.parts.part import array_parts

    source = PartsThere(Cluster(None, workers=2), array_parts(file, (), 2, drop=False), 0)
    return lambda steps: em_model.fit(source, start, max_steps=steps, tolerance=0).final, source.close


def _scikit_learn(file: str, start: em_model.Mixture) -> tuple[Fit, Callable[[], None]]:
    points: FloatArray = np.load(file)
    return lambda steps: em_model.Mixture(*by_scikit_learn(points, start, steps)), lambda: None


def _spark(file: str, start: em_model.Mixture) -> tuple[Fit, Callable[[], None]]:
    """MLlib's mixture of RDDs, the one that takes a start, on two threads; no point passes through Python in a fit."""
    warnings.simplefilter("ignore")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "10g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    context = session.sparkContext
    mllib, gateway = context._jvm.org.apache.spark.mllib, context._gateway
    text = f"{file}.txt"
    points = np.load(file, mmap_mode="r")
    with open(text, "w", encoding="ascii") as lines:
        for first in range(0, len(points), 10**6):
            np.savetxt(lines, points[first : first + 10**6], fmt="[%.17g,%.17g]")
    rows = mllib.util.MLUtils.loadVectors(context._jsc.sc(), text)
    rows.cache()
    rows.count()

    def doubles(values: FloatArray) -> object:
        array = gateway.new_array(gateway.jvm.double, values.size)
        for place, value in enumerate(values.ravel()):
            array[place] = float(value)
        return array

    size, matrices = start.n_dimensions, mllib.linalg.Matrices
    gaussian = mllib.stat.distribution.MultivariateGaussian

    def initial() -> object:
        """Make the start anew: MLlib leaves in it where a fit has ended."""
        gaussians = gateway.new_array(gaussian, start.n_components)
        for k in range(start.n_components):
            mean = mllib.linalg.DenseVector(doubles(start.means[k]))
            gaussians[k] = gaussian(mean, matrices.dense(size, size, doubles(start.covariances[k])))
        return mllib.clustering.GaussianMixtureModel(doubles(start.weights), gaussians)

    def fit(steps: int) -> em_model.Mixture:
        learner = mllib.clustering.GaussianMixture()
        learner.setK(start.n_components).setConvergenceTol(0.0).setMaxIterations(steps).setInitialModel(initial())
        model = learner.run(rows)
        found = list(model.gaussians())
        means = np.array([list(one.mu().toArray()) for one in found])
        covariances = np.array([list(one.sigma().toArray()) for one in found]).reshape(-1, size, size)
        return em_model.Mixture(np.array(list(model.weights())), means, covariances)

    def close() -> None:
        session.stop()
        os.unlink(text)

    return fit, close


_CONTENDERS: dict[str, Callable[[str, em_model.Mixture], tuple[Fit, Callable[[], None]]]] = {
    "em_model": _em_model,
    "Dask, 2 workers": _dask,
    "scikit-learn": _scikit_learn,
    "Spark MLlib": _spark,
}

if __name__ == "__main__":
    main()
