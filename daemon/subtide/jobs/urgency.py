"""What comes first: an open job becomes more urgent, by a wish or by its age; it never sinks.

Every function works within the caller's transaction.
"""

from datetime import datetime

import sqlalchemy as sa

from subtide.jobs.claiming import alone
from subtide.jobs.ending import lock_job
from subtide.jobs.task import OPEN_JOBS, OPEN_TASKS
from subtide.storage.looks import Priority
from subtide.storage.tables import jobs, tasks

FRONT_OF_NEW = Priority.NEW - 1
"""Where a job goes that has waited long: before all that is new, behind what is watched."""


def lock_open_job(connection: sa.Connection, server: str, source: str) -> int | None:
    """Return a source's open job, locked so that nobody claims or ends a task of it meanwhile."""
    where = (
        (jobs.c.server == server) & (jobs.c.source == source) & jobs.c.state.in_(list(OPEN_JOBS))
    )
    found = sa.select(jobs.c.id).where(where)
    job = connection.execute(found).scalar()
    if job is None:
        return None
    alone(connection)
    lock_job(connection, job)
    still: int | None = connection.execute(found).scalar()
    return still


def hasten(connection: sa.Connection, job: int, priority: int) -> bool:
    """Raise a locked job and its open tasks to a priority. Return whether it was below."""
    below = (jobs.c.id == job) & (jobs.c.priority > priority)
    raised = connection.execute(jobs.update().where(below).values(priority=priority)).rowcount
    mine = (
        (tasks.c.job == job) & tasks.c.state.in_(list(OPEN_TASKS)) & (tasks.c.priority > priority)
    )
    connection.execute(tasks.update().where(mine).values(priority=priority))
    return bool(raised)


def age(connection: sa.Connection, before: datetime) -> int | None:
    """Move the oldest open job that nobody asked for, if it is so old, before all new ones.

    Return its id, or None when none has waited since ``before``.
    """
    alone(connection)
    oldest: int | None = connection.execute(
        sa.select(jobs.c.id)
        .where(jobs.c.state.in_(list(OPEN_JOBS)))
        .where(jobs.c.priority >= int(Priority.NEW))
        .where(jobs.c.created_at < before)
        .order_by(jobs.c.created_at, jobs.c.id)
        .limit(1)
        .with_for_update()
    ).scalar()
    if oldest is not None:
        hasten(connection, oldest, FRONT_OF_NEW)
    return oldest
