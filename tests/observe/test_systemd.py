"""Systemd: what the service manager hears, over a real socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from clocks import Clock
from subtide.observe.systemd import Systemd


@pytest.fixture(params=["a path", "an abstract name"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "a path" else f"@subtide-{uuid4().hex}"


@pytest.fixture
def ear(address: str) -> Iterator[socket.socket]:
    """The service manager's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0" + address[1:] if address.startswith("@") else address)
        ear.settimeout(5)
        yield ear


def heard(ear: socket.socket) -> list[str]:
    return ear.recv(4096).decode().splitlines()


def nothing_came(ear: socket.socket) -> bool:
    ear.settimeout(0)
    with pytest.raises(BlockingIOError):
        ear.recv(4096)
    return True


def test_the_way_of_a_service_is_told_word_by_word(address: str, ear: socket.socket) -> None:
    clock = Clock()
    clock.now = 12.5
    systemd = Systemd({"NOTIFY_SOCKET": address}, clock)
    systemd.ready("watching home")
    assert heard(ear) == ["READY=1", "STATUS=watching home"]
    systemd.reloading()
    assert heard(ear)[:2] == ["RELOADING=1", "MONOTONIC_USEC=12500000"]
    systemd.stopping()
    assert heard(ear)[0] == "STOPPING=1"


def test_a_watchdog_hears_three_times_within_its_patience(address: str, ear: socket.socket) -> None:
    clock = Clock()
    systemd = Systemd({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000000"}, clock)
    for _second in range(30):
        clock.now += 1
        systemd.alive()
    assert [heard(ear) for _ in range(3)] == [["WATCHDOG=1"]] * 3
    assert nothing_came(ear)


@pytest.mark.parametrize(
    "environ",
    [{}, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid() + 1)}],
    ids=["without a watchdog", "with a watchdog of another process"],
)
def test_nobody_who_does_not_wait_hears_that_all_is_well(
    address: str, ear: socket.socket, environ: dict[str, str]
) -> None:
    clock = Clock()
    systemd = Systemd({"NOTIFY_SOCKET": address, **environ}, clock)
    clock.now += 3600
    systemd.alive()
    assert nothing_came(ear)


def test_without_a_service_manager_nothing_is_said() -> None:
    with capture_logs() as logs:
        Systemd({}).ready("watching home")
    assert logs == []


def test_a_service_manager_that_is_gone_is_no_reason_to_stop(tmp_path: Path) -> None:
    with capture_logs() as logs:
        Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("watching home")
    assert [one["word"] for one in logs] == ["READY=1"]
