"""Undo and redo: what is written when a person takes files back, or wants them anew."""

import pytest

from plans import SERVER, make_plan
from storage_fixtures import DE, end, intend
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, TaskState
from subtide.library import undoing
from subtide.library.undoing import redo, to_redo, to_undo, undo
from subtide.storage import coverage
from subtide.storage.coverage import Cover, Standing
from subtide.storage.database import Database
from subtide.storage.items import Items, KnownItem
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.looks import Looks, Priority
from subtide.storage.outcomes import Outcomes, OutcomeState
from subtide.storage.selection import Selection

EN = "subtitle/en/full/srt/jellyfin"
ALL = Selection()


def put(
    database: Database,
    source: str = "f1",
    target: str = DE,
    state: EntryState = EntryState.VERIFIED,
    outcome: OutcomeState | None = OutcomeState.PUBLISHED,
    **changes: object,
) -> int:
    """Note a file of ours, its outcome and its item."""
    mine = {"server": SERVER, "item": source, "source": source, "target": target}
    ledger = Ledger(database)
    intended = intend(database, **mine, **changes)
    entry = ledger.advance(intended, state, f"/films/{source}.srt")
    if outcome:
        end(database, outcome, **mine, title=f"Film {source}")
    know(database, source, f"Film {source}")
    return entry.id


def know(database: Database, item: str, title: str) -> None:
    known = KnownItem(item, "lib", "e", 1, "f", "j", settled=True, title=title, series="")
    Items(database).remember(SERVER, [known])


def settled(database: Database, *items: str) -> list[bool]:
    known = Items(database).of(SERVER, items)
    return [known[item].settled for item in items]


def states(database: Database) -> dict[int, EntryState]:
    return {entry.id: entry.state for entry in Ledger(database).all()}


def asked(database: Database) -> dict[str, int]:
    return {look.item: look.priority for look, _ in Looks(database).pending()}


def undo_all(database: Database, selection: Selection = ALL) -> int:
    return undo(database, to_undo(database, selection))


# -- undo ---------------------------------------------------------------------------------


def test_undone_files_are_to_go_and_their_targets_are_refused(database: Database) -> None:
    mine, other = put(database), put(database, "f2")
    assert undo_all(database, Selection(item="f1")) == 0
    assert states(database) == {mine: EntryState.UNWANTED, other: EntryState.VERIFIED}
    outcomes = {one.source: one for one in Outcomes(database).all()}
    assert outcomes["f2"].state is OutcomeState.PUBLISHED
    refused = outcomes["f1"]
    assert refused.state is OutcomeState.REFUSED
    assert refused.reason == f"undone by a person on {refused.at:%Y-%m-%d}"
    assert refused.fix == 'to have it again: subtide redo "Film f1"'
    assert (refused.basis, refused.work, refused.item) == ("b1", "w1", "f1")


def test_a_file_without_an_outcome_is_refused_too(database: Database) -> None:
    put(database, outcome=None)
    undo_all(database)
    (refused,) = Outcomes(database).all()
    assert (refused.state, refused.title) == (OutcomeState.REFUSED, "Film f1")


@pytest.mark.parametrize("state", EntryState)
def test_all_but_what_is_retired_can_be_undone(database: Database, state: EntryState) -> None:
    put(database, state=state)
    found = to_undo(database, ALL)
    assert len(found) == (state is not EntryState.RETIRED)


def test_what_is_counted_as_covered_is_closed_at_once(database: Database) -> None:
    put(database)
    cover = Cover("f1", DE, "f1", "lib", "", "de", Standing.COVERED, "", 60.0)
    with database.write() as connection:
        coverage.replace(connection, SERVER, ["f1"], [cover])
    undo_all(database)
    with database.read() as connection:
        standings = connection.execute(coverage.coverage.select()).mappings().all()
    assert [row["standing"] for row in standings] == ["closed"]


def test_an_open_job_that_would_make_it_again_ends_and_refuses_nothing_else(
    database: Database,
) -> None:
    store = JobStore(database)
    job = store.add(make_plan("f1", ("de", "en")), priority=50, signal="test")
    other = store.add(make_plan("f2", ("de", "en")), priority=50, signal="test")
    assert job is not None
    assert other is not None
    put(database)
    assert undo_all(database) == 1
    ended, going_on = store.find(job), store.find(other)
    assert ended is not None
    assert going_on is not None
    assert (ended.state, going_on.state) == (JobState.CANCELLED, JobState.QUEUED)
    assert {task.state for task in store.tasks(job)} == {TaskState.CANCELLED}
    assert [one.target for one in Outcomes(database).all()] == [DE]
    assert asked(database) == {"f1": Priority.PERSON}, "English is still wanted"


def test_an_open_job_for_another_language_goes_on(database: Database) -> None:
    store = JobStore(database)
    job = store.add(make_plan("f1", ("en",)), priority=50, signal="test")
    assert job is not None
    put(database)
    assert undo_all(database) == 0
    found = store.find(job)
    assert found is not None
    assert found.state is JobState.QUEUED


