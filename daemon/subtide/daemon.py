"""The daemon: one thread a loop around plain synchronous code; starts and stops the house.

Threads: one follows looks, the dispatcher's work off tasks, the schedule asks for looks, one
for each server listens at its socket, the web server answers, and one turns what it took into
looks. A signal ends them all within ten seconds, with the work handed back.
"""

import gc
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from subtide.errors import BrokenAnswer, RetryLater, ServerFailed, SkipSource, SubtideError
from subtide.house import House
from subtide.jobs.dispatchers.local import LocalDispatcher
from subtide.jobs.retry import PATIENT_SECONDS
from subtide.jobs.task import Resource, Task
from subtide.jobs.worker import Worker
from subtide.library.scan import Summary
from subtide.library.server import ConnectedServer
from subtide.pipeline.stages import STAGES
from subtide.settings.secrets import secret_file
from subtide.signals.inbox import Inbox
from subtide.signals.schedule import Schedule
from subtide.signals.socket import SocketListener
from subtide.signals.webhook import Drain, Intake
from subtide.storage.looks import EVERYTHING, SWEEPS, Look, Priority
from subtide.storage.webhooks import Webhooks
from subtide.web.app import Readiness, make_app
from subtide.web.server import WebServer

LOOK_SECONDS = 1.0
"""How often the look thread asks for looks that are due; commands ask for them in the table."""
AT_ONE_ITEM = (BrokenAnswer, ServerFailed, SkipSource)
"""Errors that one item of several may bring on all of them."""
STOP_SECONDS = 2.0
"""How long a stop waits for a look that is being followed; it is followed again at the start."""
LONG_WAIT_SECONDS = 90.0
"""A single run does not wait for a task whose next try is further away."""

log = structlog.get_logger()


def make_worker(house: House, stopping: threading.Event) -> Callable[[Resource, int], Worker]:
    """Return what makes the workers of this house."""

    def make(resource: Resource, _number: int) -> Worker:
        return Worker(
            house.identity,
            resource,
            house.store,
            STAGES,
            house.tools,
            idle_seconds=house.settings.limits.idle_seconds,
            stopping=stopping,
        )

    return make


def make_intake(house: House) -> tuple[Intake, Drain]:
    """Return who takes webhooks, and who turns them into looks; only with the lock held."""
    inbox = Inbox(house.data / "inbox")
    intake = Intake(inbox, lambda name: _webhook_secret(house, name), time.monotonic)
    return intake, Drain(inbox, intake, house.known, house.looks, Webhooks(house.database))


def _webhook_secret(house: House, name: str) -> str:
    """Return a server's secret, one that was made since the settings were read included."""
    server = house.settings.servers.get(name)
    if server is None:
        return ""
    secret = server.webhook_secret.get_secret_value()
    file = secret_file(house.data, ("servers", name, "webhook_secret"))
    return secret or (file.read_text(encoding="utf-8").strip() if file.exists() else "")


def take_over(house: House) -> None:
    """Clean up after a process that was killed; only with the lock held."""
    house.tools.artifacts.clear_scratch()
    left = house.store.give_back(house.identity)
    if left:
        log.info("work of a former run goes on", tasks=left)


