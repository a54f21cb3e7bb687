"""The socket: what the server tells at once to those who listen, and how long it trusts them.

Nothing is pushed for having connected. A socket that sends no KeepAlive is lost after a
minute, whatever else it sends: 12 closes it, older servers leave it open and forget it.
"""

import json
import select
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from socket import socket as Connection  # noqa: N812  # a connection is no socket in this module
from typing import TYPE_CHECKING, Any

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from subtide.playground.auth import Caller
from subtide.playground.exchange import Response, empty
from subtide.playground.routes.people import session_dto
from subtide.playground.routes.system import task_dtos
from subtide.playground.tree import Item
from subtide.playground.wire import Answer, Raw, cut

if TYPE_CHECKING:
    from subtide.playground.server import Playground

PATH = "/socket"
CHECKS = 0.2
"""How often silence is looked for, as a share of the keep-alive time."""
WARNING = 0.75
"""After this share of the keep-alive time without one, ForceKeepAlive is sent again."""
CHUNK = 1 << 16


class Socket:
    """One client's socket, served by the thread of its connection."""

    def __init__(self, server: "Playground", caller: Caller, connection: Connection) -> None:
        """``caller``: whose token opened it."""
        self.caller = caller
        self.wants: set[str] = set()
        """The lists that the client subscribed to."""
        self.forgotten = False
        """Open, but nothing is sent or answered any more."""
        self.connection = connection
        self._server = server
        self._protocol = ServerProtocol()
        self._guard = threading.Lock()
        self._kept_alive = time.monotonic()

    def accept(self, raw: Raw) -> None:
        """Answer the request for an upgrade, and say what keeps the socket open."""
        head = "".join(f"{name}: {value}\r\n" for name, value in raw.headers.items())
        self._protocol.receive_data(f"GET {PATH} HTTP/1.1\r\n{head}\r\n".encode())
        for request in self._protocol.events_received():
            if isinstance(request, Request):
                self._protocol.send_response(self._protocol.accept(request))
        self._flush()
        self.push("ForceKeepAlive", self._server.keep_alive_seconds)

    def run(self) -> None:
        """Serve the client until it leaves or is cut off."""
        while self._protocol.state is State.OPEN and (data := self._received()):
            with self._guard:
                self._protocol.receive_data(data)
                events = self._protocol.events_received()
                if not self.forgotten:
                    self._flush()
            for event in events:
                if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                    self._take(json.loads(bytes(event.data)))

    def push(self, kind: str, data: object = None) -> None:
        """Send a message, unless the client is gone or forgotten."""
        message = {"MessageId": uuid.uuid4().hex, "Data": data, "MessageType": kind}
        if data is None:
            del message["Data"]
        with self._guard:
            if self._protocol.state is State.OPEN and not self.forgotten:
                self._protocol.send_text(json.dumps(message).encode())
                self._flush()

    def _flush(self) -> None:
        with suppress(OSError):  # the reading thread sees that the client is gone
            self.connection.sendall(b"".join(self._protocol.data_to_send()))

    def _received(self) -> bytes:
        """Return what came, empty at the end; look after the keep-alive meanwhile."""
        while True:
            patience = None if self.forgotten else CHECKS * self._server.keep_alive_seconds
            if select.select([self.connection], [], [], patience)[0]:
                return self.connection.recv(CHUNK)
            self._check()

    def _check(self) -> None:
        share = (time.monotonic() - self._kept_alive) / self._server.keep_alive_seconds
        if share < WARNING or self.forgotten:
            return
        if share < 1:
            self.push("ForceKeepAlive", self._server.keep_alive_seconds)
        elif self._server.flavour.closes_lost_sockets:
            cut(self.connection)
        else:
            self.forgotten = True

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["MessageType"]
        if kind == "KeepAlive":
            self._kept_alive = time.monotonic()
            self.push("KeepAlive")
        elif kind == "ScheduledTasksInfoStart" or (kind == "SessionsStart" and self._sees_all):
            self.wants.add(kind.removesuffix("Start"))
        elif kind in {"ScheduledTasksInfoStop", "SessionsStop"}:
            self.wants.discard(kind.removesuffix("Stop"))

    @property
    def _sees_all(self) -> bool:
        """Whether sessions are shown; where not, the server throws inside and goes on."""
        by_key = self.caller.user is None
        return self._server.flavour.tells_keys_sessions if by_key else self.caller.admin


