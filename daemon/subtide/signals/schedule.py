"""The signals that come from a clock: the poll for changes, and the nightly look at everything."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfoNotFoundError

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from subtide.errors import SettingsError
from subtide.settings import Scan
from subtide.storage.looks import CHANGES, EVERYTHING, Looks, Priority

GRACE_SECONDS = 3600
"""How late a missed run is still worth it: a machine that slept over three o'clock looks then."""


class Schedule:
    """Asks for looks at its times, for every server that was met so far."""

    def __init__(
        self,
        settings: Scan,
        looks: Looks,
        servers: Callable[[], Iterable[str]],
        hourly: Callable[[], object] | None = None,
    ) -> None:
        """``servers``: gives the system Ids to look at; ``hourly`` is called once an hour.

        Raises:
            SettingsError: no time zone is set, and the machine's is none.
        """
        self._looks = looks
        self._servers = servers
        options = {
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": GRACE_SECONDS,
        }
        zone = {"timezone": settings.time_zone} if settings.time_zone else {}
        try:
            self._scheduler = BackgroundScheduler(job_defaults=options, **zone)
        except ZoneInfoNotFoundError:
            raise SettingsError(
                "the machine's time zone (TZ) is none that is known",
                "set scan.time_zone, or TZ, to a name such as Europe/Lisbon",
            ) from None
        self.zone: tzinfo = self._scheduler.timezone
        """The time zone that all times of the day are in."""
        poll = IntervalTrigger(seconds=settings.poll_seconds, timezone=self.zone)
        nightly = CronTrigger.from_crontab(settings.nightly, timezone=self.zone)
        self._scheduler.add_job(self.poll, poll, id="poll")
        self._scheduler.add_job(self.nightly, nightly, id="nightly")
        if hourly:
            self._scheduler.add_job(hourly, IntervalTrigger(hours=1, timezone=self.zone))

    def poll(self) -> None:
        """Ask for a look at what changed."""
        for server in self._servers():
            self._looks.ask(server, CHANGES, signal="poll", priority=Priority.NEW)

    def nightly(self) -> None:
        """Ask for a look at everything."""
        for server in self._servers():
            self._looks.ask(server, EVERYTHING, signal="schedule", priority=Priority.NIGHTLY)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a running tick is waited for."""
        self._scheduler.shutdown(wait=True)

    def is_running(self) -> bool:
        """Whether it ticks."""
        return bool(self._scheduler.running)

    def next(self) -> Mapping[str, datetime]:
        """Return when ``poll`` and ``nightly`` run next; only once it was started."""
        jobs = {name: self._scheduler.get_job(name) for name in ("poll", "nightly")}
        return {name: job.next_run_time for name, job in jobs.items()}
