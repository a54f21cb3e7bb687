import os
import subprocess
import sys
from pathlib import Path

import pytest

from subtide.asr.hardware import cpu_threads, gpu_present


@pytest.mark.parametrize(
    ("node", "present"),
    [("nvidia0", True), ("nvidia11", True), ("dxg", True), ("nvidiactl", False), ("null", False)],
)
def test_a_gpu_is_present_when_its_device_file_is(
    node: str,
    *,
    present: bool,
    tmp_path: Path,
) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / node).touch()
    assert gpu_present(tmp_path) is present


def test_without_device_files_there_is_no_gpu(tmp_path: Path) -> None:
    assert gpu_present(tmp_path) is False


@pytest.mark.parametrize(
    ("quota", "most"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", 999)]
)
def test_threads_stay_within_the_containers_quota(quota: str, most: int, tmp_path: Path) -> None:
    file = tmp_path / "sys/fs/cgroup/cpu.max"
    file.parent.mkdir(parents=True)
    file.write_text(quota)
    assert cpu_threads(tmp_path) == min(len(os.sched_getaffinity(0)), most)


def test_importing_it_brings_nothing_heavy_in() -> None:
    heavy = "{'av', 'numpy', 'onnxruntime', 'faster_whisper', 'ctranslate2'}"
    code = f"import sys, subtide.asr.hardware; print({heavy} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - our own interpreter
    assert answer.stdout.strip() == "set()"
