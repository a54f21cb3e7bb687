"""Coverage: what is counted, and from what."""

from dataclasses import replace

import pytest

from subtide.storage import coverage
from subtide.storage.coverage import Cover, Coverage, Standing
from subtide.storage.database import Database

S1, S2 = "s1", "s2"


def cover(source: str, language: str, standing: Standing, **changes: object) -> Cover:
    row = Cover(
        source=source,
        target=f"subtitle/{language}/full/srt/jellyfin",
        item=source,
        library="films",
        series="",
        language=language,
        standing=standing,
        origin="speech" if standing is Standing.GAP else "",
        duration=6000.0,
    )
    return replace(row, **changes)  # type: ignore[arg-type]


ROWS = [
    cover("f1", "en", Standing.COVERED),
    cover("f1", "pt", Standing.GAP),
    cover("f2", "en", Standing.GAP),
    cover("f2", "pt", Standing.GAP),
    cover("e1", "en", Standing.GAP, library="shows", series="Show", origin="text", duration=1500.0),
    cover("e1", "pt", Standing.CLOSED, library="shows", series="Show", duration=1500.0),
]


@pytest.fixture
def kept(database: Database) -> Coverage:
    with database.write() as connection:
        coverage.replace(connection, S1, {row.item for row in ROWS}, ROWS)
        coverage.replace(connection, S2, ["f1"], [cover("f1", "en", Standing.GAP)])
    return Coverage(database)


def test_what_is_not_counted_by_is_empty(kept: Coverage) -> None:
    found = kept.counts(S1, by=("language", "standing"))
    assert {(c.server, c.library, c.series, c.origin) for c in found} == {("", "", "", "")}
    assert [(c.language, c.standing, c.sources, c.seconds) for c in found] == [
        ("en", "covered", 1, 6000.0),
        ("en", "gap", 2, 7500.0),
        ("pt", "closed", 1, 1500.0),
        ("pt", "gap", 2, 12000.0),
    ]


def test_every_server_counts_by_itself_unless_told_otherwise(kept: Coverage) -> None:
    assert [(c.server, c.sources) for c in kept.counts(by=("server",))] == [(S1, 6), (S2, 1)]
    assert [c.sources for c in kept.counts(by=())] == [7]


def test_a_library_can_be_counted_alone(kept: Coverage) -> None:
    found = kept.counts(S1, "shows")
    assert [(c.library, c.series, c.language, c.standing, c.origin) for c in found] == [
        ("shows", "Show", "en", "gap", "text"),
        ("shows", "Show", "pt", "closed", ""),
    ]


def test_without_a_look_there_is_nothing_to_count(database: Database) -> None:
    assert Coverage(database).counts() == ()
    assert Coverage(database).lacking() == ()


def test_a_source_that_lacks_two_languages_counts_once_as_lacking(kept: Coverage) -> None:
    found = kept.lacking(S1)
    assert [(c.library, c.origin, c.sources, c.seconds) for c in found] == [
        ("films", "speech", 2, 12000.0),
        ("shows", "text", 1, 1500.0),
    ]
    assert [c.server for c in kept.lacking()] == [S1, S1, S2]


def test_an_item_tells_how_each_target_stands(kept: Coverage) -> None:
    assert kept.of_item(S1, "f1") == tuple(row for row in ROWS if row.item == "f1")
    assert kept.of_item(S2, "e1") == ()


def test_the_items_to_be_heard_can_be_asked_for(kept: Coverage) -> None:
    assert set(kept.items_lacking(S1, "speech", 5)) == {"f1", "f2"}
    assert len(kept.items_lacking(S1, "speech", 1)) == 1
    assert kept.items_lacking(S1, "text", 5) == ("e1",)


def test_a_new_look_at_an_item_replaces_all_that_was_known_of_it(
    kept: Coverage, database: Database
) -> None:
    with database.write() as connection:
        coverage.replace(connection, S1, ["f1"], [cover("f1", "de", Standing.GAP)])
        coverage.replace(connection, S1, ["f2"], [])
    assert [row.language for row in kept.of_item(S1, "f1")] == ["de"]
    assert kept.of_item(S1, "f2") == ()
    assert len(kept.of_item(S2, "f1")) == 1
