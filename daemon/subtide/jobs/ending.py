"""How work ends: the outcomes of targets, and the states of the tasks and jobs behind them.

Every function works within the caller's transaction, with the job's row locked by ``lock_job``:
so the last of several tasks that end at once sees all the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from subtide.errors import HoldForReview, NoForeignSpeech, SubtideError
from subtide.jobs import retry
from subtide.jobs.rows import select_jobs, select_tasks
from subtide.jobs.task import OPEN_JOBS, OPEN_TASKS, Job, JobState, Task, TaskKind, TaskState
from subtide.pipeline.checked import held
from subtide.pipeline.plan import Plan, Target, origin_key
from subtide.storage import outcomes
from subtide.storage.looks import Ask, Priority, ask_within
from subtide.storage.outcomes import Outcome, OutcomeState
from subtide.storage.tables import jobs, tasks
from subtide.storage.unfit import Unfit, is_noted, note_unfit

PER_TARGET = frozenset({TaskKind.TRANSLATE, TaskKind.PUBLISH})
"""Tasks whose failure concerns their own target alone."""


def lock_job(connection: sa.Connection, job: int) -> None:
    """Make every other that ends a task of this job wait for our transaction's end."""
    connection.execute(sa.select(jobs.c.id).where(jobs.c.id == job).with_for_update())


def record_published(connection: sa.Connection, task: Task, now: datetime) -> None:
    """Record that the target of a publish task is in Jellyfin."""
    for target in concerned(task):
        published = _Ended(OutcomeState.PUBLISHED)
        outcomes.record(connection, _outcome(task.plan, task.job, target, published, now))


def record_failure(
    connection: sa.Connection,
    task: Task,
    error: SubtideError,
    verdict: retry.GiveUp,
    now: datetime,
) -> None:
    """Record how the targets that a task was for have ended, and cancel what they leave over."""
    ended = _Ended(OutcomeState.FAILED, error.what, error.fix)
    if isinstance(error, HoldForReview):
        ended = replace(ended, state=OutcomeState.HELD)
    elif isinstance(error, NoForeignSpeech):
        ended = replace(ended, state=OutcomeState.NEEDLESS)
    elif verdict.retry_seconds is not None:
        retry_at = now + timedelta(seconds=verdict.retry_seconds)
        ended = replace(ended, state=OutcomeState.FAILED_UNTIL, retry_at=retry_at)
    for target in concerned(task):
        outcomes.record(connection, _outcome(task.plan, task.job, target, ended, now))
    if task.kind not in PER_TARGET:
        _cancel_tasks(connection, task.job, now)
    close_if_ended(connection, task.job, now, str(error))


def record_refused(connection: sa.Connection, job: Job, reason: str, now: datetime) -> None:
    """Record that a person does not want what a cancelled job has not published."""
    published = sa.select(tasks.c.part).where(
        (tasks.c.job == job.id)
        & (tasks.c.kind == TaskKind.PUBLISH)
        & (tasks.c.state == TaskState.DONE)
    )
    done = set(connection.execute(published).scalars())
    left = [target for target in job.plan.targets if target.key not in done]
    refuse(connection, job.id, job.plan, left, reason, now)


def refuse(  # noqa: PLR0913, PLR0917 - whose targets, which, why, and when
    connection: sa.Connection,
    job: int,
    plan: Plan,
    targets: Sequence[Target],
    reason: str,
    now: datetime,
) -> None:
    """Record that a person does not want some targets of a job."""
    refused = _Ended(OutcomeState.REFUSED, reason, f"to take that back: subtide jobs retry {job}")
    for target in targets:
        outcomes.record(connection, _outcome(plan, job, target, refused, now))


