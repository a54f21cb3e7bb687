"""The rows of jobs and tasks: how they are read, and how new ones are written.

Every function works within the caller's transaction.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from subtide.jobs.task import (
    OPEN_JOBS,
    Job,
    JobState,
    NewTask,
    Resource,
    Task,
    TaskKind,
    TaskState,
)
from subtide.pipeline.plan import Plan
from subtide.storage.tables import jobs, tasks


def insert_job(
    connection: sa.Connection, plan: Plan, *, priority: int, signal: str, now: datetime
) -> int:
    """Add a queued job without tasks. Return its id.

    Raises:
        IntegrityError: the source has an open job.
    """
    inserted = connection.execute(
        jobs.insert().values(
            server=plan.server,
            item=plan.item,
            source=plan.source,
            title=plan.title,
            plan=plan.model_dump(mode="json"),
            state=JobState.QUEUED,
            priority=priority,
            signal=signal,
            created_at=now,
        )
    )
    key = inserted.inserted_primary_key
    assert key  # noqa: S101 - a single insert has one
    return int(key[0])


def insert_tasks(
    connection: sa.Connection, job: int, new: Iterable[NewTask], *, priority: int, now: datetime
) -> None:
    """Add tasks that are ready at once."""
    rows = [
        {
            "job": job,
            "kind": task.kind,
            "part": task.part,
            "resource": task.resource,
            "state": TaskState.READY,
            "priority": priority,
            "attempt": 0,
            "failures": 0,
            "not_before": now,
            "payload": dict(task.payload or {}),
            "progress": 0.0,
        }
        for task in new
    ]
    if rows:
        connection.execute(tasks.insert(), rows)


def open_plans(connection: sa.Connection, server: str, sources: Collection[str]) -> dict[str, Plan]:
    """Return the plans of these sources' open jobs, by source; one without is left out."""
    rows = connection.execute(
        sa.select(jobs.c.plan).where(
            (jobs.c.server == server)
            & jobs.c.source.in_(sources)
            & jobs.c.state.in_(list(OPEN_JOBS))
        )
    ).scalars()
    plans = (Plan.model_validate(row) for row in rows)
    return {plan.source: plan for plan in plans}


def select_tasks(connection: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[Task, ...]:
    """Return tasks with their jobs' plans, oldest first."""
    query = sa.select(tasks, jobs.c.plan).join(jobs).where(where).order_by(tasks.c.id)
    return tuple(_task(row) for row in connection.execute(query).mappings())


def select_jobs(
    connection: sa.Connection, where: sa.ColumnElement[bool], limit: int
) -> tuple[Job, ...]:
    """Return jobs with their progress, newest first."""
    done = sa.func.sum(
        sa.case((tasks.c.state == TaskState.DONE, 1.0), else_=tasks.c.progress * 1.0)
    )
    # PostgreSQL cannot group by JSON, but knows that the primary key determines the rest.
    query = (
        sa.select(jobs, (done / sa.func.count(tasks.c.id)).label("progress"))
        .outerjoin(tasks, tasks.c.job == jobs.c.id)
        .where(where)
        .group_by(jobs.c.id)
        .order_by(jobs.c.id.desc())
        .limit(limit)
    )
    return tuple(_job(row) for row in connection.execute(query).mappings())


def blocks_of(task: Task) -> list[dict[str, str]]:
    """Return the audio blocks that a prepare task made; a text origin has none."""
    blocks: list[dict[str, str]] = (task.result or {}).get("blocks", [])
    return blocks


def _task(row: sa.RowMapping) -> Task:
    return Task(
        id=row["id"],
        job=row["job"],
        kind=TaskKind(row["kind"]),
        part=row["part"],
        resource=Resource(row["resource"]),
        state=TaskState(row["state"]),
        attempt=row["attempt"],
        failures=row["failures"],
        not_before=row["not_before"],
        payload=row["payload"],
        result=row["result"],
        progress=row["progress"],
        error=row["error"],
        error_code=row["error_code"],
        lease_owner=row["lease_owner"],
        plan=Plan.model_validate(row["plan"]),
    )


def _job(row: sa.RowMapping) -> Job:
    return Job(
        id=row["id"],
        server=row["server"],
        item=row["item"],
        source=row["source"],
        title=row["title"],
        plan=Plan.model_validate(row["plan"]),
        state=JobState(row["state"]),
        priority=row["priority"],
        signal=row["signal"],
        created_at=row["created_at"],
        ended_at=row["ended_at"],
        error=row["error"],
        progress=float(row["progress"] or 0.0),
    )
