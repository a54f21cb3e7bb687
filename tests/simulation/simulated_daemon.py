"""A daemon in simulated time: its real parts over a real database, stepped instead of threaded.

Real are the look loop, the scanner, the schedule with its scheduler and triggers, the webhook
intake with its inbox and drain, the job store, outcomes and ledger. Only the server's client is
a stand-in, and the stages answer at once.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import sqlalchemy as sa
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler
from stand_in import StandIn
from world import World

from subtide.daemon import LookLoop, make_intake, take_over
from subtide.errors import ItemGone, ServerUnreachable
from subtide.house import House, open_house
from subtide.jellyfin.media import MediaAccess
from subtide.jobs.task import Resource, Task, TaskKind
from subtide.library.server import ConnectedServer
from subtide.settings import Settings
from subtide.signals.schedule import Schedule
from subtide.storage.database import Database, open_database
from subtide.storage.ledger import EntryState

if TYPE_CHECKING:
    from subtide.jellyfin.client import Jellyfin

SECRET = "a secret of the simulation"
OUT_OF_REACH = MediaAccess([("/elsewhere", Path("/nowhere"))])
"""The ways of a daemon that sees none of the server's folders: what it knows it was told."""
DRAIN_SECONDS = 30.0
"""A wide deadline of real time: it only ends a hang."""


