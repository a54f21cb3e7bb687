"""Which tasks may be leased now: what is due, and what has to wait for others of its kind."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from subtide.jobs.task import Resource, TaskKind, TaskState
from subtide.storage.tables import jobs, tasks

CLAIM_LOCK = 0x5B71DF
"""The PostgreSQL advisory lock that lets one worker choose at a time; any number of our own."""
MOST_AHEAD = 2
"""Jobs whose audio may lie ready while none of it is heard: audio takes much more disk than
words, and a backlog is prepared far quicker than it is heard."""
HEARING = (TaskKind.IDENTIFY, TaskKind.TRANSCRIBE)


def alone(connection: sa.Connection) -> None:
    """Let nobody else choose a task until this transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CLAIM_LOCK)))


def choose(
    connection: sa.Connection, resources: Collection[Resource], now: datetime, at_most: int | None
) -> int | None:
    """Return the id of the most urgent task that may be leased, with its row locked.

    ``at_most``: the largest priority that may begin work, None for any; what is finished is
    published whatever its priority.
    """
    alone(connection)
    chosen: int | None = connection.execute(
        sa.select(tasks.c.id)
        .where(tasks.c.resource.in_(list(resources)))
        .where(_due(now) | _lost(now))
        .where(_is_alone(now))
        .where(_is_not_ahead(now))
        .where(_is_within(at_most))
        .order_by(tasks.c.priority, tasks.c.job, tasks.c.part, tasks.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()
    return chosen


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return (tasks.c.state == TaskState.READY) & (tasks.c.not_before <= now)


def _lost(now: datetime) -> sa.ColumnElement[bool]:
    return (tasks.c.state == TaskState.LEASED) & (tasks.c.lease_until < now)


def _is_alone(now: datetime) -> sa.ColumnElement[bool]:
    """Let one publish of a job run at a time: uploads of one source shift each other's indexes."""
    other = tasks.alias()
    running = sa.exists().where(
        (other.c.job == tasks.c.job)
        & (other.c.id != tasks.c.id)
        & (other.c.kind == TaskKind.PUBLISH)
        & (other.c.state == TaskState.LEASED)
        & (other.c.lease_until >= now)
    )
    return (tasks.c.kind != TaskKind.PUBLISH) | ~running


def _is_not_ahead(now: datetime) -> sa.ColumnElement[bool]:
    """Let prepare wait while enough audio lies ready to be heard."""
    other = tasks.alias()
    waiting = (other.c.state == TaskState.READY) & (other.c.not_before <= now)
    unheard = (
        sa.select(sa.func.count(sa.distinct(other.c.job)))
        .where(other.c.kind.in_(HEARING) & (waiting | (other.c.state == TaskState.LEASED)))
        .where(other.c.priority <= tasks.c.priority)
        .scalar_subquery()
    )
    decodes = (tasks.c.kind == TaskKind.PREPARE) & (tasks.c.resource == Resource.CPU)
    origin = (
        sa.select(jobs.c.plan["origin", "kind"].as_string())
        .where(jobs.c.id == tasks.c.job)
        .scalar_subquery()
    )
    # A text that is tested against the speech leaves no audio behind.
    return ~decodes | (unheard < MOST_AHEAD) | (origin != "audio")


def _is_within(at_most: int | None) -> sa.ColumnElement[bool]:
    if at_most is None:
        return sa.true()
    return (tasks.c.priority <= at_most) | (tasks.c.kind == TaskKind.PUBLISH)
