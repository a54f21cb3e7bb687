"""How a child process behaves towards everything else on the machine. Runs in the child."""

import contextlib
import ctypes
import os
import signal

import psutil

NICENESS = 10
"""Added to the daemon's own, so that all that people wait for comes first."""
OOM_SCORE = 500
"""Above the daemon's own, so that the kernel ends a child first when memory runs out."""
PARENT_DEATH = 1
"""Linux: the option of prctl that names the signal for the death of whoever started us."""


def behave() -> None:
    """Take a low place: late at the processor, last at the disk, first to go, never an orphan."""
    os.nice(NICENESS)
    _read_when_no_other_does()
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - a kernel switch, not a file
        file.write(str(OOM_SCORE))
    for number in (signal.SIGINT, signal.SIGTERM):
        # They reach the whole process group; the daemon decides when we end.
        signal.signal(number, signal.SIG_IGN)
    _die_with_parent()


def _read_when_no_other_does() -> None:
    """Use the disk only while nobody else does, where the system knows such a class."""
    with contextlib.suppress(AttributeError, OSError, psutil.Error):
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)


def _die_with_parent() -> None:
    """Let the kernel end us with the thread that started us, even while we are stopped.

    Elsewhere than on Linux nothing does that for a stopped process. Where the parent is gone
    already, the closed socket tells.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PARENT_DEATH, signal.SIGKILL)
