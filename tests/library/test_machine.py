"""The machine: what it has, and the tier that fits."""

from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from subtide.library import machine
from subtide.library.machine import GIGABYTE, Machine, advise, this_machine
from subtide.library.planning import options_from
from subtide.settings import Settings

NAS = Machine(cores=4, memory=8 * GIGABYTE, instructions="AVX2", gpu=False)


@pytest.mark.parametrize(
    ("changes", "tier", "model"),
    [
        ({}, "balanced", "small"),
        ({"cores": 2, "memory": 4 * GIGABYTE}, "balanced", "small"),
        ({"instructions": "NEON"}, "balanced", "small"),
        ({"cores": 1}, "fast", "base"),
        ({"memory": 2 * GIGABYTE}, "fast", "base"),
        ({"instructions": ""}, "fast", "base"),
        ({"gpu": True, "instructions": ""}, "balanced", "large-v3-turbo"),
        ({"cores": 16, "memory": 32 * GIGABYTE}, "best", "large-v3-turbo"),
        ({"cores": 16}, "balanced", "small"),
    ],
)
def test_the_tier_fits_cores_memory_instructions_and_gpu(
    changes: dict[str, object], tier: str, model: str
) -> None:
    advice = advise(replace(NAS, **changes))  # type: ignore[arg-type]
    assert (advice.tier, advice.model) == (tier, model)


@pytest.mark.parametrize("gpu", [True, False])
def test_the_advised_model_is_the_one_that_the_tier_stands_for(*, gpu: bool) -> None:
    advice = advise(replace(NAS, gpu=gpu))
    settings = Settings.model_validate({"speech": {"tier": advice.tier}})
    assert options_from(settings, gpu=gpu).speech.model == advice.model


def test_the_advice_says_why() -> None:
    assert advise(NAS).why == "this machine has 4 cores with AVX2, 8 GB of memory, no GPU"
    slow = replace(NAS, cores=1, instructions="", gpu=True)
    assert slow.words == "1 core, without AVX2, 8 GB of memory, a GPU"


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("flags", "best"),
    [
        ("fpu sse4_2 avx avx2 avx512f avx512bw", "AVX-512"),
        ("fpu sse4_2 avx avx2", "AVX2"),
        ("fp asimd evtstrm", "NEON"),
        ("fpu sse4_2 avx", ""),
    ],
)
def test_the_best_instructions_are_read_off_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, best: str
) -> None:
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    write(tmp_path, "proc/cpuinfo", f"processor\t: 0\nflags\t\t: {flags}\n")
    assert this_machine(tmp_path).instructions == best


def test_every_64_bit_arm_has_neon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.platform, "machine", lambda: "aarch64")
    assert this_machine(tmp_path).instructions == "NEON"


def test_a_container_has_no_more_memory_than_its_limit(tmp_path: Path) -> None:
    total = psutil.virtual_memory().total
    assert this_machine(tmp_path).memory == total
    write(tmp_path, "sys/fs/cgroup/memory.max", "max\n")
    assert this_machine(tmp_path).memory == total
    write(tmp_path, "sys/fs/cgroup/memory.max", "123456\n")
    assert this_machine(tmp_path).memory == 123456
