"""Scan: what was looked at before and has not changed costs nothing."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from library_place import (
    DONE,
    HEARD,
    SHOW,
    SILENT,
    SRT,
    Place,
    add_film,
    fail_first_task,
    fetched,
    film,
    item_id,
    listings,
)

from subtide.errors import ServerUnreachable
from subtide.jellyfin.answers import ServerFault
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Item
from subtide.library.gaps import Standing
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.pipeline.plan import Target
from subtide.storage.items import Items, KnownItem
from subtide.storage.looks import CHANGES
from subtide.storage.outcomes import Outcome, OutcomeState, record

EN = Target(language="en").key


class Words(list[str]):
    """The statements that the database was asked."""

    def of(self, table: str) -> list[str]:
        return [one for one in self if f"FROM {table}" in one or f"INTO {table}" in one]

    @property
    def writes(self) -> set[str]:
        """The tables that were written to."""
        words = (one.split() for one in self if one.startswith(("INSERT", "UPDATE", "DELETE")))
        return {next(word for word in one[1:] if word not in {"INTO", "FROM"}) for one in words}


@contextmanager
def spoken(place: Place) -> Iterator[Words]:
    """Every statement that the database gets in here."""
    words = Words()

    def hear(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        words.append(" ".join(statement.split()))

    sa.event.listen(place.database.engine, "before_cursor_execute", hear)
    yield words
    sa.event.remove(place.database.engine, "before_cursor_execute", hear)


class Cut(Jellyfin):
    """A client whose server goes away after so many requests for sources."""

    left = 1

    def items(self, ids: Collection[str]) -> tuple[Item, ...]:
        self.left -= 1
        if self.left < 0:
            raise ServerUnreachable("it went away")
        return super().items(ids)


class Choking(Jellyfin):
    """A client whose server fails at any request for sources that names a certain item."""

    poison = ""

    def items(self, ids: Collection[str]) -> tuple[Item, ...]:
        if self.poison in {"any", *ids}:
            raise ServerFault("the server failed at it (500)")
        return super().items(ids)


def through(server: ConnectedServer, client: type[Jellyfin]) -> ConnectedServer:
    """The same server, asked by another kind of client."""
    identity = {"device_id": "0" * 32, "device_name": "test", "version": "0"}
    key = server.settings.key.get_secret_value()
    made = client(server.settings.url, key, **identity)  # type: ignore[arg-type]  # three texts
    return replace(server, client=made)


def cut(server: ConnectedServer) -> ConnectedServer:
    return through(server, Cut)


def known(place: Place) -> dict[str, KnownItem]:
    ids = [entry.id for page in place.server().client.listing().pages() for entry in page]
    return Items(place.database).of(place.playground.id, ids)


def small(place: Place, *languages: str, size: int = 1) -> Scanner:
    """A scanner that lists so many items in a page."""
    usual = place.scanner(*languages)
    return Scanner(place.database, place.store, usual.planner, page_size=size)


@pytest.fixture
def settled(place: Place) -> Place:
    """Every item has English, or never will, and a look has seen that."""
    film(place.root, HEARD).with_suffix(".en.srt").write_text(SRT)
    place.playground.scan()
    summary = place.scanner("en").follow(place.server(), place.look())
    assert summary.standings == {Standing.COVERED: 3, Standing.GAP: 1}
    assert [one.title for one in place.outcomes.all()] == [SILENT]
    place.playground.requests_log.clear()
    return place


def test_a_second_look_at_what_has_not_changed_fetches_no_sources_and_writes_nothing(
    settled: Place,
) -> None:
    with spoken(settled) as words:
        summary = settled.scanner("en").follow(settled.server(), settled.look())
    assert (summary.sources, summary.unchanged) == (0, 4)
    assert fetched(settled) == []
    assert len(listings(settled)) == 2, "one a library"
    assert words.writes == {"scans", "servers"}
    assert len(words.of("items")) == 4, "one a page, and two that look for deletions"


def test_when_every_item_was_saved_anew_nothing_is_judged(settled: Place) -> None:
    settled.playground.scan()
    before = known(settled)
    with spoken(settled) as words:
        summary = settled.scanner("en").follow(settled.server(), settled.look())
    assert (summary.sources, summary.unchanged) == (0, 4)
    assert len(fetched(settled)) == 2
    assert words.writes == {"items", "scans", "servers"}
    assert words.of("outcomes") == words.of("jobs") == words.of("ledger") == []
    after = known(settled)
    assert all(after[one].etag != before[one].etag for one in before)
    assert {one: replace(row, etag="") for one, row in after.items()} == {
        one: replace(row, etag="") for one, row in before.items()
    }
    settled.playground.requests_log.clear()
    settled.scanner("en").follow(settled.server(), settled.look())
    assert fetched(settled) == []


def test_only_what_changed_is_fetched_and_judged(settled: Place) -> None:
    path = film(settled.root, HEARD)
    path.with_suffix(".en.srt").unlink()
    path.with_suffix(".de.srt").write_text(SRT)
    heard = item_id(settled, HEARD)
    settled.playground.catalogue.refresh(heard, "ValidationOnly")
    settled.playground.requests_log.clear()
    summary = settled.scanner("en").follow(settled.server(), settled.look())
    assert fetched(settled) == [heard]
    assert (summary.sources, summary.planned, summary.unchanged) == (1, 1, 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": {"languages": ["en", "de"]}},
        {"policy": {"languages": ["de"]}},
        {"speech": {"model": "medium"}},
        {"translation": {"models": {"firefox": {"en-de": "other"}}}},
        {"publish": {"label": "ours"}},
    ],
    ids=str,
)
def test_other_settings_let_everything_be_judged_again(
    settled: Place, changes: dict[str, Any]
) -> None:
    scanner = settled.scanner("en", **changes)
    assert scanner.follow(settled.server(), settled.look()).sources == 4
    settled.playground.requests_log.clear()
    unsettled = sum(not row.settled for row in known(settled).values())
    assert scanner.follow(settled.server(), settled.look()).sources == unsettled


def test_allowing_remote_sources_lets_everything_be_judged_again(settled: Place) -> None:
    server = settled.server(allow_remote=True)
    assert settled.scanner("en").follow(server, settled.look()).sources == 4
    assert settled.scanner("en").follow(server, settled.look()).sources == 0


def test_a_newer_subtide_judges_everything_again(
    settled: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subtide.library.memory.__version__", "99.0.0")
    assert settled.scanner("en").follow(settled.server(), settled.look()).sources == 4


def test_a_failure_for_now_is_looked_at_until_it_is_open(settled: Place) -> None:
    scanner, server = settled.scanner("en"), settled.server()
    film(settled.root, HEARD).with_suffix(".en.srt").unlink()
    settled.playground.scan()
    item = server.client.item(item_id(settled, HEARD))
    assert item
    (source,) = item.sources
    settled.clock.pass_by(hours=1)
    failed = Outcome(
        server=settled.playground.id,
        source=source.id,
        target=EN,
        item=item.id,
        title=item.title,
        state=OutcomeState.FAILED_UNTIL,
        basis=scanner.planner.options.basis(source),
        reason="the disk is full",
        fix="",
        retry_at=settled.clock(),
        job=None,
        at=settled.clock(),
    )
    with settled.database.write() as connection:
        record(connection, failed)
    settled.clock.pass_by(hours=-1)
    for _ in range(2):
        summary = scanner.follow(server, settled.look())
        assert (summary.sources, summary.standings) == (1, {Standing.CLOSED: 1})
    settled.clock.pass_by(hours=1)
    assert scanner.follow(server, settled.look()).planned == 1


def test_an_outcome_that_a_person_opens_is_judged_by_the_next_look(place: Place) -> None:
    scanner, server = place.scanner(), place.server()
    scanner.follow(server, place.look())
    fail_first_task(place, HEARD)
    scanner.follow(server, place.look())
    heard = item_id(place, HEARD)
    assert known(place)[heard].settled
    place.outcomes.reopen(place.playground.id, heard)
    assert scanner.follow(server, place.look()).planned == 1


def test_what_waits_for_a_job_is_looked_at_each_time_with_one_question_a_page(
    place: Place, made: Path
) -> None:
    for number in range(5):
        add_film(place, made, f"New {number} (2026)")
    scanner, server = place.scanner(), place.server()
    assert scanner.follow(server, place.look()).planned == 7
    with spoken(place) as words:
        summary = scanner.follow(server, place.look())
    assert (summary.sources, summary.waiting, summary.unchanged) == (7, 7, 2)
    pages = 2
    for table in ("jobs", "ledger"):
        assert len(words.of(table)) == pages, table
    assert words.writes == {"coverage", "scans", "servers"}


def test_a_change_to_another_version_is_found_though_the_item_was_not_saved(
    settled: Place, made: Path
) -> None:
    other = film(settled.root, DONE).with_name(f"{DONE} - 720p.mkv")
    other.write_bytes((made / "text.mkv").read_bytes())
    settled.playground.scan()
    scanner, server = settled.scanner("en"), settled.server()
    assert scanner.follow(server, settled.look()).sources == 2
    done = item_id(settled, DONE)
    settled.playground.requests_log.clear()
    with spoken(settled) as words:
        assert scanner.follow(server, settled.look()).sources == 0
    assert fetched(settled) == [done], "it is fetched each time, and is as it was"
    assert words.writes == {"scans", "servers"}
    before = known(settled)[done]
    other.write_bytes((made / "longer.mkv").read_bytes())
    version = settled.playground.catalogue.items[done].files[1]
    settled.playground.catalogue.refresh(version.id, "FullRefresh")
    assert scanner.follow(server, settled.look()).planned == 1
    assert known(settled)[done].etag == before.etag


def test_a_film_in_parts_is_fetched_each_time(settled: Place, made: Path) -> None:
    folder = settled.root / "Movies" / "Long (1990)"
    folder.mkdir()
    for part in (1, 2):
        (folder / f"Long (1990) part{part}.mkv").write_bytes((made / "text.mkv").read_bytes())
    settled.playground.scan()
    scanner, server = settled.scanner("en"), settled.server()
    assert scanner.follow(server, settled.look()).sources == 2
    settled.playground.requests_log.clear()
    assert scanner.follow(server, settled.look()).unchanged == 5
    assert len(fetched(settled)) == 1
    assert len(settled.playground.requests("GET", "AdditionalParts")) == 1


def test_a_look_at_changes_fetches_only_what_differs_from_memory(
    settled: Place, made: Path
) -> None:
    scanner, server = settled.scanner("en"), settled.server()
    add_film(settled, made, "New (2026)")
    summary = scanner.follow(server, settled.look(CHANGES))
    assert (summary.planned, summary.sources, summary.unchanged) == (1, 1, 4)
    settled.playground.requests_log.clear()
    assert scanner.follow(server, settled.look(CHANGES)).sources == 1
    new = item_id(settled, "New (2026)")
    assert fetched(settled)[0] == new, "it waits for its job; the others are as they were"


def test_an_etag_that_is_empty_never_says_that_nothing_changed(settled: Place) -> None:
    items = Items(settled.database)
    rows = [replace(row, etag="") for row in known(settled).values()]
    items.remember(settled.playground.id, rows)
    assert settled.scanner("en").follow(settled.server(), settled.look()).unchanged == 4
    assert len(fetched(settled)) > 0


def test_a_look_at_one_item_judges_it_whatever_is_remembered(settled: Place) -> None:
    heard = item_id(settled, HEARD)
    before = known(settled)
    summary = settled.scanner("en").follow_items(settled.server(), [settled.look(heard)])
    assert (summary.sources, summary.unchanged) == (1, 0)
    assert known(settled) == before


def test_a_look_at_a_new_item_leaves_nothing_for_the_next_scan(settled: Place, made: Path) -> None:
    add_film(settled, made, "New (2026)", "text")
    new = item_id(settled, "New (2026)")
    scanner, server = settled.scanner("en"), settled.server()
    assert scanner.follow_items(server, [settled.look(new)]).sources == 1
    settled.playground.requests_log.clear()
    scanner.follow(server, settled.look())
    assert new not in "".join(fetched(settled))


def test_a_scan_that_was_cut_off_is_finished_by_the_next(place: Place) -> None:
    scanner, server = small(place), place.server()
    with pytest.raises(ServerUnreachable):
        scanner.follow(cut(server), place.look())
    assert len(known(place)) == 1
    assert [one.watermark for one in place.servers.all()] == [None]
    first = scanner.follow(server, place.look())
    assert len(known(place)) == 4
    assert set(place.planned()) == {HEARD, SHOW}
    assert place.servers.all()[0].watermark
    assert first.unchanged + first.sources == 4


def test_the_order_of_pages_may_change_between_them(
    open_place: Callable[..., Place], root: Path, made: Path
) -> None:
    for number in range(9):
        path = root / "TV" / f"Other {number}" / "Season 01" / "Pilot S01E01.mkv"
        path.parent.mkdir(parents=True)
        path.write_bytes((made / "text.mkv").read_bytes())
    place = open_place()
    episodes = [one for one in place.playground.catalogue.items.values() if one.kind == "Episode"]
    for number, episode in enumerate(episodes):
        episode.files[0].created = place.clock() + timedelta(days=number // 4)
    place.playground.catalogue.shuffles = True
    scanner, server = small(place, "pt", size=3), place.server(libraries=["TV"])
    summary = scanner.follow(server, place.look())
    assert len(listings(place)) > 4, "no page was missed: the knob does nothing"
    assert summary.sources == len(known(place)) == 10
    assert len(place.store.list()) == 10
    assert summary.gone == scanner.follow(server, place.look()).gone == 0


def test_findings_show_everything_whatever_is_remembered(settled: Place) -> None:
    found = list(settled.scanner("en").findings(settled.server()))
    assert sorted(one.item.title for one in found) == [DONE, HEARD, SHOW, SILENT]


def test_an_item_that_the_server_cannot_tell_does_not_keep_the_others_waiting(
    place: Place, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        add_film(place, made, f"More {number}")
    monkeypatch.setattr(Choking, "poison", item_id(place, HEARD))
    place.scanner().follow(through(place.server(), Choking), place.look())
    assert HEARD not in place.planned()
    assert {f"More {number}" for number in range(5)} <= place.planned().keys()
    place.scanner().follow(place.server(), place.look())
    assert HEARD in place.planned()


def test_a_server_that_fails_at_every_item_is_at_fault_itself(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Choking, "poison", "any")
    with pytest.raises(ServerFault):
        place.scanner().follow(through(place.server(), Choking), place.look())
