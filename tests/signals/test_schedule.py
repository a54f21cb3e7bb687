"""Schedule: when it looks by itself, and what it asks for."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from subtide.settings import Scan
from subtide.signals.schedule import Schedule
from subtide.storage.database import open_database
from subtide.storage.looks import CHANGES, EVERYTHING, Look, Looks, Priority

SERVERS = ("5e17e0", "5e17e1")


@pytest.fixture
def looks(tmp_path: Path) -> Iterator[Looks]:
    database = open_database("", tmp_path)
    yield Looks(database)
    database.close()


@pytest.fixture
def schedule(looks: Looks) -> Callable[..., Schedule]:
    def make(servers: Callable[[], Any] = lambda: SERVERS, **settings: object) -> Schedule:
        return Schedule(Scan.model_validate(settings), looks, servers)

    return make


def next_run(schedule: Schedule, job: str, now: datetime) -> datetime:
    """When a job would run next, by the trigger that it was given."""
    # The scheduler has no public clock, so the trigger is asked itself.
    trigger = schedule._scheduler.get_job(job).trigger  # noqa: SLF001
    moment: datetime = trigger.get_next_fire_time(None, now)
    return moment


def test_the_poll_asks_every_server_for_what_changed(
    schedule: Callable[..., Schedule], looks: Looks
) -> None:
    schedule().poll()
    assert set(looks.due()) == {Look(id, CHANGES, "poll", Priority.NEW, 1) for id in SERVERS}  # noqa: A001


def test_the_nightly_look_is_at_everything_and_not_urgent(
    schedule: Callable[..., Schedule], looks: Looks
) -> None:
    schedule().nightly()
    assert {(look.item, look.signal, look.priority) for look in looks.due()} == {
        (EVERYTHING, "schedule", Priority.NIGHTLY)
    }


def test_a_server_that_was_never_met_is_not_asked(
    schedule: Callable[..., Schedule], looks: Looks
) -> None:
    schedule(servers=list).poll()
    assert looks.due() == ()


@pytest.mark.parametrize(
    ("nightly", "zone", "expected"),
    [
        ("0 3 * * *", "UTC", "2026-11-21T03:00:00+00:00"),
        ("30 4 * * *", "Asia/Tokyo", "2026-11-20T19:30:00+00:00"),
        ("0 3 * * *", "America/New_York", "2026-11-21T08:00:00+00:00"),
        ("0 3 * * 0", "UTC", "2026-11-22T03:00:00+00:00"),  # a Sunday
        ("0 3 * * 1-5", "UTC", "2026-11-23T03:00:00+00:00"),  # a Monday
        ("0 3 1 * *", "UTC", "2026-12-01T03:00:00+00:00"),
    ],
)
def test_the_nightly_look_keeps_its_cron_in_its_time_zone(
    schedule: Callable[..., Schedule], nightly: str, zone: str, expected: str
) -> None:
    friday = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
    made = schedule(nightly=nightly, time_zone=zone)
    moment = next_run(made, "nightly", friday.astimezone(ZoneInfo(zone)))
    assert moment.astimezone(UTC).isoformat() == expected


def test_the_poll_keeps_its_interval(schedule: Callable[..., Schedule]) -> None:
    made = schedule(poll_seconds=45, time_zone="UTC")
    trigger = made._scheduler.get_job("poll").trigger  # noqa: SLF001 - see next_run
    now = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
    first = trigger.get_next_fire_time(None, now)
    assert (trigger.get_next_fire_time(first, first) - first).total_seconds() == 45


def test_started_it_ticks_until_it_is_stopped(
    schedule: Callable[..., Schedule], looks: Looks
) -> None:
    asked = threading.Event()

    def servers() -> tuple[str, ...]:
        asked.set()
        return SERVERS

    made = schedule(servers)
    made.start()
    # The first poll is due in minutes; let it be due now.
    made._scheduler.modify_job("poll", next_run_time=datetime.now(UTC))  # noqa: SLF001
    assert asked.wait(30)
    made.stop()
    assert {look.signal for look in looks.due()} == {"poll"}
    assert not [thread for thread in threading.enumerate() if thread.name == "APScheduler"]


@pytest.mark.parametrize("zone", ["Mars/Base", "GMT+2"])
def test_a_machine_without_a_usable_time_zone_is_told(zone: str) -> None:
    code = (
        "from subtide.settings import Scan; from subtide.signals.schedule import Schedule\n"
        "try: Schedule(Scan(), None, list)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], env={"TZ": zone}, capture_output=True, text=True, check=True
    )
    assert ended.stdout.startswith("SettingsError the machine's time zone (TZ)")
    assert "set scan.time_zone, or TZ" in ended.stdout
