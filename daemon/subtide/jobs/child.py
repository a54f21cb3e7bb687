"""A child process that computes for the daemon, and cannot outlive it.

The daemon's half is ``Child``; ``python -m subtide.jobs.child`` is the other. They speak over a
socket pair: a call goes down, then come progress, requests to read a file that only the daemon
can reach, and at last a result or an error. The child never opens the database or a server.
While others need the machine it is stopped where it is, and goes on from there.
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
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from typing import Any

from subtide.errors import ChildDied, SubtideError
from subtide.jobs.manners import behave

CALLS = "subtide.pipeline.inside"
"""The module whose CALLS a child runs; imported there alone, for it is heavy."""
TICK_SECONDS = 0.5
"""How often the daemon looks whether the task is still wanted while a child computes."""
SPAWN_GRACE_SECONDS = 5.0


def never() -> bool:
    """Say that nobody else needs the machine."""
    return False


class Child:
    """One process, started when first needed, warm until it is closed."""

    def __init__(
        self, threads: int, calls: str = CALLS, *, paused: Callable[[], bool] = never
    ) -> None:
        """``threads``: the most that one model may use. ``calls``: the module of calls.

        ``paused`` says whether others need the machine now; it is asked about twice a second.
        """
        self._threads = threads
        self._calls = calls
        self._paused = paused
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
            connection = self._open()
            with self._alive(name):
                connection.send((name, dict(request)))
            while True:
                on_tick()
                self._stand_still(on_tick)
                match self._received(connection, name):
                    case "progress", share:
                        on_progress(share)
                    case "read", offset, size:
                        data = (read or _no_file)(offset, size)
                        with self._alive(name):
                            connection.send(data)
                    case "done", answer:
                        result: dict[str, Any] = answer
                        return result
                    case "error", error:
                        break
        except BaseException:
            self.close()
            raise
        raise error

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
        connection: Connection[Any, Any] = Connection(ours.detach())
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "subtide.jobs.child", str(theirs.fileno()), self._calls],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env=_environment(self._threads),
            )
        self._connection = connection
        return connection

    def _stand_still(self, on_tick: Callable[[], None]) -> None:
        """Stop the process while others need the machine.

        It is not spoken to meanwhile: it would not read, and what it does not read blocks us.
        """
        if not (self._process and self._paused()):
            return
        self._process.send_signal(signal.SIGSTOP)
        try:
            while self._paused():
                on_tick()
                time.sleep(TICK_SECONDS)
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _received(self, connection: "Connection[Any, Any]", name: str) -> tuple[Any, ...] | None:
        """Return what the child says next, or None if it says nothing for a tick."""
        with self._alive(name):
            if not connection.poll(TICK_SECONDS):
                return None
            message: tuple[Any, ...] = connection.recv()
            return message

    @contextlib.contextmanager
    def _alive(self, name: str) -> Iterator[None]:
        """Tell how the process died, where a word to or from it fails."""
        try:
            yield
        except (EOFError, ConnectionError):
            raise self._died(name) from None

    def _died(self, name: str) -> ChildDied:
        code = None
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(SPAWN_GRACE_SECONDS)
        how = f"signal {signal.Signals(-code).name}" if code and code < 0 else f"status {code}"
        return ChildDied(
            f"the process for {name} ended with {how}",
            "SIGKILL mostly means that memory ran out: choose a smaller model or fewer threads"
            if code == -signal.SIGKILL
            else "see the log above for what it printed",
        )


def _no_file(offset: int, _size: int) -> bytes:
    raise TypeError(f"a call without a file asked for its bytes from {offset} on")


def _environment(threads: int) -> dict[str, str]:
    """Return the environment without our secrets, and with the thread limit."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("SUBTIDE_")}
    return {**kept, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}


def main(descriptor: int, module: str) -> None:
    """Serve calls until the daemon's end closes. This is the child's side."""
    behave()
    peer = os.dup(descriptor)
    threading.Thread(target=_end_with_parent, args=(peer,), daemon=True).start()
    connection: Connection[Any, Any] = Connection(descriptor)
    calls = importlib.import_module(module).CALLS
    while asked := _asked(connection):
        name, request = asked
        connection.send(_answer(calls[name], request, connection))


def _asked(connection: "Connection[Any, Any]") -> tuple[str, Mapping[str, Any]] | None:
    try:
        asked: tuple[str, Mapping[str, Any]] = connection.recv()
    except (EOFError, ConnectionError):
        return None
    return asked


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
    main(int(sys.argv[1]), sys.argv[2])
