"""Registration: our destination put into a server's Webhook plugin, and proved by an event.

A session of a device that nobody used before makes the plugin send SessionStart. Our receiver
notes the device: that proves address, secret and network from the server's side, and leaves
nothing behind but a line in the server's list of devices.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from subtide.errors import SubtideError
from subtide.jellyfin.destination import Destination, Entry, find, replaced
from subtide.jellyfin.plugins import WebhookPlugin
from subtide.signals.webhook import PROOF
from subtide.storage.webhooks import Webhooks

PATIENCE_SECONDS = 10.0
"""How long an event may take; the plugin sends it about 20 ms after its cause."""
GRACE_SECONDS = 3.0
"""How long to wait once the server has answered: by then it has sent the event, or failed to."""
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Registered:
    """A destination that an event came through."""

    destination: Destination
    after: float
    """Seconds from the event's cause until it was received."""
    changed: bool
    """Whether the plugin's configuration had to be changed."""


def register(
    plugin: WebhookPlugin,
    wanted: Sequence[Destination],
    prove: Callable[[], float | None],
    missed: Callable[[Destination], object],
) -> Registered | None:
    """Put the first destination in that an event comes through; None if there is none.

    No other one stays: while the server calls an address that swallows requests, playback of
    its users waits for it, up to 100 s each time. ``missed`` hears of each that failed.
    """
    first = wanted[0]
    before = find(plugin.configuration(), first)
    written = False
    try:
        for one in wanted:
            there = plugin.configuration()
            entry = find(there, one)
            right = entry is not None and not one.changes(entry)
            if not right:
                plugin.configure(one.put_into(there))
                written = True
            after = prove()
            if after is not None:
                changed = before is None or bool(one.changes(before))
                return Registered(one, after, changed=changed)
            missed(one)
    except BaseException:
        if written:
            with suppress(SubtideError):
                _put_back(plugin, first, before)
        raise
    if written:
        _put_back(plugin, first, before)
    return None


def _put_back(plugin: WebhookPlugin, ours: Destination, before: Entry | None) -> None:
    """Make our entry what it was; what others changed meanwhile stays."""
    plugin.configure(replaced(plugin.configuration(), ours, before))


def prove(  # noqa: PLR0913 - what is asked, who hears it, and the clock
    plugin: WebhookPlugin,
    heard: Webhooks,
    server: str,
    *,
    patience: float = PATIENCE_SECONDS,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> float | None:
    """Cause an event and return the seconds until it was received, None if it was not.

    A server that does not get through to us answers late, so it is asked from a thread that
    nobody waits for. Raises what the server said instead.
    """
    device = PROOF + uuid.uuid4().hex
    answered = threading.Event()
    refused: list[SubtideError] = []

    def ask() -> None:
        try:
            plugin.open_session(device)
        except SubtideError as error:
            refused.append(error)
        answered.set()

    began = clock()
    threading.Thread(target=ask, name="webhook-proof", daemon=True).start()
    deadline, graced = began + patience, False
    while clock() < deadline:
        last = heard.last(server)
        if last is not None and last.device == device:
            return clock() - began
        if refused:
            raise refused[0]
        if answered.is_set() and not graced:
            deadline, graced = min(deadline, clock() + GRACE_SECONDS), True
        sleep(POLL_SECONDS)
    return None
