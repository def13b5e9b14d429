"""The tables of an experiment file as frozen pydantic models: every key with its meaning, limits and default."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticUndefined

from em_film.experiment.values import (
    COVARIANCE,
    COVARIANCES,
    GIVEN_MEANS,
    MEAN,
    MEANS,
    MOST_COLUMNS,
    PRIOR,
    WEIGHTS,
    Covariance,
    CovariancePrior,
    GivenMeans,
    Mean,
    StartCovariances,
    StartMeans,
    StartWeights,
    refuse,
    require_unit_sum,
)

__all__ = [
    "AscentSection",
    "DataSection",
    "FilmSection",
    "FitSection",
    "Section",
    "StartSection",
    "key",
]

MOST_COMPONENTS = 100


def key(default: Any = PydanticUndefined, *, right: str, meaning: str, said: str | None = None, **limits: Any) -> Any:
    """Declare a key: ``right`` completes "give ..." in errors and documentation, ``said`` words a varying default."""
    return Field(default, description=meaning, json_schema_extra={"right": right, "said": said}, **limits)


class Section(BaseModel):
    """A table of the file: strict types, no unknown keys, never changed after reading."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


Array = Field(strict=False)  # TOML arrays arrive as lists; what they hold stays strict
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Array]
Numbers = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Array]


class ClusterSection(Section):
    """One cluster to draw points from: a Gaussian and its share."""

    weight: float = key(right="a number above 0 and up to 1", meaning="Share of the points, π_k.", gt=0, le=1)
    mean: Mean = key(right=MEAN, meaning="Centre μ_k; in 1-D a number will do.")
    covariance: Covariance = key(right=COVARIANCE, meaning="Covariance Σ_k; in 1-D the variance.")

    @model_validator(mode="after")
    def _shapes_agree(self) -> Self:
        if len(self.mean) != len(self.covariance):
            size = len(self.mean)
            problem = f"is {len(self.covariance)}×{len(self.covariance)}, but the mean has {size} dimension(s)"
            raise refuse(problem, f"give a {size}×{size} matrix", "covariance")
        return self


_GOES_WITH = {
    "points": ("clusters",),
    "columns": ("a CSV file", "Parquet files"),
    "missing": ("a CSV file", "Parquet files"),
    "decimal": ("a CSV file",),
    "encoding": ("a CSV file",),
    "standardize": ("a CSV file",),
}


