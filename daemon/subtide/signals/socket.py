"""The signals of a server's socket: a finished scan, changed items, what begins to play.

A signal is a hint. Whatever a socket could miss, in its first moment or while it is away, the
look at what changed finds that follows every connection.
"""

import threading
import time
from collections.abc import Callable, Iterable
from random import random

import structlog

from subtide.errors import ServerStarting, StopAndTell, SubtideError
from subtide.jellyfin.messages import GoingDown, LibraryChanged, Played, Playing, ScanFinished
from subtide.jellyfin.socket import Event, Listening, Socket
from subtide.jobs.retry import PATIENT_SECONDS
from subtide.library.server import ConnectedServer
from subtide.storage.looks import CHANGES, Ask, Looks, Priority
from subtide.storage.servers import Servers

FIRST_SECONDS = 1.0
"""Before the first new try; each further one waits twice as long."""
LONGEST_SECONDS = 60.0
"""Between two tries while the server is away."""
LIFE_SECONDS = 60.0
"""A socket that lived so long was a good one: after it the waits begin anew."""
STOP_SECONDS = 1.0
"""How long a stop waits for the thread, which may be in the middle of a handshake."""
MANY = 200
"""Changed items in one message beyond which one look at all changes is less work."""

log = structlog.get_logger()

Hearing = Callable[[str, tuple[Played, ...] | None], None]
"""Is given a server's system Id and what is played there; None once its socket tells nothing."""


class SocketListener:
    """Listens to one server from a thread of its own, and turns what it hears into looks."""

    def __init__(  # noqa: PLR0913 - where from, where to, and the world around
        self,
        server: ConnectedServer,
        known: Servers,
        looks: Looks,
        stopping: threading.Event,
        *,
        wait: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        rng: Callable[[], float] = random,
        on_playing: Hearing | None = None,
    ) -> None:
        """``wait``: passes the seconds before a new try; ``rng`` gives 0 to 1, for the jitter.

        ``on_playing`` hears what is played, from the thread that listens: it may not wait.
        """
        self.state = "not connected yet"
        """``ok`` while it listens, else why not."""
        self._server = server
        self._known = known
        self._looks = looks
        self._stopping = stopping
        self._wait = wait or stopping.wait
        self._clock = clock
        self._rng = rng
        self._on_playing = on_playing or _unheard
        self._failures = 0
        self._socket: Socket | None = None
        self._playing: frozenset[tuple[str, str]] = frozenset()
        name = f"socket {server.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to listen, now or when the server is there."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._stopping.set()
        if self._socket is not None:
            self._socket.close()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except SubtideError as error:
                self._lost(error.what, error.fix)
                self._wait(self._pause(error))
            except Exception as error:
                log.exception("the socket could not be heard", server=self._server.name)
                self._lost(f"unexpected {type(error).__name__}", "")
                self._wait(self._pause(None))

    def _listen(self) -> None:
        """Connect and listen; ends only by an error."""
        self._failures += 1
        server = self._server.meet(self._known).id
        with self._server.client.socket() as socket:
            self._socket = socket
            if self._stopping.is_set():
                return
            connected = self._clock()
            try:
                for event in socket:
                    self._heed(server, event)
            finally:
                self._socket = None
                self._on_playing(server, None)
                if self._clock() - connected >= LIFE_SECONDS:
                    self._failures = 1

    def _heed(self, server: str, event: Event) -> None:
        match event:
            case Listening():
                self.state = "ok"
                log.info("the socket is open", server=self._server.name)
                self._ask(server, [CHANGES])
            case ScanFinished():
                self._ask(server, [CHANGES])
            case LibraryChanged(changed, removed):
                items = dict.fromkeys((*changed, *removed))
                self._ask(server, items if len(items) <= MANY else [CHANGES])
            case Playing(sessions):
                self._on_playing(server, sessions)
                now = frozenset((one.session, one.item) for one in sessions if one.item)
                begun = {item for _, item in now - self._playing}
                self._ask(server, begun, signal="playback", priority=Priority.PLAYING)
                self._playing = now
            case GoingDown(restarts):
                what = "the server restarts" if restarts else "the server shuts down"
                raise ServerStarting(what, "wait until it is back")

    def _ask(
        self,
        server: str,
        items: Iterable[str],
        *,
        signal: str = "socket",
        priority: Priority = Priority.NEW,
    ) -> None:
        self._looks.ask_all(Ask(server, item, signal, priority) for item in items)

    def _lost(self, what: str, fix: str) -> None:
        """Note why nothing is heard; say it once, however often it happens."""
        if not self._stopping.is_set() and self.state != what:
            log.warning("the socket is closed", server=self._server.name, what=what, fix=fix)
        self.state = what

    def _pause(self, error: SubtideError | None) -> float:
        """Return the seconds before the next try, less by up to a half so that tries spread."""
        if isinstance(error, StopAndTell):
            return PATIENT_SECONDS
        least = error.after if isinstance(error, ServerStarting) else 0.0
        wait = min(FIRST_SECONDS * 2.0 ** min(self._failures - 1, 10), LONGEST_SECONDS)
        return max(least, wait * (1 - self._rng() / 2))


def _unheard(_server: str, _sessions: tuple[Played, ...] | None) -> None:
    pass
