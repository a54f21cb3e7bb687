"""A circuit breaker: calls to a server that is away are refused here, until a trial succeeds."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from subtide.errors import ServerUnreachable, StopAndTell

FAILURES = 5
"""Failures in a row, over all threads, that say that the server is away."""
PAUSE = 1.0
"""Seconds until the first trial, since most hiccups are short; each that fails doubles it."""
LONGEST_PAUSE = 60.0
"""Seconds; also how long a trial may take before another one is let through."""


class Paused(ServerUnreachable):
    """The server has been away; ``after`` is when the next trial may pass."""


class Breaker:
    """Counts failures in a row; any thread may call.

    Closed, every call passes. From the fifth failure on it is open: calls are refused, but for
    one trial after each pause. Whatever the server itself answers closes it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._last = ""
        self._pause = PAUSE
        self._next_trial = 0.0

    @contextmanager
    def watch(self) -> Iterator[Callable[[str], None]]:
        """Let one try through and watch it; the caller says what came: a fault, or nothing bad.

        A ServerUnreachable is a fault by itself, and may still come after an answer that began
        well. Raises Paused instead of the try when open, and after a fault that leaves it open.
        """
        trial = self._enter()
        try:
            yield lambda fault: self._heard(fault, trial=trial)
        except Paused:
            raise
        except ServerUnreachable as error:
            self._heard(error.what, trial=trial)
            raise
        except StopAndTell:
            self._heard("", trial=trial)  # someone is there, if not the one that should be
            raise

    def _enter(self) -> bool:
        """Return whether the try that enters is a trial."""
        with self._lock:
            if self._failures < FAILURES:
                return False
            if self._clock() < self._next_trial:
                raise self._paused()
            self._next_trial = self._clock() + LONGEST_PAUSE
            return True

    def _heard(self, fault: str, *, trial: bool) -> None:
        with self._lock:
            if not fault:
                self._failures, self._pause = 0, PAUSE
                return
            self._failures, self._last = self._failures + 1, fault
            if self._failures < FAILURES:
                return
            # Tries that were under way when it opened fail too; they say nothing new.
            if trial or self._failures == FAILURES:
                self._next_trial = self._clock() + self._pause
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
            raise self._paused()

    def _paused(self) -> Paused:
        what = f"calls are paused after {FAILURES} failures in a row, the last: {self._last}"
        fix = "check that the server runs; it is asked again by itself"
        return Paused(what, fix, max(0.0, self._next_trial - self._clock()))
