"""What commands print: JSON for scripts, lines for people; and what their exit codes mean."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from enum import IntEnum
from pathlib import PurePath
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

import click

from subtide.errors import (
    AlreadyRunning,
    BrokenAnswer,
    DatabaseError,
    Forbidden,
    KeyRejected,
    ServerChanged,
    ServerFailed,
    ServerOutdated,
    ServerStarting,
    ServerUnreachable,
    SettingsError,
    SubtideError,
    WrongAddress,
)

SERVER_ERRORS = (
    BrokenAnswer,
    Forbidden,
    KeyRejected,
    ServerChanged,
    ServerFailed,
    ServerOutdated,
    ServerStarting,
    ServerUnreachable,
    WrongAddress,
)
Command = TypeVar("Command", bound=Callable[..., Any])


class ExitCode(IntEnum):
    """What a command's exit status means."""

    meaning: str
    """A few words for the help."""

    def __new__(cls, value: int, meaning: str) -> Self:
        """Make a member of a status and its meaning."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    OK = 0, "all that was to be done is done"
    SOME_FAILED = 1, "something is wrong or could not be made; the reason was printed"
    USAGE = 2, "the command line is wrong"
    SETTINGS = 3, "a setting is wrong, or the data folder or the database cannot be used"
    SERVER = 4, "the server cannot be reached, or refuses us"
    RUNNING = 5, "another Subtide holds the data folder"
    WORK_LEFT = 6, "work is left that will be tried again later"


def exits(*codes: ExitCode) -> str:
    """Return the end of a command's help: these exit codes beside the ones of every command."""
    told = sorted({ExitCode.OK, ExitCode.USAGE, *codes})
    return "\b\nExit codes:\n" + "\n".join(f"  {code:d}  {code.meaning}" for code in told)


def exit_code(error: SubtideError) -> ExitCode:
    """Return the status for an error that ended a command."""
    if isinstance(error, SettingsError | DatabaseError):
        return ExitCode.SETTINGS
    if isinstance(error, SERVER_ERRORS):
        return ExitCode.SERVER
    if isinstance(error, AlreadyRunning):
        return ExitCode.RUNNING
    return ExitCode.SOME_FAILED


def tell_error(error: SubtideError, *, as_json: bool) -> None:
    """Print an error: on standard output as JSON, on standard error for people."""
    if as_json:
        print_json_error(error.code, error.what, error.fix)
        return
    click.secho("error: ", fg="red", bold=True, err=True, nl=False)
    click.echo(error.what, err=True)
    if error.fix:
        click.secho("  fix: ", fg="green", err=True, nl=False)
        click.echo(error.fix, err=True)


def print_json_error(code: str, what: str, fix: str) -> None:
    """Print what ended a command as JSON."""
    print_json({"error": {"code": code, "what": what, "fix": fix}})


def json_option(command: Command) -> Command:
    """Add --json to a command."""
    option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
    return option(command)


def print_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print aligned columns, the last one as wide as it is."""
    cells = [[str(heading) for heading in headings]]
    cells += [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in cells) for n in range(len(headings))]
    for number, row in enumerate(cells):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.secho(line.rstrip(), bold=number == 0)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 source``, ``2 sources``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def zone_of(name: str) -> tzinfo | None:
    """Return the time zone that ``scan.time_zone`` names; None, the machine's, if it is empty."""
    return ZoneInfo(name) if name else None


def shown(moment: datetime, zone: str) -> str:
    """Return a moment for people, with its zone; ``zone``: as ``scan.time_zone`` has it."""
    return f"{moment.astimezone(zone_of(zone)):%Y-%m-%d %H:%M %Z}"


def need_person(*, as_json: bool = False) -> None:
    """Raise UsageError where nobody can be asked: with --json, or without a terminal."""
    if as_json or not sys.stdin.isatty():
        raise click.UsageError("with --json, or without a terminal to ask at, say --yes")


def agree(question: str, *, as_json: bool = False) -> None:
    """Go on only when a person says yes; the command ends when it is no.

    Raises:
        UsageError: nobody can be asked, as ``need_person`` tells.
    """
    need_person(as_json=as_json)
    click.confirm(question, abort=True, err=True)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Iterable) else str(value)
