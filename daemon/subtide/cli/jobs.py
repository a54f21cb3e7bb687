"""subtide jobs: what is being done, what was done, and how it ended."""

import click

from subtide.cli.context import Context
from subtide.cli.output import ExitCode, counted, exits, json_option, print_json, print_table
from subtide.house import House
from subtide.jobs.task import OPEN_JOBS, Job, TaskState
from subtide.storage.looks import Priority


@click.group(invoke_without_command=True, epilog=exits(ExitCode.SETTINGS))
@click.option("--open", "only_open", is_flag=True, help="Only jobs that have not ended.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many, newest first.",
)
@json_option
@click.pass_context
def jobs(context: click.Context, *, only_open: bool, limit: int, as_json: bool) -> None:
    """List the jobs, newest first."""
    if context.invoked_subcommand:
        return
    with context.obj.house(need_server=False) as house:
        found = house.store.list(OPEN_JOBS if only_open else None, limit)
        waits = {job.id: _waits(house, job) for job in found}
    if as_json:
        print_json([{**_document(job), "waits": waits[job.id] or None} for job in found])
        return
    print_table(
        ("job", "state", "done", "title", "languages", "remark"),
        [
            (
                job.id,
                job.state,
                f"{job.progress:.0%}",
                job.title,
                ", ".join(t.language for t in job.plan.targets),
                f"waits: {waits[job.id]}" if waits[job.id] else job.error,
            )
            for job in found
        ],
    )


def _waits(house: House, job: Job) -> str:
    """Say why an open job does not go on, when a task of it was put back and none runs."""
    tasks = house.store.tasks(job.id) if job.state in OPEN_JOBS else ()
    if any(task.state is TaskState.LEASED for task in tasks):
        return ""
    ready = (task for task in tasks if task.state is TaskState.READY)
    return next((task.error for task in ready if task.error), "")


@jobs.command(epilog=exits(ExitCode.SETTINGS))
@click.argument("job", type=int)
@json_option
@click.pass_obj
def show(context: Context, *, job: int, as_json: bool) -> None:
    """Show the tasks of one JOB."""
    with context.house(need_server=False) as house:
        found = _job(house, job)
        tasks = house.store.tasks(job)
    if as_json:
        rows = [
            {
                "kind": t.kind,
                "part": t.part,
                "state": t.state,
                "attempt": t.attempt,
                "progress": t.progress,
                "result": t.result,
                "error": t.error,
            }
            for t in tasks
        ]
        print_json({**_document(found), "tasks": rows})
        return
    click.echo(f"{found.title}: {found.state}" + (f" ({found.error})" if found.error else ""))
    print_table(
        ("task", "part", "state", "attempt", "done", "error"),
        [(t.kind, t.part, t.state, t.attempt, f"{t.progress:.0%}", t.error) for t in tasks],
    )


@jobs.command(epilog=exits(ExitCode.SETTINGS))
@click.argument("job", type=int)
@json_option
@click.pass_obj
def cancel(context: Context, *, job: int, as_json: bool) -> None:
    """Stop one JOB; nothing more of it is published."""
    with context.house(need_server=False) as house:
        _job(house, job)
        stopped = house.store.cancel(job)
    if as_json:
        print_json({"job": job, "cancelled": stopped})
    else:
        click.echo(f"job {job} is cancelled" if stopped else f"job {job} had ended already")


@jobs.command(epilog=exits(ExitCode.SETTINGS))
@click.argument("job", type=int)
@json_option
@click.pass_obj
def retry(context: Context, *, job: int, as_json: bool) -> None:
    """Open the outcomes of one JOB that has ended, and look at its item again."""
    with context.house() as house:
        found = _job(house, job)
        if found.state in OPEN_JOBS:
            raise _wrong(f"job {job} has not ended; wait, or stop it: subtide jobs cancel {job}")
        opened = house.outcomes.reopen(found.server, found.source) if found.source else 0
        house.looks.ask(found.server, found.item, signal="person", priority=Priority.PERSON)
    if as_json:
        print_json({"job": job, "reopened": opened})
    else:
        click.echo(
            f"{found.title} is open again ({counted(opened, 'outcome')}). A running daemon looks"
            " at once; without one: subtide run --once"
        )


def _job(house: House, number: int) -> Job:
    found = house.store.find(number)
    if found is None:
        raise _wrong(f"there is no job {number}; see: subtide jobs")
    return found


def _wrong(what: str) -> click.BadParameter:
    return click.BadParameter(what, param_hint="JOB")


def _document(job: Job) -> dict[str, object]:
    return {
        "job": job.id,
        "server": job.server,
        "item": job.item,
        "source": job.source,
        "title": job.title,
        "state": job.state,
        "progress": round(job.progress, 3),
        "languages": [target.language for target in job.plan.targets],
        "origin": job.plan.origin.model_dump(),
        "signal": job.signal,
        "created_at": job.created_at,
        "ended_at": job.ended_at,
        "error": job.error,
    }
