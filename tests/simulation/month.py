"""A month of a household: what happens when, drawn from a seed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from simulated_daemon import Ground, SimulatedDaemon
from stand_in import ID
from world import NAMES, Film

TICK = timedelta(minutes=30)
TASKS = 80
"""What our workers get done in a tick."""
QUIET_DAYS = 3
"""At the end nothing happens any more, so that all that came before is heard and done."""
EVENT_SECONDS = (91, 1040)
"""How late a webhook's event comes."""
LOST, DOUBLED = 0.2, 0.15


class Month:
    """Lets things happen, and a daemon live through them. ``days`` of them."""

    ground: Ground
    rng: Random

    def __init__(self, days: int, per_day: float) -> None:
        """``per_day``: how often people do something."""
        self.days = days
        self.per_day = per_day
        self.daemon: SimulatedDaemon | None = None
        self._events: list[tuple[datetime, dict[str, object]]] = []
        self._later: list[tuple[datetime, Callable[[], None]]] = []

    def tell(self, kind: str, film: Film) -> None:
        """Have the Webhook plugin send an event, late, twice or never."""
        if self.rng.random() < LOST:
            return
        for _ in range(2 if self.rng.random() < DOUBLED else 1):
            late = timedelta(seconds=self.rng.uniform(*EVENT_SECONDS))
            self._events.append((self.ground.clock.truth + late, _event(kind, film)))

    def live(self, ground: Ground) -> None:
        """Let the days pass; in the end the daemon is stopped."""
        self.ground, self.rng = ground, ground.world.rng
        clock, start = ground.clock, ground.clock.truth
        self._start()
        while clock.truth < start + timedelta(days=self.days):
            if clock.truth < start + timedelta(days=self.days - QUIET_DAYS):
                self._happen()
            self._fire()
            self.ground.world.probe()
            if self.daemon:
                self.daemon.step(TASKS)
            clock.truth += TICK
        assert self.daemon, "all that was off is on again"
        self._end()

    def _happen(self) -> None:
        """Let each thing that may happen do so, as often as it does in a day."""
        ticks = timedelta(days=1) / TICK
        for times, happens in self._what_happens():
            often = times / ticks
            for _ in range(int(often) + (self.rng.random() < often % 1)):
                happens()

    def _what_happens(self) -> list[tuple[float, Callable[[], object]]]:
        """Return what may happen, with how often it does in a day."""
        world, people = self.ground.world, self.per_day
        return [
            (people * 0.30, world.add),
            (people * 0.02, world.add_season),
            (people * 0.05, world.add_version),
            (people * 0.12, world.delete),
            (people * 0.10, world.rename),
            (people * 0.05, world.replace_media),
            (people * 0.12, world.add_subtitle),
            (people * 0.08, world.take_own_subtitle),
            (people * 0.10, world.take_ours),
            (1.0, world.scan),
            (1 / 3, self._server_goes),
            (1 / 4, self._daemon_stops),
            (1.0, self._daemon_dies),
            (1 / 10, self._disk_goes),
            (1 / 12, self._library_goes),
            (1 / 8, self._clock_goes_wrong),
        ]

    # -- what happens to machines ------------------------------------------------------------

    def _server_goes(self) -> None:
        """Let the server be away for some hours; the events that it held are lost."""
        self.ground.stand_in.up = False
        self._events.clear()
        self._after(hours=self.rng.uniform(0.2, 8), does=self._server_comes)

    def _server_comes(self) -> None:
        self.ground.stand_in.up = True

    def _daemon_stops(self) -> None:
        """Let the daemon be off for some hours."""
        if self.daemon:
            self._end()
            self._after(hours=self.rng.uniform(0.5, 20), does=self._start)

    def _daemon_dies(self) -> None:
        """Kill the daemon with a task in its hands, and start it again."""
        if self.daemon:
            if self.rng.random() < 0.5:  # half of the time it had one
                self.daemon.claim()
            self._end()
            self._start()

    def _start(self) -> None:
        self.daemon = SimulatedDaemon(self.ground)

    def _end(self) -> None:
        if self.daemon:
            self.daemon.stop()
        self.daemon = None

    def _disk_goes(self) -> None:
        """Let a library be empty for a day."""
        library = self.rng.choice(list(NAMES))
        self.ground.world.away.add(library)
        self._after(hours=24, does=lambda: self.ground.world.away.discard(library))

    def _library_goes(self) -> None:
        """Let an administrator take a library out, and put it back the next day."""
        library = self.rng.choice(list(NAMES))
        self.ground.stand_in.removed.add(library)
        self._after(hours=24, does=lambda: self.ground.stand_in.removed.discard(library))

    def _clock_goes_wrong(self) -> None:
        """Let our clock be an hour behind, or a day ahead, until somebody sees it."""
        self.ground.clock.wrong = self.rng.choice([timedelta(hours=-1), timedelta(days=1)])
        self._after(hours=self.rng.uniform(1, 12), does=self._clock_is_set)

    def _clock_is_set(self) -> None:
        self.ground.clock.wrong = timedelta()

    def _after(self, *, hours: float, does: Callable[[], None]) -> None:
        self._later.append((self.ground.clock.truth + timedelta(hours=hours), does))

    def _fire(self) -> None:
        """Do what has come due; an event reaches a daemon that runs, or nobody."""
        now = self.ground.clock.truth
        due = [does for when, does in self._later if when <= now]
        self._later = [one for one in self._later if one[0] > now]
        for does in due:
            does()
        sent = [event for when, event in self._events if when <= now]
        self._events = [one for one in self._events if one[0] > now]
        self.rng.shuffle(sent)
        for event in sent:
            if self.daemon:
                self.daemon.hear(event)


def _event(kind: str, film: Film) -> dict[str, object]:
    return {
        "ServerId": ID,
        "NotificationType": kind,
        "ItemId": film.id,
        "ItemType": "Episode" if film.series else "Movie",
        "RunTimeTicks": 1,
    }
