"""A deletion is an answer: what a person removed is not made again until a person says so."""

import shutil
from pathlib import Path

import pytest
from library_place import HEARD, SHOW, Place, item_id
from ours_place import open_ours

from subtide.library.summary import Summary
from subtide.library.undoing import redo, to_redo
from subtide.storage.looks import CHANGES, Priority
from subtide.storage.outcomes import OutcomeState
from subtide.storage.selection import Selection


@pytest.fixture
def deleted(place: Place) -> Path:
    """Our file beside a film, seen by a night's scan, then removed as a person does."""
    open_ours(place).put(SHOW, "pt")
    path = open_ours(place).put(HEARD, "pt")
    assert night(place).planned == 0
    path.unlink()
    place.playground.scan()
    return path


def night(place: Place) -> Summary:
    """Let a day pass, then look through everything as the schedule does."""
    place.clock.pass_by(days=1)
    look = place.look(priority=Priority.NIGHTLY)
    return place.scanner("pt").follow(place.server(), look)


def refused(place: Place) -> list[str]:
    return [one.title for one in place.outcomes.all() if one.state is OutcomeState.REFUSED]


def test_three_nights_do_not_make_it_again(place: Place, deleted: Path) -> None:
    assert [night(place).planned for _ in range(3)] == [0, 0, 0]
    assert place.planned() == {}
    assert refused(place) == [HEARD]
    assert not deleted.exists()


def test_nor_does_a_poll_or_word_of_the_item_itself(place: Place, deleted: Path) -> None:
    scanner, server = place.scanner("pt"), place.server()
    assert scanner.follow(server, place.look(CHANGES)).planned == 0
    for priority in (Priority.NEW, Priority.PLAYING):
        look = place.look(item_id(place, HEARD), priority)
        assert scanner.follow_items(server, [look]).planned == 0
    assert place.planned() == {}


def test_a_film_that_goes_with_its_subtitle_has_said_nothing(place: Place) -> None:
    path = open_ours(place).put(HEARD, "pt")
    night(place)
    shutil.rmtree(path.parent)
    place.playground.scan()
    night(place)
    assert refused(place) == []


def test_a_redo_makes_it_again_once(place: Place, deleted: Path) -> None:
    night(place)
    redo(place.database, to_redo(place.database, Selection(item=HEARD), refused=True))
    ((look, _),) = place.looks.pending()
    assert (look.item, look.priority) == (item_id(place, HEARD), Priority.PERSON)
    assert place.scanner("pt").follow_items(place.server(), [look]).planned == 1
    assert [night(place).planned for _ in range(2)] == [0, 0]
    assert place.planned() == {HEARD: ["pt"]}
