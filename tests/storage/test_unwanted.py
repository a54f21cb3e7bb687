from datetime import timedelta
from typing import Any

import pytest

from storage_fixtures import pass_time
from subtide.storage.database import Database
from subtide.storage.ledger import Entry, EntryState, Ledger
from subtide.storage.unwanted import Unwanted


@pytest.fixture
def unwanted(database: Database) -> Unwanted:
    return Unwanted(database)


def put(database: Database, **changes: object) -> Entry:
    """Note a file that is to be taken away."""
    values: dict[str, Any] = {
        "server": "s1",
        "item": "i1",
        "source": "f1",
        "target": "subtitle/de/full/srt/jellyfin",
        "name": "Film.subtide.de.srt",
        "artifact": "a1",
        "sha256": "00ff",
        "recipe": {},
        "job": 7,
    }
    ledger = Ledger(database)
    entry = ledger.intend(**(values | changes))
    ledger.want_away([entry.id])
    (found,) = ledger.of_ids([entry.id])
    return found


def test_only_what_is_unwanted_is_due_the_oldest_first(
    unwanted: Unwanted, database: Database
) -> None:
    ledger = Ledger(database)
    for state in set(EntryState) - {EntryState.UNWANTED}:
        ledger.advance(put(database), EntryState.RETIRED)
        kept = put(database)
        unwanted.retire(kept, "")
        ledger.advance(kept, state)
    assert unwanted.due() is None
    first, second = put(database), put(database, source="f2")
    assert unwanted.due() == first
    unwanted.retire(first, "")
    assert unwanted.due() == second


def test_sources_that_are_to_be_left_alone_are_passed_over(
    unwanted: Unwanted, database: Database
) -> None:
    put(database)
    other = put(database, server="s2")
    assert unwanted.due([("s1", "f1")]) == other
    assert unwanted.due([("s1", "f1"), ("s2", "f1")]) is None


def test_what_was_put_off_waits_for_its_time(unwanted: Unwanted, database: Database) -> None:
    entry, other = put(database), put(database, source="f2")
    unwanted.postpone(entry, 60.0, "it is being watched")
    assert unwanted.due() == other
    unwanted.retire(other, "")
    assert unwanted.due() is None
    pass_time(database, 61.0)
    due = unwanted.due()
    assert due is not None
    assert (due.id, due.error) == (entry.id, "it is being watched")
    assert due.not_before is not None
    assert due.not_before - due.changed_at == timedelta(seconds=60)


def test_what_is_wanted_again_meanwhile_is_not_put_off(
    unwanted: Unwanted, database: Database
) -> None:
    entry = put(database)
    unwanted.retire(entry, "")
    unwanted.postpone(entry, 60.0, "too late")
    (found,) = Ledger(database).of_ids([entry.id])
    assert (found.state, found.error) == (EntryState.RETIRED, None)


def test_all_that_is_due_on_a_server_is_put_off_with_it(
    unwanted: Unwanted, database: Database
) -> None:
    mine = [put(database), put(database, source="f2")]
    other = put(database, server="s2")
    unwanted.postpone_server("s1", 60.0, "it is away")
    assert unwanted.due() == other
    assert [e.error for e in Ledger(database).of_ids([e.id for e in mine])] == ["it is away"] * 2


def test_what_was_left_keeps_why(unwanted: Unwanted, database: Database) -> None:
    entry = put(database)
    unwanted.postpone(entry, 60.0, "it is being watched")
    unwanted.retire(entry, "another hand changed it")
    (found,) = Ledger(database).of_ids([entry.id])
    assert (found.state, found.error) == (EntryState.RETIRED, "another hand changed it")
    assert found.not_before is None
    gone = put(database)
    unwanted.retire(gone, "")
    assert Ledger(database).of_ids([gone.id])[0].error is None
