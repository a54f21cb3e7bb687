"""All threads of a running daemon together.

One follows looks, the dispatcher's work off tasks, the schedule asks for looks, one takes away
what nobody wants any more, two for each server hear its socket and know who watches what, the web
server answers, and one turns what it took into looks.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from subtide.daemon.looking import LookLoop
from subtide.daemon.work import make_intake, make_worker, take_over
from subtide.house import House
from subtide.jobs.dispatchers.local import LocalDispatcher
from subtide.jobs.window import Gate, Window
from subtide.library.aftercare import Aftercare
from subtide.signals.schedule import Schedule
from subtide.signals.socket import SocketListener
from subtide.storage.database import utc_now
from subtide.web.app import Readiness, make_app
from subtide.web.server import WebServer

LOOPS_SECONDS = 6.0
"""How long a stop waits for all loops together; SIGTERM has to be over within 10 s."""
DOORS_SECONDS = 2.5
"""And then for the web server and the inbox."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Part:
    """Something with threads of its own."""

    start: Callable[[], object]
    stop: Callable[[], object]
    """It is called in a thread; one that hangs is left behind."""


class Daemon:
    """The doors, by which news comes in, and the loops, which do the work."""

    def __init__(self, house: House) -> None:
        """The caller holds the lock of the house's data folder.

        Raises:
            SettingsError: the web server cannot listen, or the time zone is none.
        """
        self._house = house
        self._stopping = threading.Event()
        self._look_loop = LookLoop(house, self._stopping)
        self.schedule = Schedule(house.settings.scan, house.looks, self._met, self._age)
        self.window = Window.parse(house.settings.limits.window, self.schedule.zone)
        self._sockets = {
            server.name: SocketListener(
                server, house.known, house.looks, self._stopping, on_playing=house.watch.hear
            )
            for server in house.servers
        }
        self._intake, self._drain = make_intake(house)
        self.settings_problem = ""
        """Why the settings on disk are not those that are used; empty when they are."""
        web = house.settings.web
        self._web = WebServer(make_app(self.readiness, self._intake), web.host, web.port)
        gate = Gate(self.window, utc_now)
        dispatcher = LocalDispatcher(
            make_worker(house, self._stopping, allowed=gate), self._stopping
        )
        self._doors = (
            Part(self._drain.start, lambda: self._drain.stop(DOORS_SECONDS)),
            Part(self._web.start, self._web.stop),
        )
        aftercare = Aftercare(house.database, house.store, house.tools)
        self._loops = (
            Part(dispatcher.start, dispatcher.join),
            Part(self._look_loop.start, self._look_loop.stop),
            Part(self.schedule.start, self.schedule.stop),
            Part(house.watch.start, house.watch.stop),
            Part(aftercare.start, lambda: aftercare.stop(LOOPS_SECONDS)),
            *(Part(listener.start, listener.stop) for listener in self._sockets.values()),
        )

    def start(self) -> None:
        """Start every thread: first the doors, so that no news is missed."""
        take_over(self._house)
        for part in (*self._doors, *self._loops):
            part.start()
        names = [server.name for server in self._house.servers]
        log.info("started", servers=names, data=str(self._house.data), port=self._web.port)

    def stop(self) -> None:
        """End every thread and hand the work back; the doors close last. Again: nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        _stop(self._loops, LOOPS_SECONDS)
        _stop(self._doors, DOORS_SECONDS)
        self._house.store.give_back(self._house.identity)
        log.info("stopped", webhooks=self._intake.counts())

    @property
    def port(self) -> int:
        """Where the web server listens."""
        return self._web.port

    def lives(self) -> bool:
        """Whether the loops still run that everything depends on."""
        return self._look_loop.is_alive() and self.schedule.is_running()

    def readiness(self) -> Readiness:
        """Say whether work can be taken on."""
        parts = {
            "looks": "ok" if self._look_loop.is_alive() else "the look thread ended",
            "schedule": "ok" if self.schedule.is_running() else "the schedule ended",
        }
        try:
            self._house.store.counts()
        except Exception as error:  # noqa: BLE001 - whatever it is, the database does not answer
            parts["database"] = f"it does not answer ({type(error).__name__})"
        else:
            parts["database"] = "ok"
        ready = all(state == "ok" for state in parts.values())
        parts["settings"] = self.settings_problem or "ok"
        resting = self._house.makes_room()
        parts["work"] = "it stands still while somebody watches" if resting else "ok"
        for server in self._house.servers:
            parts[f"server {server.name}"] = self._look_loop.problems.get(server.name, "ok")
            parts[f"socket {server.name}"] = self._sockets[server.name].state
            parts[f"webhook {server.name}"] = self._intake.problem(server.name) or "ok"
        return Readiness(ready, parts)

    def _met(self) -> list[str]:
        """Return the system Ids of the configured servers that were met, now or before."""
        names = {server.name for server in self._house.servers}
        return [known.id for known in self._house.known.all() if known.name in names]

    def _age(self) -> None:
        job = self._house.store.age()
        if job is not None:
            log.info("a job that waited for long comes next", job=job)


def _stop(parts: Sequence[Part], seconds: float) -> None:
    """Stop parts side by side, and wait for them together, but not for one that hangs."""
    threads = [threading.Thread(target=part.stop, name="stop", daemon=True) for part in parts]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
