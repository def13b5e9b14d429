"""The page on the command says what the command says: every command, option, value, default and meaning."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from support.running import ROOT, Run

from em_film.command.command import command

PAGE = (ROOT / "docs" / "em-film.md").read_text(encoding="utf-8")
SECTIONS = {re.split(r"[ `]", part)[0]: part for part in re.split(r"^## `em-film ", PAGE, flags=re.MULTILINE)[1:]}


def _values(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        *most, last = (f"`{choice}`" for choice in option.type.choices)
        return f"{', '.join(most)} or {last}"
    if isinstance(option.type, click.IntRange):
        return f"`{option.type.min}` to `{option.type.max}`"
    return " or ".join(f"`{word}`" for word in str(option.metavar).split("|"))


def _rows(name: str) -> Iterator[str]:
    for option in command.commands[name].params:
        if isinstance(option, click.Option):
            names = ", ".join(f"`{word}`" for word in option.opts)
            default = f"`{option.default}`" if option.show_default else ""
            yield re.sub(r"\s+\|", " |", f"| {names} | {_values(option)} | {default} | {option.help} |")


@pytest.mark.parametrize("name", sorted(command.commands))
def test_the_page_lists_exactly_the_options_that_the_command_has(name: str) -> None:
    rows = [re.sub(r"\s+\|", " |", line) for line in SECTIONS[name].splitlines() if line.startswith("| `")]
    assert rows == list(_rows(name))


def test_the_page_has_a_section_for_every_command_with_its_arguments() -> None:
    assert set(SECTIONS) == set(command.commands)
    for name, found in command.commands.items():
        arguments = [
            option.make_metavar(click.Context(found)) for option in found.params if isinstance(option, click.Argument)
        ]
        assert SECTIONS[name].splitlines()[0].rstrip("`") == " ".join([name, *arguments])


def test_every_command_and_option_has_help() -> None:
    for found in command.commands.values():
        assert found.help
        for option in found.params:
            if isinstance(option, click.Option):
                assert option.help


def test_the_commands_at_the_top_work_as_they_stand(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    block = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert block
    lines = [shlex.split(line, comments=True)[1:] for line in block[1].splitlines()]
    assert [line[0] for line in lines] == ["new", "check", "render", "still", "watch", "deck"]
    for line in lines:
        if line[0] == "watch":  # it ends only when somebody ends it
            continue
        small = {
            "render": ["tiny_film", "-q", "l"],
            "still": ["tiny_film", "-q", "l", "--at", "it moves"],
            "deck": ["tiny_film", "-q", "l"],
        }
        result = run(*line, *small.get(line[0], []))
        assert result.exit_code == 0, result.stderr
    for kind in ("mp4", "html", "pptx", "pdf"):
        assert (tmp_path / f"films/tiny_film-my.{kind}").is_file()


def test_the_report_on_the_page_is_the_real_one(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("new", "my.toml")
    block = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert block
    assert run("check", "my.toml").stdout == block[1]
