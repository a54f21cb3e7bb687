"""The Webhook plugin of a server: is it there, install it, restart, read and write how it is set.

An API key may do all of this; a user only as an administrator.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from subtide.errors import (
    BrokenAnswer,
    RetryLater,
    ServerStarting,
    ServerUnreachable,
    StopAndTell,
    SubtideError,
)
from subtide.jellyfin import routes
from subtide.jellyfin.answers import NotFound
from subtide.jellyfin.destination import LIST, Configuration
from subtide.jellyfin.transport import Transport

PACKAGE = "Webhook"
PLUGIN_ID = "71552a5a5c5c4350a2aeebe451a30173"
OFFICIAL = "https://repo.jellyfin.org/files/plugin/manifest.json"
"""The repository that offers it; every server has it until somebody takes it out."""
TASK = "WebhookItemAdded"
"""The plugin's task that sends new items: the first run is an hour after its first start."""
ACTIVE, RESTART = "Active", "Restart"
NOT_THERE = frozenset({"Deleted", "Superseded", "Superceded"})
"""Leftovers of an older version; the server has both spellings."""
RESTART_SECONDS = 600.0
"""How long a restart may take; migrations of a large library need minutes."""
POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Installed:
    """The plugin on a server's disk."""

    version: str
    status: str
    """The server's word: Active, Restart, NotSupported, Malfunctioned, Disabled."""

    @property
    def active(self) -> bool:
        """Whether it works now."""
        return self.status == ACTIVE

    @property
    def waits(self) -> bool:
        """Whether it works after the next restart of the server."""
        return self.status == RESTART


class WebhookPlugin:
    """The plugin of one server; every method may raise the errors of transport."""

    def __init__(
        self,
        transport: Transport,
        *,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` gives seconds."""
        self._transport = transport
        self._sleep = sleep
        self._clock = clock

    def installed(self) -> Installed | None:
        """Return the plugin as it is installed, the working one if there are several."""
        rows = self._list(routes.PLUGINS)
        ours = [row for row in rows if routes.plain_id(str(row.get("Id"))) == PLUGIN_ID]
        found = [Installed(str(row.get("Version")), str(row.get("Status"))) for row in ours]
        there = [one for one in found if one.status not in NOT_THERE]
        there.sort(key=lambda one: (not one.active, not one.waits))
        if there and there[0].waits and len(there) < len(found):
            # An update waits for the next restart; until then the version before it works.
            return replace(there[0], status=ACTIVE)
        return there[0] if there else None

    def install(self) -> None:
        """Let the server download and unpack it; it works after a restart.

        Raises StopAndTell when no repository of the server offers it.
        """
        query = {"assemblyGuid": PLUGIN_ID}
        try:
            self._transport.send("POST", routes.install(PACKAGE), params=query)
        except NotFound as error:
            raise StopAndTell(
                "no plugin repository of the server offers the Webhook plugin for its version",
                f"add {OFFICIAL} to the repositories in Jellyfin's dashboard (Plugins)",
            ) from error

    def restart(self, ready: Callable[[], object]) -> None:
        """Restart the server and wait until the plugin is loaded.

        ``ready`` raises until the server is. Raises ServerStarting when that takes more than
        ten minutes, StopAndTell when the plugin does not work afterwards.
        """
        with suppress(ServerUnreachable):  # it may be gone before its answer is out
            self._transport.send("POST", routes.RESTART)
        deadline = self._clock() + RESTART_SECONDS
        while (plugin := self._loaded(ready)) is None:
            if self._clock() > deadline:
                what = f"the server is not back {RESTART_SECONDS / 60:.0f} minutes after a restart"
                raise ServerStarting(what, "look into the server's log")
            self._sleep(POLL_SECONDS)
        if not plugin.active:
            raise not_working(plugin)

    def configuration(self) -> Configuration:
        """Return the plugin's whole configuration as it is.

        Raises StopAndTell when it is not loaded.
        """
        path = routes.plugin_configuration(PLUGIN_ID)
        try:
            found = self._transport.send("GET", path).json()
        except NotFound as error:
            what = "the Webhook plugin is not loaded, so it has no configuration"
            raise StopAndTell(what, "restart Jellyfin") from error
        if not isinstance(found, dict) or not _rows(found.get(LIST) or []):
            raise BrokenAnswer(
                "the Webhook plugin's configuration is not what Subtide knows of it",
                "update the plugin, or enter the webhook by hand: subtide webhook --print",
            )
        return found

    def configure(self, configuration: Configuration) -> None:
        """Replace the whole configuration; it counts from now on."""
        path = routes.plugin_configuration(PLUGIN_ID)
        self._transport.send("POST", path, json=dict(configuration))

    def send_now(self) -> None:
        """Start the task that sends new items, and so the count to its next run."""
        for task in self._list(routes.TASKS):
            if task.get("Key") == TASK:
                self._transport.send("POST", routes.run_task(str(task.get("Id"))))

    def open_session(self, device: str) -> None:
        """Open a session of a new device, which the plugin tells to whoever wants SessionStart.

        The server may answer only when every receiver has: after up to 100 s.
        """
        as_device = self._transport.as_device(device)
        try:
            as_device.send("POST", routes.CAPABILITIES, json={})
        finally:
            as_device.close()

    def _loaded(self, ready: Callable[[], object]) -> Installed | None:
        """Return the plugin once the restart is over: the old process answers for a while."""
        try:
            ready()
            plugin = self.installed()
        except RetryLater:
            return None
        if plugin is None:
            what = "the server has no Webhook plugin after its restart"
            raise StopAndTell(what, "look into the server's log")
        return None if plugin.waits else plugin

    def _list(self, path: str) -> list[dict[str, Any]]:
        found = self._transport.send("GET", path).json()
        if not isinstance(found, list) or not _rows(found):
            raise BrokenAnswer(f"GET /{path} was answered with no list of things", "")
        return found


def not_working(plugin: Installed) -> SubtideError:
    """Return what to say of a plugin that is installed and does not work."""
    if plugin.waits:
        what = f"the Webhook plugin {plugin.version} is installed and waits for a restart"
        return StopAndTell(what, "restart Jellyfin, or let it be done: subtide webhook --restart")
    return StopAndTell(
        f"the Webhook plugin {plugin.version} does not work: Jellyfin says {plugin.status}",
        "update or enable it in Jellyfin's dashboard (Plugins), then restart Jellyfin",
    )


def _rows(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(one, dict) for one in found)
