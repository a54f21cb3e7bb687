"""Webhook intake: from what a server posts to looks, by way of the inbox.

Whoever posts gets an answer as soon as the notice is on disk. A thread of its own turns notices
into looks, many in one transaction.
"""

import hmac
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace

import structlog

from subtide.errors import BadPayload, DiskFull, SecretWrong, Stopped, SubtideError
from subtide.jellyfin.parse import VIDEOS
from subtide.jellyfin.webhook import WebhookEvent, read_event
from subtide.signals.inbox import Inbox
from subtide.storage.looks import Ask, Looks, Priority
from subtide.storage.servers import Servers
from subtide.storage.webhooks import Webhooks

LOOKED_AT = {
    "ItemAdded": ("webhook", Priority.NEW),
    "ItemDeleted": ("webhook", Priority.NEW),
    "PlaybackStart": ("playback", Priority.PLAYING),
}
"""The events that make us look, and how."""
PROOF = "subtide-proof-"
"""How the DeviceId begins of a session that we open ourselves to have an event sent."""
OUR_DEVICE = re.compile(PROOF + "[0-9a-f]{32}")
"""Sessions of others would push a proof aside, and people's devices are none of our business."""
UNPROBED_SECONDS = 120.0
"""When to look at an item whose event left in the middle of a scan."""
TELL_SECONDS = 60.0
"""How often the log tells of refusals for the same reason."""
RETRY_SECONDS = 5.0
"""When notices that the database did not take are tried again."""

TAKEN = "taken"
"""What is counted besides refusals."""
NOT_ADMITTED = "no such webhook, or not its secret"

log = structlog.get_logger()


class Intake:
    """Takes what is posted for the configured servers. Any thread may call."""

    def __init__(
        self, inbox: Inbox, secrets: Callable[[str], str], clock: Callable[[], float]
    ) -> None:
        """``secrets``: gives a server's secret by its name in the settings, empty where none is.

        ``clock``: seconds.
        """
        self._inbox = inbox
        self._secrets = secrets
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._told: dict[str, float] = {}
        self._problems: dict[str, str] = {}

    def admit(self, name: str, authorization: str) -> None:
        """Check the secret that came with a request for the server ``name``.

        Raises SecretWrong, with the same words for a server that does not exist.
        """
        secret = self._secrets(name)
        given = authorization.removeprefix("Bearer ").strip()
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            error = SecretWrong(NOT_ADMITTED, "set it up with: subtide webhook")
            self.refuse(name if secret else "", error)
            raise error

    def take(self, name: str, body: bytes) -> None:
        """Keep what an admitted request says.

        Raises:
            BadPayload: it is no event of the Webhook plugin.
            DiskFull: it cannot be kept.
        """
        try:
            event = read_event(body)
            self._inbox.put(json.dumps({"name": name, "event": asdict(event)}))
        except (BadPayload, DiskFull) as error:
            self.refuse(name, error)
            raise
        with self._lock:
            self._counts[TAKEN] += 1
            self._problems.pop(name, None)

    def refuse(self, name: str, error: SubtideError) -> None:
        """Count a refusal, and tell of it now and then."""
        with self._lock:
            self._counts[error.what] += 1
            if name:
                self._problems[name] = str(error)
            count, now = self._counts[error.what], self._clock()
            due = now >= self._told.get(error.what, now)
            if due:
                self._told[error.what] = now + TELL_SECONDS
        if due:
            log.warning("a webhook was refused", what=error.what, fix=error.fix, count=count)

    def counts(self) -> Mapping[str, int]:
        """Return how many requests were taken, and how many refused for each reason."""
        with self._lock:
            return dict(self._counts)

    def problem(self, name: str) -> str:
        """Return why the last request for a server was refused; empty when it was not."""
        with self._lock:
            return self._problems.get(name, "")


class Drain:
    """The thread that turns notices into looks."""

    def __init__(
        self, inbox: Inbox, intake: Intake, servers: Servers, looks: Looks, webhooks: Webhooks
    ) -> None:
        """``intake`` counts what comes from a server that it was not set up for."""
        self._inbox = inbox
        self._intake = intake
        self._servers = servers
        self._looks = looks
        self._webhooks = webhooks
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        """Begin with what an earlier process left."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End, after the batch in hand; what is not drained stays on disk."""
        self._stopping.set()
        self._inbox.wake()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._inbox.wait(RETRY_SECONDS)
            if self._stopping.is_set():
                return
            try:
                self._inbox.drain(self._hand_on)
            except Stopped:
                return
            except Exception as error:
                # What a database error says of itself, without the rows that it was given.
                database = getattr(error, "orig", None)
                if database is None:
                    log.exception("notices could not be handed on")
                else:
                    log.warning("notices wait for the database", error=str(database))
                self._stopping.wait(RETRY_SECONDS)

    def _hand_on(self, lines: Sequence[str]) -> None:
        if self._stopping.is_set():
            raise Stopped("the inbox is drained after the next start")
        known = {server.name: server.id for server in self._servers.all()}
        notices = [
            (name, event) for name, event in _read(lines) if self._is_known(event, name, known)
        ]
        self._looks.ask_all(_asks(event for _, event in notices))
        last: dict[str, WebhookEvent] = {}
        for name, event in notices:
            before = last.get(name)
            proof = event.device if OUR_DEVICE.fullmatch(event.device) else ""
            last[name] = replace(event, device=proof or (before.device if before else ""))
        for name, event in last.items():
            self._webhooks.heard(name, event.kind, event.device)

    def _is_known(self, event: WebhookEvent, name: str, known: Mapping[str, str]) -> bool:
        if known.get(name, event.server) == event.server:
            return True
        fix = f"only {name} may post to /webhook/{name}: each server has a webhook of its own"
        self._intake.refuse(name, BadPayload("from another server", fix))
        return False


def _read(lines: Iterable[str]) -> Iterator[tuple[str, WebhookEvent]]:
    """Read notices; one that an earlier version wrote otherwise is worth no more than a word."""
    for line in lines:
        try:
            notice = json.loads(line)
            yield notice["name"], WebhookEvent(**notice["event"])
        except (ValueError, TypeError, KeyError):
            log.warning("a notice cannot be read")


def _asks(events: Iterable[WebhookEvent]) -> Iterator[Ask]:
    for event in events:
        if event.item is None or event.item_kind not in VIDEOS or event.kind not in LOOKED_AT:
            continue
        signal, priority = LOOKED_AT[event.kind]
        unfinished = event.kind == "ItemAdded" and not event.probed
        delay = UNPROBED_SECONDS if unfinished else 0.0
        yield Ask(event.server, event.item, signal, priority, delay)
