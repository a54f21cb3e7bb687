"""What is lacking and not made a job: unreleased libraries, and limits on what a scan plans."""

from pathlib import Path

import pytest
from library_place import HEARD, SHOW, Place, add_film, item_id

from subtide.playground.server import Playground
from subtide.storage.coverage import Standing
from subtide.storage.looks import CHANGES, Priority
from subtide.storage.releases import ALL, Releases
from subtide.storage.tables import coverage


def library_id(playground: Playground, name: str) -> str:
    return next(one.id for one in playground.catalogue.libraries if one.name == name)


def gaps(place: Place) -> int:
    with place.database.read() as connection:
        rows = connection.execute(coverage.select()).mappings().all()
    return sum(row["standing"] == Standing.GAP for row in rows)


def test_nothing_is_planned_before_a_release_and_what_lacks_is_known(place: Place) -> None:
    summary = place.scanner("en", start="ask").follow(place.server(), place.look())
    assert (summary.planned, summary.unreleased) == (0, 1)
    assert place.store.list() == ()
    assert gaps(place) == 1


def test_a_released_library_is_planned_by_the_next_look_and_others_are_not(place: Place) -> None:
    scanner, server = place.scanner("pt", start="ask"), place.server()
    assert scanner.follow(server, place.look()).unreleased == 2
    releases = Releases(place.database)
    releases.release(place.playground.id, library_id(place.playground, "TV"))
    assert scanner.follow(server, place.look()).planned == 1
    assert list(place.planned()) == [SHOW]
    releases.release(place.playground.id, ALL)
    scanner.follow(server, place.look())
    assert set(place.planned()) == {SHOW, HEARD}


def test_a_second_look_before_the_release_asks_for_no_sources(place: Place) -> None:
    scanner, server = place.scanner("pt", start="ask"), place.server()
    scanner.follow(server, place.look())
    assert scanner.follow(server, place.look()).sources == 0


@pytest.mark.parametrize(
    ("priority", "planned"), [(Priority.PERSON, 1), (Priority.PLAYING, 0), (Priority.NEW, 0)]
)
def test_only_what_a_person_asks_for_by_name_is_planned_before_a_release(
    place: Place, priority: Priority, planned: int
) -> None:
    look = place.look(item_id(place, HEARD), priority)
    scanner = place.scanner("en", start="ask")
    assert scanner.follow_items(place.server(), [look]).planned == planned


def test_a_scan_that_a_person_asks_for_waits_for_the_release_too(place: Place) -> None:
    scanner = place.scanner("en", start="ask")
    assert scanner.follow(place.server(), place.look(priority=Priority.PERSON)).planned == 0


def test_a_scan_plans_no_more_than_it_may_and_the_next_goes_on(place: Place, made: Path) -> None:
    for number in range(4):
        add_film(place, made, f"New {number} (2026)")
    scanner, server = place.scanner("en", limits={"jobs_per_scan": 2}), place.server()
    found = [scanner.follow(server, place.look()) for _ in range(4)]
    assert [(one.planned, one.limited) for one in found] == [(2, 3), (2, 1), (1, 0), (0, 0)]


def test_a_day_brings_no_more_jobs_than_it_may(place: Place, made: Path) -> None:
    for number in range(3):
        add_film(place, made, f"New {number} (2026)")
    scanner, server = place.scanner("en", limits={"jobs_per_day": 3}), place.server()
    assert scanner.follow(server, place.look(CHANGES)).planned == 3
    assert scanner.follow(server, place.look()).limited == 1
    place.clock.pass_by(hours=23)
    assert scanner.follow(server, place.look()).limited == 1
    place.clock.pass_by(hours=2)
    assert scanner.follow(server, place.look()).planned == 1


def test_what_looks_between_two_pages_plan_counts_for_the_day(place: Place, made: Path) -> None:
    names = [f"New {number} (2026)" for number in range(4)]
    for name in names:
        add_film(place, made, name)
    looks = [place.look(item_id(place, name)) for name in names]
    scanner, server = place.scanner("en", limits={"jobs_per_day": 2}), place.server()
    scanner._page_size = 1  # noqa: SLF001 - a library of many pages

    def between_pages() -> None:
        scanner.follow_items(server, looks)

    scanner.follow(server, place.look(), between_pages)
    assert len(place.store.list()) == 2


def test_what_is_being_watched_or_asked_for_does_not_count(place: Place, made: Path) -> None:
    add_film(place, made, "New (2026)")
    scanner, server = place.scanner("en", limits={"jobs_per_scan": 1}), place.server()
    looks = [
        place.look(item_id(place, HEARD), Priority.PLAYING),
        place.look(item_id(place, "New (2026)"), Priority.PERSON),
    ]
    assert scanner.follow_items(server, looks).planned == 2


def test_a_scan_that_a_person_asks_for_keeps_to_the_limits_and_hastens_nothing(
    place: Place, made: Path
) -> None:
    add_film(place, made, "New (2026)")
    scanner, server = place.scanner("en", limits={"jobs_per_scan": 1}), place.server()
    assert scanner.follow(server, place.look(priority=Priority.PERSON)).limited == 1
    assert [job.priority for job in place.store.list()] == [Priority.NEW]
