"""The look loop: the thread that meets the servers and follows the looks that are due."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from subtide.errors import (
    BrokenAnswer,
    RetryLater,
    ServerFailed,
    SkipSource,
    Stopped,
    SubtideError,
)
from subtide.house import House
from subtide.jobs.retry import PATIENT_SECONDS
from subtide.library.server import ConnectedServer
from subtide.library.summary import Summary
from subtide.storage.looks import EVERYTHING, SWEEPS, Look, Priority

LOOK_SECONDS = 1.0
"""How often the look thread asks for looks that are due; commands ask for them in the table."""
STOP_SECONDS = 2.0
"""How long a stop waits for a look that is being followed; it is followed again at the start."""
AT_ONE_ITEM = (BrokenAnswer, ServerFailed, SkipSource)
"""Errors that one item of several may bring on all of them."""

log = structlog.get_logger()


@dataclass
class LookLoop:
    """Meets the servers, then follows the looks that are due, the most urgent ones first."""

    house: House
    stopping: threading.Event
    problems: dict[str, str] = field(default_factory=dict)
    """What stands in the way of each server, by its name; empty when all is well."""
    _unmet: dict[str, float] = field(default_factory=dict)
    _failed: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """By server and item of a look: its last error's kind, and how often that came before."""

    def __post_init__(self) -> None:
        """Make the thread; ``start`` starts it."""
        self._thread = threading.Thread(target=self.run, name="looks", daemon=True)

    def start(self) -> None:
        """Begin to look, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End; one that waits for a page of a sweep ends its thread when that has come."""
        self.stopping.set()
        self._thread.join(STOP_SECONDS)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

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

    def step_at_items(self) -> bool:
        """Follow the looks at single items that are due. Return whether there were any."""
        looks = [look for look in self.house.looks.due() if look.item not in SWEEPS]
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
            summary = self._followed(server, looks)
        except Stopped:
            return  # it is followed again after the next start
        except SubtideError as error:
            if len(looks) > 1 and isinstance(error, AT_ONE_ITEM):
                self._follow_alone(looks)
                return
            names = {known.id: known.name for known in self.house.known.all()}
            self._note(names.get(looks[0].server, looks[0].server), error)
            self._postpone(looks, error.code, _wait(error), str(error))
            return
        except Exception as error:
            log.exception("a look could not be followed", item=looks[0].item, looks=len(looks))
            if len(looks) > 1:
                self._follow_alone(looks)
            else:
                what = f"unexpected {type(error).__name__}"
                self._postpone(looks, what, PATIENT_SECONDS, what)
            return
        if self.problems.pop(server.name, None):
            log.info("server is ready again", server=server.name)
        for look in looks:
            self._failed.pop((look.server, look.item), None)
            self.house.looks.done(look)
        tell(server.name, looks, summary)

    def _followed(self, server: ConnectedServer, looks: Sequence[Look]) -> Summary:
        if looks[0].item in SWEEPS:
            return self.house.scanner.follow(server, looks[0], self._between_pages)
        return self.house.scanner.follow_items(server, looks)

    def _between_pages(self) -> None:
        """Let looks at single items go before the next page of a sweep, and a stop end it."""
        if self.stopping.is_set():
            raise Stopped("the sweep is followed again after the next start")
        self.step_at_items()

    def _follow_alone(self, looks: Sequence[Look]) -> None:
        for look in looks:
            if self.stopping.is_set():
                return
            self._follow([look])

    def _postpone(self, looks: Sequence[Look], kind: str, seconds: float, what: str) -> None:
        """Look again later; the same kind of error again means twice as late."""
        for look in looks:
            before, times = self._failed.get((look.server, look.item), (kind, -1))
            times = times + 1 if before == kind else 0
            self._failed[look.server, look.item] = (kind, times)
            longer = min(seconds * 2.0 ** min(times, 10), PATIENT_SECONDS)
            self.house.looks.postpone(look, max(seconds, longer), what)

    def _note(self, name: str, error: SubtideError) -> None:
        """Say it once, however often it happens."""
        if self.problems.get(name) != str(error):
            log.warning("server is not ready", server=name, what=error.what, fix=error.fix)
        self.problems[name] = str(error)


def tell(name: str, looks: Sequence[Look], summary: Summary) -> None:
    """Log what looks at a server found."""
    log.info(
        "looked",
        server=name,
        signal=", ".join(sorted({look.signal for look in looks})),
        looks=len(looks),
        sources=summary.sources,
        unchanged=summary.unchanged,
        gone=summary.gone,
        planned=summary.planned,
        unreleased=summary.unreleased,
        limited=summary.limited,
        **{str(standing): count for standing, count in summary.standings.items()},
    )


def _together(looks: Sequence[Look]) -> list[Look]:
    """Return the first look, with those at other items of its server if it is at one item."""
    first = looks[0]
    if first.item in SWEEPS:
        return [first]
    return [one for one in looks if one.server == first.server and one.item not in SWEEPS]


def _wait(error: SubtideError) -> float:
    return error.after if isinstance(error, RetryLater) else PATIENT_SECONDS
