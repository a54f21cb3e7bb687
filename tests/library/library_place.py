"""A library on a stand-in server, and what looks through it."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from subtide.errors import NoUsableAudio
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.jobs.store import JobStore
from subtide.library.planning import Planner, options_from
from subtide.library.policy import Rules
from subtide.library.scan import Scanner
from subtide.library.server import ConnectedServer
from subtide.playground.server import Logged, Playground
from subtide.settings import Server, Settings
from subtide.storage.database import Database
from subtide.storage.looks import EVERYTHING, Look, Looks, Priority
from subtide.storage.outcomes import Outcomes
from subtide.storage.releases import Releases
from subtide.storage.servers import Servers

HEARD, DONE, SILENT, SHOW = "Heard (2020)", "Done (2021)", "Silent (1920)", "Show S01E01"
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

    def server(self, media: MediaAccess | None = None, **settings: object) -> ConnectedServer:
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
        return ConnectedServer("home", chosen, client, media or MediaAccess())

    def scanner(self, *languages: str, **settings: object) -> Scanner:
        changes = {"policy": {"languages": languages or ("en", "pt")}, **settings}
        chosen = Settings.model_validate(changes)
        planner = Planner(Rules(chosen.policy, chosen.rules), options_from(chosen, gpu=False))
        releases = Releases(
            self.database, all_open=chosen.start == "auto" or "start" not in settings
        )
        return Scanner(self.database, self.store, planner, limits=chosen.limits, releases=releases)

    def look(self, item: str = EVERYTHING, priority: Priority = Priority.NEW) -> Look:
        return Look(self.playground.id, item, "test", priority, 0)

    def planned(self) -> dict[str, list[str]]:
        """The languages of each job's targets, by its title."""
        return {
            job.title: [target.language for target in job.plan.targets] for job in self.store.list()
        }


def film(root: Path, name: str) -> Path:
    return root / "Movies" / name / f"{name}.mkv"


def add_film(place: Place, made: Path, name: str, kind: str = "heard") -> Path:
    path = film(place.root, name)
    path.parent.mkdir(parents=True)
    shutil.copy(made / f"{kind}.mkv", path)
    place.playground.scan()
    return path


def item_id(place: Place, title: str) -> str:
    client = place.server().client
    ids = [entry.id for page in client.listing().pages() for entry in page]
    return next(item.id for item in client.items(ids) if item.title == title)


def fail_first_task(place: Place, title: str) -> None:
    job = next(job for job in place.store.list() if job.title == title)
    resources = {task.resource for task in place.store.tasks(job.id)}
    task = place.store.claim("test", resources)
    while task is not None and task.job != job.id:
        task = place.store.claim("test", resources)
    assert task is not None
    place.store.fail(task, NoUsableAudio("nothing is said", "there is nothing to hear"))


def listings(place: Place) -> list[Logged]:
    """The pages of listings that were asked for."""
    asked = place.playground.requests("GET", "^/Items$")
    return [one for one in asked if "startindex" in one.query]


def fetched(place: Place) -> list[str]:
    """The ids whose sources were asked for, request by request."""
    asked = place.playground.requests("GET", "^/Items$")
    return [one.query["ids"] for one in asked if "MediaSources" in one.query["fields"]]