class SimulatedTime:
    """The truth, and our machine's clock, which may be wrong by ``wrong``."""

    def __init__(self, start: datetime) -> None:
        self.truth = start
        self.wrong = timedelta()

    def __call__(self) -> datetime:
        return self.truth + self.wrong

    def true(self) -> datetime:
        return self.truth

    def monotonic(self) -> float:
        return self.truth.timestamp()

    def as_datetime(self) -> type[datetime]:
        """Return a datetime whose ``now`` is ours, for what takes no clock."""
        clock = self

        class Told(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock().astimezone(tz)

        return Told


class TimedDatabase(Database):
    """A database that measures by our clock, PostgreSQL included."""

    def now(self, connection: sa.Connection) -> datetime:  # noqa: ARG002 - as its base has it
        return self._clock()


@dataclass
class Ground:
    """What outlives a daemon: time, the server, the database, the data folder."""

    clock: SimulatedTime
    stand_in: StandIn
    data: Path
    database_url: str
    settings: Mapping[str, Any]
    patch: pytest.MonkeyPatch

    @property
    def world(self) -> World:
        return self.stand_in.world

    def simulate_time(self) -> None:
        """Give the simulated time, and the stand-in, to all that takes neither."""
        told = self.clock.as_datetime()
        for module in ("schedulers.base", "executors.base", "triggers.interval"):
            self.patch.setattr(f"apscheduler.{module}.datetime", told)
        passing = SimpleNamespace(monotonic=self.clock.monotonic, sleep=time.sleep)
        self.patch.setattr("subtide.daemon.looking.time", passing)
        self.patch.setattr("subtide.house.open_database", self.open_database)
        self.patch.setattr("subtide.house._connect", self.connect)

    def open_database(self, url: str, data: Path) -> Database:
        plain = open_database(url, data, self.clock)
        return TimedDatabase(plain.engine, self.clock)

    def connect(self, name: str, settings: Settings, *_identity: str) -> ConnectedServer:
        client = cast("Jellyfin", self.stand_in)
        return ConnectedServer(name, settings.servers[name], client, OUT_OF_REACH)

    def open_house(self) -> House:
        server = {"url": "http://home", "key": "k", "webhook_secret": SECRET}
        own = {"data": self.data, "database": self.database_url, "servers": {"home": server}}
        return open_house(Settings.model_validate({"start": "auto", **self.settings, **own}))


OpenGround = Callable[..., Ground]
"""The fixture that prepares a server without films, and a place for daemons."""


class SimulatedDaemon:
    """One run of a daemon, from its start to its stop or its death."""

    def __init__(
        self, ground: Ground, at_night: Callable[[datetime], object] | None = None
    ) -> None:
        """``at_night`` hears of every nightly look that is asked for."""
        self.house = ground.open_house()
        self._ground = ground
        take_over(self.house)
        self._look_loop = LookLoop(self.house, threading.Event())
        self._look_loop._unmet = dict.fromkeys(("home",), 0.0)  # noqa: SLF001 - as run() begins
        self._intake, self._drain = make_intake(self.house)
        self._drain.start()
        self.schedule = Schedule(
            self.house.settings.scan,
            self.house.looks,
            lambda: [known.id for known in self.house.known.all()],
            self.house.store.age,
        )
        self._scheduler = self._stepped(self.schedule)
        if at_night:
            self._scheduler.add_listener(
                lambda event: event.job_id == "nightly" and at_night(event.scheduled_run_time),
                EVENT_JOB_EXECUTED,
            )

    def stop(self) -> None:
        """End, however: what it was at is not finished."""
        self._drain.stop(DRAIN_SECONDS)
        BaseScheduler.shutdown(self._scheduler)
        self.house.close()

    def hear(self, event: Mapping[str, object]) -> None:
        """Take a webhook's event, and let it become looks."""
        self._intake.admit("home", f"Bearer {SECRET}")
        self._intake.take("home", json.dumps(event).encode())
        inbox = self.house.data / "inbox"
        deadline = time.monotonic() + DRAIN_SECONDS
        while any(inbox.iterdir()):
            assert time.monotonic() < deadline, "the inbox is not drained"
            time.sleep(0.0005)

    def step(self, tasks: int) -> None:
        """Do what is due now: the schedule's, the looks, and at most so many tasks."""
        self._scheduler._process_jobs()  # noqa: SLF001 - what its thread would do
        while self._look_loop.step():
            pass
        for _ in range(tasks):
            task = self.claim()
            if task is None:
                break
            self._work(task)

    def claim(self) -> Task | None:
        """Lease what is due, and leave it so."""
        return self.house.store.claim(self.house.identity, tuple(Resource))

    def _stepped(self, schedule: Schedule) -> BaseScheduler:
        """Start a schedule's scheduler without its thread."""
        scheduler: BaseScheduler = schedule._scheduler  # noqa: SLF001 - it has no public clock
        scheduler.add_executor(DebugExecutor())
        scheduler._event = threading.Event()  # noqa: SLF001 - what its thread would wait for
        BaseScheduler.start(scheduler)
        return scheduler

    def _work(self, task: Task) -> None:
        """Do a task as its stage would, at once."""
        if not self._ground.stand_in.up and task.resource is Resource.NET:
            self.house.store.fail(task, ServerUnreachable("nobody answers", after=300.0))
        elif task.kind is TaskKind.PUBLISH:
            self._publish(task)
        else:
            self.house.store.finish(task, _result(task))

    def _publish(self, task: Task) -> None:
        plan, ledger = task.plan, self.house.ledger
        there = [
            s.path for f in self._ground.world.files() if f.id == plan.source for s in f.ours()
        ]
        sent = ledger.of_target(plan.server, plan.source, task.part)
        if not any(one.state is EntryState.VERIFIED and one.path in there for one in sent):
            for one in sent:
                ledger.advance(one, EntryState.RETIRED)
            language = task.part.split("/")[1]
            path = self._ground.world.upload(plan.source, language)
            if path is None:
                self.house.store.fail(task, ItemGone(f"{plan.title} is gone"))
                return
            entry = ledger.intend(
                server=plan.server,
                item=plan.item,
                source=plan.source,
                target=task.part,
                name=path.rsplit("/", 1)[1],
                artifact="made",
                sha256="0" * 64,
                recipe={},
                job=task.job,
            )
            ledger.advance(entry, EntryState.VERIFIED, path)
        self.house.store.finish(task, {"path": "", "cues": 1})


def _result(task: Task) -> dict[str, Any]:
    """Return what the stage of this task would."""
    results: dict[TaskKind, Callable[[], dict[str, Any]]] = {
        TaskKind.PREPARE: lambda: {"key": "prepared", "blocks": [{"key": "block"}]},
        TaskKind.IDENTIFY: lambda: {"language": "de", "confidence": 0.9},
        TaskKind.TRANSCRIBE: lambda: {"key": f"heard{task.part}"},
        TaskKind.COMPOSE: lambda: {"key": "composed", "language": _language(task)},
        TaskKind.TRANSLATE: lambda: {"key": "translated", "language": task.part.split("/")[1]},
    }
    return results[task.kind]()


def _language(task: Task) -> str:
    origin = task.plan.origin
    return origin.language if origin.kind == "text" else "de"


def utc(text: str) -> datetime:
    """Read a moment."""
    return datetime.fromisoformat(text).astimezone(UTC)
