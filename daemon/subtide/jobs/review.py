"""Review: what a check held, and what a person says of it.

Every function works within the caller's transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from subtide.jobs import ending, urgency
from subtide.jobs.claiming import alone
from subtide.jobs.rows import select_tasks
from subtide.jobs.task import JobState, Task, TaskKind, TaskState
from subtide.pipeline.plan import Target
from subtide.storage import outcomes
from subtide.storage.looks import Priority
from subtide.storage.outcomes import OutcomeState
from subtide.storage.tables import jobs, tasks
from subtide.storage.tables import outcomes as ended

CHECKED = frozenset({TaskKind.COMPOSE, TaskKind.TRANSLATE})
"""Tasks whose result is there when they are held, so that a person can let it on."""

DISCARDED = "a person discarded it"


@dataclass(frozen=True, slots=True)
class HeldTask:
    """A task that waits for a person, and the targets that wait with it."""

    task: Task
    targets: tuple[Target, ...]
    at: datetime
    """When it was held."""
    reason: str
    fix: str


def held_tasks(connection: sa.Connection, job: int | None = None) -> tuple[HeldTask, ...]:
    """Return what is held, of one job or of all, newest first.

    A target that was planned anew since, or that a person opened again, is held no more.
    """
    mine = tasks.c.state == TaskState.HELD
    if job is not None:
        mine &= tasks.c.job == job
    query = sa.select(ended).where(ended.c.state == OutcomeState.HELD)
    waiting = {(r["job"], r["target"]): r for r in connection.execute(query).mappings()}
    found = []
    for task in reversed(select_tasks(connection, mine)):
        rows = [(t, waiting.get((task.job, t.key))) for t in ending.concerned(task)]
        held = [(target, row) for target, row in rows if row is not None]
        if held:
            row = held[0][1]
            targets = tuple(target for target, _ in held)
            found.append(HeldTask(task, targets, row["at"], row["reason"], row["fix"]))
    return tuple(found)


def approve(connection: sa.Connection, job: int, now: datetime) -> tuple[HeldTask, ...]:
    """Put a job's held tasks that were checked back, as approved; return them.

    None where another job of the same source is open: it makes the same anew.
    """
    alone(connection)
    ending.lock_job(connection, job)
    found = [one for one in held_tasks(connection, job) if one.task.kind in CHECKED]
    if not found or _is_planned_anew(connection, found[0].task):
        return ()
    for one in found:
        payload = {**one.task.payload, "approved": True}
        ready = {"state": TaskState.READY, "not_before": now, "ended_at": None, "error": None}
        _set(connection, one, payload=payload, **ready)
    _forget(connection, found)
    running = {"state": JobState.RUNNING, "ended_at": None, "error": None}
    connection.execute(jobs.update().where(jobs.c.id == job).values(**running))
    urgency.hasten(connection, job, int(Priority.PERSON))
    return tuple(found)


def discard(connection: sa.Connection, job: int, now: datetime) -> tuple[HeldTask, ...]:
    """Record that a person does not want what is held of a job; return what was."""
    ending.lock_job(connection, job)
    found = held_tasks(connection, job)
    for one in found:
        _set(connection, one, state=TaskState.CANCELLED)
        ending.refuse(connection, job, one.task.plan, one.targets, DISCARDED, now)
    closed = {"state": JobState.CANCELLED, "error": DISCARDED, "ended_at": now}
    held = (jobs.c.id == job) & (jobs.c.state == JobState.HELD)
    connection.execute(jobs.update().where(held).values(**closed))
    return found


def _is_planned_anew(connection: sa.Connection, task: Task) -> bool:
    """Whether the source has another open job; there is one at most."""
    plan = task.plan
    return urgency.lock_open_job(connection, plan.server, plan.source) not in {None, task.job}


def _set(connection: sa.Connection, one: HeldTask, **values: object) -> None:
    connection.execute(tasks.update().where(tasks.c.id == one.task.id).values(**values))


def _forget(connection: sa.Connection, found: Collection[HeldTask]) -> None:
    keys = [
        (one.task.plan.server, one.task.plan.source, target.key)
        for one in found
        for target in one.targets
    ]
    outcomes.forget(connection, keys)
