"""An experiment for the film of EM beside gradient ascent, whose heavy runs are light."""

from __future__ import annotations

from pathlib import Path

from support.experiments import two_clusters

__all__ = ["two_means_experiment"]

_MAIN = """\
title = "{title}"
seed = {seed}
[data]
points = 60
{clusters}
[start]
means = [{start}]
covariances = {variance}
weights = [{weight}, {other}]
[fit]
tolerance = 1e-9
known = {{ weights = true, covariances = true }}
[ascent]
step = {step}
max_passes = 60
grid = 11
starts = 10
paces = ["apart.toml", "close.toml"]
crowd = "close.toml"
"""


def two_means_experiment(
    folder: Path,
    means: tuple[float, ...] = (-4.0, 0.0, 0.0, 3.5),
    *,
    spread: float = 0.35,
    start: tuple[float, float] = (1.5, 1.0),
    variance: float = 1.0,
    weight: float = 0.5,
    step: float = 1.0,
    seed: int = 3,
    title: str = "A short film",
) -> Path:
    """Write the experiment and those that it names into a folder; return its file."""
    table = "[[data.cluster]]\nweight = {!r}\nmean = {!r}\ncovariance = {!r}\n"
    clusters = "".join(table.format(1 / len(means), mean, spread**2) for mean in means)
    for name, apart in (("apart", 6.0), ("close", 2.0)):
        (folder / f"{name}.toml").write_text(
            two_clusters(
                60,
                "[ascent]\nmax_passes = 30\n",
                title=f"Clusters {name}",
                seed=3,
                weight=0.5,
                tilt=0.2,
                apart=apart,
            )
        )
    path = folder / "short.toml"
    path.write_text(
        _MAIN.format(
            title=title,
            seed=seed,
            clusters=clusters,
            start=f"{start[0]!r}, {start[1]!r}",
            variance=variance,
            weight=weight,
            other=1 - weight,
            step=step,
        )
    )
    return path
