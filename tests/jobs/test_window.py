"""Window: when work may begin that nobody asked for."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from subtide.jobs.window import Gate, Window
from subtide.storage.looks import Priority

LISBON, NEW_YORK = ZoneInfo("Europe/Lisbon"), ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "is_open", "change"),
    [
        ("22:00-07:00", "2026-11-20T21:59", False, "2026-11-20T22:00"),
        ("22:00-07:00", "2026-11-20T22:00", True, "2026-11-21T07:00"),
        ("22:00-07:00", "2026-11-21T00:00", True, "2026-11-21T07:00"),
        ("22:00-07:00", "2026-11-21T06:59", True, "2026-11-21T07:00"),
        ("22:00-07:00", "2026-11-21T07:00", False, "2026-11-21T22:00"),
        ("01:30-05:00", "2026-11-21T01:29", False, "2026-11-21T01:30"),
        ("01:30-05:00", "2026-11-21T01:30", True, "2026-11-21T05:00"),
        ("01:30-05:00", "2026-11-21T05:00", False, "2026-11-22T01:30"),
        ("00:00-12:00", "2026-11-21T00:00", True, "2026-11-21T12:00"),
        ("12:00-00:00", "2026-11-21T23:59", True, "2026-11-22T00:00"),
    ],
)
def test_a_window_opens_and_closes_at_its_times(
    text: str, moment: str, change: str, *, is_open: bool
) -> None:
    window = Window.parse(text, UTC)
    assert window.is_open(at(moment)) is is_open
    assert window.next_change(at(moment)) == at(change)


@pytest.mark.parametrize("text", ["", "08:00-08:00"])
def test_a_window_of_the_whole_day_never_closes(text: str) -> None:
    window = Window.parse(text, LISBON)
    for hours in range(48):
        moment = at("2026-03-28T00:00") + timedelta(hours=hours)
        assert window.is_open(moment)
        assert window.next_change(moment) is None


@pytest.mark.parametrize(
    ("text", "zone", "night", "opens", "closes"),
    [
        # Lisbon leaps from 01:00 to 02:00 on 29 March, and back from 02:00 to 01:00 on 25 October.
        ("22:00-07:00", LISBON, "2026-03-28T12:00", "2026-03-28T22:00", "2026-03-29T06:00"),
        ("22:00-07:00", LISBON, "2026-10-24T12:00", "2026-10-24T21:00", "2026-10-25T07:00"),
        ("01:30-05:00", LISBON, "2026-03-28T12:00", "2026-03-29T01:30", "2026-03-29T04:00"),
        ("01:30-05:00", LISBON, "2026-10-24T12:00", "2026-10-25T00:30", "2026-10-25T05:00"),
        ("23:00-01:30", LISBON, "2026-03-28T12:00", "2026-03-28T23:00", "2026-03-29T01:30"),
        ("23:00-01:30", LISBON, "2026-10-24T12:00", "2026-10-24T22:00", "2026-10-25T00:30"),
        # A window within the hour that is leapt over is not opened in that night.
        ("01:15-02:00", LISBON, "2026-03-28T12:00", "2026-03-30T00:15", "2026-03-30T01:00"),
        # New York leaps from 02:00 to 03:00 on 8 March, and back from 02:00 to 01:00 on 1 November.
        ("22:00-07:00", NEW_YORK, "2026-03-07T18:00", "2026-03-08T03:00", "2026-03-08T11:00"),
        ("22:00-07:00", NEW_YORK, "2026-10-31T18:00", "2026-11-01T02:00", "2026-11-01T12:00"),
    ],
)
def test_a_window_follows_the_clock_on_the_wall_when_the_clocks_change(
    text: str, zone: ZoneInfo, night: str, opens: str, closes: str
) -> None:
    window = Window.parse(text, zone)
    opening = window.next_change(at(night))
    assert opening == at(opens)
    assert window.next_change(opening) == at(closes)


@given(st.times(), st.times(), st.sampled_from([UTC, LISBON, NEW_YORK]), st.integers(0, 366 * 1440))
def test_a_window_changes_at_its_next_change_and_not_before(
    begins: time, ends: time, zone: ZoneInfo, minute: int
) -> None:
    window = Window(begins.replace(microsecond=0), ends.replace(microsecond=0), zone)
    now = at("2026-01-01T00:00") + timedelta(minutes=minute)
    change = window.next_change(now)
    if change is None:
        assert window.begins == window.ends
        return
    state = window.is_open(now)
    assert now < change < now + timedelta(days=3)
    assert window.is_open(change) is not state
    assert window.is_open(change - timedelta(seconds=1)) is state


def test_outside_its_window_only_what_a_person_asked_for_begins_and_the_log_says_it_once() -> None:
    now = at("2026-11-20T21:59")
    gate = Gate(Window.parse("22:00-07:00", UTC), lambda: now)
    with capture_logs() as logs:
        assert [gate(), gate()] == [Priority.PERSON, Priority.PERSON]
        now = at("2026-11-20T22:00")
        assert [gate(), gate()] == [None, None]
        now = at("2026-11-21T07:00")
        assert [gate(), gate()] == [Priority.PERSON, Priority.PERSON]
    assert [(one["event"], one["until"]) for one in logs] == [
        ("only what people ask for begins now", "2026-11-20T22:00:00+00:00"),
        ("work begins again", "2026-11-21T07:00:00+00:00"),
        ("only what people ask for begins now", "2026-11-21T22:00:00+00:00"),
    ]


def test_a_gate_that_is_always_open_says_nothing() -> None:
    with capture_logs() as logs:
        assert Gate(Window.parse("", UTC), lambda: at("2026-11-20T21:59"))() is None
    assert logs == []
