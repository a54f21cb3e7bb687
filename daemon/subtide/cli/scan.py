"""subtide scan: look now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from subtide.cli.context import Context
from subtide.cli.forecast import forecast_document, forecast_of, tell_forecast
from subtide.cli.libraries import is_open, names_of
from subtide.cli.output import ExitCode, counted, exits, json_option, print_json, print_table
from subtide.cli.run import do_once
from subtide.cli.sample import sample_first
from subtide.house import House, daemon_runs, locked
from subtide.library.judging import Finding
from subtide.library.tally import Tally
from subtide.storage.coverage import Standing
from subtide.storage.looks import EVERYTHING, Priority

SHOWN = 20
"""Sources that a dry run lists, unless all are wanted."""
TO_OPEN = "to make one: subtide try TITLE; to open libraries: subtide release"


@click.command(epilog=exits(*ExitCode))
@click.option(
    "--dry-run", is_flag=True, help="Only say what would be done; write nothing to the server."
)
@click.option(
    "--all", "whole", is_flag=True, help=f"With --dry-run: list more than {SHOWN} sources."
)
@json_option
@click.pass_obj
def scan(context: Context, *, dry_run: bool, whole: bool, as_json: bool) -> None:
    """Look through all libraries now, and make what is missing.

    A running daemon is asked to do it; without one, this command does the work itself. A dry
    run also tells how long the work would take on this machine.
    """
    with context.house() as house:
        if dry_run:
            _dry_run(house, whole=whole, as_json=as_json)
        elif daemon_runs(house.data):
            _ask_daemon(house, as_json=as_json)
        else:
            with locked(house.data):
                code = do_once(house, as_json=as_json)
            if not as_json and not _anything_open(house):
                click.echo(f"Nothing is released yet, so nothing was planned; {TO_OPEN}")
            raise click.exceptions.Exit(code)


def _ask_daemon(house: House, *, as_json: bool) -> None:
    for server in house.servers:
        known = server.meet(house.known)
        house.looks.ask(known.id, EVERYTHING, signal="person", priority=Priority.PERSON)
    if as_json:
        print_json({"asked": [server.name for server in house.servers]})
    else:
        click.echo("The running daemon was asked to look. Follow it with: subtide jobs")


def _anything_open(house: House) -> bool:
    names = {server.name for server in house.servers}
    met = [known.id for known in house.known.all() if known.name in names]
    return any(is_open(house, server) for server in met)


@dataclass(slots=True)
class _Seen:
    """What a dry run found."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    sources: int = 0
    lacking: int = 0
    failed: bool = False
    """Whether something cannot be made."""
    closed: bool = False
    """Whether something lies in a library that nobody released."""


def _dry_run(house: House, *, whole: bool, as_json: bool) -> None:
    seen = _look(house, keep=None if as_json or whole else SHOWN, covered=as_json)
    if not as_json:
        sample_first(house)
    made, names = forecast_of(house, seen.tally.lines, seen.tally.whole), names_of(house)
    if as_json:
        print_json({"sources": seen.rows, "forecast": forecast_document(house, made, names)})
    else:
        click.echo(f"{counted(seen.sources, 'source')}, {seen.lacking} lacking something.\n")
        tell_forecast(house, made, names)
        _list(seen.rows, seen.lacking)
        todo = TO_OPEN if seen.closed else "to do it: subtide scan"
        click.echo(f"\nNothing was written to the server; {todo}")
    if seen.failed:
        raise click.exceptions.Exit(ExitCode.SOME_FAILED)


def _look(house: House, *, keep: int | None, covered: bool) -> _Seen:
    """Compare every source with the policy; keep so many rows, those of the covered ones too."""
    seen = _Seen()
    for server in house.servers:
        known = server.meet(house.known)
        for finding in house.scanner.findings(server):
            row = _row(server.name, finding)
            lacks = bool(row["make"] or row["problem"] or _closed(row))
            if (lacks or covered) and (keep is None or len(seen.rows) < keep):
                seen.rows.append(row)
            seen.sources += 1
            seen.lacking += lacks
            seen.tally.add(known.id, finding.covers)
            seen.failed |= bool(finding.problem and finding.verdicts)
            if finding.plan and not seen.closed:
                seen.closed = not is_open(house, known.id, finding.library)
    return seen


def _list(rows: Sequence[dict[str, Any]], lacking: int) -> None:
    if not rows:
        return
    click.echo()
    print_table(
        ("title", "make", "from", "remark"),
        [(r["title"], ", ".join(r["make"]), r["origin"], r["problem"] or _closed(r)) for r in rows],
    )
    if lacking > len(rows):
        click.echo(f"... and {lacking - len(rows)} more: --all")


def _closed(row: dict[str, Any]) -> str:
    """Return why targets that are lacking are not planned again."""
    reasons = {t["why"] for t in row["targets"] if t["standing"] == Standing.CLOSED}
    return "; ".join(sorted(reasons))


def _row(server: str, finding: Finding) -> dict[str, Any]:
    plan = finding.plan
    origin = ""
    if plan and plan.origin.kind == "text":
        origin = f"the {plan.origin.language} subtitle"
    elif plan:
        origin = f"the speech ({plan.origin.language or 'language unknown'})"
    return {
        "server": server,
        "title": finding.item.title,
        "path": finding.source.path,
        "targets": [
            {"language": v.target.language, "standing": v.standing, "why": v.why}
            for v in finding.verdicts
        ],
        "make": [target.language for target in plan.targets] if plan else [],
        "origin": origin,
        "problem": str(finding.problem) if finding.problem else "",
    }
