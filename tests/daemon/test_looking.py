"""Looking: how long a look waits that goes on failing."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from subtide.daemon import LookLoop
from subtide.errors import KeyRejected, ServerStarting, ServerUnreachable, SubtideError
from subtide.house import House
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.library.summary import Summary
from subtide.storage.database import Database, open_database
from subtide.storage.looks import Look, Looks, Priority


class Failing(Scanner):
    """Fails with what it is told, look after look; then succeeds."""

    def __init__(self, house: House, errors: Sequence[SubtideError]) -> None:
        super().__init__(house.database, house.store, house.scanner.planner)
        self.errors = list(errors)

    def follow_items(self, _server: ConnectedServer, _looks: Sequence[Look]) -> Summary:
        if self.errors:
            raise self.errors.pop(0)
        return Summary()


class Time:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def looks(house: House, time: Time) -> Iterator[Looks]:
    """The looks of the house, under a time that tests move on."""
    house.servers[0].meet(house.known)
    database: Database = open_database("", Path(house.data), time)
    yield Looks(database)
    database.close()


def waits(house: House, looks: Looks, time: Time, errors: Sequence[SubtideError]) -> list[float]:
    """The seconds that one look waited after each of these errors."""
    loop = LookLoop(replace(house, looks=looks, scanner=Failing(house, errors)), threading.Event())
    (known,) = house.known.all()
    looks.ask(known.id, "one", signal="webhook", priority=Priority.NEW)
    found: list[float] = []
    while looks.pending():
        before = time.now
        while not loop.step():
            time.now += timedelta(seconds=1)
        found.append((time.now - before).total_seconds())
    return found


def test_a_look_waits_twice_as_long_each_time_the_same_error_comes_again(
    house: House, looks: Looks, time: Time
) -> None:
    errors = [ServerUnreachable("no answer") for _ in range(8)]
    assert waits(house, looks, time, errors) == [0, 15, 30, 60, 120, 240, 480, 600, 600]


def test_another_error_begins_anew(house: House, looks: Looks, time: Time) -> None:
    errors = [
        ServerUnreachable("no answer"),
        ServerUnreachable("no answer"),
        ServerStarting("it starts"),
        ServerStarting("it starts"),
        ServerUnreachable("no answer"),
    ]
    assert waits(house, looks, time, errors) == [0, 15, 30, 5, 10, 15]


def test_what_the_server_or_the_admin_needs_longer_for_is_not_cut_short(
    house: House, looks: Looks, time: Time
) -> None:
    errors = [ServerStarting("it starts", after=3600.0), KeyRejected("wrong"), KeyRejected("wrong")]
    assert waits(house, looks, time, errors) == [0, 3600, 600, 600]


def test_a_look_that_succeeded_has_no_past(house: House, looks: Looks, time: Time) -> None:
    (known,) = house.known.all()
    scanner = Failing(house, [ServerUnreachable("no answer")])
    loop = LookLoop(replace(house, looks=looks, scanner=scanner), threading.Event())
    for _round in range(3):
        scanner.errors = [ServerUnreachable("no answer")]
        looks.ask(known.id, "one", signal="webhook", priority=Priority.NEW)
        assert loop.step()
        time.now += timedelta(seconds=15)
        assert loop.step()
        assert looks.pending() == ()
