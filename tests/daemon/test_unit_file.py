"""The unit file of the how-to page: it fits what the daemon does."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from subtide.daemon.running import DOORS_SECONDS, LOOPS_SECONDS
from subtide.daemon.service import TICK_SECONDS

PAGE = Path(__file__).parents[2] / "docs/how-to/systemd.md"
ANALYZE = shutil.which("systemd-analyze")


@pytest.fixture
def text() -> str:
    found = re.search(r"```ini\n(\[Unit\].*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_it_is_told_when_the_daemon_is_ready_reloads_and_lives(text: str) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text)
    service = unit["Service"]
    assert service["Type"] == "notify-reload"
    assert service["ExecStart"].endswith(" run")
    assert float(service["TimeoutStopSec"]) > LOOPS_SECONDS + DOORS_SECONDS
    # While it reloads nobody tells the watchdog anything.
    assert float(service["WatchdogSec"]) > 2 * (LOOPS_SECONDS + DOORS_SECONDS + TICK_SECONDS)
    # Children are the daemon's to end: one that dies of systemd's signal would count as a crash.
    assert service["KillMode"] == "mixed"


@pytest.mark.skipif(ANALYZE is None, reason="there is no systemd on this machine")
def test_systemd_can_read_it(text: str, tmp_path: Path) -> None:
    assert ANALYZE
    unit = tmp_path / "subtide.service"
    unit.write_text(text.replace("/opt/subtide/bin/subtide", "/bin/true"), encoding="utf-8")
    ended = subprocess.run(  # noqa: S603 - a program of the system on our own text
        [ANALYZE, "verify", str(unit)], capture_output=True, text=True, check=False
    )
    told = ended.stderr.splitlines()
    # Before version 253 it does not know the type; the page says what to write there.
    assert [
        line for line in told if "subtide.service" in line and "notify-reload" not in line
    ] == []
