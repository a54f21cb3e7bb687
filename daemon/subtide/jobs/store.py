"""The leased task table: the one truth about what is to be done, by whom, and how it ended.

Every change is one transaction. A worker's words count only while its attempt is the newest
one and its lease stands: that is the fence against two workers on one task.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from subtide.errors import HoldForReview, ItemGone, Stopped, SubtideError
from subtide.jobs import flow, retry
from subtide.jobs.task import (
    OPEN_JOBS,
    OPEN_TASKS,
    Job,
    JobState,
    NewTask,
    Resource,
    Task,
    TaskKind,
    TaskState,
)
from subtide.pipeline.plan import Plan, Target
from subtide.storage import outcomes
from subtide.storage.database import Database
from subtide.storage.outcomes import Outcome, OutcomeState
from subtide.storage.tables import jobs, tasks

LEASE_SECONDS = 60.0
"""How long a lease stands without a beat. Liveness is by beats: a task may take any time."""
PER_TARGET = frozenset({TaskKind.TRANSLATE, TaskKind.PUBLISH})
"""Tasks whose failure concerns their own target alone."""


class JobStore:
    """Adds jobs, leases tasks, and records how they ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- adding ---------------------------------------------------------------------------

    def add(self, plan: Plan, *, priority: int, signal: str) -> int | None:
        """Add a job with its first task. Return its id, or None while the source has one open."""
        try:
            with self._database.write() as connection:
                if _open_job(connection, plan.server, plan.source):
                    return None
                now = self._database.now(connection)
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
                _add_tasks(connection, key[0], priority, [flow.first(plan)], now)
                return int(key[0])
        except sa.exc.IntegrityError:
            return None  # another process added one between our look and our insert

    def open_targets(self, server: str, source: str) -> frozenset[str] | None:
        """Return the target keys of the source's open job, or None if it has none."""
        with self._database.read() as connection:
            plan = _open_job(connection, server, source)
        return frozenset(t.key for t in plan.targets) if plan else None

    # -- leasing --------------------------------------------------------------------------

    def claim(self, owner: str, resources: Collection[Resource]) -> Task | None:
        """Lease the most urgent task that is due, or whose lease has run out."""
        with self._database.write() as connection:
            now = self._database.now(connection)
            due = (tasks.c.state == TaskState.READY) & (tasks.c.not_before <= now)
            lost = (tasks.c.state == TaskState.LEASED) & (tasks.c.lease_until < now)
            chosen = connection.execute(
                sa.select(tasks.c.id)
                .where(tasks.c.resource.in_(list(resources)) & (due | lost))
                .order_by(tasks.c.priority, tasks.c.job, tasks.c.part, tasks.c.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).scalar()
            if chosen is None:
                return None
            connection.execute(
                tasks.update()
                .where(tasks.c.id == chosen)
                .values(
                    state=TaskState.LEASED,
                    attempt=tasks.c.attempt + 1,
                    lease_owner=owner,
                    lease_until=now + timedelta(seconds=LEASE_SECONDS),
                    started_at=now,
                    progress=0.0,
                )
            )
            task = _tasks(connection, tasks.c.id == chosen)[0]
            _set_job(connection, task.job, jobs.c.state == JobState.QUEUED, JobState.RUNNING)
            return task

    def beat(self, task: Task, progress: float) -> None:
        """Lengthen the lease and note the progress, 0 to 1.

        Raises:
            Stopped: the task was cancelled, or is somebody else's by now.
        """
        with self._database.write() as connection:
            until = self._database.now(connection) + timedelta(seconds=LEASE_SECONDS)
            beaten = connection.execute(
                tasks.update().where(_fence(task)).values(lease_until=until, progress=progress)
            )
            if not beaten.rowcount:
                raise _stopped(task)

    def check(self, task: Task) -> None:
        """Say nothing while the task is still this worker's.

        Raises:
            Stopped: it is not.
        """
        with self._database.read() as connection:
            if not connection.execute(sa.select(tasks.c.id).where(_fence(task))).scalar():
                raise _stopped(task)

    def give_back(self, owner: str) -> int:
        """Make ready what ``owner`` had leased: it holds the lock, so nobody works on it."""
        with self._database.write() as connection:
            mine = (tasks.c.state == TaskState.LEASED) & (tasks.c.lease_owner == owner)
            return connection.execute(
                tasks.update().where(mine).values(state=TaskState.READY, lease_owner=None)
            ).rowcount

    # -- ending ---------------------------------------------------------------------------

    def finish(self, task: Task, result: dict[str, Any]) -> None:
        """Record a result, add the successors, close the job when nothing is left.

        Raises:
            Stopped: the task was cancelled, or is somebody else's by now.
        """
        with self._database.write() as connection:
            self._end(connection, task, TaskState.DONE, result=result, progress=1.0, error=None)
            now = self._database.now(connection)
            if task.kind is TaskKind.PUBLISH:
                ending = _Ending(OutcomeState.PUBLISHED)
                _record(connection, task, [_target(task)], ending, now)
            rows = _tasks(connection, tasks.c.job == task.job)
            known = {(t.kind, t.part) for t in rows}
            new = [t for t in flow.following(task.plan, rows) if (t.kind, t.part) not in known]
            priority = connection.execute(
                sa.select(jobs.c.priority).where(jobs.c.id == task.job)
            ).scalar_one()
            _add_tasks(connection, task.job, priority, new, now)
            _close_if_ended(connection, task.job, now)

    def fail(self, task: Task, error: SubtideError) -> retry.Again | retry.GiveUp:
        """Record an error: put the task back, or end it with outcomes for what it concerns.

        Raises:
            Stopped: the task was cancelled, or is somebody else's by now.
        """
        verdict = retry.after(error, task.failures)
        with self._database.write() as connection:
            now = self._database.now(connection)
            if isinstance(verdict, retry.Again):
                self._end(
                    connection,
                    task,
                    TaskState.READY,
                    error=str(error),
                    failures=task.failures + 1,
                    not_before=now + timedelta(seconds=verdict.seconds),
                    lease_owner=None,
                )
                return verdict
            held = isinstance(error, HoldForReview)
            state = TaskState.HELD if held else TaskState.FAILED
            self._end(connection, task, state, error=str(error))
            if isinstance(error, ItemGone):
                _cancel(connection, task.job, str(error), now)
                return verdict
            targets = [_target(task)] if task.kind in PER_TARGET else list(task.plan.targets)
            _record(connection, task, targets, _ending(verdict, error, now), now)
            if task.kind not in PER_TARGET:
                _cancel_tasks(connection, task.job)
            _close_if_ended(connection, task.job, now, str(error))
        return verdict

    def cancel(self, job: int, reason: str = "a person cancelled it") -> bool:
        """Stop a job: its running tasks notice at their next beat. Return whether it was open."""
        with self._database.write() as connection:
            return _cancel(connection, job, reason, self._database.now(connection))

    def _end(
        self, connection: sa.Connection, task: Task, state: TaskState, **values: object
    ) -> None:
        _lock_job(connection, task.job)
        now = self._database.now(connection)
        ended = None if state is TaskState.READY else now
        changed = connection.execute(
            tasks.update().where(_fence(task)).values(state=state, ended_at=ended, **values)
        )
        if not changed.rowcount:
            raise _stopped(task)

    # -- reading --------------------------------------------------------------------------

    def list(self, states: Iterable[JobState] | None = None, limit: int = 100) -> tuple[Job, ...]:
        """Return jobs, newest first."""
        return self._jobs(jobs.c.state.in_(tuple(states)) if states else sa.true(), limit)

    def find(self, job: int) -> Job | None:
        """Return one job, or None."""
        return next(iter(self._jobs(jobs.c.id == job, 1)), None)

    def _jobs(self, where: sa.ColumnElement[bool], limit: int) -> tuple[Job, ...]:
        done = sa.func.sum(
            sa.case((tasks.c.state == TaskState.DONE, 1.0), else_=tasks.c.progress * 1.0)
        )
        query = (
            sa.select(jobs, (done / sa.func.count(tasks.c.id)).label("progress"))
            .outerjoin(tasks, tasks.c.job == jobs.c.id)
            .where(where)
            .group_by(jobs.c.id)
            .order_by(jobs.c.id.desc())
            .limit(limit)
        )
        # PostgreSQL cannot group by JSON, but knows that the primary key determines the rest.
        with self._database.read() as connection:
            return tuple(_job(row) for row in connection.execute(query).mappings())

    def tasks(self, job: int) -> tuple[Task, ...]:
        """Return the tasks of a job, oldest first."""
        with self._database.read() as connection:
            return _tasks(connection, tasks.c.job == job)

    def open_tasks(self) -> tuple[Task, ...]:
        """Return every task that is ready or leased, oldest first."""
        with self._database.read() as connection:
            return _tasks(connection, tasks.c.state.in_(list(OPEN_TASKS)))

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state."""
        query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
        with self._database.read() as connection:
            return {JobState(state): n for state, n in connection.execute(query)}


def _open_job(connection: sa.Connection, server: str, source: str) -> Plan | None:
    row = connection.execute(
        sa.select(jobs.c.plan).where(
            (jobs.c.server == server)
            & (jobs.c.source == source)
            & jobs.c.state.in_(list(OPEN_JOBS))
        )
    ).scalar()
    return Plan.model_validate(row) if row else None


def _add_tasks(
    connection: sa.Connection, job: int, priority: int, new: Iterable[NewTask], now: datetime
) -> None:
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


def _fence(task: Task) -> sa.ColumnElement[bool]:
    return (
        (tasks.c.id == task.id)
        & (tasks.c.state == TaskState.LEASED)
        & (tasks.c.attempt == task.attempt)
        & (tasks.c.lease_owner == task.lease_owner)
    )


def _stopped(task: Task) -> Stopped:
    return Stopped(f"{task.kind} of job {task.job} was cancelled or is another worker's")


def _lock_job(connection: sa.Connection, job: int) -> None:
    connection.execute(sa.select(jobs.c.id).where(jobs.c.id == job).with_for_update())


def _set_job(
    connection: sa.Connection, job: int, where: sa.ColumnElement[bool], state: JobState
) -> None:
    connection.execute(jobs.update().where((jobs.c.id == job) & where).values(state=state))


def _target(task: Task) -> Target:
    return next(t for t in task.plan.targets if t.key == task.part)


@dataclass(frozen=True, slots=True)
class _Ending:
    state: OutcomeState
    reason: str = ""
    fix: str = ""
    retry_at: datetime | None = None


def _ending(verdict: retry.GiveUp, error: SubtideError, now: datetime) -> _Ending:
    if isinstance(error, HoldForReview):
        return _Ending(OutcomeState.HELD, error.what, error.fix)
    if verdict.retry_seconds is None:
        return _Ending(OutcomeState.FAILED, error.what, error.fix)
    retry_at = now + timedelta(seconds=verdict.retry_seconds)
    return _Ending(OutcomeState.FAILED_UNTIL, error.what, error.fix, retry_at)


def _record(
    connection: sa.Connection, task: Task, targets: Iterable[Target], ending: _Ending, now: datetime
) -> None:
    plan = task.plan
    for target in targets:
        outcome = Outcome(
            server=plan.server,
            source=plan.source,
            target=target.key,
            item=plan.item,
            title=plan.title,
            state=ending.state,
            basis=plan.basis,
            reason=ending.reason,
            fix=ending.fix,
            retry_at=ending.retry_at,
            job=task.job,
            at=now,
        )
        outcomes.record(connection, outcome)


def _cancel(connection: sa.Connection, job: int, reason: str, now: datetime) -> bool:
    _lock_job(connection, job)
    _cancel_tasks(connection, job)
    closed = connection.execute(
        jobs.update()
        .where((jobs.c.id == job) & jobs.c.state.in_(list(OPEN_JOBS)))
        .values(state=JobState.CANCELLED, ended_at=now, error=reason)
    )
    return bool(closed.rowcount)


def _cancel_tasks(connection: sa.Connection, job: int) -> None:
    still_open = (tasks.c.job == job) & tasks.c.state.in_(list(OPEN_TASKS))
    connection.execute(tasks.update().where(still_open).values(state=TaskState.CANCELLED))


def _close_if_ended(
    connection: sa.Connection, job: int, now: datetime, error: str | None = None
) -> None:
    states = set(connection.execute(sa.select(tasks.c.state).where(tasks.c.job == job)).scalars())
    if states & OPEN_TASKS:
        if error:
            connection.execute(jobs.update().where(jobs.c.id == job).values(error=error))
        return
    state = (
        JobState.FAILED
        if TaskState.FAILED in states
        else JobState.HELD
        if TaskState.HELD in states
        else JobState.DONE
    )
    values: dict[str, object] = {"state": state, "ended_at": now}
    connection.execute(
        jobs.update()
        .where(jobs.c.id == job)
        .values(**values, **({"error": error} if error else {}))
    )


def _tasks(connection: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[Task, ...]:
    query = sa.select(tasks, jobs.c.plan).join(jobs).where(where).order_by(tasks.c.id)
    return tuple(
        Task(
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
            lease_owner=row["lease_owner"],
            plan=Plan.model_validate(row["plan"]),
        )
        for row in connection.execute(query).mappings()
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
