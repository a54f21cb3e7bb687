"""Service: signals of the system; the settings are read again without losing anything."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from plans import make_plan
from subtide.daemon import Service
from subtide.errors import SettingsError
from subtide.house import House, daemon_runs, locked, open_house
from subtide.jobs.task import JobState, TaskState
from subtide.observe.systemd import Systemd
from subtide.playground.server import Playground
from subtide.settings import Settings
from subtide.storage.looks import EVERYTHING

PROMPT_SECONDS = 20.0
"""A wide deadline: it only ends a hang."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Ear:
    """The service manager's end of its socket: tells how far the service is."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(PROMPT_SECONDS)

    def next(self) -> str:
        """The first line of the next message but the watchdog's."""
        while (line := self._socket.recv(4096).decode().splitlines()[0]) == "WATCHDOG=1":
            pass
        return line

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    ear = Ear(tmp_path / "notify")
    yield ear
    ear.close()


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def run(house: House, ear: Ear) -> Callable[..., None]:
    """Run the service in the main thread, which hears signals, and a story beside it."""

    def run(story: Callable[[], None], reopen: Callable[[House], House]) -> None:
        service = Service(house, reopen, Systemd({"NOTIFY_SOCKET": ear.address}))

        def told() -> None:
            try:
                assert ear.next() == "READY=1"
                story()
            finally:
                send(signal.SIGTERM)

        with ThreadPoolExecutor(1) as threads, locked(house.data, serves=True):
            telling = threads.submit(told)
            service.run()
            telling.result()

    return run


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PROMPT_SECONDS
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def names(logs: list[dict[str, object]]) -> list[object]:
    return [one["event"] for one in logs]


def no_house(_present: House) -> House:
    raise SettingsError("config.yaml:3: policy.languages: xx is no language", "write another")


def test_it_tells_the_service_manager_all_its_way(
    run: Callable[..., None], ear: Ear, settings: Callable[..., Settings]
) -> None:
    def story() -> None:
        send(signal.SIGHUP)
        assert [ear.next(), ear.next()] == ["RELOADING=1", "READY=1"]

    run(story, lambda _present: open_house(settings()))
    assert ear.next() == "STOPPING=1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(run: Callable[..., None], number: signal.Signals) -> None:
    with capture_logs() as logs:
        run(lambda: send(number), no_house)
    assert names(logs)[-1] == "stopped"


def test_settings_that_are_read_again_are_used_and_the_folder_stays_locked(
    run: Callable[..., None], ear: Ear, settings: Callable[..., Settings], house: House
) -> None:
    held: list[bool] = []
    others = settings(policy={"languages": ["de"]}, limits={"window": "01:00-05:00"})

    def reopen(present: House) -> House:
        assert present is house
        held.append(daemon_runs(house.data))
        return open_house(others)

    def story() -> None:
        send(signal.SIGHUP)
        assert [ear.next(), ear.next()] == ["RELOADING=1", "READY=1"]
        held.append(daemon_runs(house.data))
        until(lambda: "looked" in names(logs)[names(logs).index("stopped") :])

    with capture_logs() as logs:
        run(story, reopen)
    assert held == [True, True]
    assert [one["languages"] for one in logs if one["event"] == "wanted"] == ["en, pt", "de"]
    assert [one["window"] for one in logs if one["event"] == "schedule"] == [
        "always",
        "01:00-05:00",
    ]
    # The films are judged by the new settings: nothing is there in German.
    looked = [one for one in logs if one["event"] == "looked"]
    assert looked[-1]["gap"] == 1


def test_a_reload_loses_no_job_and_no_look(
    run: Callable[..., None], ear: Ear, settings: Callable[..., Settings], house: House
) -> None:
    job = house.store.add(make_plan("f1", server="another"), priority=90, signal="poll")
    assert job
    task = house.store.claim(house.identity, ["cpu"])  # what a worker of the daemon has in hand
    assert task
    house.looks.ask("later", "x", signal="poll", priority=90, delay=3600)  # type: ignore[arg-type]

    def story() -> None:
        send(signal.SIGHUP)
        assert [ear.next(), ear.next()] == ["RELOADING=1", "READY=1"]

    run(story, lambda _present: open_house(settings(limits={"window": "00:00-00:01"})))
    found = house.store.find(job)
    assert found
    assert found.state in {JobState.RUNNING, JobState.QUEUED}
    assert {task.state for task in house.store.tasks(job)} == {TaskState.READY}
    assert "x" in {look.item for look, _ in house.looks.pending()}


def test_settings_that_are_wrong_change_nothing(
    run: Callable[..., None], ear: Ear, stand_in: Playground
) -> None:
    def story() -> None:
        until(lambda: stand_in.sockets == 1)
        send(signal.SIGHUP)
        assert [ear.next(), ear.next()] == ["RELOADING=1", "READY=1"]
        assert stand_in.sockets == 1

    with capture_logs() as logs:
        run(story, no_house)
    (error,) = (one for one in logs if one["log_level"] == "error")
    assert (error["event"], error["what"], error["fix"]) == (
        "the settings stay as they were",
        "config.yaml:3: policy.languages: xx is no language",
        "write another",
    )
    assert names(logs).count("started") == names(logs).count("stopped") == 1


def test_a_port_that_is_taken_leaves_the_present_settings_in_use(
    run: Callable[..., None], ear: Ear, settings: Callable[..., Settings], house: House
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        others = settings(web={"port": taken.getsockname()[1]}, policy={"languages": ["de"]})

        def story() -> None:
            send(signal.SIGHUP)
            assert [ear.next(), ear.next()] == ["RELOADING=1", "READY=1"]

        with capture_logs() as logs:
            run(story, lambda _present: open_house(others))
    (error,) = (one for one in logs if one["log_level"] == "error")
    assert "cannot listen" in str(error["what"])
    assert [one["languages"] for one in logs if one["event"] == "wanted"] == ["en, pt"] * 2
    assert names(logs)[-1] == "stopped"
    assert house.looks.pending() == () or house.looks.pending()[0][0].item == EVERYTHING


def test_an_end_that_comes_while_the_settings_are_read_ends_it(
    run: Callable[..., None], ear: Ear, settings: Callable[..., Settings]
) -> None:
    def story() -> None:
        send(signal.SIGHUP)
        assert [ear.next(), ear.next()] == ["RELOADING=1", "STOPPING=1"]

    def reopen(_present: House) -> House:
        send(signal.SIGTERM)
        return open_house(settings())

    with capture_logs() as logs:
        run(story, reopen)
    assert names(logs).count("started") == names(logs).count("stopped") == 1
