from dataclasses import replace
from datetime import timedelta

import pytest

from plans import make_plan
from storage_fixtures import DE, end, intend, pass_time
from subtide.jobs.store import JobStore
from subtide.languages import Language
from subtide.storage import coverage
from subtide.storage.coverage import Cover, Standing
from subtide.storage.database import Database
from subtide.storage.items import Items, KnownItem
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.outcomes import OutcomeState
from subtide.storage.selection import Chosen, Selection, select

KNOWN = KnownItem("i1", "lib", "e", 1, "f", "j", settled=True, title="Über uns (2020)", series="")
TITLE = "Über uns (2020) [4K]"


def put(database: Database, **changes: object) -> int:
    return Ledger(database).advance(intend(database, **changes), EntryState.VERIFIED).id


def know(database: Database, item: str, title: str, series: str = "", server: str = "s1") -> None:
    Items(database).remember(server, [replace(KNOWN, item=item, title=title, series=series)])


def chosen(database: Database, **selection: object) -> list[int]:
    found = select(database, Selection(**selection), list(EntryState))  # type: ignore[arg-type]
    return [one.entry.id for one in found]


def test_without_a_choice_every_file_is_meant_oldest_first(database: Database) -> None:
    ids = [put(database), put(database, source="f2"), put(database, server="s2")]
    assert chosen(database) == ids


def test_only_files_in_the_wanted_states_are_given(database: Database) -> None:
    put(database)
    assert select(database, Selection(), [EntryState.RETIRED]) == ()


def test_what_is_known_besides_is_told(database: Database) -> None:
    put(database)
    know(database, "i1", "Über uns (2020)", "Uns")
    end(database, OutcomeState.PUBLISHED, title=TITLE)
    (one,) = select(database, Selection(), [EntryState.VERIFIED])
    assert (one.title, one.item_title, one.series) == (TITLE, "Über uns (2020)", "Uns")
    assert (one.basis, one.work, one.language) == ("b1", "w1", Language("de"))
    assert (one.refused, one.outdated) == (False, False)
    assert one.key == ("s1", "f1", DE)
    assert one.entry == Ledger(database).all()[0]


def test_a_file_that_nothing_else_is_known_of_is_told_by_its_name(database: Database) -> None:
    put(database, job=None)
    (one,) = select(database, Selection(), [EntryState.VERIFIED])
    assert (one.title, one.item_title, one.series) == ("Film.subtide.de.srt", "", "")


def test_where_there_is_no_outcome_its_job_tells_the_title(database: Database) -> None:
    job = JobStore(database).add(make_plan("f1"), priority=50, signal="test")
    put(database, job=job)
    (one,) = select(database, Selection(), [EntryState.VERIFIED])
    assert one.title == "Film f1"


def test_what_is_refused_or_outdated_is_told(database: Database) -> None:
    put(database)
    cover = Cover("f1", DE, "i1", "lib", "", "de", Standing.CLOSED, "", 60.0)
    end(database, OutcomeState.REFUSED)
    with database.write() as connection:
        coverage.replace(connection, "s1", ["i1"], [replace(cover, standing=Standing.OUTDATED)])
    (one,) = select(database, Selection(), [EntryState.VERIFIED])
    assert (one.refused, one.outdated) == (True, True)


@pytest.mark.parametrize("word", ["i1", "I1", "f1", "über uns (2020)", "BER UNS", "[4K]"])
def test_an_item_is_meant_by_id_title_or_a_part_of_it(database: Database, word: str) -> None:
    wanted = put(database)
    put(database, item="i2", source="f2")
    know(database, "i1", "Über uns (2020)")
    know(database, "i2", "Another")
    end(database, OutcomeState.PUBLISHED, title=TITLE)
    assert chosen(database, item=word) == [wanted]


def test_a_whole_title_goes_before_those_that_it_is_a_part_of(database: Database) -> None:
    alien, aliens = put(database), put(database, item="i2", source="f2")
    know(database, "i1", "Alien")
    know(database, "i2", "Aliens")
    assert chosen(database, item="alien") == [alien]
    assert chosen(database, item="alie") == [alien, aliens]


def test_a_series_is_meant_by_its_name(database: Database) -> None:
    first, second = put(database), put(database, item="i2", source="f2")
    put(database, item="i3", source="f3")
    other = put(database, server="s2")
    know(database, "i1", "S01E01", "The Show")
    know(database, "i2", "S01E02", "The Show")
    know(database, "i3", "The Show", "")
    know(database, "i1", "S01E01", "The Show (US)", server="s2")
    assert chosen(database, series="the show") == [first, second]
    assert chosen(database, series="show") == [first, second, other]
    assert chosen(database, series="nothing") == []


def test_a_language_means_its_regions_too(database: Database) -> None:
    files = {
        tag: put(database, target=f"subtitle/{tag}/full/srt/jellyfin")
        for tag in ("pt-BR", "pt-PT", "zh-Hans", "zh-Hant")
    }
    assert chosen(database, language=Language("pt")) == [files["pt-BR"], files["pt-PT"]]
    assert chosen(database, language=Language("pt-PT")) == [files["pt-PT"]]
    assert chosen(database, language=Language("zh-Hant")) == [files["zh-Hant"]]


def test_a_time_means_what_was_put_out_since_or_before(database: Database) -> None:
    old = put(database)
    pass_time(database, 3600.0)
    new = put(database, source="f2")
    with database.read() as connection:
        between = database.now(connection) - timedelta(minutes=30)
    assert chosen(database, since=between) == [new]
    assert chosen(database, until=between) == [old]
    assert chosen(database, since=between, until=between) == []


def test_a_job_means_what_it_put_out(database: Database) -> None:
    put(database)
    mine = put(database, job=8)
    assert chosen(database, job=8) == [mine]


def test_all_that_is_said_has_to_fit(database: Database) -> None:
    mine = put(database, job=8)
    put(database, job=8, target="subtitle/fr/full/srt/jellyfin")
    put(database, source="f2")
    assert chosen(database, job=8, language=Language("de")) == [mine]


def test_the_same_ids_on_another_server_are_others(database: Database) -> None:
    put(database)
    know(database, "i1", "Elsewhere", server="s2")
    (one,) = select(database, Selection(), [EntryState.VERIFIED])
    assert isinstance(one, Chosen)
    assert one.item_title == ""
