"""Calls for tests, which a child runs in place of the real ones."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

import psutil

from subtide.errors import ServerFailed

Report = Callable[[float], None]
Read = Callable[[int, int], bytes]
Request = Mapping[str, Any]
_calls = 0


def answer(request: Request, _report: Report, _read: Read) -> dict[str, Any]:
    """Give the request back, and say which process this is and how often it was called."""
    global _calls  # noqa: PLW0603 - whether the process is a warm one
    _calls += 1
    return {"request": dict(request), "pid": os.getpid(), "calls": _calls}


def surroundings(_request: Request, _report: Report, _read: Read) -> dict[str, Any]:
    """Say what the process has around it."""
    with open("/proc/self/oom_score_adj") as file:  # noqa: PTH123 - a kernel switch
        oom_score = int(file.read())
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    io = psutil.Process().ionice()
    return {
        "environment": dict(os.environ),
        "nice": nice,
        "oom_score": oom_score,
        "reads_last": io.ioclass == psutil.IOPRIO_CLASS_IDLE,
    }


def refuse(_request: Request, _report: Report, _read: Read) -> dict[str, Any]:
    """Raise an error with data of its own."""
    raise ServerFailed("it went wrong", "mend it", after=7.5)


def report_steps(request: Request, report: Report, _read: Read) -> dict[str, Any]:
    """Report every step."""
    for number in range(1, request["steps"] + 1):
        report(number / request["steps"])
    return {}


def read_all(request: Request, report: Report, read: Read) -> dict[str, Any]:
    """Say that it begins, then read a file of the daemon's, piece by piece."""
    report(0.0)
    data = b""
    while piece := read(len(data), request["piece"]):
        data += piece
    return {"data": data}


def hang(_request: Request, report: Report, _read: Read) -> dict[str, Any]:
    """Say that it began, then never end."""
    report(0.5)
    while True:
        time.sleep(60)


def crash(request: Request, _report: Report, _read: Read) -> dict[str, Any]:
    """End by a signal, as a fault in a library or the kernel would have it."""
    os.kill(os.getpid(), request["signal"])
    signal.pause()
    return {}


def leave(request: Request, _report: Report, _read: Read) -> dict[str, Any]:
    """End without a word."""
    os._exit(request["status"])


def end_of_file(_request: Request, _report: Report, _read: Read) -> dict[str, Any]:
    """Raise what decoders raise, and what a closed pipe raises too."""
    raise EOFError("the file ends early")


CALLS = {
    call.__name__: call
    for call in (
        answer,
        surroundings,
        refuse,
        report_steps,
        read_all,
        hang,
        crash,
        leave,
        end_of_file,
    )
}
