"""A month with a library: whatever happens, in the end all is known, and nothing is done twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from month import TICK, Month
from simulated_daemon import Ground, OpenGround, SimulatedDaemon

from storage_fixtures import PostgreSQL
from subtide.jobs.task import OPEN_JOBS, TaskKind, TaskState
from subtide.storage.database import Database
from subtide.storage.tables import coverage, jobs, looks, tasks

DAYS = 30
KEPT = ("source", "target", "item", "library", "series", "language", "duration")
"""What coverage says of a target besides how it stands."""
HISTORY = {"outdated": "covered"}
"""What only history knows: a new database takes our file for one of the media that is there."""


@dataclass(frozen=True)
class Plot:
    """What a simulated time is drawn from: a place where the clocks change in it, with a nightly
    look just then, and how much happens."""

    seed: int
    zone: str
    start: str
    nightly: str
    items: int
    days: int
    per_day: float
    """How often people do something to a film."""


LISBON: dict[str, Any] = {
    "zone": "Europe/Lisbon",
    "start": "2026-10-10T00:00:00+00:00",
    "nightly": "30 1 * * *",
}
"""Half past one comes twice on 25 October."""
NEW_YORK: dict[str, Any] = {
    "zone": "America/New_York",
    "start": "2027-02-25T00:00:00+00:00",
    "nightly": "30 2 * * *",
}
"""Half past two does not come on 14 March."""
MONTH = Plot(seed=1, **LISBON, items=2000, days=30, per_day=12)
OTHER_MONTHS = [
    Plot(seed=2, **NEW_YORK, items=2000, days=30, per_day=40),
    Plot(seed=3, **LISBON, items=2000, days=45, per_day=40),
]
BUSY = [
    Plot(
        seed=4, **(LISBON | {"start": "2026-10-18T00:00:00+00:00"}), items=200, days=10, per_day=40
    ),
    Plot(
        seed=5,
        **(NEW_YORK | {"start": "2027-03-08T00:00:00+00:00"}),
        items=200,
        days=10,
        per_day=40,
    ),
    Plot(seed=6, **LISBON, items=200, days=10, per_day=40),
]


@dataclass
class Lived:
    """What is left of a month."""

    ground: Ground
    database: Database

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(query))


Live = Callable[..., Lived]


@pytest.fixture
def live(tmp_path: Path, open_ground: OpenGround) -> Iterator[Live]:
    """Let a plot's time pass over a library; the seed is told when a test fails."""
    opened: list[Database] = []

    def live_one(plot: Plot, url: str = "") -> Lived:
        print(f"simulated: {plot}")  # noqa: T201 - shown when a test fails
        month = Month(plot.days, plot.per_day)
        ground = open_ground(
            plot.seed, plot.start, month.tell, url, nightly=plot.nightly, time_zone=plot.zone
        )
        ground.world.fill(plot.items)
        month.live(ground)
        opened.append(ground.open_database(url, tmp_path / "data"))
        return Lived(ground, opened[-1])

    yield live_one
    for database in opened:
        database.close()


def assert_all_is_known(lived: Lived, tmp_path: Path) -> None:
    """Compare what is known with what a look through everything tells a new database."""
    lived.ground.data, lived.ground.database_url = tmp_path / "fresh", ""
    fresh = SimulatedDaemon(lived.ground)
    fresh.step(tasks=0)
    told = standings(fresh.house.database)
    fresh.stop()
    known = standings(lived.database)
    assert told, "a look fills the table"
    assert known.keys() == told.keys()
    refused = {
        key
        for key, (standing, *_) in known.items()
        if standing == "closed" and told[key][0] == "gap"
    }
    differing = {key: (known[key], told[key]) for key in told if known[key] != told[key]}
    assert {key: differing[key] for key in differing.keys() - refused} == {}
    world = lived.ground.world
    born = {file.id: (film, file) for film in world.films.values() for file in film.files}
    for source, target in refused:
        film, _ = born[source]
        assert (film.number, target.split("/")[1]) in world.refused_films


