"""History: the jobs of one item, and how much work the last finished ones were."""

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from subtide.jobs.rows import select_jobs
from subtide.jobs.task import Job, JobState, TaskKind
from subtide.pipeline.plan import Plan
from subtide.storage.database import Database
from subtide.storage.tables import jobs, tasks

LAST = 50
"""Jobs that tell how fast this machine is."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One job that ended well."""

    plan: Plan
    work: float
    """Seconds that its tasks took, publishing aside: that waits for the server."""


def jobs_of(database: Database, server: str, item: str, limit: int = LAST) -> tuple[Job, ...]:
    """Return the last jobs of an item, newest first."""
    with database.read() as connection:
        return select_jobs(connection, (jobs.c.server == server) & (jobs.c.item == item), limit)


def finished(database: Database, origin: str, limit: int = LAST) -> tuple[Finished, ...]:
    """Return the last jobs that are done, of one kind of origin (text, audio), newest first."""
    mine = (jobs.c.state == JobState.DONE) & (jobs.c.plan["origin"]["kind"].as_string() == origin)
    last = sa.select(jobs.c.id, jobs.c.plan).where(mine).order_by(jobs.c.id.desc()).limit(limit)
    with database.read() as connection:
        plans = {job: Plan.model_validate(plan) for job, plan in connection.execute(last)}
        timed = sa.select(tasks.c.job, tasks.c.started_at, tasks.c.ended_at).where(
            tasks.c.job.in_(list(plans)),
            tasks.c.kind != TaskKind.PUBLISH,
            tasks.c.started_at.is_not(None),
            tasks.c.ended_at.is_not(None),
        )
        work: defaultdict[int, float] = defaultdict(float)
        for job, started, ended in connection.execute(timed):
            work[job] += (ended - started).total_seconds()
    return tuple(Finished(plan, work[job]) for job, plan in plans.items())
