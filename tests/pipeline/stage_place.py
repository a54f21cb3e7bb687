"""A place to run one stage in: a film on a stand-in server, and the daemon's tools around it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from subtide.errors import Stopped
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.library.planning import Options, Planner, options_from
from subtide.library.policy import Policy, Rules
from subtide.models.store import ModelStore
from subtide.pipeline.plan import Plan, Target
from subtide.pipeline.stage import Reader, Result, Tools, Work
from subtide.playground.auth import User
from subtide.playground.server import PLAYER, Playground
from subtide.settings import Settings
from subtide.storage.artifacts import Artifacts
from subtide.storage.choices import Choices
from subtide.storage.database import Database
from subtide.storage.ledger import Ledger
from subtide.storage.memory import TranslationMemory
from subtide.storage.servers import KnownServer, Servers
from subtide.storage.spending import Spending

CUES = [[1.0, 2.5, "Good evening, everyone."], [3.0, 5.0, "Tonight we travel."]]


def no_compute(call: str, request: Mapping[str, Any], *, read: Reader | None = None) -> Result:
    raise AssertionError(call)


@dataclass
class Place:
    """One server, one film, one set of tools."""

    playground: Playground
    client: Jellyfin
    known: KnownServer
    tools: Tools
    film: Path
    options: Options
    ours: bool = True
    waited: list[float] = field(default_factory=list)

    def plan(self, *targets: str) -> Plan:
        """Plan the film's targets, as a scan would."""
        entry = next(entry for page in self.client.listing().pages() for entry in page)
        (item,) = self.client.items([entry.id])
        gaps = [Target(language=tag) for tag in targets or ("en",)]
        policy = Policy(Settings().policy, tuple(target.language for target in gaps))
        planner = Planner(Rules(), self.options)
        return planner.plan(self.known, item, item.sources[0], gaps, policy, ours=frozenset())

    def cues(self, cues: list[list[object]] | None = None) -> dict[str, object]:
        """Keep cues as compose would, and return its result."""
        data = json.dumps({"cues": cues or CUES}).encode()
        key = f"cues-{hash(data)}"
        self.tools.artifacts.write(key, "compose", "application/json", data)
        return {"key": key, "language": "en", "recipe": {"compose": 1}}

    def work(
        self,
        plan: Plan,
        payload: Mapping[str, Any],
        *,
        part: str = "",
        compute: Callable[..., Result] = no_compute,
        job: int = 1,
    ) -> Work:
        """Return one task's work; it is still ours as long as ``ours`` says so."""
        return Work(
            job=job,
            plan=plan,
            part=part,
            payload=payload,
            compute=compute,
            report=lambda _share: None,
            still_ours=self._still_ours,
        )

    def put_out_of_reach(self) -> None:
        """Let no folder of the server be one of ours."""
        nowhere = MediaAccess([("/nowhere", Path("/nowhere"))])
        self.tools = replace(self.tools, media=lambda _id: nowhere)

    def sign_in(self, user: User) -> None:
        """Go on as this user of the server, no longer with its API key."""
        session = self.playground.door.login(user.name, user.password, PLAYER)
        assert session
        self.client = client = make_client(self.playground, session.token)
        self.tools = replace(self.tools, server=lambda _id: client)

    def _still_ours(self) -> None:
        if not self.ours:
            raise Stopped("cancelled")


def make_client(playground: Playground, token: str) -> Jellyfin:
    return Jellyfin(
        playground.url,
        token,
        device_id="0" * 32,
        device_name="test",
        version="0",
        sleep=lambda _seconds: None,
    )


def make_place(playground: Playground, database: Database, folder: Path, film: Path) -> Place:
    client = make_client(playground, playground.key)
    known = Servers(database).meet("home", playground.id, playground.flavour.version)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        playground.settle()

    tools = Tools(
        artifacts=Artifacts(database, folder / "artifacts"),
        ledger=Ledger(database),
        models=ModelStore(folder / "models", tell=lambda _text: None, may_pull=False),
        memory=TranslationMemory(database),
        choices=Choices(database),
        spending=Spending(database),
        server=lambda _id: client,
        media=lambda _id: MediaAccess(),
        threads=1,
        sleep=sleep,
    )
    options = options_from(Settings(), gpu=False)
    return Place(playground, client, known, tools, film, options, waited=waited)
