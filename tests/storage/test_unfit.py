"""Unfit origins are remembered by server, source and origin, until a person says otherwise."""

from datetime import UTC, datetime

from subtide.storage.database import Database
from subtide.storage.unfit import Unfit, UnfitOrigins, forget_unfit, note_unfit

FIRST = Unfit("text/en/subrip/0/1", "another cut", datetime(2026, 11, 20, tzinfo=UTC))
SECOND = Unfit("text/de/subrip/0/2", "no subtitle", datetime(2026, 11, 21, tzinfo=UTC))


def note(database: Database, server: str, source: str, *found: Unfit) -> None:
    with database.write() as connection:
        for one in found:
            note_unfit(connection, server, source, one)


def test_what_was_noted_is_read_by_source(database: Database) -> None:
    note(database, "s1", "f1", FIRST, SECOND)
    note(database, "s1", "f2", SECOND)
    note(database, "s2", "f1", SECOND)
    found = UnfitOrigins(database).of_sources("s1", ["f1", "f2", "f3"])
    assert {source: set(some) for source, some in found.items()} == {
        "f1": {FIRST, SECOND},
        "f2": {SECOND},
    }


def test_what_is_forgotten_counts_again(database: Database) -> None:
    note(database, "s1", "f1", FIRST)
    note(database, "s1", "f2", FIRST)
    note(database, "s2", "f1", FIRST)
    with database.write() as connection:
        forget_unfit(connection, [("s1", "f1"), ("s1", "gone")])
    assert set(UnfitOrigins(database).of_sources("s1", ["f1", "f2"])) == {"f2"}
    assert set(UnfitOrigins(database).of_sources("s2", ["f1"])) == {"f1"}