def test_a_worker_that_is_about_to_publish_puts_nothing_out_any_more(database: Database) -> None:
    store = JobStore(database)
    store.add(make_plan("f1", ("de",)), priority=50, signal="test")
    sent = put(database, state=EntryState.INTENDED, outcome=None)
    undo_all(database)
    entry = Ledger(database).of_ids([sent])[0]
    Ledger(database).advance(entry, EntryState.VERIFIED, "/films/late.srt")
    assert states(database) == {sent: EntryState.UNWANTED}


def test_an_undo_that_fails_halfway_has_written_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = JobStore(database)
    job = store.add(make_plan("f1", ("de",)), priority=50, signal="test")
    assert job is not None
    mine = put(database)
    monkeypatch.setattr(undoing, "want_away", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        undo_all(database)
    assert states(database) == {mine: EntryState.VERIFIED}
    assert [one.state for one in Outcomes(database).all()] == [OutcomeState.PUBLISHED]
    found = store.find(job)
    assert found is not None
    assert found.state is JobState.QUEUED


def test_to_undo_nothing_writes_nothing(database: Database) -> None:
    put(database)
    assert undo(database, ()) == 0
    assert asked(database) == {}


# -- redo ---------------------------------------------------------------------------------


def test_a_redo_opens_the_target_and_has_its_item_looked_at(database: Database) -> None:
    mine, other = put(database), put(database, "f2")
    redo(database, to_redo(database, Selection(item="f1"), refused=True))
    assert states(database) == {mine: EntryState.OUTDATED, other: EntryState.VERIFIED}
    assert [one.source for one in Outcomes(database).all()] == ["f2"]
    assert settled(database, "f1", "f2") == [False, True]
    assert asked(database) == {"f1": Priority.PERSON}


def test_other_targets_of_the_same_source_stay_as_they_ended(database: Database) -> None:
    put(database)
    put(database, target=EN, outcome=OutcomeState.HELD)
    redo(database, to_redo(database, Selection(job=7), refused=True)[:1])
    assert [(one.target, one.state) for one in Outcomes(database).all()] == [
        (EN, OutcomeState.HELD)
    ]


@pytest.mark.parametrize("state", EntryState)
@pytest.mark.parametrize("refused", [True, False])
def test_what_is_there_can_be_made_anew_and_what_was_refused_if_it_is_meant(
    database: Database, state: EntryState, *, refused: bool
) -> None:
    put(database, state=state)
    put(database, "f2", state=state, outcome=OutcomeState.REFUSED)
    found = {one.entry.source for one in to_redo(database, ALL, refused=refused)}
    there = {"f1"} if state is EntryState.VERIFIED else set()
    once = {EntryState.VERIFIED, EntryState.UNWANTED, EntryState.RETIRED}
    assert found == there | ({"f2"} if refused and state in once else set())


def test_only_what_other_models_made_is_outdated(database: Database) -> None:
    put(database)
    put(database, "f2")
    put(database, "f3", outcome=OutcomeState.REFUSED)
    rows = [
        Cover(source, DE, source, "lib", "", "de", standing, "", 60.0)
        for source, standing in {
            "f1": Standing.COVERED,
            "f2": Standing.OUTDATED,
            "f3": Standing.OUTDATED,
        }.items()
    ]
    with database.write() as connection:
        coverage.replace(connection, SERVER, ["f1", "f2", "f3"], rows)
    found = to_redo(database, ALL, refused=False, outdated=True)
    assert [one.entry.source for one in found] == ["f2"]


def test_of_all_that_was_put_out_for_a_target_the_newest_is_meant(database: Database) -> None:
    put(database, state=EntryState.RETIRED)
    newest = put(database)
    assert [one.entry.id for one in to_redo(database, ALL, refused=True)] == [newest]


def test_what_was_undone_and_is_not_gone_yet_stays_until_the_new_one_is_there(
    database: Database,
) -> None:
    mine = put(database)
    undo_all(database)
    redo(database, to_redo(database, Selection(item="f1"), refused=True))
    assert states(database) == {mine: EntryState.OUTDATED}
    assert Outcomes(database).all() == ()


def test_what_is_gone_stays_retired(database: Database) -> None:
    mine = put(database, state=EntryState.RETIRED, outcome=OutcomeState.REFUSED)
    redo(database, to_redo(database, Selection(item="f1"), refused=True))
    assert states(database) == {mine: EntryState.RETIRED}
    assert Outcomes(database).all() == ()
    assert settled(database, "f1") == [False]


def test_the_film_s_next_file_is_looked_at_too(database: Database) -> None:
    """It is another item: ids follow from the path."""
    put(database, state=EntryState.RETIRED, outcome=OutcomeState.REFUSED)
    Items(database).forget_missing(SERVER, ["lib"], set())
    know(database, "f9", "Film f1")
    know(database, "f8", "Another")
    redo(database, to_redo(database, Selection(item="Film f1"), refused=True))
    assert asked(database) == {"f1": Priority.PERSON, "f9": Priority.PERSON}
    assert settled(database, "f9", "f8") == [False, True]


def test_items_whose_titles_are_not_known_are_not_taken_for_one_film(database: Database) -> None:
    put(database, state=EntryState.RETIRED, outcome=OutcomeState.REFUSED)
    know(database, "f1", "")
    know(database, "f8", "")
    redo(database, to_redo(database, Selection(item="f1"), refused=True))
    assert asked(database) == {"f1": Priority.PERSON}
