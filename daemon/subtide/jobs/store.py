"""The leased task table: the one truth about what is to be done, by whom, and how it ended.

Every change is one transaction. A worker's words count only while its attempt is the newest
one and its lease stands: that is the fence against two workers on one task.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from subtide.errors import (
    HoldForReview,
    ItemGone,
    NoForeignSpeech,
    OriginUnreadable,
    PlanOutdated,
    Stopped,
    SubtideError,
)
from subtide.jobs import ending, flow, joining, retry, review, urgency
from subtide.jobs.claiming import choose
from subtide.jobs.review import HeldTask
from subtide.jobs.rows import (
    blocks_of,
    insert_job,
    insert_tasks,
    open_plans,
    select_jobs,
    select_tasks,
)
from subtide.jobs.task import (
    OPEN_JOBS,
    OPEN_TASKS,
    Job,
    JobState,
    Resource,
    Task,
    TaskKind,
    TaskState,
)
from subtide.pipeline.checked import Held
from subtide.pipeline.plan import Plan, TextOrigin
from subtide.storage.database import Database
from subtide.storage.looks import Priority
from subtide.storage.outcomes import same_basis
from subtide.storage.tables import jobs, tasks

LEASE_SECONDS = 60.0
"""How long a lease stands without a beat. Liveness is by beats: a task may take any time."""
DAY_SECONDS = 86_400.0
"""How long a job waits until its age counts."""


class JobStore:
    """Adds jobs, leases tasks, and records how they ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- adding ---------------------------------------------------------------------------

    def add(self, plan: Plan, *, priority: int, signal: str) -> int | None:
        """Add a job with its first task. Return its id.

        Where the source has an open job, the more urgent priority wins; one that nobody has
        begun makes what the new plan says, if that is something else, and its id is returned.
        None: it makes the same already, or it runs, and what is new waits for its end.
        """
        try:
            with self._database.write() as connection:
                now = self._database.now(connection)
                waiting = urgency.lock_open_job(connection, plan.server, plan.source)
                if waiting is not None:
                    urgency.hasten(connection, waiting, priority)
                    return waiting if joining.join(connection, waiting, plan, now) else None
                job = insert_job(connection, plan, priority=priority, signal=signal, now=now)
                insert_tasks(connection, job, [flow.first(plan)], priority=priority, now=now)
                return job
        except sa.exc.IntegrityError:
            return None  # another process added one between our look and our insert

    def open_plans(self, server: str, sources: Collection[str]) -> dict[str, Plan]:
        """Return the plans of these sources' open jobs, by source; one without is left out."""
        with self._database.read() as connection:
            return open_plans(connection, server, sources)

    def hasten(self, server: str, source: str, priority: int) -> bool:
        """Raise a source's open job to a priority. Return whether it was less urgent before."""
        with self._database.write() as connection:
            job = urgency.lock_open_job(connection, server, source)
            return job is not None and urgency.hasten(connection, job, priority)

    def age(self, waited: float = DAY_SECONDS) -> int | None:
        """Move the job that has waited longest, more than ``waited`` seconds, before all new ones.

        One a call, so that what is new goes on coming soon. Return its id, or None.
        """
        with self._database.write() as connection:
            before = self._database.now(connection) - timedelta(seconds=waited)
            return urgency.age(connection, before)

    def planned_since(self, moment: datetime) -> int:
        """How many of the jobs that nobody asked for, or watches, were added since."""
        fresh = (jobs.c.priority >= int(Priority.NEW)) & (jobs.c.created_at >= moment)
        with self._database.read() as connection:
            return connection.execute(
                sa.select(sa.func.count()).select_from(jobs).where(fresh)
            ).scalar_one()

    # -- leasing --------------------------------------------------------------------------

    def claim(
        self, owner: str, resources: Collection[Resource], *, at_most: int | None = None
    ) -> Task | None:
        """Lease the most urgent task that is due, or whose lease has run out.

        ``at_most``: begin only work of this priority or a more urgent one; what is finished
        is published whatever its priority. None: any.
        """
        with self._database.write() as connection:
            now = self._database.now(connection)
            chosen = choose(connection, resources, now, at_most)
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
            task = select_tasks(connection, tasks.c.id == chosen)[0]
            _start_job(connection, task.job)
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
            ready = {"state": TaskState.READY, "lease_owner": None, "progress": 0.0}
            return connection.execute(tasks.update().where(mine).values(**ready)).rowcount

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
                ending.record_published(connection, task, now)
            rows = select_tasks(connection, tasks.c.job == task.job)
            known = {(t.kind, t.part) for t in rows}
            new = [t for t in flow.following(task.plan, rows) if (t.kind, t.part) not in known]
            priority = connection.execute(
                sa.select(jobs.c.priority).where(jobs.c.id == task.job)
            ).scalar_one()
            insert_tasks(connection, task.job, new, priority=priority, now=now)
            ending.close_if_ended(connection, task.job, now)

    def fail(self, task: Task, error: SubtideError) -> retry.Again | retry.GiveUp:
        """Record an error: put the task back, or end it with outcomes for what it concerns.

        Raises:
            Stopped: the task was cancelled, or is somebody else's by now.
        """
        before = task.failures if task.error_code == error.code else 0
        verdict = retry.after(error, before)
        with self._database.write() as connection:
            if isinstance(verdict, retry.Again):
                self._put_back(connection, task, error, verdict, failures=before + 1)
                return verdict
            result = error.result if isinstance(error, Held) else None
            state = _ended_by(error, task)
            self._end(connection, task, state, error=str(error), result=result)
            now = self._database.now(connection)
            if isinstance(error, ItemGone | PlanOutdated):
                ending.cancel_job(connection, task.job, str(error), now)
            elif flow.is_second_attempt(task) and state is not TaskState.HELD:
                ending.hold_first_attempt(connection, task, now)
            elif not _passed_over(connection, task, error, now):
                ending.record_failure(connection, task, error, verdict, now)
        return verdict

    def cancel(self, job: int, reason: str = "a person cancelled it") -> bool:
        """Stop a job, because a person says so. Return whether it was open.

        Its running tasks notice at their next beat. What it has not published is refused, so
        that the next scan does not plan it again; ``Outcomes.reopen`` takes that back.
        """
        with self._database.write() as connection:
            now = self._database.now(connection)
            closed = ending.cancel_job(connection, job, reason, now)
            found = select_jobs(connection, jobs.c.id == job, 1) if closed else ()
            for one in found:
                ending.record_refused(connection, one, reason, now)
            return closed

    def approve(self, job: int) -> tuple[HeldTask, ...]:
        """Let what a check held of a job be published, because a person says so; return it.

        Nothing where the source was planned anew meanwhile, or where there is no result.
        """
        with self._database.write() as connection:
            return review.approve(connection, job, self._database.now(connection))

    def discard(self, job: int) -> tuple[HeldTask, ...]:
        """Refuse what is held of a job, because a person says so; return it."""
        with self._database.write() as connection:
            return review.discard(connection, job, self._database.now(connection))

    def supersede(self, server: str, source: str, basis: str) -> bool:
        """Cancel a source's open job when it was planned for another basis. Return whether.

        The media, the models or the engines have changed since, and nothing of it runs now.
        """
        return self._drop(
            server, source, lambda job: not same_basis(job.plan.basis, basis), _runs()
        )

    def withdraw(self, server: str, source: str) -> bool:
        """Cancel a source's open job, because nothing is lacking any more. Return whether.

        Not while any of it runs or is half published: what covers the source may be just what
        an interrupted publish has put there.
        """
        begun = (tasks.c.kind == TaskKind.PUBLISH) & (tasks.c.attempt > 0)
        busy = _runs() | (begun & (tasks.c.state == TaskState.READY))
        return self._drop(server, source, lambda _job: True, busy)

    def abandon(self, server: str) -> int:
        """Cancel every open job of a server that is no more. Return how many; no outcomes."""
        with self._database.write() as connection:
            where = (jobs.c.server == server) & jobs.c.state.in_(list(OPEN_JOBS))
            found = connection.execute(sa.select(jobs.c.id).where(where)).scalars().all()
            now = self._database.now(connection)
            for job in found:
                ending.cancel_job(connection, job, "its server was replaced by another", now)
            return len(found)

    def _drop(
        self,
        server: str,
        source: str,
        old: Callable[[Job], bool],
        busy: sa.ColumnElement[bool],
    ) -> bool:
        """Cancel the open job of a source if it is ``old`` and none of its tasks is ``busy``."""
        with self._database.write() as connection:
            where = (jobs.c.server == server) & (jobs.c.source == source)
            found = select_jobs(connection, where & jobs.c.state.in_(list(OPEN_JOBS)), 1)
            if not found or not old(found[0]):
                return False
            ending.lock_job(connection, found[0].id)
            mine = (tasks.c.job == found[0].id) & busy
            if connection.execute(sa.select(tasks.c.id).where(mine)).first():
                return False
            now = self._database.now(connection)
            return ending.cancel_job(connection, found[0].id, "it was planned anew", now)

    def _put_back(
        self,
        connection: sa.Connection,
        task: Task,
        error: SubtideError,
        verdict: retry.Again,
        *,
        failures: int,
    ) -> None:
        self._end(
            connection,
            task,
            TaskState.READY,
            error=str(error),
            error_code=error.code,
            failures=failures,
            not_before=self._database.now(connection) + timedelta(seconds=verdict.seconds),
            lease_owner=None,
            progress=0.0,
        )

    def _end(
        self, connection: sa.Connection, task: Task, state: TaskState, **values: object
    ) -> None:
        ending.lock_job(connection, task.job)
        ended = None if state is TaskState.READY else self._database.now(connection)
        changed = connection.execute(
            tasks.update().where(_fence(task)).values(state=state, ended_at=ended, **values)
        )
        if not changed.rowcount:
            raise _stopped(task)

    # -- reading --------------------------------------------------------------------------

    def list(self, states: Iterable[JobState] | None = None, limit: int = 100) -> tuple[Job, ...]:
        """Return jobs in these states, or in any, newest first."""
        where = sa.true() if states is None else jobs.c.state.in_(tuple(states))
        with self._database.read() as connection:
            return select_jobs(connection, where, limit)

    def find(self, job: int) -> Job | None:
        """Return one job, or None."""
        with self._database.read() as connection:
            return next(iter(select_jobs(connection, jobs.c.id == job, 1)), None)

    def tasks(self, job: int) -> tuple[Task, ...]:
        """Return the tasks of a job, oldest first."""
        with self._database.read() as connection:
            return select_tasks(connection, tasks.c.job == job)

    def open_tasks(self) -> tuple[Task, ...]:
        """Return every task that is ready or leased, oldest first."""
        with self._database.read() as connection:
            return select_tasks(connection, tasks.c.state.in_(list(OPEN_TASKS)))

    def held(self, job: int | None = None) -> tuple[HeldTask, ...]:
        """Return what waits for a person's review, of one job or of all, newest first."""
        with self._database.read() as connection:
            return review.held_tasks(connection, job)

    def unheard(self, job: int) -> frozenset[str]:
        """Return the keys of a closed job's audio blocks that no open task waits for.

        They are by far the largest artifacts; while the job is open there are none.
        """
        with self._database.read() as connection:
            if any(
                found.ended_at is None for found in select_jobs(connection, jobs.c.id == job, 1)
            ):
                return frozenset()
            mine = (tasks.c.job == job) & (tasks.c.kind == TaskKind.PREPARE)
            waiting = tasks.c.state.in_(list(OPEN_TASKS)) & (tasks.c.kind == TaskKind.TRANSCRIBE)
            keys = {b["key"] for t in select_tasks(connection, mine) for b in blocks_of(t)}
            return frozenset(
                keys - {t.payload["block"]["key"] for t in select_tasks(connection, waiting)}
            )

    def running(self) -> tuple[Task, ...]:
        """Return the tasks that a worker has now, oldest first."""
        with self._database.read() as connection:
            return select_tasks(connection, tasks.c.state == TaskState.LEASED)

    def has_work_within(self, seconds: float) -> bool:
        """Whether a task is leased, or due within so many seconds."""
        with self._database.read() as connection:
            soon = self._database.now(connection) + timedelta(seconds=seconds)
            due = (tasks.c.state == TaskState.READY) & (tasks.c.not_before < soon)
            found = sa.select(tasks.c.id).where(due | (tasks.c.state == TaskState.LEASED)).limit(1)
            return connection.execute(found).scalar() is not None

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state."""
        query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
        with self._database.read() as connection:
            return {JobState(state): n for state, n in connection.execute(query)}


def _start_job(connection: sa.Connection, job: int) -> None:
    """Note that the job runs.

    One that cancels it has locked its row and waits for the task that we hold, so we must not
    wait for the row.
    """
    queued = (jobs.c.id == job) & (jobs.c.state == JobState.QUEUED)
    unlocked = sa.select(jobs.c.id).where(queued).with_for_update(skip_locked=True)
    connection.execute(jobs.update().where(jobs.c.id.in_(unlocked)).values(state=JobState.RUNNING))


def _runs() -> sa.ColumnElement[bool]:
    return tasks.c.state == TaskState.LEASED


def _ended_by(error: SubtideError, task: Task) -> TaskState:
    """Return the state of a task that is not tried again after an error."""
    if isinstance(error, HoldForReview):
        return TaskState.HELD
    needless = isinstance(error, NoForeignSpeech) or flow.is_second_attempt(task)
    return TaskState.CANCELLED if needless else TaskState.FAILED


def _passed_over(connection: sa.Connection, task: Task, error: SubtideError, now: datetime) -> bool:
    """Whether a text that cannot be the origin gave way to the next one."""
    unfit = isinstance(error, OriginUnreadable) and isinstance(task.plan.origin, TextOrigin)
    return unfit and ending.pass_over_origin(connection, task, error.what, now)


def _fence(task: Task) -> sa.ColumnElement[bool]:
    return (
        (tasks.c.id == task.id)
        & (tasks.c.state == TaskState.LEASED)
        & (tasks.c.attempt == task.attempt)
        & (tasks.c.lease_owner == task.lease_owner)
    )


def _stopped(task: Task) -> Stopped:
    return Stopped(f"{task.kind} of job {task.job} was cancelled or is another worker's")
