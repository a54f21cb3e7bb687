"""subtide undo: take back what Subtide put out."""

import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from subtide.cli.context import Context
from subtide.cli.output import (
    ExitCode,
    agree,
    counted,
    exits,
    json_option,
    need_person,
    print_json,
    print_table,
)
from subtide.cli.selecting import Words, print_chosen, row_of, selecting
from subtide.daemon import take_over
from subtide.errors import AlreadyRunning
from subtide.house import House, locked
from subtide.library.aftercare import Aftercare
from subtide.library.undoing import to_undo, undo
from subtide.storage.ledger import Entry, EntryState
from subtide.storage.selection import Chosen

POLL_SECONDS = 0.5
"""How often a running daemon's progress is looked at."""


@click.command(
    name="undo", epilog=exits(ExitCode.SOME_FAILED, ExitCode.SETTINGS, ExitCode.WORK_LEFT)
)
@selecting
@click.option("--dry-run", is_flag=True, help="Only say what would go; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def undo_command(
    context: Context, *, words: Words, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Take away subtitles that Subtide made, and never make them again unasked.

    ITEM is an id or a title, or a part of it. Only files that Subtide put out itself go, and
    only while they are as it wrote them; what another hand changed stays. A subtitle of an item
    that is being watched goes afterwards. To have one again: subtide redo.
    """
    words.check()
    with context.house() as house:
        zone = house.settings.scan.time_zone
        chosen = to_undo(house.database, words.selection(house))
        if dry_run or not chosen:
            _tell_choice(chosen, zone, as_json=as_json)
            return
        if not yes:
            need_person(as_json=as_json)
            print_chosen(chosen, zone)
            agree(f"Take {counted(len(chosen), 'file')} away?")
        ended = undo(house.database, chosen)
        _take_away(house, chosen)
        code = _report(house, chosen, ended, as_json=as_json)
    raise click.exceptions.Exit(code)


def _tell_choice(chosen: Sequence[Chosen], zone: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"files": [row_of(one) for one in chosen], "jobs_ended": 0})
        return
    if not chosen:
        click.echo("There is no such file of Subtide's.")
        return
    print_chosen(chosen, zone)
    click.echo(f"\n{counted(len(chosen), 'file')} would go. Nothing was written.")


def _take_away(house: House, chosen: Sequence[Chosen]) -> None:
    """Wait until each file was tried: by a running daemon, or by ourselves without one."""
    care = Aftercare(house.database, house.store, house.tools)
    told = False
    try:
        while _untried(house, chosen):
            try:
                with locked(house.data):
                    take_over(house)
                    while care.step():
                        _show(house, chosen)
                    return
            except AlreadyRunning:
                if not told:
                    click.echo("The running daemon takes them away.", err=True)
                told = True
            _show(house, chosen)
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        click.echo("\nWhat is left goes when a daemon runs.", err=True)


def _untried(house: House, chosen: Sequence[Chosen]) -> list[Entry]:
    return [one for one in _entries(house, chosen) if _is_waiting(one) and not one.error]


def _show(house: House, chosen: Sequence[Chosen]) -> None:
    if sys.stderr.isatty():
        left = sum(_is_waiting(entry) for entry in _entries(house, chosen))
        click.echo(f"\r{len(chosen) - left} of {len(chosen)} ", nl=False, err=True)


def _report(house: House, chosen: Sequence[Chosen], ended: int, *, as_json: bool) -> ExitCode:
    """Say what went, what stays and why. Return what that means."""
    entries = {entry.id: entry for entry in _entries(house, chosen)}
    rows: list[dict[str, Any]] = [
        {**row_of(one), "state": _state(entries[one.entry.id]), "why": entries[one.entry.id].error}
        for one in chosen
    ]
    if as_json:
        print_json({"files": rows, "jobs_ended": ended})
    else:
        _print(rows, ended)
    states = {row["state"] for row in rows}
    if "waits" in states:
        return ExitCode.WORK_LEFT
    return ExitCode.SOME_FAILED if "stays" in states else ExitCode.OK


def _print(rows: Sequence[dict[str, Any]], ended: int) -> None:
    print_table(
        ("title", "language", "state", "where, or why not"),
        [(r["title"], r["language"], r["state"], r["why"] or r["path"]) for r in rows],
    )
    gone = sum(row["state"] == "gone" for row in rows)
    click.echo(f"\n{gone} of {counted(len(rows), 'file')} gone.")
    if ended:
        click.echo(f"{counted(ended, 'job')} that would have made one again ended.")
    if any(row["state"] == "waits" for row in rows):
        click.echo("What waits goes when a daemon runs, or with the same command again.")


def _entries(house: House, chosen: Sequence[Chosen]) -> tuple[Entry, ...]:
    return house.ledger.of_ids([one.entry.id for one in chosen])


def _state(entry: Entry) -> str:
    if _is_waiting(entry):
        return "waits"
    return "stays" if entry.error else "gone"


def _is_waiting(entry: Entry) -> bool:
    return entry.state is not EntryState.RETIRED
