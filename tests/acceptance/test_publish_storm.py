"""A storm of publishes while connections are cut: one right file each, known to the ledger."""

import random
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from plans import make_plan
from storage_fixtures import pass_time
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.jobs.rows import insert_job, insert_tasks
from subtide.jobs.store import JobStore
from subtide.jobs.task import JobState, NewTask, Resource, TaskKind
from subtide.jobs.worker import Worker
from subtide.models.store import ModelStore
from subtide.pipeline.plan import Plan, PublishOptions
from subtide.pipeline.stage import Tools
from subtide.pipeline.stages import STAGES
from subtide.playground.faults import Fault, Faults
from subtide.playground.flavour import V10_11, V12
from subtide.playground.media import make_media
from subtide.playground.server import Playground
from subtide.playground.tree import Item
from subtide.storage.artifacts import Artifacts
from subtide.storage.choices import Choices
from subtide.storage.database import Database, open_database
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.memory import TranslationMemory
from subtide.storage.servers import Servers
from subtide.storage.spending import Spending
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read, write

pytestmark = pytest.mark.slow
FILMS = 200
THREADS = 6
SHARE = 0.12
"""Of the requests, how many go wrong."""
FASTER = 20.0
"""So much faster than real time do Subtide's own waits pass; the server keeps to real time."""
ROUNDS = 40
"""Each lets the waits between tries pass; far more than are needed."""
SEED = 20_261_121
EN = "subtitle/en/full/srt/jellyfin"
FOREIGN = b"1\n00:00:00,100 --> 00:00:00,400\nA person wrote this.\n\n"
ANY = re.compile("")


class Storm(Faults):
    """Cuts connections at random: before the server hears, after it acted, within the answer."""

    def __init__(self, server: Playground) -> None:
        super().__init__()
        self._server = server
        self._chance = random.Random(SEED)  # noqa: S311 - a test's chance
        self._guard = threading.Lock()
        self.cuts: dict[str, int] = {}

    def take(self, method: str, _path: str) -> Fault | None:
        with self._guard:
            self._server.queue.seconds = self._chance.uniform(0.05, 0.3)
            if self._chance.random() > SHARE:
                return None
            self.cuts[method] = self.cuts.get(method, 0) + 1
            if method == "GET" and self._chance.random() < 0.5:
                return Fault(method, ANY, cut=self._chance.randrange(1, 400))
            return Fault(method, ANY, status=None, after=self._chance.random() < 0.5)