class DataSection(Section):
    """Where the points come from: clusters to draw them from, or a CSV file."""

    points: int = key(
        1000,
        right="a whole number from 2 to 10000000",
        meaning="How many points to draw from the clusters.",
        ge=2,
        le=10_000_000,
    )
    cluster: Annotated[tuple[ClusterSection, ...], Array] = key(
        (),
        right=f"1 to {MOST_COMPONENTS} [[data.cluster]] tables (double brackets)",
        meaning="The clusters to draw from, one `[[data.cluster]]` table each; either these or `csv`.",
        max_length=MOST_COMPONENTS,
    )
    csv: str | None = key(
        None,
        right='the path of a CSV file, relative to this one, such as "data.csv"',
        meaning="A CSV file to read the points from, or a folder or a pattern of many; either this or clusters.",
        said="no file",
        min_length=1,
    )
    parquet: str | None = key(
        None,
        right='the path of a Parquet file, a folder or a pattern, such as "measurements/*.parquet"',
        meaning="Parquet files to read the points from, part by part; an address such as `s3://bucket/folder` will do.",
        said="no file",
        min_length=1,
    )
    columns: Names = key(
        (),
        right='an array of column names, such as ["eruptions", "waiting"]',
        meaning="Names, from the header of the file, of the columns to read; all of them are fitted.",
        said="the first one or two that are worth fitting",
        min_length=1,
        max_length=MOST_COLUMNS,
    )
    labels: Names = key(
        (),
        right='one label for each dimension, such as ["eruption, min", "waiting, min"]',
        meaning="Titles of the axes, one for each column.",
        said="the columns' names, with their units where the file gives them, or that they are standardised",
        min_length=1,
        max_length=MOST_COLUMNS,
    )
    missing: Literal["refuse", "drop"] = key(
        "refuse",
        right='"refuse" or "drop"',
        meaning="What becomes of rows in which a value is missing: an error, or left out, which `check` says.",
    )
    decimal: Literal[".", ","] | None = key(
        None,
        right='"." or ","',
        meaning="The decimal mark of the CSV file, where its cells leave it open.",
        said="found for each column from all its cells",
    )
    encoding: str | None = key(
        None,
        right='the name of an encoding, such as "cp1251"',
        meaning="In which the CSV file is written.",
        said="found: UTF-8, UTF-16, else Windows-1252",
        min_length=1,
    )
    standardize: bool = key(
        False,
        right="true or false",
        meaning="Shift and scale each column of the CSV file to mean 0 and standard deviation 1; the axes say so.",
    )

    @property
    def n_dimensions(self) -> int | None:
        """Number of dimensions, D, or None if only the CSV file can tell."""
        return len(self.cluster[0].mean) if self.cluster else len(self.columns) or None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.csv is not None and self.cluster:
            raise refuse("both a CSV file and clusters are given", "keep one of the two", "csv")
        if self.parquet is not None and (self.csv is not None or self.cluster):
            other = "clusters" if self.cluster else "a CSV file"
            raise refuse(f"both Parquet files and {other} are given", "keep one of the two", "parquet")
        if self.csv is None and self.parquet is None and not self.cluster:
            raise refuse("holds neither clusters nor a CSV file", 'add [[data.cluster]] tables or csv = "FILE"')
        kind = "clusters" if self.cluster else "a CSV file" if self.csv is not None else "Parquet files"
        for name, kinds in _GOES_WITH.items():
            if name in self.model_fields_set and kind not in kinds:
                there = f", and the data are {kind}" if not self.cluster else ""
                raise refuse(f"goes only with {kinds[0]}{there}", "remove it", name)
        known = self.n_dimensions
        if self.labels and known is not None and len(self.labels) != known:
            raise refuse(f"holds {len(self.labels)} label(s) for {known} dimension(s)", "give one for each", "labels")
        if len(set(self.columns)) < len(self.columns):
            raise refuse("names a column twice", "name two different ones", "columns")
        return self

    @model_validator(mode="after")
    def _clusters_agree(self) -> Self:
        for number, cluster in enumerate(self.cluster, 1):
            if len(cluster.mean) != self.n_dimensions:
                problem = f"has {len(cluster.mean)} dimension(s), cluster[1] has {self.n_dimensions}"
                raise refuse(problem, "give every cluster as many", f"cluster[{number}].mean")
        if self.cluster:
            require_unit_sum(tuple(cluster.weight for cluster in self.cluster), "cluster")
        return self


class StartSection(Section):
    """Where EM begins, θ⁽⁰⁾."""

    means: StartMeans = key(
        "k-means++",
        right=MEANS,
        meaning='`"k-means++"`: points drawn far from each other, each column by its spread; `"sample"`: points '
        "drawn from the data; or the means themselves, in the units of the (standardised) data.",
    )
    covariances: StartCovariances = key(
        "data",
        right=COVARIANCES,
        meaning='`"data"`: the covariance of all points; `"identity"`: unit matrices; or matrices '
        "(in 1-D: variances), one for all components or one each.",
    )
    weights: StartWeights = key(None, right=WEIGHTS, meaning="Weights of the components.", said="equal weights")
    tries: int = key(
        1,
        right="a whole number from 1 to 1000",
        meaning="How many starts to draw and fit; the fit that ends highest is kept.",
        ge=1,
        le=1000,
    )


class KnownSection(Section):
    """What EM takes as known and leaves as [start] says; the rest is fitted."""

    weights: bool = key(False, right="true or false", meaning="Keep the weights of `[start]`.")
    covariances: bool = key(False, right="true or false", meaning="Keep the covariances of `[start]`.")
    means: Numbers = key(
        (),
        right="an array of component numbers from 1, such as [1]",
        meaning="Components, counted from 1, whose means stay as `[start]` gives them.",
        max_length=MOST_COMPONENTS,
    )


