"""The machine: what it has, and the tier of models that fits it."""

import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

from subtide.asr.hardware import cpu_threads, gpu_present
from subtide.library.planning import MODELS
from subtide.pipeline.plan import Tier

CPU_FACTS = Path("proc/cpuinfo")
MEMORY_LIMIT = Path("sys/fs/cgroup/memory.max")
"""The bytes that a container may use, or "max"."""
INSTRUCTIONS = (("AVX-512", "avx512f"), ("AVX2", "avx2"), ("NEON", "asimd"))
"""What makes eight-bit arithmetic quick, best first, with the kernel's word for it. Without any,
a model is several times slower."""
GIGABYTE = 1_000_000_000
SMALL_MEMORY, LARGE_MEMORY = 3 * GIGABYTE, 12 * GIGABYTE
"""Memory of the machine from which small, and large-v3-turbo, fit beside a Jellyfin server."""
SMALL_CORES, LARGE_CORES = 2, 16
"""Threads from which they are bearable: a film in hours, not days. Rules of thumb; a sample
tells what is true."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What this process may use."""

    cores: int
    """Threads that can run at once."""
    memory: int
    """Bytes."""
    instructions: str
    """The best that the processor has of INSTRUCTIONS, empty for none."""
    gpu: bool

    @property
    def words(self) -> str:
        """Say it in a few words."""
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        kind = f" with {self.instructions}" if self.instructions else ", without AVX2"
        gpu = "a GPU" if self.gpu else "no GPU"
        return f"{cores}{kind}, {self.memory / GIGABYTE:.0f} GB of memory, {gpu}"


@dataclass(frozen=True, slots=True)
class Advice:
    """The tier that fits a machine, and why."""

    tier: Tier
    model: str
    why: str


def this_machine(root: Path = Path("/")) -> Machine:
    """Return what this machine, or this container, offers."""
    return Machine(
        cores=cpu_threads(root),
        memory=min(_memory(), _memory_limit(root)),
        instructions=_instructions(root),
        gpu=gpu_present(root),
    )


def advise(machine: Machine) -> Advice:
    """Return the tier that fits; on a GPU, whose memory is not known, it is never the largest."""
    able = machine.instructions != ""
    cores, memory = machine.cores, machine.memory
    tier: Tier
    if machine.gpu:
        tier = "balanced"
    elif able and cores >= LARGE_CORES and memory >= LARGE_MEMORY:
        tier = "best"
    elif able and cores >= SMALL_CORES and memory >= SMALL_MEMORY:
        tier = "balanced"
    else:
        tier = "fast"
    model = MODELS["cuda" if machine.gpu else "cpu"][tier]
    return Advice(tier, model, f"this machine has {machine.words}")


def _instructions(root: Path) -> str:
    try:
        words = set((root / CPU_FACTS).read_text(encoding="utf-8").split())
    except OSError:
        words = set()
    if platform.machine() in {"arm64", "aarch64"}:
        words.add("asimd")  # every 64-bit ARM has it
    return next((name for name, word in INSTRUCTIONS if word in words), "")


def _memory() -> int:
    return int(psutil.virtual_memory().total)


def _memory_limit(root: Path) -> int:
    try:
        return int((root / MEMORY_LIMIT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return _memory()