@dataclass
class Sea:
    """Films on a server, half of them in a folder within reach, and what is to be published."""

    server: Playground
    client: Jellyfin
    database: Database
    tools: Tools
    store: JobStore
    plans: list[Plan]

    def work(self) -> None:
        """Work as the daemon does until nothing is due."""
        workers = [self._worker() for _ in range(THREADS)]
        threads = [threading.Thread(target=_exhaust, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _worker(self) -> Worker:
        return Worker(
            "storm",
            Resource.NET,
            self.store,
            STAGES,
            self.tools,
            idle_seconds=60.0,
            stopping=threading.Event(),
        )


def _exhaust(worker: Worker) -> None:
    while worker.step():
        pass
    worker.close()


@pytest.fixture
def sea(
    request: pytest.FixtureRequest, tmp_path: Path, playground: Callable[..., Playground]
) -> Iterator[Sea]:
    film = make_media(tmp_path / "film.mkv", duration=0.5)
    for number in range(FILMS):
        name = f"{'Near' if number % 2 else 'Far'}/Film {number:03}/Film {number:03}.mkv"
        path = tmp_path / "media" / name
        path.parent.mkdir(parents=True)
        shutil.copy(film, path)
        path.with_suffix(".pt.srt").write_bytes(FOREIGN)
        if _has_older(number):
            path.with_suffix(".subtide.en.srt").write_bytes(_text(number, "older"))
    server = playground(tmp_path / "media", request.param)
    client = Jellyfin(
        server.url,
        server.key,
        device_id="0" * 32,
        device_name="test",
        version="0",
        sleep=lambda seconds: time.sleep(seconds / FASTER),
        clock=lambda: time.monotonic() * FASTER,
    )
    database = open_database("", tmp_path)
    Servers(database).meet("home", server.id, server.flavour.version)
    near = tmp_path / "media" / "Near"
    tools = Tools(
        artifacts=Artifacts(database, tmp_path / "artifacts"),
        ledger=Ledger(database),
        models=ModelStore(tmp_path / "models", tell=lambda _text: None, may_pull=False),
        memory=TranslationMemory(database),
        choices=Choices(database),
        spending=Spending(database),
        server=lambda _id: client,
        media=lambda _id: MediaAccess([(str(near), near)]),
        threads=1,
        sleep=lambda seconds: time.sleep(seconds / FASTER),
    )
    films = sorted((i for i in server.catalogue.items.values() if i.files), key=lambda i: i.name)
    plans = [_plan(server, item) for item in films]
    yield Sea(server, client, database, tools, JobStore(database), plans)
    client.close()
    database.close()


def _has_older(number: int) -> bool:
    """Whether we published an older subtitle before: for half of the films near and far."""
    return number % 4 < 2


def _cues(number: int, word: str) -> list[list[object]]:
    return [[0.1, 0.4, f"This is the {word} subtitle of film {number}."]]


def _text(number: int, word: str) -> bytes:
    return write([Cue(*cue) for cue in _cues(number, word)], "srt")  # type: ignore[arg-type]


def _plan(server: Playground, item: Item) -> Plan:
    return make_plan(
        item.id,
        ("en",),
        server=server.id,
        server_name="home",
        item=item.id,
        title=item.name,
        path=item.files[0].shown,
        publish=PublishOptions(label="subtide", patience_seconds=60.0),
    )


def _sidecar(plan: Plan) -> Path:
    return Path(plan.path).with_suffix(".subtide.en.srt")


def _enter_older(sea: Sea, number: int) -> None:
    """Write into the ledger what an earlier publish would have left there."""
    plan, data = sea.plans[number], _text(number, "older")
    sea.tools.artifacts.write(f"older-{number}", "publish", "text/plain", data)
    entry = sea.tools.ledger.intend(
        server=plan.server,
        item=plan.item,
        source=plan.source,
        target=EN,
        name=_sidecar(plan).name,
        artifact=f"older-{number}",
        sha256=sha256(data).hexdigest(),
        recipe={},
        job=None,
    )
    sea.tools.ledger.advance(entry, EntryState.VERIFIED, str(_sidecar(plan)))


def _add_publish(sea: Sea, number: int) -> None:
    plan, key = sea.plans[number], f"cues-{number}"
    document = f'{{"cues": {_cues(number, "new")}}}'.replace("'", '"')
    sea.tools.artifacts.write(key, "compose", "application/json", document.encode())
    payload = {"cues": {"key": key, "language": "en", "recipe": {"compose": 1}}}
    with sea.database.write() as connection:
        now = sea.database.now(connection)
        job = insert_job(connection, plan, priority=0, signal="test", now=now)
        task = NewTask(TaskKind.PUBLISH, Resource.NET, EN, payload)
        insert_tasks(connection, job, [task], priority=0, now=now)


@pytest.mark.parametrize("sea", [V12, V10_11], indirect=True, ids=lambda f: f.version)
@pytest.mark.timeout(900)
def test_every_target_ends_with_exactly_one_right_file(sea: Sea) -> None:
    for number in range(FILMS):
        if _has_older(number):
            _enter_older(sea, number)
        _add_publish(sea, number)
    sea.server.faults = storm = Storm(sea.server)
    for _ in range(ROUNDS):
        sea.work()
        if not sea.store.open_tasks():
            break
        pass_time(sea.database, 700.0)
    sea.server.faults = Faults()
    sea.server.settle()
    assert min(storm.cuts[method] for method in ("GET", "POST", "DELETE")) >= 3

    assert {job.state for job in sea.store.list(limit=FILMS)} == {JobState.DONE}
    entries = [e for e in sea.tools.ledger.all() if e.state is not EntryState.RETIRED]
    assert [e.state for e in entries] == [EntryState.VERIFIED] * FILMS
    at = {entry.source: entry.path for entry in entries}
    for number, plan in enumerate(sea.plans):
        path = _sidecar(plan)
        there = {one.name for one in path.parent.iterdir()}
        assert there == {f"{plan.title}.mkv", f"{plan.title}.pt.srt", path.name}
        assert [cue.text for cue in read(path.read_bytes())] == [_cues(number, "new")[0][2]]
        assert path.with_name(f"{plan.title}.pt.srt").read_bytes() == FOREIGN
        assert at[plan.source] == str(path)
        item = sea.client.item(plan.item)
        assert item
        listed = [track.path for track in item.sources[0].subtitles]
        assert sorted(map(str, listed)) == sorted(map(str, path.parent.glob("*.srt")))
