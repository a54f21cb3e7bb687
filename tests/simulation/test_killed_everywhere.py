"""A daemon that dies before any of its commits and requests: nothing is lost, nothing doubled."""

import json
import multiprocessing
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import killed
import pytest
from killed import KILLED, Life

from openapi import checker
from subtide.jobs.store import JobStore
from subtide.jobs.task import OPEN_TASKS, JobState
from subtide.playground.flavour import V12
from subtide.playground.media import AudioTrack, SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.database import open_database
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.looks import Looks
from subtide.storage.outcomes import Outcomes, OutcomeState

SRT = "1\n00:00:00,500 --> 00:00:02,500\nWho left the door open?\n\n"
FILMS = ("Door (2024)", "Window (2025)")
SAMPLE = 7
"""Of so many moments ``make test`` takes one; ``make slow`` takes all."""
DEADLINE_SECONDS = 120.0
"""A wide deadline: it only ends a hang."""


@dataclass(frozen=True)
class Place:
    """A server with two films, and a data folder for those who live one after another."""

    server: Playground
    media: Path
    data: Path

    def live(self, *, kill_before: int = 0, hears: bool = True) -> int:
        """Let a daemon live, in a process of its own. Return its exit status."""
        notices = tuple(self._notice(item) for item in self._items()) if hears else ()
        life = Life(self.data, self.server.url, self.server.key, notices, kill_before)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["killed"])
        process = context.Process(target=killed.live, args=(life, self.data / "moments"))
        process.start()
        process.join(DEADLINE_SECONDS)
        status = process.exitcode
        process.kill()
        assert status is not None, "it hangs"
        return status

    def moments(self) -> list[str]:
        """What the last life came through, if it came to its end."""
        told: list[str] = json.loads((self.data / "moments").read_text(encoding="utf-8"))
        return told

    def _items(self) -> list[str]:
        return [one.id for one in self.server.catalogue.items.values() if one.kind == "Movie"]

    def _notice(self, item: str) -> bytes:
        event = {
            "ServerId": self.server.id,
            "NotificationType": "ItemAdded",
            "ItemId": item,
            "ItemType": "Movie",
            "RunTimeTicks": 1,
        }
        return json.dumps(event).encode()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The films' files, to copy; each has a text inside to start from."""
    folder = tmp_path_factory.mktemp("made")
    for name in FILMS:
        make_media(
            folder / name / f"{name}.mkv",
            [AudioTrack("eng", default=True)],
            [SubtitleTrack(SRT, language="eng")],
            duration=4.0,
        )
    return folder


@contextmanager
def opened(folder: Path, made: Path, migrated: Path) -> Iterator[Place]:
    shutil.copytree(made, folder / "media/Movies")
    (folder / "data").mkdir(parents=True)
    shutil.copy(migrated, folder / "data")
    server = Playground(
        folder / "media", V12, refresh_seconds=0.02, request_check=checker(V12.version, "")
    )
    with server:
        yield Place(server, folder / "media", folder / "data")


@pytest.fixture
def clean_run(tmp_path: Path, made: Path, migrated_sqlite: Path) -> list[str]:
    """The moments of a life that nobody cuts short."""
    with opened(tmp_path / "clean", made, migrated_sqlite) as place:
        assert place.live() == 0
        assert_all_is_done_once(place, "in a clean run")
        return place.moments()


def assert_all_is_done_once(place: Place, when: str) -> None:
    made = {name: sorted(p.name for p in (place.media / "Movies" / name).glob("*.srt")) for name in FILMS}
    assert made == {name: [f"{name}.subtide.pt.srt"] for name in FILMS}, when
    assert len(place.server.requests("POST", "Subtitles")) == len(FILMS), when
    database = open_database("", place.data)
    try:
        store = JobStore(database)
        assert [job.state for job in store.list()] == [JobState.DONE] * len(FILMS), when
        tasks = [task for job in store.list() for task in store.tasks(job.id)]
        assert not [task for task in tasks if task.state in OPEN_TASKS], when
        entries = Ledger(database).all()
        states = Counter((one.source, one.target, one.state) for one in entries)
        verified = [n for key, n in states.items() if key[2] is EntryState.VERIFIED]
        assert verified == [1] * len(FILMS), when
        finished = {EntryState.VERIFIED, EntryState.RETIRED}
        assert {one.state for one in entries} <= finished, when
        outcomes = Outcomes(database).all()
        assert [one.state for one in outcomes] == [OutcomeState.PUBLISHED] * len(FILMS), when
        assert Looks(database).pending() == (), when
    finally:
        database.close()
    assert list((place.data / "inbox").iterdir()) == [], when


def kill_at(
    moments: list[str], numbers: range, folder: Path, made: Path, migrated: Path
) -> None:
    for number in numbers:
        with opened(folder / f"{number}", made, migrated) as place:
            status = place.live(kill_before=number)
            # The number of looks at a file until it shows may differ by one or two.
            assert status in {KILLED, 0}
            assert place.live(hears=False) == 0
            assert_all_is_done_once(place, f"killed before {number}: {moments[number - 1]}")
        shutil.rmtree(folder / f"{number}")


def test_a_clean_run_goes_from_the_signal_to_the_ledger(clean_run: list[str]) -> None:
    commits = [one for one in clean_run if one == "commit"]
    uploads = [one for one in clean_run if one.startswith("POST") and "Subtitles" in one]
    assert len(uploads) == len(FILMS)
    assert len(commits) > 30
    assert clean_run[0] == "commit", "the first is that the work of an earlier life is taken over"


def test_killed_at_some_moment_nothing_is_lost_or_doubled(
    clean_run: list[str], tmp_path: Path, made: Path, migrated_sqlite: Path
) -> None:
    numbers = range(1, len(clean_run) + 1, SAMPLE)
    kill_at(clean_run, numbers, tmp_path, made, migrated_sqlite)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_every_moment_nothing_is_lost_or_doubled(
    clean_run: list[str], tmp_path: Path, made: Path, migrated_sqlite: Path
) -> None:
    numbers = range(1, len(clean_run) + 1)
    kill_at(clean_run, numbers, tmp_path, made, migrated_sqlite)
