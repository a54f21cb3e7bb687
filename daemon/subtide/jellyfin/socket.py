"""The socket: the server tells at once what happens, as long as we keep ourselves alive."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from subtide.errors import (
    BrokenAnswer,
    ServerUnreachable,
)
from subtide.jellyfin import messages
from subtide.jellyfin.answers import Rights
from subtide.jellyfin.handshake import opened_at, shake_hands
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.messages import (
    GoingDown,
    KeepAliveHeard,
    KeepAliveWanted,
    LibraryChanged,
    Message,
    Playing,
    ScanFinished,
)

KEEP_ALIVE_SECONDS = 60.0
"""Until the server says another: so long it believes in a socket without KeepAlive."""

TASKS = ("ScheduledTasksInfoStart", "0,5000")
SESSIONS = ("SessionsStart", "0,10000")
"""A subscription: after how many milliseconds, and how often at most while it goes on."""
KEYS_SEE_SESSIONS = (10, 11)
"""Before this version, asking for sessions with a key throws inside the server."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listening:
    """Every subscription is in force; what happens from here on is told."""


Event = Listening | ScanFinished | LibraryChanged | Playing | GoingDown
Subscriptions = tuple[tuple[str, str], ...]


def subscriptions(version: tuple[int, ...], rights: Rights) -> Subscriptions:
    """Return what to ask a server of this version for.

    Only administrators may subscribe; LibraryChanged comes unasked, but only to users.
    """
    if not rights.admin:
        return ()
    if rights.user is None and version < KEYS_SEE_SESSIONS:
        return (TASKS,)
    return (TASKS, SESSIONS)


class Socket:
    """An open socket. One thread iterates over its events; any other may close it."""

    def __init__(
        self, connection: ClientConnection, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``clock``: seconds, for the keep-alive."""
        self.skipped = 0
        """Messages that were no JSON."""
        self._connection = connection
        self._clock = clock
        self._patience = KEEP_ALIVE_SECONDS
        self._heard = self._due = clock()
        self._listening = False
        self._scanned = opened_at(connection)
        self._told: set[type[Exception]] = set()

    def subscribe(self, wanted: Subscriptions) -> None:
        """Ask for these lists; ``Listening`` follows once the server has taken it."""
        for kind, data in wanted:
            self._send(kind, data)

    def close(self) -> None:
        """End the iteration of the other thread; a server that is gone is waited for briefly."""
        self._connection.close()

    def __iter__(self) -> Iterator[Event]:
        """Yield what happens until the socket is lost.

        Raises:
            ServerUnreachable: it was closed by either side, or the server fell silent.
        """
        while True:
            text = self._received()
            if text is not None:
                self._heard = self._clock()
                yield from self._events(text)

    def _received(self) -> str | bytes | None:
        """Return a message, or None when it was time to keep the socket alive."""
        now = self._clock()
        if now - self._heard >= self._patience:
            what = f"the socket was silent for {self._patience:g} s"
            raise ServerUnreachable(what, "it is opened again")
        if now >= self._due:
            self._keep_alive()
        until = min(self._due, self._heard + self._patience)
        try:
            return self._connection.recv(timeout=max(0.0, until - now))
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            raise _closed(error) from error

    def _events(self, text: str | bytes) -> Iterator[Event]:
        match self._read(text):
            case None:
                pass
            case KeepAliveWanted(seconds):
                self._patience = max(1.0, seconds)
                self._keep_alive()
            case KeepAliveHeard():
                if not self._listening:
                    self._listening = True
                    yield Listening()
            case ScanFinished(ended_at) as event:
                if ended_at > self._scanned:
                    self._scanned = ended_at
                    yield event
            case event:
                yield event

    def _read(self, text: str | bytes) -> Message | None:
        try:
            return messages.read(text)
        except BrokenAnswer as error:
            self._tell_once(error)
        except ValueError as error:
            self.skipped += 1
            self._tell_once(error)
        return None

    def _tell_once(self, error: Exception) -> None:
        if type(error) not in self._told:
            log.warning("a message of the socket is skipped, and others like it", what=str(error))
        self._told.add(type(error))

    def _keep_alive(self) -> None:
        self._send("KeepAlive")
        self._due = self._clock() + self._patience / 2

    def _send(self, kind: str, data: str | None = None) -> None:
        message = {"MessageType": kind} | ({} if data is None else {"Data": data})
        try:
            self._connection.send(json.dumps(message))
        except ConnectionClosed as error:
            raise _closed(error) from error


@contextmanager
def open_socket(
    address: str,
    identity: Identity,
    *,
    ca: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Socket]:
    """Open the socket of the server at a base URL, and close it at the end.

    Raises as ``shake_hands`` does.
    """
    with shake_hands(address, identity, ca) as connection:
        yield Socket(connection, clock)


def _closed(error: ConnectionClosed) -> ServerUnreachable:
    close = error.rcvd or error.sent
    how = f" ({close.code})" if close else ""
    return ServerUnreachable(f"the socket was closed{how}", "it is opened again")