def pass_over_origin(connection: sa.Connection, task: Task, reason: str, now: datetime) -> bool:
    """Remember that a text is no origin, cancel its job, and ask for a look that plans anew.

    Return False, and do nothing, where that was found before: a new plan would be the same.
    """
    plan = task.plan
    origin = origin_key(plan.origin, plan.basis)
    if is_noted(connection, plan.server, plan.source, origin):
        return False
    note_unfit(connection, plan.server, plan.source, Unfit(origin, reason, now))
    cancel_job(connection, task.job, f"another origin is looked for: {reason}", now)
    (job,) = select_jobs(connection, jobs.c.id == task.job, 1)
    priority = next((one for one in Priority if one >= job.priority), Priority.NIGHTLY)
    ask_within(connection, [Ask(plan.server, plan.item, job.signal, priority)], now)
    return True


def hold_first_attempt(connection: sa.Connection, task: Task, now: datetime) -> None:
    """Hold what the first attempt came to, because ``task``, of the second one, failed for good."""
    mine = (tasks.c.job == task.job) & (tasks.c.kind == TaskKind.COMPOSE) & (tasks.c.part == "")
    (first,) = select_tasks(connection, mine)
    result = {name: value for name, value in (first.result or {}).items() if name != "again"}
    error = held(task.plan.title, task.job, result)
    waiting = {"state": TaskState.HELD, "result": result, "error": str(error)}
    connection.execute(tasks.update().where(tasks.c.id == first.id).values(**waiting))
    ended = _Ended(OutcomeState.HELD, error.what, error.fix)
    for target in task.plan.targets:
        outcomes.record(connection, _outcome(task.plan, task.job, target, ended, now))
    _cancel_tasks(connection, task.job, now)
    close_if_ended(connection, task.job, now, str(error))


def close_if_ended(
    connection: sa.Connection, job: int, now: datetime, error: str | None = None
) -> None:
    """Close the job when none of its tasks is open; keep ``error`` for people in any case."""
    states = set(connection.execute(sa.select(tasks.c.state).where(tasks.c.job == job)).scalars())
    values: dict[str, object] = {"error": error} if error else {}
    if not states & OPEN_TASKS:
        values |= {"state": _job_state(states), "ended_at": now}
    if values:
        connection.execute(jobs.update().where(jobs.c.id == job).values(**values))


def cancel_job(connection: sa.Connection, job: int, reason: str, now: datetime) -> bool:
    """Cancel a job and its open tasks. Return whether it was open."""
    lock_job(connection, job)
    _cancel_tasks(connection, job, now)
    closed = connection.execute(
        jobs.update()
        .where((jobs.c.id == job) & jobs.c.state.in_(list(OPEN_JOBS)))
        .values(state=JobState.CANCELLED, ended_at=now, error=reason)
    )
    return bool(closed.rowcount)


def _cancel_tasks(connection: sa.Connection, job: int, now: datetime) -> None:
    still_open = (tasks.c.job == job) & tasks.c.state.in_(list(OPEN_TASKS))
    connection.execute(
        tasks.update().where(still_open).values(state=TaskState.CANCELLED, ended_at=now)
    )


def _job_state(states: set[str]) -> JobState:
    if TaskState.FAILED in states:
        return JobState.FAILED
    return JobState.HELD if TaskState.HELD in states else JobState.DONE


def concerned(task: Task) -> Sequence[Target]:
    """Return the targets that a task is for: its own, or all."""
    if task.kind not in PER_TARGET:
        return task.plan.targets
    return [target for target in task.plan.targets if target.key == task.part]


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a target ended, and why."""

    state: OutcomeState
    reason: str = ""
    fix: str = ""
    retry_at: datetime | None = None


def _outcome(plan: Plan, job: int, target: Target, ended: _Ended, now: datetime) -> Outcome:
    return Outcome(
        server=plan.server,
        source=plan.source,
        target=target.key,
        item=plan.item,
        title=plan.title,
        state=ended.state,
        basis=plan.basis,
        reason=ended.reason,
        fix=ended.fix,
        retry_at=ended.retry_at,
        job=job,
        at=now,
        work=plan.work,
    )
