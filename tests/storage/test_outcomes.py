from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from subtide.storage.database import Database
from subtide.storage.outcomes import (
    Outcome,
    Outcomes,
    OutcomeState,
    forget,
    is_refused,
    record,
    record_all,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HELD = Outcome(
    server="s1",
    source="f1",
    target="subtitle/de/full/srt/jellyfin",
    item="i1",
    title="Film",
    state=OutcomeState.HELD,
    basis="b1",
    reason="it is empty",
    fix="look at it",
    retry_at=None,
    job=7,
    at=NOW,
)


def keep(database: Database, *outcomes: Outcome) -> Outcomes:
    for outcome in outcomes:
        with database.write() as connection:
            record(connection, outcome)
    return Outcomes(database)


@pytest.mark.parametrize("state", set(OutcomeState) - {OutcomeState.FAILED_UNTIL})
def test_an_outcome_is_closed_for_good(state: OutcomeState) -> None:
    assert replace(HELD, state=state).closed("b1", NOW + timedelta(days=9999))


@pytest.mark.parametrize("state", [one for one in OutcomeState if one is not OutcomeState.REFUSED])
def test_an_outcome_is_open_when_media_policy_or_recipe_changed(state: OutcomeState) -> None:
    assert not replace(HELD, state=state, retry_at=NOW).closed("b2", NOW - timedelta(days=1))


def test_what_was_refused_stays_closed_whatever_changed() -> None:
    refused = replace(HELD, state=OutcomeState.REFUSED)
    assert refused.closed("b2", NOW + timedelta(days=1000))


@pytest.mark.parametrize(
    ("retry_at", "closed"),
    [(NOW + timedelta(seconds=1), True), (NOW, False), (NOW - timedelta(days=1), False)],
)
def test_a_failure_for_now_is_closed_until_its_time(retry_at: datetime, *, closed: bool) -> None:
    failed = replace(HELD, state=OutcomeState.FAILED_UNTIL, retry_at=retry_at)
    assert failed.closed("b1", NOW) is closed


def test_a_failure_for_now_without_a_time_is_open() -> None:
    assert not replace(HELD, state=OutcomeState.FAILED_UNTIL).closed("b1", NOW)


def test_an_outcome_reads_back_as_it_was_recorded(database: Database) -> None:
    failed = replace(HELD, state=OutcomeState.FAILED_UNTIL, retry_at=NOW, job=None)
    assert keep(database, failed).all() == (failed,)


def test_a_newer_outcome_takes_the_older_ones_place(database: Database) -> None:
    newer = replace(HELD, state=OutcomeState.PUBLISHED, reason="", fix="", job=8)
    assert keep(database, HELD, newer).all() == (newer,)


def test_outcomes_of_other_servers_sources_and_targets_stay(database: Database) -> None:
    others = [replace(HELD, server="s2"), replace(HELD, source="f2"), replace(HELD, target="x")]
    assert set(keep(database, HELD, *others).all()) == {HELD, *others}


def test_all_comes_newest_last(database: Database) -> None:
    newest = replace(HELD, source="f0", at=NOW + timedelta(seconds=1))
    assert keep(database, newest, HELD).all() == (HELD, newest)


def test_outcomes_are_found_by_source_and_target(database: Database) -> None:
    other = replace(HELD, source="f2")
    outcomes = keep(database, HELD, other, replace(HELD, source="f3"), replace(HELD, server="s2"))
    assert outcomes.of_sources("s1", ["f1", "f2", "f9"]) == {
        ("f1", HELD.target): HELD,
        ("f2", HELD.target): other,
    }
    assert outcomes.of_sources("s1", []) == {}


def test_a_person_opens_a_source_again(database: Database) -> None:
    kept = [replace(HELD, source="f2"), replace(HELD, server="s2")]
    outcomes = keep(database, HELD, replace(HELD, target="x"), *kept)
    assert outcomes.reopen("s1", "f1") == 2
    assert outcomes.reopen("s1", "f1") == 0
    assert set(outcomes.all()) == set(kept)


def test_an_outcome_of_a_transaction_that_fails_is_not_kept(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as connection:
            record(connection, HELD)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert Outcomes(database).all() == ()


def test_two_that_record_at_once_leave_one_outcome(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda job: keep(database, replace(HELD, job=job)), range(40)))
    assert len(Outcomes(database).all()) == 1


def test_now_is_in_utc(database: Database) -> None:
    assert Outcomes(database).now().utcoffset() == timedelta(0)
    assert abs(Outcomes(database).now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_only_the_refused_target_itself_is_refused(database: Database) -> None:
    refused = replace(HELD, state=OutcomeState.REFUSED)
    keep(database, refused, replace(HELD, target="x"))
    with database.read() as connection:
        assert is_refused(connection, "s1", "f1", HELD.target)
        assert not is_refused(connection, "s1", "f1", "x"), "held"
        assert not is_refused(connection, "s2", "f1", HELD.target)
        assert not is_refused(connection, "s1", "f2", HELD.target)


def test_one_target_is_forgotten_and_the_others_are_not(database: Database) -> None:
    others = [replace(HELD, server="s2"), replace(HELD, source="f2"), replace(HELD, target="x")]
    outcomes = keep(database, HELD, *others)
    with database.write() as connection:
        forget(connection, [("s1", "f1", HELD.target), ("s9", "f1", HELD.target)])
        forget(connection, [])
    assert set(outcomes.all()) == set(others)


def test_many_outcomes_are_recorded_at_once_over_the_older_ones(database: Database) -> None:
    refused = [replace(HELD, source=source, state=OutcomeState.REFUSED) for source in ("f1", "f2")]
    outcomes = keep(database, HELD)
    with database.write() as connection:
        record_all(connection, refused)
        record_all(connection, [])
    assert set(outcomes.all()) == set(refused)
