"""What is typed: the quick commands, and every wrong word as one line that leaves everything as it was."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from support.running import FILMS, ROOT, Run

from em_film.command import entry
from em_film.experiment.experiment import Experiment

_QUICK = """
import sys
from pathlib import Path
from em_film.publish import films
sys.argv[0] = "em-film"
films.FOLDERS.append(Path({films!r}))
from em_film.command.command import command
try:
    command(prog_name="em-film")
finally:
    slow = {{"manim", "av", "PIL", "rich", "cairo"}} & set(sys.modules)
    print("imported", sorted(slow), file=sys.stderr)
"""


def _tree(folder: Path) -> dict[str, str]:
    """Everything under a folder: files by digest, links by target, folders by name."""
    tree = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder)).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if path.is_symlink():
            tree[name] = f"link to {os.readlink(path)}"
        elif path.is_file():
            tree[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            tree[name] = "folder"
    return tree


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["list"], [], ["render", "--help"]])
def test_quick_commands_import_nothing_that_draws(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _QUICK.format(films=str(FILMS)), *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "imported []\n"


def test_help_names_every_command(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert re.findall(r"^  (\w+)  ", result.stdout.partition("Commands:")[2], re.MULTILINE) == [
        "check",
        "deck",
        "list",
        "new",
        "render",
        "still",
        "watch",
    ]
    assert run().stdout == result.stdout


def test_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").stdout.strip().endswith(version("em-film"))


def test_list_tells_every_film_in_a_line_the_main_one_first(run: Run) -> None:
    lines = run("list").stdout.splitlines()
    files = {path.stem for folder in (ROOT / "scenes", FILMS) for path in folder.glob("[!_]*.py")}
    assert {line.split()[0] for line in lines} == files
    assert len(lines) == len(files)
    assert lines[0].startswith("em_step")
    assert all(len(line.split(maxsplit=1)[1]) > 10 for line in lines)


def test_every_film_can_be_imported_by_its_name_and_is_the_only_one_in_its_file() -> None:
    from em_film.publish.films import film_class, film_files

    for film in film_files():
        assert film_class(film.name).__module__ == f"em_film.scenes.{film.name}"


def test_without_click_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "click", None)
    for name in ("em_film.command.command", "em_film.command.one_line"):
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "click is not installed; install what films need: pip install 'em-film[film]'\n"


def test_without_manim_the_command_says_how_to_install_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = ("manim", "em_film.drawing", "em_film.film", "em_film.panels", "em_film.renderer", "em_film.scenes")
    for name in [name for name in sys.modules if name.startswith(drawn)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "manim", None)
    result = run("render", "-q", "l")
    assert result.exit_code == 2
    assert result.stderr == "manim is not installed; install what films need: pip install 'em-film[film]'\n"


def test_what_should_not_happen_is_a_line_that_names_a_log(
    odd_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("never\nthought of")

    monkeypatch.setattr("em_film.command.template.write_template", broken)
    result = run("new", "my.toml")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("broke off (ZeroDivisionError: never\\nthought of); the log is ")
    log = Path(line.rpartition("the log is ")[2])
    assert "Traceback" in log.read_text()
    log.unlink()


_GOOD = "[data]\npoints = 30\n[[data.cluster]]\nweight = 1\nmean = [0, 0]\ncovariance = [[1, 0], [0, 1]]\n"
_COLLAPSING = (
    _GOOD
    + '[start]\nmeans = [[0, 0], [50, 50]]\ncovariances = "identity"\nweights = [0.5, 0.5]\n[fit]\ncomponents = 2\n'
)
_FULL = "/proc/em-film"  # no folder can be made in /proc, whoever asks
HOSTILE: dict[str, tuple[list[str], str]] = {
    "no such command": (["rendr"], "did you mean render?"),
    "a command unlike any": (["xyzzy"], "choose from"),
    "an option there is not": (["--verson"], "--version"),
    "an option of render there is not": (["render", "--themee", "dark"], "--theme"),
    "an option without its value": (["render", "--out"], "--out"),
    "a quality there is not": (["render", "-q", "z"], "'l', 'm', 'h', 'p', 'k'"),
    "a theme there is not": (["render", "--theme", "grey"], "'dark', 'light'"),
    "a format there is not": (["render", "--format", "avi"], "'mp4', 'gif', 'webm', 'mov'"),
    "a film there is not": (["render", "tiny_flim"], "did you mean tiny_film?"),
    "a film unlike any": (["still", "qqqq"], "choose from em_step"),
    "a film's file instead of its name": (["render", "em_step.py"], "did you mean em_step?"),
    "two films": (["render", "em_step", "tiny_film"], "name one film"),
    "two experiments": (["render", "good.toml", "latin.toml"], "name one experiment file"),
    "no experiment to check": (["check"], "EXPERIMENT.toml"),
    "an experiment that is missing": (["render", "missing.toml"], "no such file"),
    "an experiment that is a folder": (["render", "folder.toml"], "is a folder"),
    "an experiment that is binary": (["check", "binary.toml"], "not UTF-8"),
    "an experiment in another encoding": (["check", "latin.toml"], "UTF-8"),
    "an experiment in a loop of links": (["check", "loop.toml"], "loop of symbolic links"),
    "an experiment below a file": (["check", "good.toml/x.toml"], "good.toml/x.toml"),
    "an experiment that is a device": (["check", "/dev/null"], "device"),
    "an experiment with an unknown key": (["render", "unknown.toml"], "did you mean data.points?"),
    "an experiment whose fit collapses": (["render", "tiny_film", "collapsing.toml", "-q", "l"], "component 2"),
    "a path of two lines": (["check", "no\nsuch.toml"], "no\\nsuch.toml"),
    "an unusual name": (["check", "naïve 数据 ☃.toml"], "naïve 数据 ☃.toml"),
    "an output folder that is a file": (["render", "good.toml", "--out", "good.toml"], "is a file"),
    "an output folder below a file": (["render", "good.toml", "--out", "good.toml/a/b"], "is a file"),
    "an output folder in a loop of links": (["render", "good.toml", "--out", "loop.toml"], "--out loop.toml"),
    "an output folder through a loop of links": (["render", "good.toml", "--out", "loop.toml/x"], "--out loop.toml"),
    "an output folder that cannot be made": (["render", "tiny_film", "good.toml", "--out", _FULL], _FULL),
    "a link that leads nowhere as output folder": (["render", "good.toml", "--out", "dangling"], "leads nowhere"),
    "an output folder of too long a name": (["render", "good.toml", "--out", "x" * 300], "--out"),
    "a folder where the film goes": (["render", "tiny_film", "good.toml", "--out", "taken", "-q", "l"], "is a folder"),
    "transparent MP4": (["render", "--transparent", "--format", "mp4"], "--format webm or --format mov"),
    "transparent GIF": (["render", "--transparent", "--format", "gif"], "--format webm or --format mov"),
    "sections of a GIF": (["render", "--format", "gif", "--sections"], "--format mp4, webm or mov"),
    "a GIF too wide": (["render", "--format", "gif", "--gif-width", "99999"], "120<=x<=1920"),
    "a GIF too fast": (["render", "--format", "gif", "--gif-rate", "1000"], "'5', '15', '30'"),
    "a still beyond the end": (["still", "tiny_film", "good.toml", "--at", "5:00", "-q", "l"], "s long; give a time"),
    "a still before the beginning": (
        ["still", "tiny_film", "good.toml", "--at", "-1", "-q", "l"],
        "give a time from 0",
    ),
    "a still at no number": (["still", "tiny_film", "good.toml", "--at", "nan", "-q", "l"], "no section"),
    "a still at infinity": (["still", "tiny_film", "good.toml", "--at", "inf", "-q", "l"], "no section"),
    "a section there is not": (["still", "tiny_film", "good.toml", "--at", "it move", "-q", "l"], 'mean "it moves"?'),
    "a section of two lines": (["still", "tiny_film", "good.toml", "--at", "a\nb", "-q", "l"], "a\\nb"),
    "a new file that exists": (["new", "good.toml"], "exists already"),
    "a new file that is a folder": (["new", "folder.toml"], "exists already"),
    "a new file that is a link": (["new", "dangling"], "exists already"),
    "a new file where no folder is": (["new", "nowhere/my.toml"], "no folder nowhere"),
    "a new file below a file": (["new", "good.toml/my.toml"], "no folder good.toml"),
    "a new file of too long a name": (["new", "x" * 300], "cannot be written"),
    "a new file for a CSV that is missing": (["new", "my.toml", "--csv", "missing.csv"], "no such file"),
    "a new file for a CSV that is a folder": (["new", "my.toml", "--csv", "folder.toml"], "is a folder"),
    "a new file for a CSV without numbers": (["new", "my.toml", "--csv", "words.csv"], "no column"),
    "a new file for a CSV without header": (["new", "my.toml", "--csv", "headless.csv"], "names"),
    "a new file for a CSV with ragged rows": (["new", "my.toml", "--csv", "ragged.csv"], "line 3"),
    "a new file for an empty CSV": (["new", "my.toml", "--csv", "empty.csv"], "empty"),
    "a new file for a binary CSV": (["new", "my.toml", "--csv", "binary.toml"], "line 1"),
    "a new file for a constant CSV": (["new", "my.toml", "--csv", "constant.csv"], "no column"),
    "a fit saved over something else": (["check", "good.toml", "--save", "words.csv"], "no saved fit"),
    "a fit saved over the experiment": (["check", "good.toml", "--save", "good.toml"], "no saved fit"),
    "a fit saved over a folder": (["check", "good.toml", "--save", "folder.toml"], "no saved fit"),
    "a fit saved where no folder is": (["check", "good.toml", "--save", "nowhere/run.npz"], "cannot be written"),
    "a fit saved where nothing can be": (["check", "good.toml", "--save", "/proc/run.npz"], "cannot be written"),
}


@pytest.fixture
def odd_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder full of things that a command may stumble over, and the present one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.toml").write_text(_GOOD)
    (tmp_path / "collapsing.toml").write_text(_COLLAPSING)
    (tmp_path / "unknown.toml").write_text(_GOOD.replace("points", "pionts"))
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "latin.toml").write_bytes("title = 'Müller'\n".encode("latin-1"))
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "taken" / "tiny_film-good.mp4").mkdir(parents=True)
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "words.csv").write_text("a,b\nx,y\n")
    (tmp_path / "headless.csv").write_text("1,2\n3,4\n")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2\n3\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "constant.csv").write_text("a\n5\n5\n5\n")
    return tmp_path


@pytest.mark.parametrize("case", HOSTILE)
def test_a_wrong_word_is_one_line_and_status_2_and_changes_nothing(case: str, odd_folder: Path, run: Run) -> None:
    arguments, told = HOSTILE[case]
    before = _tree(odd_folder)
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    assert told in line
    assert len(line) < 500
    assert result.stdout == ""
    assert _tree(odd_folder) == before


def test_an_environment_variable_can_name_experiment_and_theme_as_for_plain_manim(
    odd_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EM_EXPERIMENT", "missing.toml")
    assert "missing.toml: there is no such file" in run("render").stderr
    monkeypatch.setenv("EM_EXPERIMENT", "good.toml")
    monkeypatch.setenv("EM_THEME", "grey")
    assert "grey" in run("render").stderr


def test_a_name_of_any_kind_can_be_an_experiment(odd_folder: Path, run: Run) -> None:
    name = "naïve 数据 ☃ {x}.toml"
    result = run("new", name)
    assert result.exit_code == 0, result.stderr
    assert Experiment.load(name).heading == "Naïve 数据 ☃ {x}"
    result = run("still", "tiny_film", name, "-q", "l", "--out", "ein Ordner/{y}")
    assert result.exit_code == 0, result.stderr
    assert Path(result.stdout.strip()).is_file()
