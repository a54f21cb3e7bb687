"""The playground: a Jellyfin to try things on, with real files behind it.

    with Playground(root, flavour=V12) as server:
        requests.get(f"{server.url}/System/Info/Public")

Every folder below ``root`` is a library. Answers are computed from the files there; the
versions' ways stand in a ``Flavour``, the warts are knobs of this class.
"""

import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from subtide.playground.auth import ADMIN, HELPER, Door, Session, User
from subtide.playground.catalogue import Catalogue, Clock, DataFolder, now
from subtide.playground.dto import Writer
from subtide.playground.exchange import of_text
from subtide.playground.faults import GATE_SECONDS, Fault, Faults
from subtide.playground.flavour import V12, Flavour
from subtide.playground.front import inside, respond
from subtide.playground.plugins import Plugins, as_kept, destination
from subtide.playground.refresh import RefreshQueue
from subtide.playground.socket import Sockets
from subtide.playground.tree import Library, MediaFile, libraries_below, make_id
from subtide.playground.webhooks import Webhooks
from subtide.playground.wire import Answer, Raw, Wire, cut

if TYPE_CHECKING:
    from datetime import datetime

PLAYER = {"client": "Jellyfin Web", "device": "Browser", "deviceid": "browser", "version": "1"}

USUAL = ("EnableMovies", "EnableEpisodes", "EnableVideos", "SendAllProperties")
"""What destinations of the Webhook plugin are given switched on."""
ANSWERED_SECONDS = 0.05
"""How long the answer to /System/Restart has until the connections are cut."""

Check = Callable[[Raw], None]
"""Raises AssertionError for a request that no Jellyfin client should send."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that was answered; ``status`` None: the connection was cut."""

    method: str
    path: str
    query: Mapping[str, str]
    status: int | None