class FitSection(Section):
    """How EM runs, or the saved run to show instead."""

    components: int | None = key(
        None,
        right=f"a whole number from 1 to {MOST_COMPONENTS}",
        meaning="Number of components, K.",
        said="as many as `start.means` gives; else as many as clusters; else 2",
        ge=1,
        le=MOST_COMPONENTS,
    )
    max_steps: int = key(
        200, right="a whole number from 1 to 100000", meaning="EM steps after which to stop.", ge=1, le=100_000
    )
    tolerance: float = key(
        1e-7,
        right="a number from 0 to 1, such as 1e-7",
        meaning="Rise of ℓ per point, in nats, under which EM has converged.",
        ge=0,
        le=1,
    )
    covariances: Literal["full", "tied", "diag", "spherical"] = key(
        "full",
        right='"full", "tied", "diag" or "spherical"',
        meaning="Which covariances there are to choose from: any, one for all components, along the axes, or round.",
    )
    prior: CovariancePrior = key(
        None,
        right=PRIOR,
        meaning='A prior on the covariances, as if each component had seen so many more points, spread so; `"weak"` is '
        "that of Fraley and Raftery (2007). With it no component shrinks to nothing, and the fit is MAP.",
        said="no prior",
    )
    known: KnownSection = Field(
        default_factory=KnownSection,
        json_schema_extra={"right": "a table, such as { weights = true, covariances = true, means = [1] }"},
    )
    engine: Literal["dask"] | None = key(
        None,
        right='"dask"',
        meaning="Who goes through data in files: the workers of a Dask cluster, which keep them in their memory.",
        said="this process",
    )
    scheduler: str | None = key(
        None,
        right='the address of a Dask scheduler, such as "tcp://10.0.0.1:8786"',
        meaning="Which cluster.",
        said="workers on this machine, one for each core",
        min_length=1,
    )
    history: str | None = key(
        None,
        right='the path of a saved fit, relative to this file, such as "run.npz"',
        meaning="A saved fit to show instead of fitting; it must belong to these data.",
        said="no file: fit",
        min_length=1,
    )

    @model_validator(mode="after")
    def _scheduler_of_an_engine(self) -> Self:
        if self.scheduler is not None and self.engine is None:
            raise refuse("goes only with an engine", 'set engine = "dask"', "scheduler")
        return self


class AscentSection(Section):
    """How the log-likelihood is climbed along its gradient, for the film that puts this beside EM."""

    step: float = key(
        0.3,
        right="a number above 0 and up to 1000, such as 0.3",
        meaning="Step of gradient ascent, in gradients of ℓ per point; the line search tries it first.",
        gt=0,
        le=1000,
    )
    max_passes: int = key(
        300,
        right="a whole number from 20 to 2000",
        meaning="Passes over the data after which every method stops.",
        ge=20,
        le=2000,
    )
    grid: int = key(
        81,
        right="a whole number from 11 to 161",
        meaning="Starts along each side of the picture of basins.",
        ge=11,
        le=161,
    )
    starts: int = key(
        200,
        right="a whole number from 10 to 1000",
        meaning="Random starts from which each method climbs; fewer where points are many.",
        ge=10,
        le=1000,
    )
    paces: Names = key(
        (),
        right='two experiment files, such as ["separated.toml", "overlapping.toml"]',
        meaning="Experiments on which the pace of the methods is compared, as paths relative to this file.",
        said="two that come with the film",
        min_length=2,
        max_length=2,
    )
    crowd: str | None = key(
        None,
        right='an experiment file, such as "three_clusters.toml"',
        meaning="The experiment that is fitted from random starts, as a path relative to this file.",
        said="the three clusters that come with the film",
        min_length=1,
    )


class SliceSection(Section):
    """A coordinate slice: the line along one number of one component's mean."""

    component: int = key(right="a component's number, from 1", meaning="Component, counted from 1.", ge=1)
    axis: int = key(
        right="a dimension's number, from 1", meaning="Coordinate of its mean, counted from 1.", ge=1, le=MOST_COLUMNS
    )


class FilmSection(Section):
    """How the film looks."""

    theme: Literal["dark", "light"] = key("dark", right='"dark" or "light"', meaning="Colours of the film.")
    detailed_steps: int = key(
        3,
        right="a whole number from 1 to 20",
        meaning="EM steps shown half-step by half-step; the rest run fast.",
        ge=1,
        le=20,
    )
    slices: Annotated[tuple[SliceSection, ...], Array] = key(
        (),
        right="1 to 8 slices, such as [{ component = 1, axis = 1 }]",
        meaning="Lines through parameter space, for the films that draw coordinate slices.",
        said="the first axis of each component, up to four",
        min_length=1,
        max_length=8,
    )
    show: Names = key(
        (),
        right='two column names, such as ["eruptions", "waiting"]',
        meaning="Which two of the columns fitted are drawn; each Gaussian is drawn by its marginal there.",
        said="the pair that tells the final components apart best",
        min_length=2,
        max_length=2,
    )
    other_start: GivenMeans = key(
        None,
        right=GIVEN_MEANS,
        meaning="Means of a second start, for the film that shows how the start decides where EM ends; "
        "all else as under `[start]`.",
        said="no second start",
    )

    @model_validator(mode="after")
    def _two_columns(self) -> Self:
        if len(set(self.show)) < len(self.show):
            raise refuse("names a column twice", "name two different ones", "show")
        return self
