"""What the daemon and a single run share: workers, the webhook's intake, a clean beginning."""

import threading
import time
from collections.abc import Callable

import structlog

from subtide.house import House
from subtide.jobs.task import Resource
from subtide.jobs.worker import Worker, anything
from subtide.pipeline.stages import STAGES
from subtide.settings.secrets import secret_file
from subtide.signals.inbox import Inbox
from subtide.signals.webhook import Drain, Intake
from subtide.storage.webhooks import Webhooks

log = structlog.get_logger()


class Rest:
    """Says whether to stand still for a viewer, and tells the log when that changes."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        self._wanted = wanted
        self._lock = threading.Lock()
        self._rests = False

    def __call__(self) -> bool:
        """Return whether nothing may be computed now."""
        rests = self._wanted()
        with self._lock:
            if rests != self._rests:
                self._rests = rests
                log.info("work stands still while somebody watches" if rests else "work goes on")
        return rests


def make_worker(
    house: House, stopping: threading.Event, *, allowed: Callable[[], int | None] = anything
) -> Callable[[Resource, int], Worker]:
    """Return what makes the workers of this house; they rest while its watch sees a viewer.

    ``allowed`` gives the largest priority that may begin work now, None for any.
    """
    rest = Rest(house.makes_room)

    def make(resource: Resource, _number: int) -> Worker:
        return Worker(
            house.identity,
            resource,
            house.store,
            STAGES,
            house.tools,
            idle_seconds=house.settings.limits.idle_seconds,
            stopping=stopping,
            paused=rest,
            allowed=allowed,
        )

    return make


def make_intake(house: House) -> tuple[Intake, Drain]:
    """Return who takes webhooks, and who turns them into looks; only with the lock held."""
    inbox = Inbox(house.data / "inbox")
    intake = Intake(inbox, lambda name: _webhook_secret(house, name), time.monotonic)
    return intake, Drain(inbox, intake, house.known, house.looks, Webhooks(house.database))


def take_over(house: House) -> None:
    """Clean up after a process that was killed; only with the lock held."""
    house.tools.artifacts.clear_scratch()
    left = house.store.give_back(house.identity)
    if left:
        log.info("work of a former run goes on", tasks=left)


def _webhook_secret(house: House, name: str) -> str:
    """Return a server's secret, one that was made since the settings were read included."""
    server = house.settings.servers.get(name)
    if server is None:
        return ""
    secret = server.webhook_secret.get_secret_value()
    file = secret_file(house.data, ("servers", name, "webhook_secret"))
    return secret or (file.read_text(encoding="utf-8").strip() if file.exists() else "")
