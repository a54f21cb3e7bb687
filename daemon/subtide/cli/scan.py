"""subtide scan: look now."""

from typing import Any

import click

from subtide.cli.context import Context
from subtide.cli.output import ExitCode, counted, exits, json_option, print_json, print_table
from subtide.cli.run import do_once
from subtide.house import House, is_locked, locked
from subtide.library.gaps import Standing
from subtide.library.judging import Finding
from subtide.storage.looks import EVERYTHING, Priority


@click.command(epilog=exits(*ExitCode))
@click.option("--dry-run", is_flag=True, help="Only say what would be done; write nothing.")
@json_option
@click.pass_obj
def scan(context: Context, *, dry_run: bool, as_json: bool) -> None:
    """Look through all libraries now, and make what is missing.

    A running daemon is asked to do it; without one, this command does the work itself.
    """
    with context.house() as house:
        if dry_run:
            _dry_run(house, as_json=as_json)
        elif is_locked(house.data):
            _ask_daemon(house, as_json=as_json)
        else:
            with locked(house.data):
                code = do_once(house, as_json=as_json)
            raise click.exceptions.Exit(code)


def _ask_daemon(house: House, *, as_json: bool) -> None:
    for server in house.servers:
        known = server.meet(house.known)
        house.looks.ask(known.id, EVERYTHING, signal="person", priority=Priority.PERSON)
    if as_json:
        print_json({"asked": [server.name for server in house.servers]})
    else:
        click.echo("The running daemon was asked to look. Follow it with: subtide jobs")


def _dry_run(house: House, *, as_json: bool) -> None:
    rows = [
        _row(server.name, finding)
        for server in house.servers
        for finding in house.scanner.findings(server)
    ]
    if as_json:
        print_json(rows)
    else:
        _print(rows)
    if any(row["problem"] and row["targets"] for row in rows):
        raise click.exceptions.Exit(ExitCode.SOME_FAILED)


def _print(rows: list[dict[str, Any]]) -> None:
    lacking = [row for row in rows if row["make"] or row["problem"] or _closed(row)]
    print_table(
        ("title", "make", "from", "remark"),
        [
            (r["title"], ", ".join(r["make"]), r["origin"], r["problem"] or _closed(r))
            for r in lacking
        ],
    )
    click.echo(
        f"\n{counted(len(rows), 'source')}, {len(lacking)} lacking something. Nothing was written"
        " to the server; to do it: subtide scan"
    )


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
