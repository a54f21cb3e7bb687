"""A library on a stand-in server, and what looks through it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.jobs.store import JobStore
from subtide.library.planning import Planner, options_from
from subtide.library.policy import Policy
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.playground.server import Playground
from subtide.settings import Server, Settings
from subtide.storage.database import Database
from subtide.storage.looks import EVERYTHING, Look, Looks, Priority
from subtide.storage.outcomes import Outcomes
from subtide.storage.servers import Servers

SRT = "1\n00:00:00,500 --> 00:00:01,500\nGood evening.\n\n"


class Clock:
    """A time that tests move on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **times: float) -> None:
        self.now += timedelta(**times)


@dataclass
class Place:
    """One server with a database beside it."""

    root: Path
    playground: Playground
    database: Database
    clock: Clock
    store: JobStore
    looks: Looks
    outcomes: Outcomes
    servers: Servers

    def server(self, **settings: object) -> ConnectedServer:
        here = {"url": self.playground.url, "key": self.playground.key}
        chosen = Server.model_validate({**here, **settings})
        client = Jellyfin(
            self.playground.url,
            self.playground.key,
            device_id="0" * 32,
            device_name="test",
            version="0",
            sleep=lambda _seconds: None,
        )
        return ConnectedServer("home", chosen, client, MediaAccess())

    def scanner(self, *languages: str, **settings: object) -> Scanner:
        changes = {"policy": {"languages": languages or ("en", "pt")}, **settings}
        chosen = Settings.model_validate(changes)
        planner = Planner(Policy.from_settings(chosen), options_from(chosen, gpu=False))
        return Scanner(self.database, self.store, planner)

    def look(self, item: str = EVERYTHING, priority: Priority = Priority.NEW) -> Look:
        return Look(self.playground.id, item, "test", priority, 0)

    def planned(self) -> dict[str, list[str]]:
        """The languages of each job's targets, by its title."""
        return {
            job.title: [target.language for target in job.plan.targets] for job in self.store.list()
        }
