"""Aftercare: what nobody wants any more goes, and nothing else does."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from library_place import DONE, HEARD, Place, item_id
from ours_place import FOREIGN, TEXT, Ours, add_foreign, open_ours, step
from structlog.testing import capture_logs

from plans import make_plan
from subtide.errors import CheckFailed
from subtide.jellyfin.client import Jellyfin
from subtide.jobs.task import Resource, TaskKind
from subtide.library import aftercare
from subtide.library.aftercare import MOST_SECONDS, SERVER_SECONDS, UNSEEN_SECONDS
from subtide.playground.auth import HELPER
from subtide.playground.server import PLAYER
from subtide.storage.ledger import QUEUE_SECONDS, EntryState

REACH = pytest.mark.parametrize("within_reach", [True, False], ids=["by path", "by index"])
LONG_SECONDS = 30.0
"""A wide deadline: it only ends a hang."""


@pytest.fixture
def ours(place: Place) -> Ours:
    return open_ours(place)


@REACH
def test_an_unwanted_file_goes_and_a_foreign_one_stays(place: Place, *, within_reach: bool) -> None:
    ours = open_ours(place, within_reach=within_reach)
    mine, theirs = ours.put(HEARD), add_foreign(place, HEARD)
    ours.want_away(mine)
    assert step(ours.care())
    assert not mine.exists()
    assert theirs.read_bytes() == FOREIGN
    assert ours.listed(HEARD) == [theirs.name]
    entry = ours.entry(mine)
    assert (entry.state, entry.error) == (EntryState.RETIRED, None)
    assert len(place.playground.requests("DELETE")) == (not within_reach)
    assert not step(ours.care()), "nothing is left to do"


def test_what_is_wanted_stays(ours: Ours) -> None:
    mine = ours.put(HEARD)
    assert not step(ours.care())
    assert mine.exists()


@REACH
def test_a_file_that_another_hand_changed_stays_and_why_is_kept(
    place: Place, *, within_reach: bool
) -> None:
    ours = open_ours(place, within_reach=within_reach)
    mine = ours.put(HEARD)
    mine.write_bytes(FOREIGN)
    place.playground.scan()
    ours.want_away(mine)
    assert step(ours.care())
    assert mine.read_bytes() == FOREIGN
    entry = ours.entry(mine)
    assert (entry.state, entry.error) == (
        EntryState.RETIRED,
        "another hand changed it, so it is theirs",
    )


@REACH
def test_a_file_that_is_gone_already_is_done(place: Place, *, within_reach: bool) -> None:
    ours = open_ours(place, within_reach=within_reach)
    mine = ours.put(HEARD)
    mine.unlink()
    place.playground.scan()
    ours.want_away(mine)
    assert step(ours.care())
    entry = ours.entry(mine)
    assert (entry.state, entry.error) == (EntryState.RETIRED, None)


def test_of_two_at_once_one_alone_deletes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = open_ours(place, within_reach=False)
    mine, theirs = ours.put(HEARD), add_foreign(place, HEARD, "zh")
    ours.want_away(mine)
    delete, others = Jellyfin.delete_subtitle, []

    def deleted(client: Jellyfin, source: str, index: int) -> None:
        monkeypatch.setattr(Jellyfin, "delete_subtitle", delete)
        others.append(step(ours.care()))
        place.playground.settle()
        delete(client, source, index)

    monkeypatch.setattr(Jellyfin, "delete_subtitle", deleted)
    assert step(ours.care())
    assert others == [False]
    assert len(place.playground.requests("DELETE")) == 1
    assert (mine.exists(), theirs.read_bytes()) == (False, FOREIGN)


# -- waiting ------------------------------------------------------------------------------


@REACH
def test_nothing_goes_under_the_eyes_of_a_viewer(place: Place, *, within_reach: bool) -> None:
    ours = open_ours(place, within_reach=within_reach)
    mine = ours.put(HEARD)
    ours.want_away(mine)
    session = place.playground.play(item_id(place, HEARD))
    for _ in range(3):
        assert step(ours.care())
        assert mine.exists()
        assert not step(ours.care()), "and it is not asked for again and again"
        place.clock.pass_by(seconds=30)
    assert ours.entry(mine).error == f"{mine.name} is being watched on home"
    place.playground.stop_playing(session)
    place.clock.pass_by(seconds=30)
    assert step(ours.care())
    assert not mine.exists()


def test_who_watches_something_else_is_not_waited_for(place: Place, ours: Ours) -> None:
    mine = ours.put(HEARD)
    ours.want_away(mine)
    place.playground.play(item_id(place, DONE))
    assert step(ours.care())
    assert not mine.exists()


def test_a_source_that_is_being_published_to_is_left_alone(place: Place, ours: Ours) -> None:
    mine, other = ours.put(HEARD), ours.put(DONE)
    ours.want_away(mine, other)
    entry = ours.entry(mine)
    plan = make_plan(entry.source, ("de",), server=entry.server, item=entry.item)
    place.store.add(plan, priority=50, signal="test")
    task = place.store.claim("worker", list(Resource))
    assert task is not None
    while task.kind is not TaskKind.PUBLISH:
        results = {"cues": {"key": "k", "language": "en", "recipe": {}}}
        place.store.finish(task, {**results, "blocks": [], "language": "en", "speech": 0.0})
        task = place.store.claim("worker", list(Resource))
        assert task is not None
    assert step(ours.care())
    assert (mine.exists(), other.exists()) == (True, False)
    assert not step(ours.care())
    place.store.give_back("worker")
    assert step(ours.care())
    assert not mine.exists()


# -- what goes wrong ----------------------------------------------------------------------


def test_a_server_that_is_away_is_asked_once_for_all_of_its_files(place: Place, ours: Ours) -> None:
    files = [ours.put(HEARD), ours.put(DONE)]
    ours.want_away(*files)
    place.playground.stop()
    assert step(ours.care())
    assert not step(ours.care())
    errors = {ours.entry(path).error for path in files}
    assert len(errors) == 1
    assert errors != {None}


def test_the_wait_for_a_server_grows_to_ten_minutes(place: Place, ours: Ours) -> None:
    mine = ours.put(HEARD)
    ours.want_away(mine)
    place.playground.stop()
    waits = waits_of(ours, mine, 9)
    assert waits[0] < waits[1] < waits[2]
    assert waits[-1] == SERVER_SECONDS


def test_the_wait_for_one_file_grows_to_a_day(place: Place) -> None:
    ours = open_ours(place, within_reach=False)
    mine = ours.put(HEARD)
    ours.want_away(mine)
    sign_in_as_helper(ours)
    waits = waits_of(ours, mine, 14)
    assert waits[:3] == [60.0, 120.0, 240.0]
    assert waits[-1] == MOST_SECONDS
    assert mine.exists()
    error = ours.entry(mine).error
    assert error is not None
    assert "may not delete it — use an API key" in error
    assert "jobs retry" not in error


def test_a_removal_that_went_wrong_is_told_and_not_repeated(
    ours: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_args: object) -> None:
        raise CheckFailed("another file went instead", "look at it")

    mine = ours.put(HEARD)
    ours.want_away(mine)
    monkeypatch.setattr(aftercare, "remove", wrong)
    with capture_logs() as logs:
        assert ours.care().step()
    assert [(one["log_level"], one["what"]) for one in logs] == [
        ("warning", "another file went instead")
    ]
    entry = ours.entry(mine)
    assert (entry.state, entry.error) == (
        EntryState.RETIRED,
        "another file went instead — look at it",
    )


def test_an_unexpected_error_makes_a_file_wait_and_not_the_others(
    ours: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [ours.put(HEARD), ours.put(DONE)]
    ours.want_away(*files)
    monkeypatch.setattr(aftercare, "remove", lambda *_args: 1 / 0)
    care = ours.care()
    assert [step(care), step(care), step(care)] == [True, True, False]
    assert {ours.entry(path).error for path in files} == {"unexpected ZeroDivisionError"}


def test_a_file_of_an_item_that_is_away_waits_until_it_is_back(place: Place, ours: Ours) -> None:
    mine = ours.put(HEARD)
    ours.want_away(mine)
    away = mine.parent.rename(place.root.parent / "away")
    place.playground.scan()
    assert step(ours.care())
    assert ours.entry(mine).state is EntryState.UNWANTED
    away.rename(mine.parent)
    place.playground.scan()
    place.clock.pass_by(days=1)
    assert step(ours.care())
    assert not mine.exists()


def test_another_server_at_the_address_loses_nothing(place: Place, ours: Ours) -> None:
    mine = ours.put(HEARD)
    ours.want_away(mine)
    place.playground.id = "f" * 32
    assert step(ours.care())
    assert mine.exists()
    error = ours.entry(mine).error
    assert error is not None
    assert "now answers as" in error


# -- files whose arrival was never recorded ------------------------------------------------


def test_a_file_that_was_sent_and_never_seen_goes_too(place: Place, ours: Ours) -> None:
    mine, theirs = ours.put(HEARD, seen=False), add_foreign(place, HEARD, "subtide.pt.0")
    ours.want_away(mine)
    assert step(ours.care())
    assert not mine.exists()
    assert theirs.read_bytes() == FOREIGN
    assert ours.entry(mine).state is EntryState.RETIRED


def test_one_that_may_still_show_up_is_waited_for(place: Place, ours: Ours) -> None:
    mine = ours.put(HEARD, seen=False, shown=False)
    ours.want_away(mine)
    assert step(ours.care())
    assert ours.entry(mine).state is EntryState.UNWANTED
    mine.write_bytes(TEXT)
    place.playground.scan()
    place.clock.pass_by(seconds=UNSEEN_SECONDS)
    assert step(ours.care())
    assert not mine.exists()


def test_one_that_never_showed_up_is_given_up(place: Place, ours: Ours) -> None:
    mine = ours.put(HEARD, seen=False, shown=False)
    ours.want_away(mine)
    place.clock.pass_by(seconds=QUEUE_SECONDS)
    assert step(ours.care())
    entry = ours.entry(mine)
    assert (entry.state, entry.error) == (EntryState.RETIRED, None)


def test_of_more_files_than_were_sent_none_is_touched(place: Place, ours: Ours) -> None:
    mine = ours.put(HEARD, seen=False)
    double = mine.with_name(f"{HEARD}.subtide.pt.0.srt")
    double.write_bytes(TEXT)
    place.playground.scan()
    ours.want_away(mine)
    assert step(ours.care())
    assert (mine.exists(), double.exists()) == (True, True)
    entry = ours.entry(mine)
    assert entry.state is EntryState.RETIRED
    assert entry.error is not None
    assert "we sent fewer" in entry.error


# -- the thread ---------------------------------------------------------------------------


@REACH
def test_after_a_kill_in_the_middle_the_next_one_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, within_reach: bool
) -> None:
    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    ours = open_ours(place, within_reach=within_reach)
    files = [ours.put(HEARD), ours.put(DONE)]
    ours.want_away(*files)
    with monkeypatch.context() as patch:
        care = ours.care()
        patch.setattr(care._unwanted, "retire", killed)  # noqa: SLF001 - the moment of the kill
        with pytest.raises(KeyboardInterrupt):
            step(care)
    assert [path.exists() for path in files] == [False, True]
    care = ours.care()
    assert [step(care), step(care), step(care)] == [True, True, False]
    assert [path.exists() for path in files] == [False, False]
    assert {ours.entry(path).state for path in files} == {EntryState.RETIRED}


def test_the_thread_works_off_what_is_there_and_ends_when_it_is_told(
    place: Place, ours: Ours
) -> None:
    mine = ours.put(HEARD)
    ours.want_away(mine)
    care = ours.care()
    with capture_logs():
        care.start()
        deadline = time.monotonic() + LONG_SECONDS
        while mine.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        care.stop(LONG_SECONDS)
    assert not mine.exists()
    assert "aftercare" not in {thread.name for thread in threading.enumerate()}


def waits_of(ours: Ours, mine: Path, count: int) -> list[float]:
    """Try a file so often; return for how many seconds it was put off each time."""
    waits = []
    for _ in range(count):
        assert step(ours.care())
        entry = ours.entry(mine)
        assert entry.not_before is not None
        waits.append((entry.not_before - entry.changed_at) / timedelta(seconds=1))
        ours.place.clock.now = entry.not_before
    return waits


def sign_in_as_helper(ours: Ours) -> None:
    """Go on as a user who may upload and not delete."""
    playground = ours.place.playground
    session = playground.door.login(HELPER.name, HELPER.password, PLAYER)
    assert session
    client = Jellyfin(
        playground.url, session.token, device_id="0" * 32, device_name="test", version="0"
    )
    ours.tools = replace(ours.tools, server=lambda _id: client)