class Playground:
    """One server. Attributes that end a sentence in "knob" may be set at any time."""

    quick_connect = True
    """Whether there is Quick Connect, a knob."""

    def __init__(  # noqa: PLR0913  # each is a circumstance of its own
        self,
        root: Path,
        flavour: Flavour = V12,
        *,
        libraries: Sequence[Library] | None = None,
        collections: Mapping[str, Sequence[str]] | None = None,
        shows: str = "",
        base: str = "",
        port: int = 0,
        name: str = "playground",
        users: Sequence[User] = (ADMIN, HELPER),
        refresh_seconds: float = 0.3,
        monitor_seconds: float = 60.0,
        request_check: Check | None = None,
        clock: Clock = now,
    ) -> None:
        """Prepare a server; nothing is read before ``start``.

        Args:
            root: every folder below is a library, unless ``libraries`` says otherwise.
            flavour: which version it is.
            libraries: the libraries, when they are not simply the folders.
            collections: names of collections, with the names of their films.
            shows: the path that the server tells instead of ``root``, as across a mount.
            base: a base URL such as ``/jellyfin``.
            port: 0 for a free one.
            name: the server's name; its Id follows from it.
            users: who may sign in.
            refresh_seconds: what the refresh queue takes for an item.
            monitor_seconds: how long after /Library/Media/Updated a refresh begins.
            request_check: looks at every request; its complaints come out in ``stop``.
            clock: the time that items are saved at.
        """
        self.flavour = flavour
        self.name = name
        self.id = make_id("Server", name)
        """The server's identity, a knob."""
        self.base = base
        self.monitor_seconds = monitor_seconds
        self.restart_seconds = 0.3
        """How long a restart takes, a knob."""
        self.starting = False
        """In its start-up phase: 503 for nearly everything. A knob."""
        self.redirects_strangers = False
        """Whether paths outside the base get 302 to the web client, not 404. A knob."""
        self.lose_uploads: set[str] = set()
        """Ids of items or libraries whose uploads are lost silently. A knob."""
        self.transcodes: dict[str, dict[str, object]] = {}
        self.requests_log: list[Logged] = []
        self.complaints: list[AssertionError] = []
        """What ``request_check`` said."""
        self.crashes: list[Exception] = []
        """Faults of the playground itself; ``stop`` raises the first."""
        self.keep_alive_seconds = 60
        """How long a socket is believed in without a KeepAlive, a knob."""
        self.library_seconds = 30.0
        """How long nothing may change before LibraryChanged is pushed, a knob."""
        self.scanning = False
        self.last_scan: tuple[datetime, datetime] | None = None
        self.started_at = clock()
        self.queue = RefreshQueue(refresh_seconds)
        self.faults = Faults()
        self.door = Door(flavour, tuple(users), clock)
        self.key = self.door.make_key("Playground").token
        """An API key."""
        self.data = Path(tempfile.mkdtemp(prefix="playground-"))
        told = "/config/data" if shows else str(self.data)
        found = libraries_below(root, shows) if libraries is None else libraries
        folder = DataFolder(self.data, told)
        self.catalogue = Catalogue(found, flavour, folder, collections or {}, clock)
        self.plugins = Plugins()
        self.webhooks = Webhooks(self)
        self.listeners = Sockets(self)
        """Who listens at /socket, and what they are told."""
        self._check = request_check
        self._port = port
        self._wire: Wire | None = None
        self._seen = threading.Condition()
        self._devices: set[tuple[str, str]] = set()
        self._stopping = threading.Event()
        self._restarting: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port; known once started."""
        return self._port

    @property
    def url(self) -> str:
        """The address with the base, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}{self.base}"

    @property
    def writer(self) -> Writer:
        """Writes items as this server tells them."""
        return Writer(self.catalogue, self.id)

    def start(self) -> Self:
        """Scan the libraries and listen."""
        self.scan()
        self._wire = Wire(self._port, self._serve, self.crashes.append)
        self._port = self._wire.server_address[1]
        self._stopping.clear()
        self._load()
        self._wire.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut all connections; what the queue held is lost.

        ``start`` brings it back on the same port, with its keys and metadata folder.
        """
        if self._wire is not None:
            self.listeners.tell("ServerShuttingDown")
            self.listeners.forget_changes()
            self._stopping.set()
            if self._restarting is not None:
                self._restarting.join()
            self._wire.stop()
            self._unload()
            self._wire = None

    def restart(self) -> None:
        """Restart in a moment: connections are cut, then comes the start-up phase."""
        self._restarting = threading.Thread(target=self._start_anew, name="playground-restart")
        self._restarting.start()

    def install_webhook_plugin(self, *destinations: Mapping[str, Any]) -> None:
        """Have the Webhook plugin loaded, with these generic destinations.

        Each as it is posted, such as ``{"WebhookUri": url, "NotificationTypes": [...]}``; films,
        episodes, videos and all properties are switched on unless it says otherwise.
        """
        kept = [destination(**{**dict.fromkeys(USUAL, True), **one}) for one in destinations]
        self.plugins.configuration = as_kept({}) | {"GenericOptions": kept}
        self.plugins.install()
        self.plugins.load()
        if self._wire is not None:
            self.webhooks.stop()
            self.webhooks.start()

    def close(self) -> None:
        """Stop for good, remove the server's own data, and raise what was found wrong."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        for found in (*self.crashes, *self.complaints):
            raise found

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.crashes, self.complaints = [], []
        self.close()

    def scan(self) -> None:
        """Scan all libraries: new and removed files are seen, and told to the webhooks."""
        first, began = self.last_scan is None, self.catalogue.clock()
        self.scanning = True
        self.listeners.tell_tasks()
        came, gone = self.catalogue.scan()
        self.scanning = False
        self.last_scan = (began, self.catalogue.clock())
        self.listeners.tell_tasks()
        if not first:
            new = {item.id for item in came}
            known = [i for i in self.catalogue.items.values() if i.files and i.id not in new]
            self.listeners.tell_library(added=came, removed=gone, updated=known)
            for item in came:
                self.webhooks.item_added(item)
            for item in gone:
                self.webhooks.item_deleted(item)

    def refresh_later(self, wanted: str, mode: str, *, delay: float = 0.0) -> None:
        """Queue a refresh of an item, version, folder or library."""
        self.queue.add(lambda: self._refresh(wanted, mode), delay=delay)

    def _refresh(self, wanted: str, mode: str) -> None:
        item = self.catalogue.item_of(wanted)
        if self.catalogue.refresh(wanted, mode) and item is not None:
            self.listeners.tell_library(updated=[item])

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until the refresh queue is empty. Raises TimeoutError."""
        if not self.queue.settle(timeout):
            raise TimeoutError(f"{self.queue.pending} refreshes still wait after {timeout:.0f} s")

    def loses(self, file: MediaFile) -> bool:
        """Whether an upload to this file vanishes."""
        return bool(self.lose_uploads & {file.id, file.library.id})

    def approve(self, code: str, user: User = ADMIN) -> None:
        """Let a person type a Quick Connect code in, and so sign the device that shows it in.

        Raises LookupError for an unknown code, ValueError for one that is approved already.
        """
        session = self.door.codes.approve(code, user)
        self.session_started(session.client, session.user)

    def play(
        self, wanted: str, *, user: User = ADMIN, source: str = "", position: int = 0
    ) -> Session:
        """Let a user begin to play an item (or version); ``position`` in ticks."""
        item = self.catalogue.item_of(wanted)
        session = self.door.login(user.name, user.password, PLAYER)
        if item is None or session is None:
            raise KeyError(wanted)
        session.playing = (item.id, source or wanted, position)
        self.webhooks.playback_start(item, session)
        self.listeners.tell_sessions()
        return session

    def stop_playing(self, session: Session) -> None:
        """Let a user stop what they play; they stay signed in."""
        session.playing = None
        self.listeners.tell_sessions()

    @property
    def sockets(self) -> int:
        """How many sockets are open."""
        return len(self.listeners.open)

    def drop_sockets(self) -> None:
        """Cut every socket, without a word."""
        for one in self.listeners.open:
            cut(one.connection)

    def forget_sockets(self) -> None:
        """Leave every socket open and dead, as servers before 12 do with those they lost."""
        for one in self.listeners.open:
            one.forgotten = True

    def wait_for_sockets(self, count: int, timeout: float = 30.0) -> None:
        """Wait until so many sockets are open. Raises TimeoutError."""
        if not self.listeners.wait_for(count, timeout):
            raise TimeoutError(f"{self.sockets} sockets are open, not {count}")

    def session_started(self, client: Mapping[str, str], user: User | None = None) -> None:
        """Open a session for a device, as a login, a socket or its capabilities do.

        ``client``: the words of the Authorization header. A device that was never seen since
        the start is told to the webhooks; that waits for their receivers.
        """
        device = (client.get("client", ""), client.get("deviceid", ""))
        if device not in self._devices:
            self._devices.add(device)
            self.webhooks.session_start(client, user)

    def fail(  # noqa: PLR0913  # as many as a fault has sides
        self,
        method: str,
        pattern: str,
        *,
        times: int = 1,
        status: int | None = 503,
        after: bool = False,
        cut: int | None = None,
        gate: threading.Event | None = None,
        text: str = "Error processing request.",
        kind: str = "text/plain",
    ) -> None:
        """Let the next requests fail whose path has the pattern in it; see ``Fault``."""
        compiled = re.compile(pattern, re.IGNORECASE)
        self.faults.add(Fault(method, compiled, times, status, after, text, kind, cut, gate))

    def requests(self, method: str = "", pattern: str = "") -> list[Logged]:
        """Return the answered requests of a method whose path has the pattern in it."""
        return [r for r in list(self.requests_log) if _like(r, method, pattern)]

    def wait_for(self, method: str, pattern: str, count: int = 1, timeout: float = 30.0) -> None:
        """Wait until so many such requests have been answered. Raises TimeoutError."""
        with self._seen:
            enough = self._seen.wait_for(
                lambda: len(self.requests(method, pattern)) >= count, timeout
            )
        if not enough:
            raise TimeoutError(f"fewer than {count} of {method} {pattern} in {timeout:.0f} s")

    def _start_anew(self) -> None:
        self._stopping.wait(ANSWERED_SECONDS)
        self.listeners.tell("ServerRestarting")
        self.listeners.forget_changes()
        self.starting = True
        if self._wire is not None:
            self._wire.cut_all()
        self._unload()
        self._stopping.wait(self.restart_seconds)
        self._load()
        self.started_at = self.catalogue.clock()
        self.starting = False

    def _load(self) -> None:
        self.plugins.load()
        self.queue.start()
        self.webhooks.start()

    def _unload(self) -> None:
        self.webhooks.stop()
        self.queue.stop()
        self._devices.clear()

    def _serve(self, raw: Raw) -> Answer:
        path = inside(self, raw.path)
        if path is not None and not self.starting:
            self._complain(raw)
        fault = self.faults.take(raw.method, path if path is not None else raw.path)
        if fault and fault.gate:
            fault.gate.wait(GATE_SECONDS)
        if fault and fault.cut is None and fault.gate is None:
            if fault.after:
                respond(self, raw, path)
            text = of_text(fault.text, fault.kind, fault.status or 0)
            answer = Answer(None if fault.status is None else text)
        else:
            answer = self.listeners.answer(raw, path) or Answer(
                respond(self, raw, path), fault.cut if fault else None
            )
        status = answer.response.status if answer.response else None
        with self._seen:
            self.requests_log.append(Logged(raw.method, raw.path, dict(raw.query), status))
            self._seen.notify_all()
        return answer

    def _complain(self, raw: Raw) -> None:
        if self._check is None:
            return
        try:
            self._check(raw)
        except AssertionError as complaint:
            self.complaints.append(complaint)


def _like(request: Logged, method: str, pattern: str) -> bool:
    right = not method or request.method == method
    return right and bool(re.search(pattern, request.path, re.IGNORECASE))
