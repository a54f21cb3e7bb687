"""Releases: what a person opened."""

from subtide.storage.database import Database
from subtide.storage.releases import ALL, Releases


def test_what_was_released_stays_so_server_by_server(database: Database) -> None:
    releases = Releases(database)
    assert releases.of("s1") == frozenset()
    releases.release("s1", "films")
    releases.release("s1", "films")
    releases.release("s1", ALL)
    assert releases.of("s1") == {"films", ALL}
    assert releases.of("s2") == frozenset()


def test_a_release_can_be_withdrawn_once(database: Database) -> None:
    releases = Releases(database)
    releases.release("s1", "films")
    assert not releases.withdraw("s2", "films")
    assert releases.withdraw("s1", "films")
    assert not releases.withdraw("s1", "films")
    assert releases.of("s1") == frozenset()
