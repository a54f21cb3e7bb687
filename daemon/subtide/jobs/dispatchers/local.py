"""The local dispatcher: a few threads of this process poll the table for their resource."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from subtide.jobs.task import Resource

WORKERS = {Resource.CPU: 1, Resource.ASR: 1, Resource.MT: 1, Resource.NET: 2}
"""Threads a resource: one model of a kind in memory; one upload may wait beside another film's."""
POLL_SECONDS = 1.0
"""How long an idle worker waits before it asks the table again."""
STOP_SECONDS = 5.0
"""How long a stop waits for running stages; SIGTERM has to be over within 10 s."""

log = structlog.get_logger()


class Steps(Protocol):
    """What a thread does over and over."""

    def step(self) -> bool:
        """Do one thing if there is one to do; say whether there was."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class LocalDispatcher:
    """Runs workers in threads until it is stopped."""

    def __init__(
        self,
        make_worker: Callable[[Resource, int], Steps],
        stopping: threading.Event,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        """``make_worker``: from a resource and a number. ``stopping``: ends everything."""
        self._stopping = stopping
        self._stop_seconds = stop_seconds
        self._threads = [
            threading.Thread(
                target=self._loop,
                args=(make_worker(resource, n),),
                name=f"{resource}-{n}",
                daemon=True,  # one that hangs must not keep the process after the stop
            )
            for resource, count in WORKERS.items()
            for n in range(count)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait for the threads to end, once ``stopping`` is set, but not for one that hangs."""
        until = time.monotonic() + self._stop_seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _loop(self, worker: Steps) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    busy = worker.step()
                except Exception:
                    # The database may be gone for a while; the loop has to outlive that.
                    log.exception("a worker could not do its step")
                    busy = False
                if not busy:
                    self._stopping.wait(POLL_SECONDS)
        finally:
            worker.close()
