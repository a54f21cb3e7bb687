from dataclasses import replace

import pytest

from subtide.storage.database import Database
from subtide.storage.items import IDS_AT_ONCE, Items, KnownItem
from subtide.storage.outcomes import Outcome, Outcomes, OutcomeState, record

FILM = KnownItem("i1", "l1", "e1", 1, "f1", "j1", settled=True, title="Film", series="")


@pytest.fixture
def items(database: Database) -> Items:
    return Items(database)


def test_items_read_back_as_they_were_remembered(items: Items) -> None:
    other = KnownItem("i2", "", "", 3, "f2", "j2", settled=False, title="Two", series="Show")
    items.remember("s1", [FILM, other])
    assert items.of("s1", ["i1", "i2", "i3"]) == {"i1": FILM, "i2": other}
    assert items.of("s1", ["i2"]) == {"i2": other}
    assert items.of("s1", []) == {}


def test_what_is_remembered_later_counts(items: Items) -> None:
    items.remember("s1", [FILM])
    later = replace(
        FILM, library="l2", etag="e2", versions=2, fingerprint="f2", judged="j2", settled=False
    )
    items.remember("s1", [later, replace(FILM, item="i2")])
    assert items.of("s1", ["i1"]) == {"i1": later}
    items.remember("s1", [])
    assert items.count("s1") == {"l1": 1, "l2": 1}


def test_two_servers_may_have_the_same_ids(items: Items) -> None:
    items.remember("s1", [FILM])
    items.remember("s2", [replace(FILM, etag="e2")])
    assert items.of("s1", ["i1"])["i1"].etag == "e1"
    assert items.forget_missing("s1", ["l1"], frozenset()) == 1
    assert items.count("s1") == {}
    assert items.count("s2") == {"l1": 1}


def test_only_what_is_missing_from_the_named_libraries_is_forgotten(items: Items) -> None:
    films = [replace(FILM, item=f"i{number}", library=f"l{number % 3}") for number in range(9)]
    items.remember("s1", films)
    assert items.count("s1") == {"l0": 3, "l1": 3, "l2": 3}
    assert items.forget_missing("s1", ["l0", "l1"], {"i0", "i1", "i4"}) == 3
    assert set(items.of("s1", [one.item for one in films])) == {"i0", "i1", "i4", "i2", "i5", "i8"}
    assert items.forget_missing("s1", [], frozenset()) == 0


def test_more_items_than_fit_in_one_statement_are_forgotten(items: Items) -> None:
    films = [replace(FILM, item=f"i{number}") for number in range(2 * IDS_AT_ONCE + 1)]
    items.remember("s1", films)
    assert items.forget_missing("s1", ["l1"], {"i7"}) == 2 * IDS_AT_ONCE
    assert items.count("s1") == {"l1": 1}


def test_an_item_whose_outcomes_a_person_opens_is_no_longer_settled(
    items: Items, database: Database
) -> None:
    outcome = Outcome(
        server="s1",
        source="other version",
        target="subtitle/de/full/srt/jellyfin",
        item="i1",
        title="Film",
        state=OutcomeState.HELD,
        basis="b1",
        reason="",
        fix="",
        retry_at=None,
        job=None,
        at=Outcomes(database).now(),
    )
    with database.write() as connection:
        record(connection, outcome)
    beside = replace(FILM, item="i2")
    items.remember("s1", [FILM, beside])
    items.remember("s2", [FILM])
    assert Outcomes(database).reopen("s1", "i1") == 0
    assert items.of("s1", ["i1"])["i1"].settled
    assert Outcomes(database).reopen("s1", "other version") == 1
    assert items.of("s1", ["i1", "i2"]) == {"i1": replace(FILM, settled=False), "i2": beside}
    assert items.of("s2", ["i1"]) == {"i1": FILM}
