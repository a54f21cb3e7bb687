"""Scan: what the server has no more is forgotten, and nothing else."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from library_place import DONE, HEARD, SHOW, SILENT, Place, film, item_id
from structlog.testing import capture_logs

from subtide.errors import KeyRejected, ServerUnreachable
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.listing import Entry, Listing
from subtide.library.server import ConnectedServer
from subtide.storage.items import Items, KnownItem
from subtide.storage.looks import CHANGES


class Short(Jellyfin):
    """A client of a server that counts one item more than it lists."""

    def listing(self, **options: object) -> Listing:
        short = super().listing(**options)  # type: ignore[arg-type]  # passed on
        pages = short.pages

        def cut_short() -> Iterator[tuple[Entry, ...]]:
            yield from pages()
            short.complete = False

        short.pages = cut_short  # type: ignore[method-assign]  # of this listing
        return short


def short(server: ConnectedServer) -> ConnectedServer:
    key = server.settings.key.get_secret_value()
    client = Short(server.settings.url, key, device_id="0" * 32, device_name="test", version="0")
    return replace(server, client=client)


def remove(place: Place, title: str) -> str:
    gone = item_id(place, title)
    shutil.rmtree(film(place.root, title).parent)
    place.playground.scan()
    return gone


def known(place: Place) -> int:
    return sum(Items(place.database).count(place.playground.id).values())


@pytest.fixture
def seen(place: Place) -> Place:
    """A look has seen everything."""
    assert place.scanner().follow(place.server(), place.look()).gone == 0
    assert known(place) == 4
    return place


def test_a_deleted_item_is_forgotten(seen: Place) -> None:
    gone = remove(seen, DONE)
    assert seen.scanner().follow(seen.server(), seen.look()).gone == 1
    assert gone not in Items(seen.database).of(seen.playground.id, [gone])
    assert known(seen) == 3
    assert seen.scanner().follow(seen.server(), seen.look()).gone == 0


def test_what_was_made_of_a_deleted_item_stays_on_record(seen: Place) -> None:
    remove(seen, SILENT)
    remove(seen, HEARD)
    assert seen.scanner().follow(seen.server(), seen.look()).gone == 2
    assert {one.title for one in seen.outcomes.all()} == {SILENT}
    assert HEARD in seen.planned(), "its job finds out by itself"


def test_an_item_that_comes_back_is_looked_at_again(seen: Place, made: Path) -> None:
    remove(seen, DONE)
    seen.scanner().follow(seen.server(), seen.look())
    film(seen.root, DONE).parent.mkdir()
    shutil.copy(made / "heard.mkv", film(seen.root, DONE))
    seen.playground.scan()
    assert seen.scanner().follow(seen.server(), seen.look()).planned == 1


def test_a_look_at_changes_forgets_nothing(seen: Place) -> None:
    remove(seen, DONE)
    assert seen.scanner().follow(seen.server(), seen.look(CHANGES)).gone == 0
    assert known(seen) == 4


def test_a_library_that_comes_back_empty_is_not_forgotten(seen: Place) -> None:
    (seen.root / "Movies").rename(seen.root.parent / "away")
    seen.playground.scan()
    with capture_logs() as logs:
        assert seen.scanner().follow(seen.server(), seen.look()).gone == 0
    assert known(seen) == 4
    (told,) = logs
    assert told["event"] == "a library is empty that was not; nothing of it is forgotten"
    assert (told["library"], told["items"], told["log_level"]) == ("Movies", 3, "warning")
    (seen.root.parent / "away").rename(seen.root / "Movies")
    seen.playground.scan()
    assert seen.scanner().follow(seen.server(), seen.look()).unchanged == 2


def test_a_library_that_is_no_longer_looked_through_is_not_forgotten(seen: Place) -> None:
    with capture_logs() as logs:
        server = seen.server(libraries=["TV"])
        assert seen.scanner().follow(server, seen.look()).gone == 0
    assert known(seen) == 4
    assert [(told["event"], told["items"]) for told in logs] == [
        ("items of libraries that are no longer looked through stay remembered", 3)
    ]


def test_a_listing_that_lacks_what_the_server_counts_forgets_nothing(seen: Place) -> None:
    remove(seen, DONE)
    with capture_logs() as logs:
        assert seen.scanner().follow(short(seen.server()), seen.look()).gone == 0
    assert known(seen) == 4
    assert [told["event"] for told in logs] == [
        "the server listed less than it counts; nothing is forgotten"
    ]


@pytest.mark.parametrize(
    ("status", "error"), [(401, KeyRejected), (None, ServerUnreachable)], ids=["refused", "cut"]
)
def test_a_scan_that_fails_forgets_nothing(
    seen: Place, status: int | None, error: type[Exception]
) -> None:
    remove(seen, DONE)
    seen.playground.fail("GET", "^/Items$", status=status, times=9)
    with pytest.raises(error):
        seen.scanner().follow(seen.server(), seen.look())
    assert known(seen) == 4


def test_items_of_another_server_are_not_touched(seen: Place) -> None:
    other = KnownItem("i1", "l1", "e", 1, "f", "j", settled=True, title="Film", series="")
    Items(seen.database).remember("another", [other])
    remove(seen, DONE)
    assert seen.scanner().follow(seen.server(), seen.look()).gone == 1
    assert Items(seen.database).of("another", ["i1"]) == {"i1": other}


def test_an_item_whose_library_was_not_known_gets_one(seen: Place) -> None:
    items = Items(seen.database)
    show = item_id(seen, SHOW)
    (row,) = items.of(seen.playground.id, [show]).values()
    items.remember(seen.playground.id, [replace(row, library="")])
    seen.scanner().follow(seen.server(), seen.look())
    assert items.of(seen.playground.id, [show])[show].library == row.library
