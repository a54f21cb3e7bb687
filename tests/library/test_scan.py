"""Scan: looks followed on a whole server, again and again."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from library_place import (
    HEARD,
    SHOW,
    SILENT,
    SRT,
    Place,
    add_film,
    fail_first_task,
    film,
    item_id,
    listings,
)

from subtide.errors import KeyRejected, ServerChanged, SettingsError, StopAndTell
from subtide.jobs.task import OPEN_JOBS, Resource
from subtide.library.gaps import Standing
from subtide.playground.tree import Library, make_id
from subtide.storage.looks import CHANGES, Priority
from subtide.storage.outcomes import OutcomeState
from subtide.storage.tables import metadata


def test_the_first_look_plans_every_gap(place: Place) -> None:
    summary = place.scanner().follow(place.server(), place.look())
    assert place.planned() == {HEARD: ["en", "pt"], SHOW: ["pt"]}
    assert summary.sources == 4
    assert summary.planned == 2
    assert summary.standings == {Standing.GAP: 5, Standing.COVERED: 3}


def test_what_cannot_be_made_gets_an_outcome_with_its_reason(place: Place) -> None:
    place.scanner().follow(place.server(), place.look())
    there = {(one.title, one.target.split("/")[1]): one for one in place.outcomes.all()}
    assert set(there) == {(SILENT, "en"), (SILENT, "pt")}
    for one in there.values():
        assert one.state is OutcomeState.FAILED
        assert one.reason == f"{SILENT} has no audio track"
        assert one.fix == "there is nothing to listen to"


def test_a_job_takes_the_urgency_and_the_signal_of_its_look(place: Place) -> None:
    look = place.look(item_id(place, HEARD), Priority.PERSON)
    place.scanner().follow_items(place.server(), [look])
    assert {(job.priority, job.signal) for job in place.store.list()} == {(10, "test")}


def test_a_second_look_plans_nothing_while_the_jobs_are_open(place: Place) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look())
    before = len(place.store.list())
    again = scanner.follow(server, place.look())
    assert (again.planned, again.waiting) == (0, 2)
    assert len(place.store.list()) == before
    assert place.looks.pending() == ()


def test_a_new_gap_joins_a_job_that_nobody_has_begun(place: Place) -> None:
    server = place.server()
    place.scanner("en").follow(server, place.look())
    before = place.planned()
    assert place.scanner("en", "pt").follow(server, place.look()).planned == 2
    assert place.planned() == {HEARD: ["en", "pt"], SHOW: ["pt"]}
    assert before == {HEARD: ["en"]}


def test_a_gap_beyond_the_running_job_is_looked_at_later(place: Place) -> None:
    server = place.server()
    place.scanner("en").follow(server, place.look())
    assert place.store.claim("worker", list(Resource))
    place.scanner("en", "de").follow(server, place.look())
    assert place.looks.due() == ()
    place.clock.pass_by(hours=2)
    assert [look.item for look in place.looks.due()] == [item_id(place, HEARD)]


def test_a_look_at_an_item_whose_job_runs_is_put_off(place: Place) -> None:
    server, item = place.server(), item_id(place, HEARD)
    place.scanner("en").follow_items(server, [place.look(item)])
    assert place.store.claim("worker", list(Resource))
    place.looks.ask(place.playground.id, item, signal="webhook", priority=Priority.NEW)
    (look,) = place.looks.due()
    place.scanner("en", "de").follow_items(server, [look])
    place.looks.done(look)
    assert place.looks.due() == ()
    place.clock.pass_by(hours=2)
    assert [(one.item, one.priority) for one in place.looks.due()] == [(item, Priority.NIGHTLY)]


def test_a_failure_is_not_planned_again_by_the_next_look(place: Place) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look())
    fail_first_task(place, HEARD)
    before = place.planned()
    again = scanner.follow(server, place.look())
    assert again.planned == 0
    assert again.standings[Standing.CLOSED] == 2
    assert again.unchanged == 2
    assert place.planned() == before
    assert {one.reason for one in place.outcomes.all()} == {
        "nothing is said",
        f"{SILENT} has no audio track",
    }


def test_a_changed_file_opens_its_outcomes_again(place: Place, made: Path) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look())
    fail_first_task(place, HEARD)
    place.clock.pass_by(hours=1)
    shutil.copy(made / "longer.mkv", film(place.root, HEARD))
    place.playground.scan()
    assert scanner.follow(server, place.look()).planned == 1
    newest = place.store.list()[0]
    assert (newest.title, len(newest.plan.targets)) == (HEARD, 2)


def test_a_sidecar_that_came_leaves_a_failure_closed(place: Place) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look())
    fail_first_task(place, HEARD)
    film(place.root, HEARD).with_suffix(".de.srt").write_text(SRT)
    place.playground.scan()
    assert scanner.follow(server, place.look()).planned == 0


def test_another_model_opens_failures_and_plans_waiting_jobs_anew(place: Place) -> None:
    server = place.server()
    place.scanner().follow(server, place.look())
    fail_first_task(place, HEARD)
    before = len(place.store.list(OPEN_JOBS))
    other = place.scanner(speech={"model": "medium"})
    assert other.follow(server, place.look()).planned == before + 1
    models = {job.plan.speech.model for job in place.store.list(OPEN_JOBS)}
    assert models == {"medium"}


def test_a_person_opens_failures_again(place: Place) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look())
    fail_first_task(place, HEARD)
    assert place.outcomes.reopen(place.playground.id, item_id(place, HEARD)) == 2
    summary = scanner.follow_items(server, [place.look(item_id(place, HEARD))])
    assert (summary.sources, summary.planned) == (1, 1)


def test_a_look_at_one_item_looks_at_it_alone(place: Place) -> None:
    summary = place.scanner().follow_items(place.server(), [place.look(item_id(place, SHOW))])
    assert summary.sources == 1
    assert place.planned() == {SHOW: ["pt"]}


def test_a_look_at_an_item_that_is_gone_finds_nothing(place: Place) -> None:
    gone = place.look(make_id("Movie", "/gone"))
    summary = place.scanner().follow_items(place.server(), [gone])
    assert summary.sources == 0


def test_a_look_at_changes_asks_for_what_was_saved_since(place: Place, made: Path) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look(CHANGES))  # the first sees everything
    assert len(place.planned()) == 2
    (known,) = place.servers.all()
    assert known.watermark is not None
    scanner.follow(server, place.look(CHANGES))
    asked = [one.query for one in listings(place)]
    since = [query.get("mindatelastsaved") for query in asked]
    assert since[:2] == [None, None]
    earlier = known.watermark - timedelta(minutes=5)
    assert {text[:16] for text in since[2:] if text} == {earlier.isoformat()[:16]}
    assert all(since[2:])
    add_film(place, made, "New (2026)")
    assert scanner.follow(server, place.look(CHANGES)).planned == 1


def test_a_look_that_failed_leaves_the_watermark(place: Place) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look())
    (before,) = place.servers.all()
    place.playground.fail("GET", "^/Items", status=401)
    with pytest.raises(KeyRejected):
        scanner.follow(server, place.look())
    assert place.servers.all()[0].watermark == before.watermark


def test_only_the_libraries_that_are_named_are_looked_through(place: Place) -> None:
    server = place.server(libraries=["TV"])
    assert place.scanner().follow(server, place.look()).sources == 1
    assert place.planned() == {SHOW: ["pt"]}


def test_an_unknown_library_is_told_with_those_that_exist(place: Place) -> None:
    server = place.server(libraries=["TV", "Filme"])
    with pytest.raises(SettingsError) as caught:
        place.scanner().follow(server, place.look())
    assert caught.value.what == "servers.home.libraries: Filme is not on the server"
    assert caught.value.fix == "it has: Movies, TV"
    assert place.store.list() == ()


def test_a_library_that_is_switched_off_is_left_alone_unless_named(
    open_place: Callable[..., Place], root: Path
) -> None:
    off = Library(root / "Movies", options={"Enabled": False})
    place = open_place(libraries=[off, Library(root / "TV")])
    assert [one.name for one in place.server().libraries()] == ["TV"]
    assert [one.name for one in place.server(libraries=["Movies"]).libraries()] == ["Movies"]


def test_films_in_a_collection_are_found_once(open_place: Callable[..., Place]) -> None:
    place = open_place(collections={"Both": ["Heard (2020)", "Done (2021)"]})
    assert place.scanner().follow(place.server(), place.look()).sources == 4


def test_each_version_of_a_film_is_a_source(place: Place, made: Path) -> None:
    folder = film(place.root, HEARD).parent
    shutil.copy(made / "longer.mkv", folder / f"{HEARD} - 720p.mkv")
    place.playground.scan()
    place.scanner("en").follow_items(place.server(), [place.look(item_id(place, HEARD))])
    assert set(place.planned()) == {f"{HEARD} [{HEARD}]", f"{HEARD} [720p]"}


@pytest.mark.parametrize("allowed", [False, True])
def test_a_remote_source_is_passed_over_unless_allowed(place: Place, *, allowed: bool) -> None:
    path = film(place.root, "Far (2000)").with_suffix(".strm")
    path.parent.mkdir()
    path.write_text("http://127.0.0.1:9/far.mkv\n")
    place.playground.scan()
    server = place.server(allow_remote=allowed)
    summary = place.scanner().follow(server, place.look())
    passed = "Far (2000): a remote source — set allow_remote for this server to read it"
    assert summary.passed_over == ([] if allowed else [passed])
    told = {one.title for one in place.outcomes.all()}
    assert ("Far (2000)" in told) is allowed  # the stand-in lists no streams for it


def test_findings_write_nothing_but_who_answered(place: Place) -> None:
    def rows() -> dict[str, int]:
        with place.database.read() as connection:
            tables = metadata.sorted_tables
            count = sa.func.count()
            return {
                t.name: connection.execute(sa.select(count).select_from(t)).scalar_one()
                for t in tables
            }

    before = rows()
    found = list(place.scanner().findings(place.server()))
    assert {finding.item.title for finding in found if finding.plan} == {HEARD, SHOW}
    assert rows() == {**before, "servers": 1}


def test_another_server_at_the_address_stops_everything(place: Place) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look())
    place.playground.id = make_id("Server", "another")
    with pytest.raises(ServerChanged) as caught:
        scanner.follow(server, place.look())
    assert "doctor --accept-server home" in caught.value.fix
    assert isinstance(caught.value, StopAndTell)
