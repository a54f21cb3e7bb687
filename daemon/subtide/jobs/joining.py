"""A new plan for a source whose job waits: the job that nobody has begun takes the new plan."""

from datetime import datetime

import sqlalchemy as sa

from subtide.jobs import flow
from subtide.jobs.rows import insert_tasks, select_jobs
from subtide.jobs.task import TaskState
from subtide.pipeline.plan import Plan
from subtide.storage.tables import jobs, tasks


def join(connection: sa.Connection, job: int, plan: Plan, now: datetime) -> bool:
    """Give a locked open job the new plan, unless it has begun or makes the same already.

    It keeps its id, age and priority. Return whether it took the plan.
    """
    (found,) = select_jobs(connection, jobs.c.id == job, 1)
    if _is_same(found.plan, plan) or _has_begun(connection, job):
        return False
    connection.execute(tasks.delete().where(tasks.c.job == job))
    connection.execute(
        jobs.update()
        .where(jobs.c.id == job)
        .values(item=plan.item, title=plan.title, plan=plan.model_dump(mode="json"))
    )
    insert_tasks(connection, job, [flow.first(plan)], priority=found.priority, now=now)
    return True


def _is_same(old: Plan, new: Plan) -> bool:
    keys = [{target.key for target in plan.targets} for plan in (old, new)]
    return keys[0] == keys[1] and old.origin == new.origin


def _has_begun(connection: sa.Connection, job: int) -> bool:
    begun = (tasks.c.job == job) & ((tasks.c.attempt > 0) | (tasks.c.state != TaskState.READY))
    return connection.execute(sa.select(tasks.c.id).where(begun).limit(1)).first() is not None