def standings(database: Database) -> dict[tuple[str, str], tuple[Any, ...]]:
    with database.read() as connection:
        rows = connection.execute(sa.select(coverage)).mappings().all()
    return {
        (row["source"], row["target"]): (
            HISTORY.get(row["standing"], row["standing"]),
            *(row[name] for name in KEPT),
        )
        for row in rows
    }


def assert_nothing_was_done_twice(lived: Lived) -> None:
    world = lived.ground.world
    assert not world.twice, world.stories(world.twice)
    published = sa.select(jobs.c.source, tasks.c.part, jobs.c.plan["basis"].as_string()).where(
        (tasks.c.job == jobs.c.id)
        & (tasks.c.kind == TaskKind.PUBLISH)
        & (tasks.c.state == TaskState.DONE)
    )
    made = Counter(tuple(row) for row in lived.rows(published))
    assert made, "something was made"
    assert {key: n for key, n in made.items() if n > 1} == {}


def assert_nothing_is_left(lived: Lived) -> None:
    world = lived.ground.world
    lacking = {film for film, _ in world.lacking()}
    assert not lacking, world.stories(lacking)
    still = sa.select(jobs.c.title).where(jobs.c.state.in_(list(OPEN_JOBS)))
    assert lived.rows(still) == []
    open_tasks = sa.select(tasks.c.id).where(tasks.c.state.in_(["ready", "leased"]))
    assert lived.rows(open_tasks) == []
    assert lived.rows(sa.select(looks.c.item, looks.c.error)) == []


def assert_deletions_were_answers(lived: Lived) -> None:
    world = lived.ground.world
    assert world.refused, "a person removed something of ours"
    assert not world.put_back, world.stories(world.put_back)


def assert_all_went_well(lived: Lived, tmp_path: Path) -> None:
    assert_nothing_was_done_twice(lived)
    assert_nothing_is_left(lived)
    assert_all_is_known(lived, tmp_path)
    assert_deletions_were_answers(lived)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_after_a_month_all_is_known_and_nothing_was_done_twice(live: Live, tmp_path: Path) -> None:
    assert_all_went_well(live(MONTH), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("plot", BUSY, ids=lambda plot: f"seed{plot.seed}")
def test_after_busy_days_all_is_known_and_nothing_was_done_twice(
    live: Live, tmp_path: Path, plot: Plot
) -> None:
    assert_all_went_well(live(plot), tmp_path)


@pytest.fixture
def address(postgresql: PostgreSQL) -> Iterator[str]:
    """An empty PostgreSQL database."""
    url = postgresql.create()
    yield url
    postgresql.drop(url)


@pytest.mark.slow
def test_the_same_in_postgresql(address: str, live: Live, tmp_path: Path) -> None:
    assert_all_went_well(live(BUSY[0], address), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("plot", OTHER_MONTHS, ids=lambda plot: f"seed{plot.seed}")
def test_after_a_busy_month_all_is_known_and_nothing_was_done_twice(
    live: Live, tmp_path: Path, plot: Plot
) -> None:
    assert_all_went_well(live(plot), tmp_path)


@pytest.mark.parametrize(
    "where",
    [LISBON, pytest.param(NEW_YORK, marks=pytest.mark.slow)],
    ids=lambda where: where["zone"],
)
def test_every_night_is_looked_through_while_the_clocks_change(
    open_ground: OpenGround, where: dict[str, Any]
) -> None:
    ground = open_ground(start=where["start"], nightly=where["nightly"], time_zone=where["zone"])
    nights: list[datetime] = []
    daemon = SimulatedDaemon(ground, nights.append)
    for _ in range(DAYS * (timedelta(days=1) // TICK)):
        daemon.step(tasks=0)
        ground.clock.truth += TICK
    daemon.stop()
    zone = ZoneInfo(where["zone"])
    told = Counter(moment.astimezone(zone).date() for moment in nights)
    assert set(told) == {min(told) + timedelta(days=after) for after in range(DAYS)}
    assert sum(told.values()) <= DAYS + 1, "the hour that comes twice may bring one more"
