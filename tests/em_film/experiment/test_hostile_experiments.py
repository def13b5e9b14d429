"""Hostile experiment files: each is refused in one line that names file, key and remedy."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from string import printable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.experiments import fit_of

from em_film.errors import ExperimentError
from em_film.experiment import Dataset, Experiment
from em_model.errors import EMError

ONE = "[[data.cluster]]\nweight = 1.0\nmean = [0.0, 0.0]\ncovariance = [[1.0, 0.0], [0.0, 1.0]]\n"
GOOD = (
    "[data]\npoints = 50\n"
    + ONE.replace("1.0\nmean", "0.5\nmean")
    + ONE.replace("1.0\nmean = [0.0", "0.5\nmean = [4.0")
    + "[start]\nmeans = [[0.0, 1.0], [2.0, 3.0]]\n[fit]\n[film]\n"
)


def with_data(line: str) -> str:
    return GOOD.replace("[data]\n", f"[data]\n{line}\n")


def with_cluster(line: str) -> str:
    """Good but for one line of the second cluster."""
    name = line.partition(" =")[0]
    first, second = GOOD.rsplit("[[data.cluster]]", 1)
    old = next(part for part in second.splitlines() if part.startswith(name))
    return f"{first}[[data.cluster]]{second.replace(old, line, 1)}"


def with_start(lines: str) -> str:
    return GOOD.replace("means = [[0.0, 1.0], [2.0, 3.0]]", lines)


def with_fit(line: str) -> str:
    return GOOD.replace("[fit]\n", f"[fit]\n{line}\n")


def with_film(line: str) -> str:
    return f"{GOOD}{line}\n"


C2 = "data.cluster[2]"
HOSTILE: list[tuple[str, str, str, str]] = [
    # text, key, what is wrong, remedy
    ("", "data", "is missing", "csv ="),
    ("# only a comment\n", "data", "is missing", "[data]"),
    ("seed = 1", "data", "is missing", "[data]"),
    ("[data]", "data", "neither clusters nor a CSV", "[[data.cluster]]"),
    ("data = 3", "data", "3 is a whole number", "a [data] table"),
    ("[[data]]\npoints = 5", "data", "an array", "a [data] table"),
    ("[data]\ncluster = []", "data", "neither clusters", "add [[data.cluster]]"),
    ("[data]\n[data.cluster]\nweight = 1", "data.cluster", "is a table", "double brackets"),
    ("[data]\ncluster = 'x'", "data.cluster", "is text", "double brackets"),
    ("title = 3\n" + GOOD, "title", "3 is a whole number", "line of text"),
    ('title = "a\\nb"\n' + GOOD, "title", "line break", "single line"),
    (f'title = "{"x" * 81}"\n' + GOOD, "title", "too long", "80 characters"),
    ("seed = -1\n" + GOOD, "seed", "-1 is too small", "whole number from 0"),
    ("seed = 1.0\n" + GOOD, "seed", "1.0 is a number with a point", "whole number"),
    ("seed = true\n" + GOOD, "seed", "true is a boolean", "whole number"),
    ("seed = 9223372036854775808\n" + GOOD, "seed", "too large", "whole number from 0 to"),
    (f"seed = 0x{'f' * 5000}\n" + GOOD, "seed", "too large", "whole number from 0 to"),
    (f"seed = {'9' * 5000}\n" + GOOD, "a number", "digit", "mend"),
    ('seed = "4"\n' + GOOD, "seed", '"4" is text', "whole number"),
    ("seed = 2020-01-01\n" + GOOD, "seed", "2020-01-01 is a date", "whole number"),
    ("sede = 1\n" + GOOD, "sede", "unknown key", "did you mean seed?"),
    ("theme = 'dark'\n" + GOOD, "theme", "unknown key", "did you mean film.theme?"),
    ("xyzzy = 1\n" + GOOD, "xyzzy", "unknown key", "use one of title, seed"),
    ('"a\\nb\\u202e" = 1\n' + GOOD, "a\\nb\\u202e", "unknown key", "title, seed"),
    ('"" = 1\n' + GOOD, "", "unknown key", "title, seed"),
    (GOOD.replace("points = 50", "points = 0"), "data.points", "0 is too small", "from 2"),
    (GOOD.replace("points = 50", "points = -50"), "data.points", "-50 is too small", "from 2"),
    (GOOD.replace("points = 50", "points = 1e3"), "data.points", "1000.0 is a number with a point", "whole number"),
    (GOOD.replace("points = 50", "points = true"), "data.points", "true is a boolean", "whole number"),
    (GOOD.replace("points = 50", "points = 10000000000"), "data.points", "is too large", "10000000"),
    (GOOD.replace("points = 50", "points = nan"), "data.points", "nan is not a finite", "whole number"),
    (GOOD.replace("points = 50", "pionts = 50"), "data.pionts", "unknown key", "did you mean data.points?"),
    (with_data("csv = 'x.csv'"), "data.csv", "both a CSV file and clusters", "keep one"),
    (with_data("columns = ['a']"), "data.columns", "only with a CSV", "remove"),
    (with_data("standardize = true"), "data.standardize", "only with a CSV", "remove"),
    (with_data("standardise = true"), "data.standardise", "unknown key", "data.standardize?"),
    ("[data]\ncsv = 'x.csv'\npoints = 5", "data.points", "only with clusters", "remove"),
    ("[data]\ncsv = ''", "data.csv", "is empty", "path of a CSV"),
    ("[data]\ncsv = 3", "data.csv", "3 is a whole number", "path of a CSV"),
    ("[data]\ncsv = 'x'\ncolumns = 'a'", "data.columns", '"a" is text', "an array of column names"),
    ("[data]\ncsv = 'x'\ncolumns = []", "data.columns", "is empty", "an array of column names"),
    (
        f"[data]\ncsv = 'x'\ncolumns = {[f'c{i}' for i in range(51)]}",
        "data.columns",
        "array of 51 is too long",
        "names",
    ),
    ("[data]\ncsv = 'x'\ncolumns = ['a', 2]", "data.columns[2]", "2 is a whole number", "an array of column names"),
    ("[data]\ncsv = 'x'\ncolumns = ['a', 'a']", "data.columns", "twice", "two different"),
    ("[data]\ncsv = 'x'\nstandardize = 1", "data.standardize", "1 is a whole number", "true or false"),
    (with_cluster("weight = 0.6"), "data.cluster", "weights sum to 1.1", "sum to 1"),
    (with_cluster("weight = -0.5"), f"{C2}.weight", "-0.5 is too small", "above 0"),
    (with_cluster("weight = 0"), f"{C2}.weight", "0 is too small", "above 0"),
    (with_cluster("weight = 2"), f"{C2}.weight", "2 is too large", "up to 1"),
    (with_cluster("weight = nan"), f"{C2}.weight", "nan is not a finite number", "above 0"),
    (with_cluster("weight = inf"), f"{C2}.weight", "inf is not a finite number", "above 0"),
    (with_cluster("weight = false"), f"{C2}.weight", "false is a boolean", "above 0"),
    (with_cluster("weight = '0.5'"), f"{C2}.weight", '"0.5" is text', "above 0"),
    (with_cluster(f"weight = 0x{'f' * 5000}"), f"{C2}.weight", "is too large", "above 0"),
    (GOOD.replace("weight", "wieght", 1), "data.cluster[1].wieght", "unknown key", "data.cluster.weight?"),
    (GOOD.replace("mean = [4.0, 0.0]\n", ""), f"{C2}.mean", "is missing", "one number for each dimension"),
    (with_cluster("mean = []"), f"{C2}.mean", "empty array", "one number for each dimension"),
    (with_cluster("mean = [1, nan]"), f"{C2}.mean", "nan is not a finite number", "one number for each dimension"),
    (with_cluster("mean = [1, -inf]"), f"{C2}.mean", "-inf is not a finite number", "one number for each dimension"),
    (with_cluster("mean = [1, 1e300]"), f"{C2}.mean", "1e+300 is too large", "one number for each dimension"),
    (with_cluster("mean = [1, 1e999]"), f"{C2}.mean", "not a finite number", "one number for each dimension"),
    (with_cluster(f"mean = [1, {'9' * 400}]"), f"{C2}.mean", "is too large", "one number for each dimension"),
    (with_cluster("mean = [1, true]"), f"{C2}.mean", "true is a boolean", "one number for each dimension"),
    (with_cluster("mean = [1, '2']"), f"{C2}.mean", '"2" is text', "one number for each dimension"),
    (with_cluster("mean = [[1, 2]]"), f"{C2}.mean", "array of 2 is an array", "one number for each dimension"),
    (with_cluster("mean = { x = 1 }"), f"{C2}.mean", "is a table", "one number for each dimension"),
    (with_cluster("mean = 4.0"), f"{C2}.covariance", "is 2×2, but the mean has 1", "1×1 matrix"),
    (
        GOOD.replace("4.0, 0.0]\ncovariance = [[1.0, 0.0], [0.0, 1.0]]", "4.0]\ncovariance = 1"),
        f"{C2}.mean",
        "1 dimension(s), cluster[1] has 2",
        "every cluster",
    ),
    (with_cluster("covariance = [[1, 0.5], [0.4, 1]]"), f"{C2}.covariance", "0.5 is not 0.4", "symmetric"),
    (with_cluster("covariance = [[1, 2], [2, 1]]"), f"{C2}.covariance", "not positive definite", "eigenvalues"),
    (with_cluster("covariance = [[1, 1], [1, 1]]"), f"{C2}.covariance", "not positive definite", "eigenvalues"),
    (with_cluster("covariance = [[0, 0], [0, 0]]"), f"{C2}.covariance", "not positive definite", "eigenvalues"),
    (with_cluster("covariance = [[-1, 0], [0, 1]]"), f"{C2}.covariance", "eigenvalue is -1", "positive eigenvalues"),
    (with_cluster("covariance = [[1, 0], [0, nan]]"), f"{C2}.covariance", "nan is not a finite", "symmetric matrix"),
    (with_cluster("covariance = [[1, 0], [0, inf]]"), f"{C2}.covariance", "inf is not a finite", "symmetric matrix"),
    (with_cluster("covariance = [[1, 0], [0]]"), f"{C2}.covariance", "is not square", "symmetric matrix"),
    (with_cluster("covariance = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]"), f"{C2}.covariance", "is 3×3, but", "a 2×2 matrix"),
    (with_cluster("covariance = [1, 1]"), f"{C2}.covariance", "is no matrix", "symmetric matrix"),
    (with_cluster("covariance = []"), f"{C2}.covariance", "is not square", "symmetric matrix"),
    (with_cluster("covariance = [[]]"), f"{C2}.covariance", "is not square", "symmetric matrix"),
    (with_cluster("covariance = 'identity'"), f"{C2}.covariance", "is text", "symmetric matrix"),
    (with_cluster("covariance = 2.0"), f"{C2}.covariance", "is 1×1, but the mean has 2", "2×2 matrix"),
    (with_start("means = 'smaple'"), "start.means", '"smaple" is not known', 'did you mean "sample"?'),
    (with_fit("prior = 'wek'"), "fit.prior", '"wek" is not known', 'did you mean "weak"?'),
    (with_fit("prior = { points = 4.0 }"), "fit.prior.spread", "is missing", "spread = "),
    (with_fit("prior = { points = 4.0, spred = 2 }"), "fit.prior.spred", "unknown key", "did you mean spread?"),
    (with_fit("prior = [4.0]"), "fit.prior", "an array of 1 is not right", "spread = "),
    (with_start("try = 20"), "start.try", "unknown key", "use one of means"),
    (GOOD + "show = ['a']\n", "film.show", "an array of 1 is too short", "two column names"),
    (with_start("tries = [20]"), "start.tries", "is an array", "whole number"),
    ('[data]\ncsv = "C:\\Users\\x.csv"', "line 2", "a \\ within quotation marks begins", "with / or in single"),
    ('[data]\ncsv = "C:\\data.csv"', "line 2", "a \\ within quotation marks begins", "with / or in single"),
    (
        with_fit("prior = { points = 0, spread = [[1, 0], [0, 1]] }"),
        "fit.prior",
        "points: 0 is too small",
        "above",
    ),
    (with_fit("prior = { points = 1, spread = [[1, 2], [2, 1]] }"), "fit.prior", "not positive definite", "give"),
    (with_fit("prior = { points = 1, spread = 2 }"), "fit.prior", "its spread is not", "give a 2×2 matrix"),
    (with_fit("covariances = 'round'"), "fit.covariances", '"round" is not known', '"spherical"'),
    (with_film("show = ['x', 'x']"), "film.show", "names a column twice", "two different"),
    (with_film("show = ['x']"), "film.show", "", "two column names"),
    (with_start("means = 'truth'"), "start.means", '"truth" is not known', '"k-means++"'),
    (with_start("means = 3"), "start.means", "3 is not right", "one mean per component"),
    (with_start("means = []"), "start.means", "an empty array", "one mean per component"),
    (with_start("means = [[0, 1], [2]]"), "start.means", "mean 2 has 1 dimensions", "every mean"),
    (with_start("means = [[0, 1], [2, nan]]"), "start.means", "mean 2: nan", "one mean per component"),
    (with_start("means = [[0, 1, 2]]"), "start.means", "these means are not", "give 2 number(s)"),
    (with_start("means = [0, 1]"), "start.means", "the data are 2-dimensional", "2 number(s)"),
    (with_start("covariances = 'unit'"), "start.covariances", '"unit" is not known', '"identity"'),
    (with_start("covariances = []"), "start.covariances", "empty array", '"identity"'),
    (with_start("covariances = 2.0"), "start.covariances", "matrix 1 is not", "2×2"),
    (
        with_start("covariances = [[[1, 0], [0, 1]], [[1, 3], [3, 1]]]"),
        "start.covariances",
        "matrix 2 is not pos",
        "matrix",
    ),
    (
        with_start(f"covariances = [{', '.join(['[[1, 0], [0, 1]]'] * 3)}]"),
        "start.covariances",
        "3 covariances for 2",
        "one per",
    ),
    (with_start("weights = [0.5, 0.6]"), "start.weights", "sum to 1.1", "sum to 1"),
    (with_start("weights = [1.5, -0.5]"), "start.weights", "weight 2 is -0.5", "above 0"),
    (with_start("weights = [0.2, 0.3, 0.5]"), "start.weights", "3 weights for 2 components", "one per component"),
    (with_start("weights = 'equal'"), "start.weights", "is text", "above 0"),
    (GOOD.replace("[start]\nmeans", "[strat]\nmeans"), "strat", "unknown key", "did you mean start?"),
    (with_fit("components = 0"), "fit.components", "0 is too small", "from 1"),
    (with_fit("components = 3"), "start.means", "2 means for 3 components", "one per component"),
    (
        with_start("").replace("[fit]", "[fit]\ncomponents = 51"),
        "fit.components",
        "51 components for 50 points",
        "fewer",
    ),
    (with_fit("components = 101"), "fit.components", "101 is too large", "to 100"),
    (with_fit("max_steps = 0"), "fit.max_steps", "0 is too small", "from 1"),
    (with_fit("max_steps = '9'"), "fit.max_steps", '"9" is text', "whole number"),
    (with_fit("max_step = 9"), "fit.max_step", "unknown key", "did you mean fit.max_steps?"),
    (with_fit("tolerance = -1e-7"), "fit.tolerance", "-1e-07 is too small", "from 0"),
    (with_fit("tolerance = nan"), "fit.tolerance", "nan is not a finite number", "from 0"),
    (with_fit("tolerance = 2"), "fit.tolerance", "2 is too large", "to 1"),
    (with_fit("known = true"), "fit.known", "true is a boolean", "a table"),
    (with_fit("known = { mean = [1] }"), "fit.known.mean", "unknown key", "did you mean fit.known.means?"),
    (with_fit("known = { means = [0] }"), "fit.known.means[1]", "0 is too small", "from 1"),
    (with_fit("known = { means = [3] }"), "fit.known.means", "no component 3", "from 1 to 2"),
    (with_fit("known = { means = [1, 1] }"), "fit.known.means", "twice", "once"),
    (with_fit("known = { means = [true] }"), "fit.known.means[1]", "true is a boolean", "component numbers"),
    (with_start("").replace("[fit]", "[fit]\nknown.means = [1]"), "fit.known.means", "not given", "[start] means"),
    (
        with_fit("known = { means = [1, 2], weights = true, covariances = true }"),
        "fit.known",
        "nothing left to fit",
        "at least one mean",
    ),
    (with_fit("history = 7"), "fit.history", "7 is a whole number", "saved fit"),
    (with_film("theme = 'drak'"), "film.theme", '"drak" is not known', 'did you mean "dark"?'),
    (with_film("theme = 1"), "film.theme", "1 is a whole number", '"dark" or "light"'),
    (with_film("detailed_steps = 0"), "film.detailed_steps", "0 is too small", "from 1 to 20"),
    (with_film("other_start = []"), "film.other_start", "an empty array", "one mean per component"),
    (with_film("other_start = 'sample'"), "film.other_start", '"sample" is not right', "one mean per component"),
    (with_film("other_start = -0.2"), "film.other_start", "-0.2 is not right", "one mean per component"),
    (with_film("other_start = [[0, 1], [nan, 1]]"), "film.other_start", "mean 2: nan", "one mean per component"),
    (with_film("other_start = [[0, 1], [2]]"), "film.other_start", "mean 2 has 1 dimensions", "every mean"),
    (with_film("other_start = [[0, 1]]"), "film.other_start", "1 means for 2 components", "one per component"),
    (with_film("other_start = [0, 1]"), "film.other_start", "2-dimensional", "2 number(s)"),
    (
        with_fit("known = { means = [1] }") + "other_start = [[0, 2], [2, 3]]",
        "film.other_start",
        "moves component 1, whose mean is known",
        "under [start]",
    ),
    (with_film("other_strat = [[0, 1], [2, 3]]"), "film.other_strat", "unknown key", "film.other_start?"),
    (with_film("slices = []"), "film.slices", "is empty", "1 to 8"),
    (with_film("slices = [1]"), "film.slices[1]", "1 is a whole number", "slices, such as"),
    (with_film("slices = [{ component = 1 }]"), "film.slices[1].axis", "is missing", "a dimension's number"),
    (with_film("slices = [{ component = 3, axis = 1 }]"), "film.slices[1].component", "no component 3", "from 1 to 2"),
    (with_film("slices = [{ component = 1, axis = 3 }]"), "film.slices[1].axis", "there is no axis 3", "from 1 to 2"),
    (with_film("slices = [{ component = 0, axis = 1 }]"), "film.slices[1].component", "0 is too small", "from 1"),
    # syntax
    ("seed = \n" + GOOD, "line 1", "no TOML value", "quotation marks"),
    ("seed\n" + GOOD, "line 1", "no key = value", "put ="),
    ("seed = 1\nseed = 2\n" + GOOD, "line 2", "given twice", "keep one"),
    (GOOD + "[data]\n", "line 15", "given twice", "keep one"),
    (with_fit("known = { means = [1], means = [2] }"), "line 14", "given twice", "keep one"),
    ("[data\npoints = 1", "line 1", "not TOML", "mend this line"),
    ("title = 'abc\n" + GOOD, "end of the file", "not TOML", "close every quotation mark"),
    ("theme = dark\n" + GOOD, "line 1", "no TOML value", "quotation marks"),
    ("standardize = True\n" + GOOD, "line 1", "no TOML value", "true or false"),
    ("x = [1, 2", "end of the file", "not TOML", "close"),
    ("x = " + "[" * 5000 + "]" * 5000, "", "nested too deeply", "flat"),
    ("\x00\x01\x02", "line 1", "not TOML", "mend this line"),
    ("<html><body>\n", "line 1", "not TOML", "mend this line"),
]


def the_line(path: Path) -> str:
    with pytest.raises(ExperimentError) as caught:
        Dataset.of(Experiment.load(path))
    line = str(caught.value)
    assert line.isprintable(), "one line, nothing that moves the cursor"
    assert len(line) < 400 + len(str(path)), "short enough to read"
    assert not caught.value.__cause__
    return line


def test_the_file_the_hostile_ones_are_made_from_is_good(tmp_path: Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text(GOOD)
    assert fit_of(Experiment.load(path)).n_steps > 0


@pytest.mark.parametrize(
    ("text", "key", "problem", "remedy"), HOSTILE, ids=[f"{i}-{h[1]}" for i, h in enumerate(HOSTILE)]
)
def test_hostile_text_is_refused_in_one_line_with_file_key_and_remedy(
    tmp_path: Path, text: str, key: str, problem: str, remedy: str
) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(text.encode())
    line = the_line(path)
    assert line.startswith(f"{path}: {key}: " if key else f"{path}: ")
    said_wrong, _, said_right = line.removeprefix(f"{path}: ").partition("; ")
    assert problem in said_wrong
    assert remedy in said_right


@pytest.mark.parametrize(
    ("content", "where", "remedy"),
    [
        (b'title = "\xff\xfe"\n', "line 1: is not UTF-8", "save the file as plain text"),
        (b'\n\ntitle = "K\xf6ln"\n', "line 3: is not UTF-8", "in UTF-8"),
        (GOOD.encode("utf-16"), "line 1: is not UTF-8", "in UTF-8"),
        (bytes(range(256)), "line 2", "in UTF-8"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "line 1: is not TOML", "mend"),
        (b"\xef\xbb\xbf\xef\xbb\xbf[data]", "line 1: is not TOML", "mend"),
        (b"#" * (2**20 + 1), "holds 1048577 bytes", "smaller"),
    ],
    ids=["bytes", "latin-1", "utf-16", "all bytes", "program", "two marks", "huge"],
)
def test_files_that_are_no_text_are_refused(tmp_path: Path, content: bytes, where: str, remedy: str) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(content)
    line = the_line(path)
    assert line.startswith(f"{path}: {where}")
    assert remedy in line.partition("; ")[2]


def place(folder: Path, case: str) -> Path:
    """Make a path that cannot be read."""
    path = folder / "it"
    if case == "folder":
        path.mkdir()
    elif case == "symlink loop":
        path.symlink_to(path)
    elif case == "dangling symlink":
        path.symlink_to(folder / "nowhere")
    elif case == "pipe":
        os.mkfifo(path)
    elif case == "below a file":
        path.write_text("")
        path = path / "inside"
    elif case == "long":
        path = folder / ("x" * 5000)
    elif case == "NUL":
        path = folder / "a\0b"
    elif case == "surrogate":
        path = folder / "a\udcffb"
    elif case == "line break":
        path = folder / "a\nb"
    return path


UNREADABLE = {
    "missing": ("no such file", "check the path"),
    "folder": ("is a folder", "name a file"),
    "symlink loop": ("loop of symbolic links", "real file"),
    "dangling symlink": ("no such file", "check the path"),
    "pipe": ("a device or a pipe", "name a file"),
    "below a file": ("a folder on the way to it is a file", "check the path"),
    "long": ("too long", "shorter"),
    "NUL": ("no path may hold", "check the path"),
    "surrogate": ("no such file", "check the path"),
    "line break": ("no such file", "check the path"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path, case: str) -> None:
    problem, remedy = UNREADABLE[case]
    line = the_line(place(tmp_path, case))
    assert problem in line.partition("; ")[0]
    assert remedy in line.partition("; ")[2]


@pytest.mark.parametrize("case", [case for case in UNREADABLE if case != "surrogate"])
@pytest.mark.parametrize("key", ["data.csv", "fit.history"])
def test_a_path_inside_the_file_that_cannot_be_read_is_refused(tmp_path: Path, case: str, key: str) -> None:
    problem, remedy = UNREADABLE[case]
    if (key, case) == ("data.csv", "folder"):
        return  # a folder of tables is data in parts: tests/em_film/experiment/test_in_parts.py
    inside = str(place(tmp_path, case)).replace("\0", "\\u0000").replace("\n", "\\n")
    path = tmp_path / "größe.toml"
    text = f'[data]\ncsv = "{inside}"\n' if key == "data.csv" else with_fit(f'history = "{inside}"')
    path.write_text(text, encoding="utf-8")
    for attempt in (fit_of, Experiment.fingerprint):
        with pytest.raises(ExperimentError) as caught:
            attempt(Experiment.load(path))
        line = str(caught.value)
        assert line.isprintable()
        assert line.startswith(f"{path}: {key}: ")
        assert problem in line.partition("; ")[0]
        assert remedy in line.partition("; ")[2]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EIO])
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(GOOD)

    def refuse(_: Path) -> bytes:  # tests may run as root, whom no permission stops
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    line = the_line(path)
    assert line.startswith(f"{path}: ")
    assert ("may not be read; give yourself permission" in line) == (code != errno.EIO)
    assert "; " in line


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_without_read_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(GOOD)
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        line = the_line(path)
    finally:
        if root:
            os.seteuid(0)
    assert line == f"{path}: may not be read; give yourself permission to read it"


CSV_FAULTS = [
    # csv, keys of [data] and after, key, what is wrong, remedy
    ("a,b\n1,2\n1,x\n", "", "data.csv", "line 3, column b", "write it plainly"),
    ("a,b\n1,2\n1\n", "", "data.csv", "line 3: 1 value(s)", "one value for each name"),
    ("a,b\n1,2\n2,3\n", "columns = ['A!']", "data.columns", 'no column is named "A!"', "did you mean"),
    ("a,b\n1,2\n2,2\n3,2", "columns = ['a', 'b']", "data", "b holds one value, 2", "leave this column out"),
    ("a,b\n1,2\n2,2\n", "columns=['b']\nstandardize=true", "data.standardize", 'column "b" are the same', "another"),
    ("c,f\n1,33.8\n2,35.6\n3,37.4\n4,39.2\n6,42.8", "", "data", "c and f are one and the same", "keep one"),
    ("a,b\n1,2\n2,3\n", "[fit]\ncomponents = 3", "fit.components", "3 components for 2 points", "fewer"),
    ("a\n1\n2\n3\n", "[start]\nmeans = [[1, 1], [2, 2]]", "start.means", "1-dimensional", "1 number(s)"),
    ("a\n1\n2\n3\n", "[film]\nslices = [{component=1,axis=2}]", "film.slices[1].axis", "no axis 2", "axis = 1"),
    ("a\n1\n2\n3\n", "[start]\ncovariances = [[1, 0], [0, 1]]", "start.covariances", "1-dimensional", "variances"),
    ("a,b\n1,2\n2,3\n", "", "data", "one and the same", "keep one of the two"),
    ("a\n1\n1\n1\n", "", "data.columns", "a holds one value, 1", "measures something"),
    ("a,b\n1,5\n2,9\n1,5\n2,9\n", "columns=['a']\n[fit]\ncomponents=3", "start", "2 distinct points for 3", "fewer"),
    ("a\n1\n2\n3\n", "[start]\nmeans=[1, 2]\ncovariances = 1e-40", "fit", "too narrow", ""),
]


@pytest.mark.parametrize(("table", "rest", "key", "problem", "remedy"), CSV_FAULTS)
def test_data_that_do_not_go_with_the_experiment_are_refused(
    tmp_path: Path, table: str, rest: str, key: str, problem: str, remedy: str
) -> None:
    (tmp_path / "data.csv").write_text(table)
    path = tmp_path / "my.toml"
    path.write_text(f"[data]\ncsv = 'data.csv'\n{rest}\n")
    with pytest.raises(ExperimentError) as caught:
        fit_of(Experiment.load(path))
    line = str(caught.value)
    assert line.isprintable()
    assert line.startswith(f"{path}: {key}: ")
    assert problem in line
    assert remedy in line.partition("; ")[2]


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
VALUES = st.recursive(
    st.sampled_from(
        ["0", "1", "-1", "2.5", "nan", "inf", "1e400", "true", '"sample"', '"x"', "0xffffffffffffffffff", "1979-05-27"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | inner.map(lambda item: f"{{ component = {item} }}")
    ),
    max_leaves=8,
)


def load_or_refuse(content: bytes) -> None:
    try:
        experiment = Experiment.parse(content, "fuzz.toml")
        if experiment.data.csv is None and experiment.data.points <= 1000:
            Dataset.of(experiment)
    except EMError as error:
        assert isinstance(error, ExperimentError)  # noqa: PT017
        assert str(error).startswith("fuzz.toml: ")  # noqa: PT017
        assert str(error).isprintable()  # noqa: PT017


@FUZZ
@given(st.data())
def test_any_value_in_the_place_of_another_is_taken_or_refused_in_one_line(data: st.DataObject) -> None:
    lines = ("title = 'x'\nseed = 1\n" + GOOD).splitlines()
    index = data.draw(st.sampled_from([i for i, line in enumerate(lines) if " = " in line]))
    lines[index] = f"{lines[index].partition(' = ')[0]} = {data.draw(VALUES)}"
    load_or_refuse("\n".join(lines).encode())


@FUZZ
@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(printable, max_size=6) | st.text(max_size=3))
def test_any_edit_of_the_text_is_taken_or_refused_in_one_line(place: int, cut: int, insert: str) -> None:
    load_or_refuse((GOOD[:place] + insert + GOOD[place + cut :]).encode("utf-8", "surrogatepass"))


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_line(content: bytes) -> None:
    load_or_refuse(content)
