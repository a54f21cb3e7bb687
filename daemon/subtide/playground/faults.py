"""Faults: answers that go wrong on purpose, for the next requests that match."""

import re
import threading
from dataclasses import dataclass

GATE_SECONDS = 60.0
"""The longest that a held request waits for its gate."""


@dataclass(slots=True)
class Fault:
    """What happens to matching requests, ``times`` times."""

    method: str
    pattern: re.Pattern[str]
    """Searched in the path, without the base."""
    times: int = 1
    status: int | None = 503
    """The answer's status; None cuts the connection without one."""
    after: bool = False
    """Do what was asked first, then fail: a lost answer."""
    text: str = "Error processing request."
    kind: str = "text/plain"
    cut: int | None = None
    """Answer as asked, but cut the connection after this many bytes of the body."""
    gate: threading.Event | None = None
    """Hold the request until this is set, then answer as asked."""

    def matches(self, method: str, path: str) -> bool:
        """Whether this fault is for that request."""
        return self.times > 0 and self.method == method and bool(self.pattern.search(path))


class Faults:
    """The faults in waiting."""

    def __init__(self) -> None:
        """Start without any."""
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Lay one in wait."""
        with self._lock:
            self._faults.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first that matches, and count it down."""
        with self._lock:
            fault = next((f for f in self._faults if f.matches(method, path)), None)
            if fault is not None:
                fault.times -= 1
            return fault

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._faults.clear()
