"""Running: all threads together, and their end."""

import threading
import time

from structlog.testing import capture_logs

from plans import make_plan
from storage_fixtures import pass_time
from subtide.daemon import running
from subtide.daemon.running import Daemon, Part
from subtide.house import House
from subtide.jobs.store import DAY_SECONDS
from subtide.jobs.urgency import FRONT_OF_NEW

HANGING = 100
TOGETHER_SECONDS = 10.0
"""A wide deadline; half of what they would take one after another."""


def test_parts_that_hang_are_left_behind_together() -> None:
    never = threading.Event()
    ended: list[str] = []
    parts = [Part(lambda: None, never.wait) for _ in range(HANGING)]
    parts.append(Part(lambda: None, lambda: ended.append("the last")))
    began = time.monotonic()
    running._stop(parts, 0.2)  # noqa: SLF001 - the end of a daemon that hangs, in short
    assert time.monotonic() - began < TOGETHER_SECONDS
    assert ended == ["the last"]
    never.set()


def test_its_readiness_tells_of_each_part(house: House) -> None:
    daemon = Daemon(house)
    assert not daemon.readiness().ready
    assert not daemon.lives()
    daemon.start()
    told = daemon.readiness()
    assert told.ready
    assert {told.parts[name] for name in ("looks", "schedule", "database", "settings")} == {"ok"}
    assert daemon.lives()
    daemon.settings_problem = "config.yaml:3: no"
    told = daemon.readiness()
    assert told.ready
    assert told.parts["settings"] == "config.yaml:3: no"
    daemon.stop()
    assert not daemon.lives()


def test_a_second_stop_does_nothing(house: House) -> None:
    daemon = Daemon(house)
    daemon.start()
    with capture_logs() as logs:
        daemon.stop()
        daemon.stop()
    assert [one["event"] for one in logs].count("stopped") == 1


def test_every_hour_the_job_that_waited_longest_ages(house: House) -> None:
    job = house.store.add(make_plan("f1", server="another"), priority=90, signal="schedule")
    pass_time(house.database, DAY_SECONDS + 1)
    daemon = Daemon(house)
    # The scheduler alone calls it, and has no public clock.
    tasks = daemon.schedule._scheduler.get_jobs()  # noqa: SLF001
    (aging,) = (one for one in tasks if one.id not in {"poll", "nightly"})
    assert aging.trigger.interval.total_seconds() == 3600
    aging.func()
    assert house.store.list()[0].id == job
    assert house.store.list()[0].priority == FRONT_OF_NEW
