"""Scan: looks at single items, many at once."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from library_place import HEARD, SHOW, SILENT, Place, fetched, item_id
from sources import item

from subtide.library.server import ConnectedServer, homes
from subtide.playground.auth import HELPER
from subtide.playground.server import PLAYER
from subtide.playground.tree import Library, make_id
from subtide.storage.items import Items
from subtide.storage.looks import CHANGES, Look, Priority


def ids_of(place: Place, kind: str) -> list[str]:
    return [one.id for one in place.playground.catalogue.items.values() if one.kind == kind]


def dashed(item: str) -> str:
    return "-".join((item[:8], item[8:12], item[12:16], item[16:20], item[20:])).upper()


def test_looks_at_many_items_ask_for_their_sources_a_hundred_at_a_time(
    place: Place, made: Path
) -> None:
    for number in range(101):
        path = place.root / "TV" / "Long" / "Season 01" / f"Long S01E{number:03}.mkv"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made / "text.mkv", path)
    place.playground.scan()
    looks = [place.look(one) for one in ids_of(place, "Episode")]
    summary = place.scanner().follow_items(place.server(), looks)
    assert summary.sources == summary.planned == 102
    assert [one.count(",") + 1 for one in fetched(place)] == [100, 2]


def test_an_id_that_is_no_video_or_unknown_has_nothing_to_be_done(place: Place) -> None:
    others = [*ids_of(place, "Series"), *ids_of(place, "Season"), *ids_of(place, "Folder")]
    unknown = [make_id("Movie", "/gone"), "../users", ""]
    looks = [place.look(one) for one in (*others, *unknown, item_id(place, SHOW))]
    assert len(others) >= 3
    assert place.scanner().follow_items(place.server(), looks).sources == 1
    assert place.planned() == {SHOW: ["pt"]}


def test_an_id_is_taken_in_any_writing(place: Place) -> None:
    summary = place.scanner().follow_items(
        place.server(), [place.look(dashed(item_id(place, SHOW)))]
    )
    assert summary.planned == 1


def test_each_job_takes_the_urgency_and_signal_of_its_own_look(place: Place) -> None:
    heard, show = item_id(place, HEARD), item_id(place, SHOW)
    server = place.playground.id
    looks = [
        Look(server, heard, "playback", Priority.PLAYING, 1),
        Look(server, show, "webhook", Priority.NEW, 1),
        Look(server, dashed(show), "person", Priority.PERSON, 1),
    ]
    place.scanner().follow_items(place.server(), looks)
    assert {job.title: (job.priority, job.signal) for job in place.store.list()} == {
        HEARD: (Priority.PLAYING, "playback"),
        SHOW: (Priority.PERSON, "person"),
    }


def test_what_was_looked_at_is_remembered_with_its_library(place: Place) -> None:
    silent = item_id(place, SILENT)
    place.scanner().follow_items(place.server(), [place.look(silent)])
    (row,) = Items(place.database).of(place.playground.id, [silent]).values()
    movies = next(one for one in place.server().client.libraries() if one.name == "Movies")
    assert (row.library, row.settled) == (movies.id, True)


def test_an_item_of_a_library_that_is_not_cared_for_is_left_alone(place: Place) -> None:
    looks = [place.look(item_id(place, title)) for title in (HEARD, SHOW)]
    place.scanner().follow_items(place.server(libraries=["TV"]), looks)
    assert place.planned() == {SHOW: ["pt"]}


@pytest.fixture
def user(place: Place) -> ConnectedServer:
    """The server as one sees it who is not told where libraries lie; only films are cared for."""
    session = place.playground.door.login(HELPER.name, HELPER.password, PLAYER)
    assert session
    server = place.server(key=session.token, libraries=["Movies"])
    client = type(server.client)(
        place.playground.url, session.token, device_id="d", device_name="test", version="0"
    )
    return ConnectedServer("home", server.settings, client, server.media)


def test_without_folders_an_item_that_is_remembered_is_looked_at(
    place: Place, user: ConnectedServer
) -> None:
    heard = item_id(place, HEARD)
    place.scanner().follow(user, place.look())
    summary = place.scanner().follow_items(user, [place.look(heard)])
    assert summary.sources == 1
    assert place.looks.pending() == ()


def test_without_folders_what_is_new_is_found_through_the_libraries(
    place: Place, user: ConnectedServer
) -> None:
    new = [place.look(item_id(place, title), Priority.NEW) for title in (HEARD, SHOW)]
    assert place.scanner().follow_items(user, new).sources == 0
    ((look, _),) = place.looks.pending()
    assert (look.item, look.priority) == (CHANGES, Priority.NEW)
    place.scanner().follow(user, look)
    assert place.planned().keys() == {HEARD}


def test_an_item_is_in_the_library_with_the_longest_folder(
    open_place: Callable[..., Place], root: Path
) -> None:
    wide = Library(root / "Movies", location="/media/")
    narrow = Library(root / "TV", location="/media/Film")
    server = open_place(libraries=[wide, narrow]).server()
    paths = {"a": "/media/Film/Film.mkv", "b": "/media/Films/Film.mkv", "c": "/medial/Film.mkv"}
    items = [replace(item(), id=name, path=path) for name, path in paths.items()]
    assert homes(server.libraries(), items) == {"a": narrow.id, "b": wide.id}
