"""Webhooks: what the official plugin sends, when, and to whom: once, without a retry."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from subtide.playground import payload
from subtide.playground.auth import Session, User
from subtide.playground.payload import as_dotnet, quoted
from subtide.playground.refresh import RefreshQueue
from subtide.playground.tree import Item

if TYPE_CHECKING:
    from datetime import datetime

    from subtide.playground.server import Playground

TIMEOUT = 100.0
"""Seconds after which the plugin gives up on a receiver."""
FIRST_SECONDS = 3600.0
"""From a fresh plugin's start to the first run of its tasks."""
EVERY_SECONDS = 90.0
"""Between two runs of a task."""
ADDED, DELETED = "WebhookItemAdded", "WebhookItemDeleted"
"""The plugin's tasks, by their keys: each sends what waits for it."""
EVENTS = {ADDED: "ItemAdded", DELETED: "ItemDeleted"}
SWITCHES = {
    "Movie": "EnableMovies",
    "Episode": "EnableEpisodes",
    "Series": "EnableSeries",
    "Season": "EnableSeasons",
    "MusicAlbum": "EnableAlbums",
    "Audio": "EnableSongs",
    "Video": "EnableVideos",
}
"""Which switch of a destination lets items of this class through; others never pass."""


class Webhooks:
    """The Webhook plugin at work: silent unless it is loaded.

    New and gone items wait in memory for a task, as there; playback and sessions are told at
    once, and whoever caused them waits for every receiver. Unlike there, an item without any
    provider id is not put back ten times.
    """

    def __init__(self, server: "Playground") -> None:
        """``server``: whose events these are."""
        self._server = server
        self.first_seconds = FIRST_SECONDS
        """A knob, to be set before the plugin starts."""
        self.every_seconds = EVERY_SECONDS
        """A knob."""
        self.runs: dict[str, tuple[datetime, datetime]] = {}
        """When each task last began and ended."""
        self._waiting: dict[str, list[Item]] = {ADDED: [], DELETED: []}
        self._tasks = RefreshQueue(0.0)

    def start(self) -> None:
        """Let the tasks run from now on, if the plugin is loaded."""
        self._tasks.start()
        if self._server.plugins.active:
            for key in EVENTS:
                self._later(key, self.every_seconds if key in self.runs else self.first_seconds)

    def stop(self) -> None:
        """Stop; what was not sent yet is lost."""
        self._tasks.stop()
        for items in self._waiting.values():
            items.clear()

    def run(self, key: str) -> None:
        """Run a task now."""
        self._tasks.add(lambda: self._flush(key))

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until every task that is due has run. Raises TimeoutError."""
        if not self._tasks.settle(timeout):
            raise TimeoutError(f"the tasks still send after {timeout:.0f} s")

    def item_added(self, item: Item) -> None:
        """Note a new item for the task."""
        self._note(ADDED, item)

    def item_deleted(self, item: Item) -> None:
        """Note that an item is gone."""
        self._note(DELETED, item)

    def playback_start(self, item: Item, session: Session) -> None:
        """Tell that a user plays an item, and wait for every receiver."""
        told = payload.playback(item, session)
        self._send("PlaybackStart", {**self._about(item), **told}, item.kind)

    def session_start(self, client: Mapping[str, str], user: User | None) -> None:
        """Tell that a device opened a session, and wait for every receiver."""
        self._send("SessionStart", payload.about_session(client, user))

    def _note(self, key: str, item: Item) -> None:
        if self._server.plugins.active:
            self._waiting[key].append(item)

    def _later(self, key: str, seconds: float) -> None:
        def run() -> None:
            self._flush(key)
            self._later(key, self.every_seconds)

        self._tasks.add(run, delay=seconds)

    def _flush(self, key: str) -> None:
        began = self._server.catalogue.clock()
        while self._waiting[key]:
            item = self._waiting[key].pop(0)
            moment = self._server.catalogue.clock()
            about = self._about(item) if key == ADDED else payload.about(item, moment)
            self._send(EVENTS[key], about, item.kind)
        self.runs[key] = (began, self._server.catalogue.clock())

    def _about(self, item: Item) -> dict[str, Any]:
        moment = self._server.catalogue.clock()
        return payload.about(item, moment) | payload.streams(self._server.writer, item)

    def _send(self, event: str, told: Mapping[str, Any], kind: str = "") -> None:
        """Send to one destination after another; the fields of one reach those behind it."""
        if not self._server.plugins.active:
            return
        version = self._server.flavour.version
        body = {
            "ServerId": self._server.id,
            "ServerName": quoted(self._server.name),
            "ServerVersion": version,
            "ServerUrl": self._server.plugins.configuration["ServerUrl"],
            "NotificationType": event,
            **told,
        }
        for one in self._server.plugins.configuration["GenericOptions"]:
            if _wants(one, event, kind, body.get("UserId")):
                body |= {f["Key"]: f["Value"] for f in one["Fields"] if f["Key"] and f["Value"]}
                send(one, as_dotnet(body), version)


def _wants(one: Mapping[str, Any], event: str, kind: str, user: str | None) -> bool:
    """Whether a destination takes an event. Templates are not written: those get nothing."""
    if not (one["EnableWebhook"] and one["SendAllProperties"]):
        return False
    users = [wanted.replace("-", "") for wanted in one["UserFilter"]]
    if users and user and user not in users:
        return False
    return event in one["NotificationTypes"] and (
        not kind or one.get(SWITCHES.get(kind, ""), False)
    )


def send(one: Mapping[str, Any], data: bytes, version: str = "12.0.0") -> int | None:
    """Post one body to a destination, once; return the status, None when there was no answer.

    A Content-Type with a charset is too much for .NET: nothing is sent then.
    """
    given = {h["Key"]: h["Value"] for h in one["Headers"] if h["Key"] and h["Value"]}
    kinds = [value for name, value in given.items() if name.lower() == "content-type"]
    kind = kinds[-1] if kinds else "text/plain"
    if ";" in kind:
        return None
    headers = {
        "User-Agent": f"Jellyfin-Server/{version}",
        "Accept": "application/json; q=1.0, application/xml; q=0.9, */*; q=0.8",
        **given,
        "Content-Type": f"{kind}; charset=utf-8",
    }
    try:
        request = Request(one["WebhookUri"], data, headers, method="POST")  # noqa: S310  # a test's own address
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            return int(answer.status)
    except URLError as error:
        code = getattr(error, "code", None)
        close = getattr(error, "close", None)
        if close is not None:
            close()
        return code
    except (OSError, ValueError):
        return None
