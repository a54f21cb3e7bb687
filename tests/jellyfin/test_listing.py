"""Listings: every entry once, whatever the server does to its pages."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from scripted import Connect, Reply, Script, ok, plain, problem

from subtide.errors import BrokenAnswer, WrongAddress
from subtide.jellyfin.answers import BadRequest
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Item
from subtide.jellyfin.listing import Alternates, Entry, Listing
from subtide.jellyfin.parse import items as read_items

RECORDED = Path(__file__).parents[1] / "data" / "jellyfin" / "recorded"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
A, B, C, D = (sign * 32 for sign in "abcd")


def film(item_id: str, **facts: object) -> dict[str, Any]:
    return {"Id": item_id, "Type": "Movie", "Etag": f"e{item_id}", **facts}


def page(*films: object, total: object = None, **headers: str) -> Reply:
    count = len(films) if total is None else total
    return ok({"Items": list(films), "TotalRecordCount": count}, **headers)


def read(listing: Listing) -> list[list[str]]:
    return [[entry.id for entry in one] for one in listing.pages()]


def asked(script: Script, name: str) -> list[str]:
    return [request.query[name] for request in script.requests]


def test_a_listing_asks_for_no_sources_and_without_collapsing_collections(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(page())
    since = datetime(2026, 11, 21, 13, tzinfo=timezone(timedelta(hours=1)))
    listing = jellyfin.listing(library=C, changed_since=since, limit=50)
    assert read(listing) == [[]]
    assert listing.complete
    (query,) = (request.query for request in script.requests)
    assert query["collapseBoxSetItems"] == "false"
    assert query["recursive"] == "true"
    assert query["includeItemTypes"] == "Movie,Episode"
    assert query["isMissing"] == "false"
    assert query["fields"] == "Etag,MediaSourceCount"
    assert query["minDateLastSaved"] == "2026-11-21T12:00:00Z"
    assert query["parentId"] == C
    assert query["limit"] == "50"
    assert "hasSubtitles" not in query


def test_an_entry_says_what_tells_of_a_change(script: Script, jellyfin: Jellyfin) -> None:
    script.says(
        page(
            film(A),
            film(B, MediaSourceCount=3),
            film(C, PartCount=2, Etag=None),
            film(D, Type="Video", ExtraType="Trailer", MediaSourceCount=None),
        )
    )
    (entries,) = jellyfin.listing().pages()
    assert entries == (
        Entry(A, f"e{A}", 1, "", wanted=True),
        Entry(B, f"e{B}", 3, "", wanted=True),
        Entry(C, "", 2, "", wanted=True),
        Entry(D, f"e{D}", 1, "", wanted=False),
    )


@pytest.mark.parametrize("facts", [{"LocationType": "Virtual"}, {"Type": "BoxSet"}])
def test_what_is_not_wanted_is_counted_all_the_same(
    script: Script, jellyfin: Jellyfin, facts: dict[str, str]
) -> None:
    script.says(page(film(A, **facts), film(B), total=3), page(film(C), total=3))
    listing = jellyfin.listing(limit=2)
    wanted = [entry.id for one in listing.pages() for entry in one if entry.wanted]
    assert wanted == [B, C]
    assert listing.complete
    assert asked(script, "startIndex") == ["0", "2"]


@pytest.mark.parametrize("server", ["10.11.11", "12.0.0-rc5"])
def test_a_recorded_listing_is_the_items_of_its_full_answer(
    script: Script, jellyfin: Jellyfin, server: str
) -> None:
    answer = json.loads((RECORDED / server / "items-movies.json").read_text())["body"]
    script.says(ok(answer))
    listing = jellyfin.listing()
    (entries,) = listing.pages()
    assert listing.complete
    found = read_items(answer)
    assert [(one.id, one.etag) for one in entries] == [(one.id, one.etag) for one in found]
    assert {one.id for one in entries if one.versions > 1} >= {
        one.id for one in found if one.parts > 1
    }


# pages that overlap


def test_a_page_that_repeats_an_entry_hides_another_which_is_found_from_the_other_end(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(
        page(film(A), film(B), total=4),
        page(film(B), film(C), total=4),
        page(film(D), film(C), total=4),
        page(film(B), film(A), total=4),
    )
    listing = jellyfin.listing(limit=2)
    assert read(listing) == [[A, B], [C], [D], []]
    assert listing.complete
    assert listing.ids == {A, B, C, D}
    assert asked(script, "startIndex") == ["0", "2", "0", "2"]
    assert asked(script, "sortOrder") == ["Ascending"] * 2 + ["Descending"] * 2


def test_a_listing_that_reaches_its_total_is_not_made_again(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(page(film(A), film(B), total=3), page(film(C), total=3))
    listing = jellyfin.listing(limit=2)
    assert read(listing) == [[A, B], [C]]
    assert listing.complete
    assert len(script.requests) == 2


def test_a_server_that_counts_more_than_it_lists_is_believed_in_its_second_pass(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(page(film(A), total=2))
    listing = jellyfin.listing(limit=2)
    assert read(listing) == [[A]] + [[]] * 3
    assert listing.complete
    assert set(asked(script, "sortOrder")) == {"Ascending", "Descending"}
    assert asked(script, "startIndex") == ["0", "1"] * 2


def test_an_empty_page_ends_a_pass(script: Script, jellyfin: Jellyfin) -> None:
    script.says(page(film(A), total=5), page(total=5))
    listing = jellyfin.listing()
    assert len(read(listing)) == 4
    assert not listing.complete


def test_more_than_the_server_counts_is_no_complete_listing(
    script: Script, jellyfin: Jellyfin
) -> None:
    script.says(page(film(A), film(B), total=3), page(film(C), total=2))
    listing = jellyfin.listing(limit=2)
    assert read(listing) == [[A, B], [C]]
    assert not listing.complete


def test_what_is_being_read_is_not_complete(script: Script, jellyfin: Jellyfin) -> None:
    script.says(page(film(A), total=2), plain(400))
    listing = jellyfin.listing(limit=1)
    with pytest.raises(BadRequest):
        read(listing)
    assert not listing.complete


# the server's clock


@pytest.mark.parametrize(
    ("date", "began"),
    [("Sat, 21 Nov 2026 09:00:00 GMT", datetime(2026, 11, 21, 9, tzinfo=UTC)), ("soon", NOW)],
)
def test_a_listing_began_at_the_server_s_time_of_the_first_answer(
    script: Script, connect: Connect, date: str, began: datetime
) -> None:
    client = connect(script.url, now=lambda: NOW)
    later = "Sat, 21 Nov 2026 10:00:00 GMT"
    script.says(page(film(A), total=2, Date=date), page(film(B), total=2, Date=later))
    listing = client.listing(limit=1)
    read(listing)
    assert listing.began == began


def test_without_a_clock_ours_counts(script: Script, connect: Connect) -> None:
    bare = page()
    bare.date = False
    script.says(bare)
    listing = connect(script.url, now=lambda: NOW).listing()
    read(listing)
    assert listing.began == NOW


# what is refused


@pytest.mark.parametrize("kinds", [("Movies",), (), ("Movie", "Series")])
def test_a_kind_that_is_no_video_is_refused(jellyfin: Jellyfin, kinds: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="Movie"):
        jellyfin.listing(kinds=kinds)


def test_an_unknown_library_is_the_server_s_refusal(script: Script, jellyfin: Jellyfin) -> None:
    script.says(plain(400))
    with pytest.raises(BadRequest):
        read(jellyfin.listing(library="f" * 32))


def test_a_404_on_a_list_is_a_wrong_address(script: Script, jellyfin: Jellyfin) -> None:
    for reply in (Reply(404), problem(404)):
        script.says(reply)
        with pytest.raises(WrongAddress):
            read(jellyfin.listing())
        with pytest.raises(WrongAddress):
            jellyfin.items([A])


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "x" * 10_000,
        {},
        {"Items": []},
        {"Items": {}, "TotalRecordCount": "0"},
        {"Items": [5], "TotalRecordCount": 1},
        {"Items": [{"Type": "Movie"}], "TotalRecordCount": 1},
        {"Items": [film("a", Id=5)], "TotalRecordCount": 1},
        {"Items": [film("a", Etag=5)], "TotalRecordCount": 1},
        {"Items": [film("a", MediaSourceCount="2")], "TotalRecordCount": 1},
        {"Items": [film("a", PartCount=1.5)], "TotalRecordCount": 1},
        {"Items": [film("a", Type=["Movie"])], "TotalRecordCount": 1},
    ],
)
def test_a_list_of_another_shape_is_told(
    script: Script, jellyfin: Jellyfin, answer: object
) -> None:
    script.says(ok(answer))
    with pytest.raises(BrokenAnswer) as caught:
        read(jellyfin.listing())
    assert len(caught.value.what) < 200
    assert caught.value.fix


# versions that are listed on their own


def item(item_id: str, *sources: str) -> Item:
    infos = [{"Id": source, "Path": f"/m/{source}.mkv"} for source in sources or (item_id,)]
    row = {"Id": item_id, "Type": "Movie", "MediaSources": infos}
    (found,) = read_items({"Items": [row], "TotalRecordCount": 1})
    return found


def kept(*groups: list[Item]) -> dict[str, list[str]]:
    alternates = Alternates()
    return {
        one.id: [source.id for source in one.sources]
        for group in groups
        for one in alternates.fresh(group)
    }


def test_an_alternate_that_is_listed_on_its_own_stays_with_its_primary() -> None:
    assert kept([item(B), item(A, A, B), item(C)]) == {A: [A, B], C: [C]}
    assert kept([item(A, A, B)], [item(B)]) == {A: [A, B]}


def test_versions_that_name_each_other_stay_with_the_first() -> None:
    assert kept([item(A, A, B), item(B, B, A)]) == {A: [A, B]}


def test_a_version_of_two_items_is_the_first_one_s() -> None:
    assert kept([item(A, A, B)], [item(C, C, B)]) == {A: [A, B], C: [C]}


def test_an_item_without_sources_stays() -> None:
    (bare,) = read_items({"Items": [film(A)], "TotalRecordCount": 1})
    assert kept([bare]) == {A: []}
