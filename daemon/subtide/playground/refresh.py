"""The refresh queue: one worker, one item after another, each taking its time."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable

Work = Callable[[], object]


class RefreshQueue:
    """Jobs that are done one by one by a thread of its own.

    ``seconds`` is what each takes before its effect is seen; a Jellyfin needs 0.3 s for a
    tiny file on an idle machine.
    """

    def __init__(self, seconds: float) -> None:
        """Start with an empty queue and no thread."""
        self.seconds = seconds
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Work, float]] = []
        self._order = itertools.count()
        self._busy = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the worker."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="playground-refresh", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the worker; what waits is lost, as in a restart of the server."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def add(self, work: Work, *, delay: float = 0.0, seconds: float | None = None) -> None:
        """Queue a job: not before ``delay`` seconds, taking ``seconds`` (default: the queue's)."""
        takes = self.seconds if seconds is None else seconds
        with self._changed:
            due = time.monotonic() + delay
            heapq.heappush(self._waiting, (due, next(self._order), work, takes))
            self._changed.notify_all()

    def settle(self, timeout: float = 30.0) -> bool:
        """Wait until every job that is due has been done; return whether that came about."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy and not self._due(), timeout)

    @property
    def pending(self) -> int:
        """How many jobs wait or run."""
        with self._changed:
            return len(self._waiting) + self._busy

    def _due(self) -> bool:
        return bool(self._waiting) and self._waiting[0][0] <= time.monotonic()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            work, seconds = job
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, seconds)
            if not self._stopping:
                work()
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> tuple[Work, float] | None:
        with self._changed:
            while not self._stopping and not self._due():
                ahead = self._waiting[0][0] - time.monotonic() if self._waiting else None
                self._changed.wait(ahead)
            if self._stopping:
                return None
            _, _, work, seconds = heapq.heappop(self._waiting)
            self._busy = True
            return work, seconds
