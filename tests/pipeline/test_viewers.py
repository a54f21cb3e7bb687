"""viewers: nothing is written under the eyes of somebody who watches, for a time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from stage_place import Place

from subtide.errors import BeingWatched
from subtide.pipeline.publish import publish
from subtide.playground.auth import ADMIN, HELPER
from subtide.playground.flavour import V10_10, V10_11, V12, Flavour
from subtide.playground.media import make_media
from subtide.storage.ledger import EntryState

TARGET = "subtitle/en/full/srt/jellyfin"
BETTER: list[list[object]] = [[1.0, 2.5, "A better subtitle."]]
FLAVOURS = pytest.mark.parametrize("flavour", [V10_10, V10_11, V12], ids=lambda f: f.version)
OpenPlace = Callable[..., Place]


def run(place: Place, cues: list[list[object]] | None = None, **changes: Any) -> None:  # noqa: ANN401 - fields of Work
    work = place.work(place.plan("en"), {"cues": place.cues(cues)}, part=TARGET)
    publish(replace(work, **changes), place.tools)


def writes(place: Place) -> list[str]:
    """What the server was told to change."""
    asked = place.playground.requests("POST", "Subtitles") + place.playground.requests("DELETE")
    return [request.method for request in asked]


@FLAVOURS
def test_nothing_is_written_before_the_viewer_stops(
    open_place: OpenPlace, flavour: Flavour
) -> None:
    place = open_place(flavour)
    session = place.playground.play(place.plan().item)
    for _ in range(3):
        with pytest.raises(BeingWatched):
            run(place)
    assert writes(place) == []
    assert place.waited == [], "there is nothing to look for"
    place.playground.stop_playing(session)
    run(place)
    assert writes(place) == ["POST"]


def test_what_is_told_names_the_film_and_nobody(place: Place) -> None:
    place.playground.play(place.plan().item, user=HELPER)
    with pytest.raises(BeingWatched, match=r"^Film .* is being watched on home") as caught:
        run(place)
    assert HELPER.name not in str(caught.value)


@FLAVOURS
def test_a_viewer_of_another_film_disturbs_nobody(open_place: OpenPlace, flavour: Flavour) -> None:
    place = open_place(flavour)
    plan = place.plan("en")
    make_media(place.film.parent.parent / "Other (2021)" / "Other (2021).mkv", duration=1.0)
    place.playground.scan()
    films = (item.id for item in place.playground.catalogue.items.values() if item.files)
    place.playground.play(next(film for film in films if film != plan.item))
    publish(place.work(plan, {"cues": place.cues()}, part=TARGET), place.tools)
    assert writes(place) == ["POST"]


def test_another_version_of_the_same_film_counts(place: Place) -> None:
    make_media(place.film.with_name("Film (2020) - Long.mkv"), duration=8.0)
    place.playground.scan()
    plan = place.plan("en")
    (item,) = place.client.items([plan.item])
    (other,) = [one.id for one in item.sources if one.id != plan.source]
    place.playground.play(plan.item, source=other)
    with pytest.raises(BeingWatched):
        run(place)
    assert writes(place) == []


@pytest.mark.parametrize(
    ("waited", "written"), [(14_380.0, []), (14_400.0, ["POST"])], ids=["not yet", "long enough"]
)
def test_after_the_time_that_is_set_it_is_published_all_the_same(
    place: Place, waited: float, written: list[str]
) -> None:
    place.playground.play(place.plan().item)
    try:
        run(place, waited=waited)
    except BeingWatched:
        assert not written
    assert writes(place) == written


def test_an_older_file_of_ours_stays_while_it_is_watched(place: Place) -> None:
    run(place)
    place.put_out_of_reach()
    plan = place.plan("en")
    session = place.playground.play(plan.item)
    with pytest.raises(BeingWatched):
        run(place, BETTER)
    assert writes(place) == ["POST"]
    (entry,) = place.tools.ledger.of_target(plan.server, plan.source, TARGET)
    assert entry.state is EntryState.VERIFIED
    place.playground.stop_playing(session)
    run(place, BETTER)
    assert writes(place) == ["POST", "POST", "DELETE"]


def test_who_begins_to_watch_after_the_upload_waits_for_no_clean_up(place: Place) -> None:
    run(place)
    plan = place.plan("en")
    place.playground.play(plan.item)
    run(place)
    assert writes(place) == ["POST"], "it is there and needs no further word"


def test_who_may_not_see_the_sessions_publishes_as_ever(place: Place) -> None:
    place.playground.play(place.plan().item, user=ADMIN)
    place.playground.fail("GET", "Sessions", status=403)
    run(place)
    assert writes(place) == ["POST"]
