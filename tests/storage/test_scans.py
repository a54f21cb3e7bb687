"""Scans: the history of looks through libraries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from subtide.storage import scans
from subtide.storage.database import Database
from subtide.storage.scans import Scan, Scans

BEGAN = datetime(2026, 11, 20, 3, tzinfo=UTC)
SCAN = Scan(
    server="s1",
    kind="everything",
    signal="schedule",
    began_at=BEGAN,
    ended_at=BEGAN + timedelta(seconds=40),
    sources=7,
    unchanged=90,
    gone=1,
    gaps=3,
    planned=2,
)


def test_the_last_scans_come_back_as_they_were_newest_first(database: Database) -> None:
    history = Scans(database)
    failed = replace(SCAN, kind="changes", error="the server went away")
    history.record(SCAN)
    history.record(failed)
    assert history.latest(10) == (failed, SCAN)
    assert history.latest(1) == (failed,)


def test_only_the_last_ones_are_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "KEPT", 3)
    history = Scans(database)
    for number in range(5):
        history.record(replace(SCAN, sources=number))
    assert [scan.sources for scan in history.latest(10)] == [4, 3, 2]


def test_without_a_scan_there_is_no_history(database: Database) -> None:
    assert Scans(database).latest(10) == ()
