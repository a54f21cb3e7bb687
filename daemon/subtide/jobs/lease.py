"""A running task's hold on its lease: it is lengthened by itself, and its loss is noticed."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import sqlalchemy as sa
import structlog

from subtide.errors import Stopped
from subtide.jobs.store import JobStore
from subtide.jobs.task import Task

BEAT_SECONDS = 15.0
"""How often a lease is lengthened: a quarter of it, so that two lost beats do no harm."""
CHECK_SECONDS = 1.0
"""How often a running task asks whether it is still wanted: a cancel is seen within that."""

log = structlog.get_logger()


class Lease:
    """Keeps a task's lease while the context is open.

    A thread of its own beats, because a stage may wait for minutes in one answer of a server,
    and nobody else may take the task meanwhile.
    """

    def __init__(
        self,
        store: JobStore,
        task: Task,
        stopping: threading.Event,
        *,
        clock: Callable[[], float] = time.monotonic,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._store = store
        self._task = task
        self._stopping = stopping
        self._clock = clock
        self._beat_seconds = beat_seconds
        self._progress = 0.0
        self._checked = clock()
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{task.id}", daemon=True)

    def note(self, progress: float) -> None:
        """Remember how far the task is, 0 to 1; the next beat writes it."""
        self._progress = progress

    def report(self, progress: float) -> None:
        """Note the progress. Raises Stopped as ``tick`` does."""
        self.note(progress)
        self.tick()

    def tick(self) -> None:
        """Raise Stopped when the daemon stops, or the task is not ours any more."""
        if self._stopping.is_set():
            raise Stopped("the daemon is stopping")
        if self._lost.is_set():
            raise Stopped(f"the lease of {self._task.kind} of job {self._task.job} was lost")
        now = self._clock()
        if now - self._checked >= CHECK_SECONDS:
            self._store.check(self._task)
            self._checked = now

    def check(self) -> None:
        """Raise Stopped unless the task is ours right now; lengthen the lease on the way."""
        self._store.beat(self._task, self._progress)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(self._beat_seconds):
            try:
                self._store.beat(self._task, self._progress)
            except Stopped:
                self._lost.set()
                return
            except sa.exc.OperationalError as error:
                # The lease outlives a few lost beats; the next one may get through.
                log.warning("a beat was lost", task=self._task.id, error=str(error.orig))
