"""A worker: leases tasks of its resource one after another, and runs their stages."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
import structlog

from subtide.errors import BeingWatched, NoForeignSpeech, Stopped, SubtideError
from subtide.jobs import retry
from subtide.jobs.child import Child, never
from subtide.jobs.lease import Lease
from subtide.jobs.store import JobStore
from subtide.jobs.task import Resource, Task
from subtide.pipeline.stage import Reader, Result, Stage, Tools, Work

log = structlog.get_logger()


def anything() -> int | None:
    """Let work of any priority begin."""
    return None


class Worker:
    """One thread's work: claim, run, record; its child stays warm for a while in between."""

    def __init__(  # noqa: PLR0913 - what a worker is made of
        self,
        name: str,
        resource: Resource,
        store: JobStore,
        stages: Mapping[str, Stage],
        tools: Tools,
        *,
        idle_seconds: float,
        stopping: threading.Event,
        clock: Callable[[], float] = time.monotonic,
        child: Child | None = None,
        paused: Callable[[], bool] = never,
        allowed: Callable[[], int | None] = anything,
    ) -> None:
        """``paused`` says whether others need the machine: then nothing is computed.

        ``allowed`` gives the largest priority that may begin work now, None for any.
        """
        self._name = name
        self._resource = resource
        self._store = store
        self._stages = stages
        self._tools = tools
        self._idle_seconds = idle_seconds
        self._stopping = stopping
        self._clock = clock
        self._child = child or Child(tools.threads, paused=paused)
        self._paused = paused
        self._allowed = allowed
        self._last_work = clock()

    def step(self) -> bool:
        """Run one task, if one is due. Return whether there was one."""
        task = None if self._rests() else self._claim()
        if task is None:
            if self._child.pid and self._clock() - self._last_work > self._idle_seconds:
                self._child.close()
            return False
        try:
            self._run(task)
        except Stopped as stopped:
            log.info("task stopped", **_facts(task), reason=stopped.what)
        finally:
            self._last_work = self._clock()
        self._tools.artifacts.drop(self._store.unheard(task.job))
        return True

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def _claim(self) -> Task | None:
        return self._store.claim(self._name, [self._resource], at_most=self._allowed())

    def _rests(self) -> bool:
        return self._resource is not Resource.NET and self._paused()

    def _run(self, task: Task) -> None:
        log.debug("task started", **_facts(task))
        began = self._clock()
        try:
            with Lease(self._store, task, self._stopping, clock=self._clock) as lease:
                result = self._stages[task.kind](self._work(task, lease), self._tools)
        except (Stopped, sa.exc.OperationalError):
            raise  # the second: without the database nothing can be recorded, and the lease ends
        except SubtideError as error:
            self._failed(task, error)
        except Exception as error:
            log.exception("a stage raised what it should not", **_facts(task))
            self._failed(task, SubtideError(f"unexpected {type(error).__name__} in {task.kind}"))
        else:
            self._store.finish(task, result)
            log.info("task done", **_facts(task), seconds=round(self._clock() - began, 1))

    def _work(self, task: Task, lease: Lease) -> Work:
        return Work(
            job=task.job,
            plan=task.plan,
            part=task.part,
            payload=task.payload,
            compute=lambda call, request, *, read=None: self._compute(lease, call, request, read),
            report=lease.report,
            still_ours=lease.check,
            waited=retry.watched_seconds(task.error_code, task.failures),
        )

    def _failed(self, task: Task, error: SubtideError) -> None:
        verdict = self._store.fail(task, error)
        facts = {**_facts(task), "error": error.code, "what": error.what, "fix": error.fix}
        if isinstance(error, BeingWatched):
            tell = log.debug if task.error_code == error.code else log.info
            tell("task waits", **facts)
        elif isinstance(verdict, retry.Again):
            log.warning("task put back", **facts, again_in=round(verdict.seconds))
        elif isinstance(error, NoForeignSpeech):
            log.info("task needless", **facts)
        else:
            log.error("task failed", **facts)

    def _compute(
        self, lease: Lease, call: str, request: Mapping[str, Any], read: Reader | None
    ) -> Result:
        return self._child.call(
            call, request, on_progress=lease.note, on_tick=lease.tick, read=read
        )


def _facts(task: Task) -> dict[str, object]:
    return {
        "job": task.job,
        "task": str(task.kind),
        "part": task.part,
        "attempt": task.attempt,
        "title": task.plan.title,
    }