class Sockets:
    """Every open socket of one server, and what is told to them."""

    def __init__(self, server: "Playground") -> None:
        """``server``: whose sockets these are."""
        self._server = server
        self._open: list[Socket] = []
        self._changed = threading.Condition()
        self._pending: dict[str, list[Item]] = {}
        self._timer: threading.Timer | None = None

    def answer(self, raw: Raw, path: str | None) -> Answer | None:
        """Answer a request for an upgrade; None for any other request."""
        upgrade = (raw.headers.get("Upgrade") or "").lower() == "websocket"
        if not upgrade or path is None or not path.lower().endswith(PATH) or self._server.starting:
            return None
        identity = self._server.door.identify(raw.headers, dict(raw.query))
        caller = self._server.door.caller(identity.token)
        if caller is None:
            return Answer(empty(403))

        def talk(connection: Connection) -> None:
            one = Socket(self._server, caller, connection)
            one.accept(raw)
            self._server.session_started(identity.client, caller.user)
            self._serve(one)

        return Answer(Response(101), talk=talk)

    def _serve(self, one: Socket) -> None:
        with self._changed:
            self._open.append(one)
            self._changed.notify_all()
        try:
            one.run()
        finally:
            with self._changed:
                self._open.remove(one)
                self._changed.notify_all()

    @property
    def open(self) -> tuple[Socket, ...]:
        """The sockets that are open now, forgotten ones included."""
        with self._changed:
            return tuple(self._open)

    def wait_for(self, count: int, timeout: float) -> bool:
        """Wait until so many are open; return whether that came about."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._open) == count, timeout)

    def tell(self, kind: str, data: object = None) -> None:
        """Push a message to everyone."""
        for one in self.open:
            one.push(kind, data)

    def tell_tasks(self) -> None:
        """Push the tasks, as at the start and the end of each."""
        self._tell_those_who_want("ScheduledTasksInfo", task_dtos(self._server))

    def tell_sessions(self) -> None:
        """Push the sessions, as when playback starts or stops."""
        sessions = [session_dto(self._server, one) for one in self._server.door.sessions]
        self._tell_those_who_want("Sessions", sessions)

    def _tell_those_who_want(self, kind: str, data: Sequence[object]) -> None:
        for one in self.open:
            if kind in one.wants:
                one.push(kind, data)

    def tell_library(
        self,
        *,
        added: Iterable[Item] = (),
        removed: Iterable[Item] = (),
        updated: Iterable[Item] = (),
    ) -> None:
        """Push LibraryChanged once nothing more has changed for a while."""
        changes = {"ItemsAdded": added, "ItemsRemoved": removed, "ItemsUpdated": updated}
        with self._changed:
            for name, items in changes.items():
                self._pending.setdefault(name, []).extend(items)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(self._server.library_seconds, self._push_library)
            self._timer.daemon = True
            self._timer.start()

    def forget_changes(self) -> None:
        """Drop what was not told yet, as in a restart of the server."""
        with self._changed:
            self._pending.clear()
            if self._timer is not None:
                self._timer.cancel()

    def _push_library(self) -> None:
        with self._changed:
            changes, self._pending = self._pending, {}
        if not any(changes.values()):
            return
        every = [item for items in changes.values() for item in items]
        data = {
            "FoldersAddedTo": _ids(item.parent for item in changes["ItemsAdded"]),
            "FoldersRemovedFrom": _ids(item.parent for item in changes["ItemsRemoved"]),
            **{name: _ids(items) for name, items in changes.items()},
            "CollectionFolders": list({i.library.id: 0 for i in every if i.library}),
            "IsEmpty": False,
        }
        for one in self.open:
            if one.caller.user is not None:
                one.push("LibraryChanged", data)


def _ids(items: Iterable[Item | None]) -> list[str]:
    return list({item.id: 0 for item in items if item is not None})