@dataclass
class LookLoop:
    """Meets the servers, then follows the looks that are due, the most urgent ones first."""

    house: House
    stopping: threading.Event
    problems: dict[str, str] = field(default_factory=dict)
    """What stands in the way of each server, by its name; empty when all is well."""
    _unmet: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Loop until the daemon stops."""
        self._unmet = dict.fromkeys((s.name for s in self.house.servers), 0.0)
        while not self.stopping.is_set():
            followed = False
            try:
                followed = self.step()
            except Exception:
                log.exception("the look loop could not do its step")
            if not followed:
                self.stopping.wait(LOOK_SECONDS)

    def step(self) -> bool:
        """Meet who was not met yet, and follow what is most urgent. Return whether it was due."""
        for server in self.house.servers:
            if self._unmet.get(server.name, time.monotonic() + 1) <= time.monotonic():
                self._meet(server)
        looks = self.house.looks.due()
        if looks:
            self._follow(_together(looks))
        return bool(looks)

    def _meet(self, server: ConnectedServer) -> None:
        try:
            known = server.meet(self.house.known)
        except SubtideError as error:
            self._note(server.name, error)
            self._unmet[server.name] = time.monotonic() + _wait(error)
            return
        self.problems.pop(server.name, None)
        self._unmet.pop(server.name)
        log.info("server is ready", server=server.name, version=known.version)
        if self.house.settings.scan.at_start:
            self.house.looks.ask(known.id, EVERYTHING, signal="start-up", priority=Priority.NEW)

    def _follow(self, looks: Sequence[Look]) -> None:
        """Follow looks of one server; where one of them is at fault, the others do not wait."""
        try:
            server = self.house.server_of(looks[0].server)
            summary = _follow(self.house, server, looks)
        except SubtideError as error:
            if len(looks) > 1 and isinstance(error, AT_ONE_ITEM):
                self._follow_alone(looks)
                return
            names = {known.id: known.name for known in self.house.known.all()}
            self._note(names.get(looks[0].server, looks[0].server), error)
            self._postpone(looks, _wait(error), str(error))
            return
        except Exception as error:
            log.exception("a look could not be followed", item=looks[0].item, looks=len(looks))
            if len(looks) > 1:
                self._follow_alone(looks)
            else:
                self._postpone(looks, PATIENT_SECONDS, f"unexpected {type(error).__name__}")
            return
        if self.problems.pop(server.name, None):
            log.info("server is ready again", server=server.name)
        for look in looks:
            self.house.looks.done(look)
        _tell(server.name, looks, summary)

    def _follow_alone(self, looks: Sequence[Look]) -> None:
        for look in looks:
            if self.stopping.is_set():
                return
            self._follow([look])

    def _postpone(self, looks: Sequence[Look], seconds: float, what: str) -> None:
        for look in looks:
            self.house.looks.postpone(look, seconds, what)

    def _note(self, name: str, error: SubtideError) -> None:
        """Say it once, however often it happens."""
        if self.problems.get(name) != str(error):
            log.warning("server is not ready", server=name, what=error.what, fix=error.fix)
        self.problems[name] = str(error)


class Daemon:
    """All threads together."""

    def __init__(self, house: House) -> None:
        """The caller holds the lock of the house's data folder."""
        self._house = house
        self._stopping = threading.Event()
        self._look_loop = LookLoop(house, self._stopping)
        self._looks = threading.Thread(target=self._look_loop.run, name="looks", daemon=True)
        self._dispatcher = LocalDispatcher(make_worker(house, self._stopping), self._stopping)
        self._schedule = Schedule(house.settings.scan, house.looks, lambda: _met(house))
        self._sockets = {
            server.name: SocketListener(server, house.known, house.looks, self._stopping)
            for server in house.servers
        }
        self._intake, self._drain = make_intake(house)
        web = house.settings.web
        self._web = WebServer(make_app(self.readiness, self._intake), web.host, web.port)

    def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self.start()
        # A full collection over all that was imported halts every thread for some 60 ms, and
        # a webhook's answer should take less than 50.
        gc.collect()
        gc.freeze()
        # A plain wait() would not let Python run the signal handler on every platform.
        while not self._stopping.wait(1.0):
            pass
        self.stop()

    def start(self) -> None:
        """Start every thread."""
        take_over(self._house)
        self._drain.start()
        self._web.start()
        self._dispatcher.start()
        self._looks.start()
        self._schedule.start()
        for listener in self._sockets.values():
            listener.start()
        names = [server.name for server in self._house.servers]
        log.info("started", servers=names, data=str(self._house.data), port=self._web.port)

    def stop(self) -> None:
        """End every thread and hand the work back."""
        self._stopping.set()
        self._schedule.stop()
        for listener in self._sockets.values():
            listener.stop()
        self._looks.join(STOP_SECONDS)
        self._dispatcher.join()
        self._web.stop()
        self._drain.stop(STOP_SECONDS)
        self._house.store.give_back(self._house.identity)
        log.info("stopped", webhooks=self._intake.counts())

    @property
    def port(self) -> int:
        """Where the web server listens."""
        return self._web.port

    def readiness(self) -> Readiness:
        """Say whether work can be taken on."""
        parts = {"looks": "ok" if self._looks.is_alive() else "the look thread ended"}
        try:
            self._house.store.counts()
        except Exception as error:  # noqa: BLE001 - whatever it is, the database does not answer
            parts["database"] = f"it does not answer ({type(error).__name__})"
        else:
            parts["database"] = "ok"
        ready = all(state == "ok" for state in parts.values())
        for server in self._house.servers:
            parts[f"server {server.name}"] = self._look_loop.problems.get(server.name, "ok")
            parts[f"socket {server.name}"] = self._sockets[server.name].state
            parts[f"webhook {server.name}"] = self._intake.problem(server.name) or "ok"
        return Readiness(ready, parts)


def run_once(
    house: House, on_progress: Callable[[tuple[Task, ...]], None]
) -> tuple[list[Summary], tuple[Task, ...]]:
    """Look through everything, do all the work, and end.

    ``on_progress`` is given the running tasks about twice a second. Return what the looks found,
    and the tasks that are left because their next try is too far away.

    Raises:
        RetryLater, StopAndTell: a server is not ready or refuses us.
    """
    take_over(house)
    summaries = [_look_through(house, server) for server in house.servers]
    stopping = threading.Event()
    dispatcher = LocalDispatcher(make_worker(house, stopping), stopping)
    dispatcher.start()
    try:
        while house.store.has_work_within(LONG_WAIT_SECONDS):
            on_progress(house.store.running())
            time.sleep(0.5)
    finally:
        stopping.set()
        dispatcher.join()
        house.store.give_back(house.identity)
    return summaries, house.store.open_tasks()


def _look_through(house: House, server: ConnectedServer) -> Summary:
    known = server.meet(house.known)
    look = Look(known.id, EVERYTHING, "person", Priority.PERSON, 0)
    summary = house.scanner.follow(server, look)
    _tell(server.name, [look], summary)
    return summary


def _together(looks: Sequence[Look]) -> list[Look]:
    """Return the first look, with those at other items of its server if it is at one item."""
    first = looks[0]
    if first.item in SWEEPS:
        return [first]
    return [one for one in looks if one.server == first.server and one.item not in SWEEPS]


def _follow(house: House, server: ConnectedServer, looks: Sequence[Look]) -> Summary:
    if looks[0].item in SWEEPS:
        return house.scanner.follow(server, looks[0])
    return house.scanner.follow_items(server, looks)


def _met(house: House) -> list[str]:
    """Return the system Ids of the configured servers that were met, now or before."""
    names = {server.name for server in house.servers}
    return [known.id for known in house.known.all() if known.name in names]


def _tell(name: str, looks: Sequence[Look], summary: Summary) -> None:
    log.info(
        "looked",
        server=name,
        signal=", ".join(sorted({look.signal for look in looks})),
        looks=len(looks),
        sources=summary.sources,
        unchanged=summary.unchanged,
        gone=summary.gone,
        planned=summary.planned,
        **{str(standing): count for standing, count in summary.standings.items()},
    )


def _wait(error: SubtideError) -> float:
    return error.after if isinstance(error, RetryLater) else PATIENT_SECONDS
