"""Help: every command teaches, and names its exit codes."""

import re
from collections.abc import Callable, Iterator
from importlib.metadata import version

import click
import pytest
from command import Ran

from subtide.cli import cli
from subtide.cli.output import ExitCode, exit_code
from subtide.errors import (
    AlreadyRunning,
    BrokenAnswer,
    DatabaseError,
    Forbidden,
    KeyRejected,
    ModelMissing,
    ServerChanged,
    ServerFailed,
    ServerOutdated,
    ServerStarting,
    ServerUnreachable,
    SettingsError,
    SubtideError,
    WrongAddress,
)

Subtide = Callable[..., Ran]


def paths(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from paths(below, *words, name)


EVERY = pytest.mark.parametrize("words", list(paths(cli)), ids=lambda words: " ".join(words) or "-")


@EVERY
def test_every_command_explains_itself_and_its_exit_codes(
    subtide: Subtide, words: tuple[str, ...]
) -> None:
    ran = subtide(*words, "--help")
    assert ran.code == 0
    assert ran.out == subtide(*words, "-h").out
    sentence = " ".join(ran.out.split("\n\n")[1].split())
    assert re.match(r"[A-Z].+\.", sentence), sentence
    told = re.findall(r"^ +(\d)  \S", ran.out.split("Exit codes:\n")[1], re.MULTILINE)
    assert {"0", "2"} <= set(told)
    assert "\\b" not in ran.out
    assert "\b" not in ran.out


@EVERY
def test_every_option_is_explained(words: tuple[str, ...]) -> None:
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []


def test_the_first_help_lists_every_code(subtide: Subtide) -> None:
    out = subtide("--help").out
    assert all(f"{code:d}  {code.meaning}" in out for code in ExitCode)


def test_the_version_is_the_package_s(subtide: Subtide) -> None:
    assert subtide("--version").out == f"subtide, version {version('subtide')}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["jbos"], "No such command 'jbos'"),
        (["jobs", "--limit", "0"], "0 is not in the range"),
        (["jobs", "show", "one"], "'one' is not a valid integer"),
        (["scan", "--dryrun"], "--dry-run"),
    ],
)
def test_a_wrong_command_line_is_explained(subtide: Subtide, words: list[str], says: str) -> None:
    ran = subtide(*words)
    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert says in ran.err


def test_a_wrong_command_line_is_json_for_scripts(subtide: Subtide) -> None:
    ran = subtide("jobs", "--limit", "0", "--json")
    assert ran.code == ExitCode.USAGE
    assert ran.json["error"]["code"] == "usage"
    assert "0 is not in the range" in ran.json["error"]["what"]


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ((SettingsError, DatabaseError), ExitCode.SETTINGS),
        (
            (
                BrokenAnswer,
                Forbidden,
                KeyRejected,
                ServerChanged,
                ServerFailed,
                ServerOutdated,
                ServerStarting,
                ServerUnreachable,
                WrongAddress,
            ),
            ExitCode.SERVER,
        ),
        ((AlreadyRunning,), ExitCode.RUNNING),
        ((ModelMissing, SubtideError), ExitCode.SOME_FAILED),
    ],
)
def test_each_error_has_its_exit_code(kinds: tuple[type[SubtideError], ...], code: int) -> None:
    assert {exit_code(kind("x")) for kind in kinds} == {code}
