"""subtide try: make one item now, before a library is opened or ahead of everything else."""

import sys
import time
from datetime import datetime, timedelta
from typing import Any

import click

from subtide.cli.choosing import item_called
from subtide.cli.context import Context
from subtide.cli.output import ExitCode, exits, json_option, print_json, print_table
from subtide.cli.progress import Show, progress
from subtide.cli.run import print_results, result_row
from subtide.daemon.once import LONG_WAIT_SECONDS, working
from subtide.daemon.work import take_over
from subtide.errors import RetryLater
from subtide.house import House, daemon_runs, locked
from subtide.jobs.history import jobs_of
from subtide.jobs.task import OPEN_JOBS, OPEN_TASKS, Task, TaskState
from subtide.library.server import ConnectedServer
from subtide.storage.looks import Look, Priority
from subtide.storage.outcomes import FINE
from subtide.storage.titles import Titled

POLL_SECONDS = 0.5
"""How often it is asked how far the work is."""


@click.command("try", epilog=exits(*ExitCode))
@click.argument("item")
@click.option("--server", "only", metavar="NAME", help="Only on this server.")
@json_option
@click.pass_obj
def try_item(context: Context, *, item: str, only: str | None, as_json: bool) -> None:
    """Make what is missing of one ITEM now, and say where it is.

    ITEM is a title, a part of one, or Jellyfin's id. A library need not be released for it.
    A running daemon does the work, ahead of everything else; without one this command does.
    """
    with context.house() as house:
        one = item_called(house, item, only)
        began = house.outcomes.now()
        with progress(enabled=not as_json and sys.stderr.isatty()) as show:
            if daemon_runs(house.data):
                _by_daemon(house, one, show)
            else:
                _here(house, one, show)
        results = [
            result_row(house, outcome)
            for outcome in house.outcomes.all()
            if (outcome.server, outcome.item) == (one.server, one.item) and outcome.at >= began
        ]
        left = [task for task in _tasks(house, one) if task.state in OPEN_TASKS]
        code = _tell(house, one, results, left, as_json=as_json)
    raise click.exceptions.Exit(code)


def _by_daemon(house: House, one: Titled, show: Show) -> None:
    """Ask the daemon for it, and wait until it is done or has to wait longer itself."""
    house.looks.ask(one.server, one.item, signal="person", priority=Priority.PERSON)
    while daemon_runs(house.data) and (_is_looked_for(house, one) or _is_worked_on(house, one)):
        show(_running(house, one))
        time.sleep(POLL_SECONDS)


def _is_looked_for(house: House, one: Titled) -> bool:
    """Whether the look is still to be followed. Raises RetryLater when the server is not ready."""
    if house.looks.is_due(one.server, one.item):
        return True
    mine = (one.server, one.item)
    for look, error in house.looks.pending():
        if (look.server, look.item) == mine and error:
            raise RetryLater(error, "it is tried again by itself")
    return False


def _here(house: House, one: Titled, show: Show) -> None:
    """Do it in this process."""
    server = house.server_of(one.server)
    with locked(house.data):
        take_over(house)
        look = Look(one.server, one.item, "person", Priority.PERSON, 0)
        house.scanner.follow_items(server, [look])
        if not _is_worked_on(house, one):
            return
        with working(house, at_most=Priority.PERSON):
            while _is_worked_on(house, one) or _is_looked_at(house, server, one):
                show(_running(house, one))
                time.sleep(POLL_SECONDS)


def _is_looked_at(house: House, server: ConnectedServer, one: Titled) -> bool:
    """Look once more where the work asked for it, for another origin. Return whether it did."""
    mine = (one.server, one.item)
    looks = [look for look in house.looks.due() if (look.server, look.item) == mine]
    if looks:
        house.scanner.follow_items(server, looks)
        house.looks.done(looks[0])
    return bool(looks)


def _is_worked_on(house: House, one: Titled) -> bool:
    """Whether something of it runs, or is due soon."""
    soon = house.outcomes.now() + timedelta(seconds=LONG_WAIT_SECONDS)
    return any(_is_soon(task, soon) for task in _tasks(house, one))


def _is_soon(task: Task, soon: datetime) -> bool:
    ready = task.state is TaskState.READY and task.not_before < soon
    return ready or task.state is TaskState.LEASED


def _running(house: House, one: Titled) -> tuple[Task, ...]:
    return tuple(task for task in _tasks(house, one) if task.state is TaskState.LEASED)


def _tasks(house: House, one: Titled) -> list[Task]:
    """Return the tasks of the item's open jobs."""
    found = jobs_of(house.database, one.server, one.item)
    return [task for job in found if job.state in OPEN_JOBS for task in house.store.tasks(job.id)]


def _tell(
    house: House, one: Titled, results: list[dict[str, Any]], left: list[Task], *, as_json: bool
) -> ExitCode:
    standings = [] if results or left else _standings(house, one)
    waiting = [{"task": task.kind, "error": task.error} for task in left]
    if as_json:
        print_json(
            {"title": one.title, "results": results, "left": waiting, "standings": standings}
        )
    elif results:
        print_results(results)
    elif not left:
        click.echo(f"There is nothing to make of {one.title}:")
        print_table(("language", "is", "because"), [tuple(row.values()) for row in standings])
    if left:
        for row in waiting if not as_json else ():
            click.echo(f"left for later: {row['task']}: {row['error'] or 'not begun'}")
        return ExitCode.WORK_LEFT
    failed = {row["state"] for row in results}.difference(FINE)
    return ExitCode.SOME_FAILED if failed else ExitCode.OK


def _standings(house: House, one: Titled) -> list[dict[str, str]]:
    """Return how each language stands, when there was nothing to do."""
    rows = []
    for finding in house.scanner.findings(house.server_of(one.server), [one.item]):
        rows += [
            {"language": v.target.language, "standing": str(v.standing), "why": v.why}
            for v in finding.verdicts
        ]
        if finding.problem and not finding.verdicts:
            rows.append({"language": "", "standing": "passed over", "why": str(finding.problem)})
    return rows
