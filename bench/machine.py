"""What every benchmark of speech and text says of its run, and how it measures one."""

import argparse
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

NAMED = ("subtide", "faster-whisper", "ctranslate2", "onnxruntime", "fxtranslate", "numpy")
"""Packages whose versions shape the figures."""
SAMPLE_SECONDS = 0.2
"""How often memory is read."""


@dataclass
class Cost:
    """What a piece of work took, in seconds: by the clock, and of all processors together."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Cost]:
    """Measure what stands inside; the cost is filled in at the end."""
    cost = Cost()
    wall, cpu = time.perf_counter(), time.process_time()
    yield cost
    cost.wall, cost.cpu = time.perf_counter() - wall, time.process_time() - cpu


def arguments(about: str) -> argparse.ArgumentParser:
    """Return a parser that knows ``--short``."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--short", action="store_true", help="a small run, to try it")
    return parser


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def describe() -> str:
    """Return the machine, its load and the versions, on two lines."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in NAMED)
    machine = f"{platform.machine()}, {_processor()}, {cores()} cores"
    return f"  {machine}, load {os.getloadavg()[0]:.1f}\n  {versions}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under their heads, the first column to the left and the others to the right."""
    columns = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  "
        + "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, columns, strict=True))
        )
        for row in (head, *rows)
    )


def watched(process: psutil.Popen) -> float:
    """Return the peak PSS, in MB, of a process and its children, once it has ended."""
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(map(_pss, _tree(process))))
        time.sleep(SAMPLE_SECONDS)
    return peak


def verdict(value: float, goal: float, *, holds: Callable[[float, float], bool]) -> str:
    """Return whether a figure meets its goal, in a word."""
    return "met" if holds(value, goal) else "MISSED"


def _tree(process: psutil.Popen) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _pss(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().pss / 1e6
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
