"""A child process that computes for the daemon, and cannot outlive it.

The daemon's half is ``Child``; ``python -m subtide.jobs.child`` is the other. They speak over a
socket pair: a call goes down, then come progress, requests to read a file that only the daemon
can reach, and at last a result or an error. The child never opens the database or a server.
"""

import contextlib
import importlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

from subtide.errors import ChildDied, SubtideError

INSIDE = "subtide.pipeline.inside"
"""The module whose CALLS a child runs; imported there alone, for it is heavy."""
TICK_SECONDS = 0.5
"""How often the daemon looks whether the task is still wanted while a child computes."""
NICENESS = 10
OOM_SCORE = 500
"""Above the daemon's own, so that the kernel ends a child first when memory runs out."""
SPAWN_GRACE_SECONDS = 5.0


class Child:
    """One process, started when first needed, warm until it is closed."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Any, Any] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def call(
        self,
        name: str,
        request: Mapping[str, Any],
        *,
        on_progress: Callable[[float], None],
        on_tick: Callable[[], None],
        read: Callable[[int, int], bytes] | None = None,
    ) -> dict[str, Any]:
        """Run a call and return its answer.

        ``on_tick`` is called about twice a second. Whatever it, ``on_progress`` or ``read``
        raises ends the process, for nobody wants the answer any more.

        Raises:
            SubtideError: what the call raised.
            ChildDied: the process ended without an answer.
        """
        try:
            return self._call(name, request, on_progress, on_tick, read)
        except (EOFError, ConnectionError):
            raise self._died(name) from None
        except _Answered as answered:
            raise answered.error from None
        except BaseException:
            self.close()
            raise

    def _call(
        self,
        name: str,
        request: Mapping[str, Any],
        on_progress: Callable[[float], None],
        on_tick: Callable[[], None],
        read: Callable[[int, int], bytes] | None,
    ) -> dict[str, Any]:
        connection = self._open()
        connection.send((name, dict(request)))
        while True:
            on_tick()
            if not connection.poll(TICK_SECONDS):
                continue
            kind, *values = connection.recv()
            if kind == "progress":
                on_progress(values[0])
            elif kind == "read" and read:
                connection.send(read(values[0], values[1]))
            elif kind == "error":
                raise _Answered(values[0])
            else:
                answer: dict[str, Any] = values[0]
                return answer

    def close(self) -> None:
        """End the process at once, if there is one."""
        if self._connection:
            self._connection.close()
            self._connection = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _open(self) -> "Connection[Any, Any]":
        if self._connection and self.pid:
            return self._connection
        self.close()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "subtide.jobs.child", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env=_environment(self._threads),
            )
        self._connection = Connection(ours.detach())
        return self._connection

    def _died(self, name: str) -> ChildDied:
        code = None
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(SPAWN_GRACE_SECONDS)
        self.close()
        how = f"signal {signal.Signals(-code).name}" if code and code < 0 else f"status {code}"
        return ChildDied(
            f"the process for {name} ended with {how}",
            "SIGKILL mostly means that memory ran out: choose a smaller model or fewer threads"
            if code == -signal.SIGKILL
            else "see the log above for what it printed",
        )


class _Answered(Exception):
    """Carries the child's own error past the handlers for a dead child."""

    def __init__(self, error: SubtideError) -> None:
        super().__init__(error)
        self.error = error


def _environment(threads: int) -> dict[str, str]:
    """Return the environment without our secrets, and with the thread limit."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("SUBTIDE_")}
    return {**kept, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}


def main(descriptor: int) -> None:
    """Serve calls until the daemon's end closes. This is the child's side."""
    os.nice(NICENESS)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - a kernel switch, not a file
        file.write(str(OOM_SCORE))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the daemon decides when we end
    peer = os.dup(descriptor)
    threading.Thread(target=_end_with_parent, args=(peer,), daemon=True).start()
    connection: Connection[Any, Any] = Connection(descriptor)
    calls = importlib.import_module(INSIDE).CALLS
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            name, request = connection.recv()
            connection.send(_answer(calls[name], request, connection))


def _answer(
    call: Callable[..., dict[str, Any]],
    request: Mapping[str, Any],
    connection: "Connection[Any, Any]",
) -> tuple[str, object]:
    def read(offset: int, size: int) -> bytes:
        connection.send(("read", offset, size))
        data: bytes = connection.recv()
        return data

    try:
        return "done", call(request, lambda share: connection.send(("progress", share)), read)
    except SubtideError as error:
        return "error", error


def _end_with_parent(descriptor: int) -> None:
    """End this process when the other end closes, even in the middle of a computation."""
    poll = select.poll()
    poll.register(descriptor, select.POLLRDHUP)
    poll.poll()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
