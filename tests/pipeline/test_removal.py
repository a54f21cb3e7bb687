"""removal: only ours goes, and a foreign file that a shifted index took comes back."""

from pathlib import Path

import pytest
from stage_place import Place

from subtide.errors import CheckFailed
from subtide.pipeline.removal import remove

OURS = b"1\n00:00:01,000 --> 00:00:02,000\nOurs.\n\n"
OTHER = b"1\n00:00:01,000 --> 00:00:02,000\nA person wrote this.\n\n"


def put(place: Place, name: str, data: bytes) -> Path:
    path = place.film.with_name(name)
    path.write_bytes(data)
    return path


def show(place: Place) -> None:
    place.client.refresh(place.plan("en").source)
    place.playground.settle()


def test_our_file_goes_and_the_others_stay(place: Place) -> None:
    mine = put(place, "Film (2020).subtide.en.srt", OURS)
    theirs = put(place, "Film (2020).en.forced.srt", OTHER)
    show(place)
    remove(place.client, place.tools.artifacts, place.plan("en"), str(mine))
    assert not mine.exists()
    assert theirs.read_bytes() == OTHER


def test_a_file_that_is_gone_already_is_no_error(place: Place) -> None:
    remove(
        place.client,
        place.tools.artifacts,
        place.plan("en"),
        str(place.film.with_name("Film (2020).subtide.en.srt")),
    )
    assert not place.playground.requests("DELETE")


def test_a_foreign_file_that_went_instead_is_put_back_under_its_name(place: Place) -> None:
    mine = put(place, "Film (2020).subtide.en.srt", OURS)
    theirs = put(place, "Film (2020).pt.forced.srt", OTHER)
    show(place)
    plan = place.plan("en")
    delete = place.client.delete_subtitle

    def somebody_was_faster(source: str, index: int) -> None:
        # A new file that sorts before the others moves every index by one.
        put(place, "Film (2020).aa.srt", OTHER)
        show(place)
        delete(source, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.client, "delete_subtitle", somebody_was_faster)
        with pytest.raises(CheckFailed, match="was put back"):
            remove(place.client, place.tools.artifacts, plan, str(mine))
    place.playground.settle()
    assert theirs.read_bytes() == OTHER


def test_a_file_without_a_language_is_put_back_too(place: Place) -> None:
    mine = put(place, "Film (2020).subtide.en.srt", OURS)
    put(place, "Film (2020).srt", OTHER)
    show(place)
    delete = place.client.delete_subtitle

    def wrong_one(source: str, index: int) -> None:
        item = place.client.item(place.plan("en").item)
        assert item
        tracks = item.sources[0].subtitles
        delete(source, next(t.index for t in tracks if str(t.path).endswith("(2020).srt")))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place.client, "delete_subtitle", wrong_one)
        with pytest.raises(CheckFailed):
            remove(place.client, place.tools.artifacts, place.plan("en"), str(mine))
    assert place.film.with_name("Film (2020).und.srt").read_bytes() == OTHER


def test_nothing_is_removed_beside_a_text_that_cannot_be_copied(place: Place) -> None:
    mine = put(place, "Film (2020).subtide.en.srt", OURS)
    put(place, "Film (2020).pt.srt", OTHER)
    show(place)
    place.playground.fail("GET", "Stream", status=500)
    assert not remove(place.client, place.tools.artifacts, place.plan("en"), str(mine))
    assert mine.exists()
    assert not place.playground.requests("DELETE")
