from datetime import timedelta

import pytest

from storage_fixtures import DE, end, intend, pass_time
from subtide.errors import PlanOutdated
from subtide.storage.database import Database
from subtide.storage.ledger import IDS_AT_ONCE, EntryState, Ledger, want_anew
from subtide.storage.outcomes import OutcomeState
from subtide.storage.unwanted import Unwanted

PATH = "/films/Film.subtide.de.srt"


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def paths(ledger: Ledger, server: str, *sources: str) -> set[str]:
    """Where our files are, or were, beside these sources."""
    return {put.path for put in ledger.put_out(server, sources)}


def test_an_intention_is_kept_with_all_that_it_says(ledger: Ledger, database: Database) -> None:
    entry = intend(database, recipe={"publish": 1, "engines": ["firefox"]})
    assert entry.state is EntryState.INTENDED
    assert entry.path is None
    assert entry.recipe == {"publish": 1, "engines": ["firefox"]}
    assert (entry.name, entry.sha256, entry.job) == ("Film.subtide.de.srt", "00ff", 7)
    assert entry.created_at == entry.changed_at
    assert ledger.all() == (entry,)


def test_a_file_goes_from_intended_to_verified_and_keeps_its_path(
    ledger: Ledger, database: Database
) -> None:
    intend(database)
    pass_time(database, 60.0)
    uploaded = ledger.advance(ledger.all()[0], EntryState.UPLOADED)
    assert (uploaded.state, uploaded.path) == (EntryState.UPLOADED, None)
    verified = ledger.advance(uploaded, EntryState.VERIFIED, PATH)
    assert (verified.state, verified.path) == (EntryState.VERIFIED, PATH)
    assert verified.changed_at - verified.created_at >= timedelta(seconds=60)
    retired = ledger.advance(verified, EntryState.RETIRED)
    assert (retired.state, retired.path) == (EntryState.RETIRED, PATH)
    assert ledger.all() == (retired,)


def test_another_s_file_is_noted_with_its_path_and_is_not_ours_to_touch(
    ledger: Ledger, database: Database
) -> None:
    values = {name: getattr(intend(database), name) for name in ("server", "item", "source")}
    found = ledger.found(
        **values,
        target=DE,
        name="Film.subtide.de.srt",
        artifact="a1",
        sha256="00ff",
        recipe={},
        job=7,
        path=PATH,
    )
    assert (found.state, found.path) == (EntryState.RETIRED, PATH)
    assert found not in ledger.of_target("s1", "f1", DE)
    assert PATH in paths(ledger, "s1", "f1"), "and it is no origin"


def test_a_target_has_what_was_put_out_for_it_oldest_first(
    ledger: Ledger, database: Database
) -> None:
    first, second = intend(database), intend(database, sha256="11ff")
    for other in ({"server": "s2"}, {"source": "f2"}, {"target": "x"}):
        intend(database, **other)
    assert ledger.of_target("s1", "f1", DE) == (first, second)


def test_what_is_retired_is_no_longer_the_targets(ledger: Ledger, database: Database) -> None:
    ledger.advance(intend(database), EntryState.RETIRED)
    assert ledger.of_target("s1", "f1", DE) == ()


def test_the_paths_of_a_source_are_those_we_ever_wrote_to(
    ledger: Ledger, database: Database
) -> None:
    intend(database)
    verified = ledger.advance(intend(database), EntryState.VERIFIED, PATH)
    ledger.advance(intend(database, source="f2"), EntryState.VERIFIED, "/films/Other.srt")
    assert paths(ledger, "s1", "f1") == {PATH}
    ledger.advance(verified, EntryState.RETIRED)
    assert paths(ledger, "s1", "f1") == {PATH}
    assert paths(ledger, "s1", "f1", "f2") == {PATH, "/films/Other.srt"}
    assert paths(ledger, "s2", "f1") == frozenset()


@pytest.mark.parametrize("folder", ["/films/New/", "D:\\films\\New\\", "\\\\nas\\films/New\\"])
def test_what_moved_has_the_name_that_ends_its_path(
    ledger: Ledger, database: Database, folder: str
) -> None:
    entry = intend(database)
    ledger.advance(entry, EntryState.VERIFIED, PATH)
    path = f"{folder}New.subtide.de.srt"
    ledger.move(("s1", "f1", DE), "i2", "f2", path)
    (moved,) = ledger.all()
    assert (moved.id, moved.item, moved.source) == (entry.id, "i2", "f2")
    assert (moved.path, moved.name) == (path, "New.subtide.de.srt")


def test_uploads_that_were_not_seen_yet_are_counted_by_server(
    ledger: Ledger, database: Database
) -> None:
    intend(database)
    ledger.advance(intend(database), EntryState.UPLOADED)
    ledger.advance(intend(database), EntryState.VERIFIED, PATH)
    ledger.advance(intend(database), EntryState.RETIRED)
    intend(database, server="s2")
    assert ledger.unfinished("s1") == 2
    assert ledger.unfinished("s3") == 0


def test_a_file_is_not_intended_once_its_target_is_refused(
    ledger: Ledger, database: Database
) -> None:
    end(database, OutcomeState.REFUSED)
    with pytest.raises(PlanOutdated, match="not wanted any more"):
        intend(database)
    assert ledger.all() == ()
    assert intend(database, target="x").state is EntryState.INTENDED


@pytest.mark.parametrize("state", [EntryState.UPLOADED, EntryState.VERIFIED])
def test_an_unwanted_file_that_arrives_late_stays_unwanted_and_gets_its_path(
    ledger: Ledger, database: Database, state: EntryState
) -> None:
    entry = intend(database)
    ledger.want_away([entry.id])
    late = ledger.advance(entry, state, PATH)
    assert (late.state, late.path) == (EntryState.UNWANTED, PATH)
    assert ledger.advance(late, EntryState.RETIRED).state is EntryState.RETIRED


def test_what_is_to_go_forgets_why_it_had_to_wait(ledger: Ledger, database: Database) -> None:
    entry = intend(database)
    ledger.want_away([entry.id])
    Unwanted(database).postpone(entry, 60.0, "it is being watched")
    ledger.want_away([entry.id])
    (again,) = ledger.of_ids([entry.id])
    assert (again.state, again.error, again.not_before) == (EntryState.UNWANTED, None, None)


def test_what_is_retired_is_never_taken_away(ledger: Ledger, database: Database) -> None:
    entry = ledger.advance(intend(database), EntryState.RETIRED)
    ledger.want_away([entry.id])
    assert ledger.of_ids([entry.id]) == (entry,)


@pytest.mark.parametrize("state", EntryState)
def test_only_what_is_there_is_to_be_made_anew(
    ledger: Ledger, database: Database, state: EntryState
) -> None:
    entry = ledger.advance(intend(database), state)
    with database.write() as connection:
        want_anew(connection, [entry.id], database.now(connection))
    (now,) = ledger.of_ids([entry.id])
    there = state in {EntryState.VERIFIED, EntryState.UNWANTED}
    assert now.state is (EntryState.OUTDATED if there else state)


def test_many_files_are_wanted_away_at_once(ledger: Ledger, database: Database) -> None:
    ids = [intend(database, source=f"f{number}").id for number in range(IDS_AT_ONCE + 2)]
    ledger.want_away(ids[1:])
    assert [one.state for one in ledger.of_ids(ids)] == (
        [EntryState.INTENDED] + [EntryState.UNWANTED] * (IDS_AT_ONCE + 1)
    )
