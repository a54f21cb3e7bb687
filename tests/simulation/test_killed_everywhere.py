"""A daemon that dies before any of its commits and requests: nothing is lost, nothing doubled."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import killed
import pytest
from killed import Life

from openapi import checker
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState
from subtide.playground.flavour import V12
from subtide.playground.media import AudioTrack, SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.database import Database, open_database
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.looks import Looks
from subtide.storage.outcomes import Outcomes, OutcomeState

SRT = "1\n00:00:00,500 --> 00:00:02,500\nWho left the door open?\n\n"
FILMS = ("Door (2024)", "Window (2025)")
SAMPLE = 9
"""Of so many moments ``make test`` takes one; ``make slow`` takes all."""
DEADLINE_SECONDS = 120.0
"""A wide deadline: it only ends a hang."""


class Lives:
    """The program in which lives are lived."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("w+", encoding="utf-8")
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, killed.__file__],
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def live(self, life: Life) -> int:
        """Let one be lived. Return its exit status."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(life.as_line())
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=DEADLINE_SECONDS)
        self._log.seek(0)
        print(self._log.read())  # noqa: T201 - shown when a test fails
        self._log.close()


@dataclass(frozen=True)
class Place:
    """A server with two films, and a data folder for those who live one after another."""

    server: Playground
    media: Path
    data: Path
    lives: Lives

    def live(self, *, kill_before: int = 0, hears: bool = True) -> int:
        """Let a daemon live here. Return its exit status."""
        notices = tuple(self._notice(item) for item in self._items()) if hears else ()
        life = Life(str(self.data), self.server.url, self.server.key, notices, kill_before)
        return self.lives.live(life)

    def _items(self) -> list[str]:
        return [one.id for one in self.server.catalogue.items.values() if one.kind == "Movie"]

    def _notice(self, item: str) -> str:
        event = {
            "ServerId": self.server.id,
            "NotificationType": "ItemAdded",
            "ItemId": item,
            "ItemType": "Movie",
            "RunTimeTicks": 1,
        }
        return json.dumps(event)


OpenPlace = Callable[[str], AbstractContextManager[Place]]


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


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    lives = Lives(tmp_path_factory.mktemp("lives") / "log")
    yield lives
    lives.close()


@pytest.fixture
def open_place(tmp_path: Path, made: Path, migrated_sqlite: Path, lives: Lives) -> OpenPlace:
    @contextmanager
    def open_one(name: str) -> Iterator[Place]:
        folder = tmp_path / name
        shutil.copytree(made, folder / "media/Movies")
        (folder / "data").mkdir(parents=True)
        shutil.copy(migrated_sqlite, folder / "data")
        check = checker(V12.version, "")
        with Playground(folder / "media", refresh_seconds=0.02, request_check=check) as server:
            yield Place(server, folder / "media", folder / "data", lives)
        shutil.rmtree(folder)

    return open_one


@pytest.fixture
def clean_run(open_place: OpenPlace) -> list[str]:
    """The moments of a life that nobody cuts short."""
    with open_place("clean") as place:
        assert place.live() == 0
        assert list(faults(place)) == []
        told: list[str] = json.loads((place.data / "moments").read_text(encoding="utf-8"))
        return told


def faults(place: Place) -> Iterator[str]:
    """Yield what is not as it should be when all is done."""
    for name in FILMS:
        files = sorted(path.name for path in (place.media / "Movies" / name).glob("*.srt"))
        if files != [f"{name}.subtide.pt.srt"]:
            yield f"{name} has {files}"
    uploads = len(place.server.requests("POST", "Subtitles"))
    if uploads != len(FILMS):
        yield f"{uploads} uploads"
    if list((place.data / "inbox").iterdir()):
        yield "a notice is left"
    database = open_database("", place.data)
    yield from _faults_in(database)
    database.close()


def _faults_in(database: Database) -> Iterator[str]:
    store = JobStore(database)
    jobs = store.list()
    if [job.state for job in jobs] != [JobState.DONE] * len(FILMS):
        yield f"jobs are {[(job.title, str(job.state), job.error) for job in jobs]}"
    if store.open_tasks():
        yield f"tasks are open: {store.open_tasks()}"
    states = Counter((one.source, one.state) for one in Ledger(database).all())
    if [n for (_, state), n in states.items() if state is EntryState.VERIFIED] != [1] * len(FILMS):
        yield f"the ledger has {[(str(state), n) for (_, state), n in states.items()]}"
    if {state for _, state in states} - {EntryState.VERIFIED, EntryState.RETIRED}:
        yield "the ledger has something unfinished"
    outcomes = [one.state for one in Outcomes(database).all()]
    if outcomes != [OutcomeState.PUBLISHED] * len(FILMS):
        yield f"outcomes are {outcomes}"
    if Looks(database).pending():
        yield f"looks wait: {Looks(database).pending()}"


def faults_after_deaths(moments: list[str], numbers: range, open_place: OpenPlace) -> list[str]:
    found = []
    for number in numbers:
        with open_place(f"{number}") as place:
            place.live(kill_before=number)
            ended = place.live(hears=False)
            there = ["the next life failed"] if ended else list(faults(place))
        found += [f"killed before {number}, {moments[number - 1]}: {fault}" for fault in there]
    return found


def test_a_clean_run_goes_from_the_signal_to_the_ledger(clean_run: list[str]) -> None:
    commits = [one for one in clean_run if one == "commit"]
    uploads = [one for one in clean_run if one.startswith("POST") and "Subtitles" in one]
    assert len(uploads) == len(FILMS)
    assert len(commits) > 30
    assert clean_run[0] == "commit", "the first is that the work of an earlier life is taken over"


def test_killed_at_some_moment_nothing_is_lost_or_doubled(
    clean_run: list[str], open_place: OpenPlace
) -> None:
    numbers = range(1, len(clean_run) + 1, SAMPLE)
    found = faults_after_deaths(clean_run, numbers, open_place)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_every_moment_nothing_is_lost_or_doubled(
    clean_run: list[str], open_place: OpenPlace
) -> None:
    numbers = range(1, len(clean_run) + 1)
    found = faults_after_deaths(clean_run, numbers, open_place)
    assert not found, "\n".join(found)
