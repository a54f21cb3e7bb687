"""What this machine offers to models. Light: the daemon imports this, so no CUDA comes in."""

import os
from pathlib import Path

GPU_NODES = ("dev/nvidia[0-9]*", "dev/dxg")
"""Device files of an NVIDIA GPU that this process may use: on Linux or in its container,
and under WSL."""

QUOTA = Path("sys/fs/cgroup/cpu.max")
"""A container's CPU time and the period it is for, in microseconds, or "max"."""


def gpu_present(root: Path = Path("/")) -> bool:
    """Whether a GPU is there to try. Only loading a model shows that its driver fits."""
    return any(next(root.glob(nodes), None) for nodes in GPU_NODES)


def cpu_threads(root: Path = Path("/")) -> int:
    """Return the threads that can run at once here: cores we may use, within our quota."""
    return max(1, min(len(os.sched_getaffinity(0)), _quota(root)))


def _quota(root: Path) -> int:
    try:
        time, period = (root / QUOTA).read_text().split()
    except (OSError, ValueError):
        return os.cpu_count() or 1
    return os.cpu_count() or 1 if time == "max" else int(time) // int(period)
