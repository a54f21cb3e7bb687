"""Naming: which item a person means."""

import pytest
from library_place import DONE, HEARD, SHOW, SILENT, Place, item_id

from subtide.library.naming import named


def titles(place: Place, text: str) -> set[str]:
    servers = {place.playground.id: place.server()}
    return {one.title for one in named(text, servers, place.database)}


@pytest.fixture(params=[False, True], ids=["before any look", "after a look"])
def looked(place: Place, request: pytest.FixtureRequest) -> Place:
    if request.param:
        place.scanner("en").follow(place.server(), place.look())
    return place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (HEARD, {HEARD}),
        (HEARD.upper(), {HEARD}),
        ("silent", {SILENT}),
        ("(2", {HEARD, DONE}),
        ("Brazil", set()),
    ],
)
def test_a_title_or_a_part_of_one_is_enough(looked: Place, text: str, found: set[str]) -> None:
    assert titles(looked, text) == found


def test_an_episode_is_named_by_its_series_and_number(looked: Place) -> None:
    (title,) = titles(looked, SHOW)
    assert title.startswith(SHOW)


def test_an_id_means_one_item_dashes_or_not(place: Place) -> None:
    plain = item_id(place, HEARD)
    assert titles(place, plain) == {HEARD}
    dashed = "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
    assert titles(place, dashed.upper()) == {HEARD}
    assert titles(place, "0" * 32) == set()


def test_what_a_look_knows_is_not_asked_of_the_server(place: Place) -> None:
    place.scanner("en").follow(place.server(), place.look())
    before = len(place.playground.requests("GET", "^/Items$"))
    assert titles(place, "heard") == {HEARD}
    assert len(place.playground.requests("GET", "^/Items$")) == before


def test_a_whole_title_beats_those_that_hold_it(place: Place) -> None:
    film = place.root / "Movies" / HEARD / f"{HEARD}.mkv"
    longer = place.root / "Movies" / f"Un{HEARD}" / f"Un{HEARD}.mkv"
    longer.parent.mkdir()
    longer.write_bytes(film.read_bytes())
    place.playground.scan()
    assert titles(place, HEARD) == titles(place, "heard") == {HEARD}, "with its year or without"
    assert titles(place, "hear") == {HEARD, f"Un{HEARD}"}


def test_an_item_that_was_looked_at_hides_no_other_before_the_first_whole_look(
    place: Place,
) -> None:
    look = place.look(item_id(place, HEARD))
    place.scanner("en").follow_items(place.server(), [look])
    assert titles(place, "(2") == {HEARD, DONE}
