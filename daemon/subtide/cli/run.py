"""subtide run: the daemon, or one pass of its work."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from subtide.cli.config import write_first_config
from subtide.cli.context import Context, secrets_of
from subtide.cli.output import ExitCode, counted, exits, json_option, print_json, print_table
from subtide.cli.progress import progress
from subtide.daemon import Service, run_once
from subtide.errors import SettingsError
from subtide.house import House, locked, open_house
from subtide.jobs.task import Task
from subtide.library.summary import Summary
from subtide.observe import logging
from subtide.storage.coverage import Standing
from subtide.storage.outcomes import FINE, Outcome, language_of
from subtide.storage.overrides import Overrides


@click.command(epilog=exits(*ExitCode))
@click.option("--once", is_flag=True, help="Look through everything, do the work, and end.")
@json_option
@click.pass_obj
def run(context: Context, *, once: bool, as_json: bool) -> None:
    """Run the daemon: watch the servers and make what is missing.

    It runs until it is told to stop (Ctrl-C, or SIGTERM) and loses no work then. With --once
    it does all there is to do now and prints a summary; use that from a cron job of your own.
    """
    if write_first_config(context):
        raise click.exceptions.Exit(ExitCode.SETTINGS)
    if once:
        with context.house() as house, locked(house.data):
            code = do_once(house, as_json=as_json)
        raise click.exceptions.Exit(code)
    with context.house(service=True) as house, locked(house.data, serves=True):
        Service(house, lambda present: reopened(context, present)).run()


def reopened(context: Context, present: House) -> House:
    """Read the settings again and open another house in the data folder of the present one.

    Raises:
        SettingsError: they are wrong, or name another data folder or database.
        DatabaseError: it cannot be opened.
    """
    settings = context.load_with(Overrides(present.database).current()).settings
    for name in ("data", "database"):
        if getattr(settings, name) != getattr(present.settings, name):
            raise SettingsError(
                f"`{name}` is another than when Subtide started",
                "restart Subtide to use it, or take the change back and reload again",
            )
    if not settings.servers:
        raise SettingsError("no server is configured any more", "run: subtide connect")
    # What still runs in the present house may tell of its secrets.
    secrets = [*secrets_of(present.settings), *secrets_of(settings)]
    logging.set_up(settings.log.level, settings.log.form, secrets)
    return open_house(settings)


def do_once(house: House, *, as_json: bool) -> ExitCode:
    """Do all the work there is, print the summary, return what it means."""
    began = house.outcomes.now()
    summaries, left = run_with_progress(house, enabled=not as_json and sys.stderr.isatty())
    report = _report(house, summaries, left, began)
    if as_json:
        print_json(report)
    else:
        _print(report)
    states = {row["state"] for row in report["results"]}
    if left:
        return ExitCode.WORK_LEFT
    return ExitCode.SOME_FAILED if states.difference(FINE) else ExitCode.OK


def run_with_progress(house: House, *, enabled: bool) -> tuple[list[Summary], tuple[Task, ...]]:
    """Run once, with a bar for each running task if ``enabled``."""
    with progress(enabled=enabled) as show:
        return run_once(house, show)


def _report(
    house: House, summaries: list[Summary], left: tuple[Task, ...], began: datetime
) -> dict[str, Any]:
    standings: Counter[Standing] = sum((s.standings for s in summaries), Counter())
    fresh = [o for o in house.outcomes.all() if o.at >= began]
    return {
        "sources": sum(summary.sources for summary in summaries),
        "unchanged": sum(summary.unchanged for summary in summaries),
        "covered": standings[Standing.COVERED],
        "closed": standings[Standing.CLOSED],
        "unreleased": sum(summary.unreleased for summary in summaries),
        "limited": sum(summary.limited for summary in summaries),
        "passed_over": [text for summary in summaries for text in summary.passed_over],
        "results": [result_row(house, outcome) for outcome in fresh],
        "left": [
            {"job": t.job, "title": t.plan.title, "task": t.kind, "error": t.error} for t in left
        ],
    }


def result_row(house: House, outcome: Outcome) -> dict[str, Any]:
    """Return how a target ended, and where its file is."""
    entries = house.ledger.of_target(outcome.server, outcome.source, outcome.target)
    return {
        "title": outcome.title,
        "language": language_of(outcome.target),
        "state": outcome.state,
        "path": entries[-1].path if entries else None,
        "reason": outcome.reason,
        "fix": outcome.fix,
    }


def print_results(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print what became of each target: where it is, or why it is not."""
    cells = [(r["title"], r["language"], r["state"], r["path"] or r["reason"]) for r in rows]
    print_table(("title", "language", "state", "where, or why not"), cells)


def _print(report: dict[str, Any]) -> None:
    click.echo(
        f"{counted(report['sources'], 'source')} looked at:"
        f" {counted(report['covered'], 'subtitle')} there,"
        f" {len(report['results'])} worked on, {report['closed']} closed by an earlier outcome."
    )
    if report["unchanged"]:
        click.echo(f"{counted(report['unchanged'], 'item')} as before: nothing to do.")
    if report["unreleased"]:
        lacking = counted(report["unreleased"], "source")
        click.echo(f"{lacking} in libraries that are not open yet: subtide release")
    if report["limited"]:
        click.echo(f"{counted(report['limited'], 'source')} left for a later scan by limits.*")
    if report["results"]:
        click.echo()
        print_results(report["results"])
    for text in report["passed_over"]:
        click.echo(f"passed over: {text}")
    for row in report["left"]:
        click.echo(f"left for later: {row['title']}, {row['task']}: {row['error'] or 'not begun'}")
