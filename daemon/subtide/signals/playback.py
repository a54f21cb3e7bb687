"""Playback: who watches what on the servers, now. It comes first, and the machine is theirs.

What a server's socket tells is believed; where it does not tell, the server is asked. What
begins to play is looked at before everything else, and then the next episodes of its series.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

import structlog

from subtide.errors import StopAndTell, SubtideError
from subtide.jellyfin.messages import Played
from subtide.library.server import ConnectedServer
from subtide.storage.looks import Ask, Looks, Priority
from subtide.storage.servers import Servers

ASK_SECONDS = 5.0
"""Between two questions to a server whose socket does not tell: a viewer waits 10 s at most."""
BELIEVE_SECONDS = 60.0
"""How long a word counts: a socket's until the server is asked as well, an answer until nobody
counts as playing on a server that answers no more."""
NEXT = 3
"""Episodes after the one that is being watched."""
FEW_THREADS = 4
"""A machine of up to so many threads has none to spare beside a viewer."""
STOP_SECONDS = 1.0
"""How long a stop waits for a thread, which may be in the middle of a question."""

log = structlog.get_logger()


def pauses(mode: Literal["auto", "always", "never"], threads: int) -> bool:
    """Whether to stop computing while anyone plays; ``threads``: what the machine can run."""
    return mode == "always" or (mode == "auto" and threads <= FEW_THREADS)


@dataclass(slots=True)
class _Word:
    """What was last heard of one server."""

    at: float = -math.inf
    """When, by the watch's clock."""
    sessions: tuple[Played, ...] = ()
    by_socket: bool = False
    """Whether its socket tells."""
    begun: list[Played] = field(default_factory=list)
    """Whose next episodes were not looked for yet."""

    def take(self, sessions: tuple[Played, ...], now: float) -> list[Played]:
        """Keep what is played now; return what was not played before."""
        before = {(one.session, one.item) for one in self.sessions}
        new = [one for one in sessions if one.item and (one.session, one.item) not in before]
        self.sessions, self.at = sessions, now
        self.begun += new
        return new


class PlaybackWatch:
    """Knows what is played on each server, from a thread a server. Any thread may ask."""

    def __init__(
        self,
        servers: Sequence[ConnectedServer],
        known: Servers,
        looks: Looks,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock``: seconds, for the age of what was heard."""
        self._servers = servers
        self._known = known
        self._looks = looks
        self._clock = clock
        self._words: dict[str, _Word] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to watch; a server that was not met yet is watched from then on.

        It may be started again after a stop.
        """
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._run,
                args=(server, self._stopping),
                name=f"playback {server.name}",
                daemon=True,
            )
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def busy(self) -> bool:
        """Whether anyone plays a video on any server, paused or not."""
        return any(self.playing(server) for server in list(self._words))

    def playing(self, server: str) -> tuple[Played, ...]:
        """Return what is played on a server, by its system Id; nothing while nobody knows."""
        with self._lock:
            word = self._words.get(server)
            counts = word and (word.by_socket or self._clock() - word.at <= BELIEVE_SECONDS)
            return word.sessions if word and counts else ()

    def hear(self, server: str, sessions: tuple[Played, ...] | None) -> None:
        """Take what a server's socket tells; None: from now on it tells nothing."""
        with self._lock:
            word = self._words.setdefault(server, _Word())
            word.by_socket = sessions is not None
            if sessions is not None:
                word.take(sessions, self._clock())

    def step(self, server: ConnectedServer) -> None:
        """Ask the server unless its socket tells, and for looks at what begins and comes next.

        Raises:
            SubtideError: the server does not answer as it should.
        """
        known = next((one.id for one in self._known.all() if one.name == server.name), None)
        if known is None:
            return
        self._ask(known, self._asked(known, server), Priority.PLAYING)
        for played in self._begun(known):
            self._ask(known, _next_up(server, played), Priority.NEXT_UP)

    def _asked(self, known: str, server: ConnectedServer) -> list[str]:
        """Ask the server if it is time; return the items that began to play by its answer."""
        with self._lock:
            word = self._words.setdefault(known, _Word())
            before = word.at
            if word.by_socket and self._clock() - before < BELIEVE_SECONDS:
                return []
        sessions = server.client.playing()
        with self._lock:
            if word.at != before:
                return []  # the socket told meanwhile, and it knows later things
            return [one.item for one in word.take(sessions, self._clock())]

    def _begun(self, known: str) -> list[Played]:
        with self._lock:
            word = self._words[known]
            begun, word.begun = word.begun, []
            return begun

    def _ask(self, known: str, items: Iterable[str], priority: Priority) -> None:
        self._looks.ask_all(Ask(known, item, "playback", priority) for item in items)

    def _run(self, server: ConnectedServer, stopping: threading.Event) -> None:
        wait = 0.0
        while not stopping.wait(wait):
            wait = ASK_SECONDS
            try:
                self.step(server)
            except SubtideError as error:
                log.debug("who plays is not known", server=server.name, what=error.what)
                if isinstance(error, StopAndTell):
                    wait = BELIEVE_SECONDS
            except Exception:
                if not stopping.is_set():
                    log.exception("playback could not be watched", server=server.name)


def _next_up(server: ConnectedServer, played: Played) -> tuple[str, ...]:
    if not played.series or played.episode is None:
        return ()
    return server.client.episodes_after(played.series, played.season, played.episode, NEXT)
