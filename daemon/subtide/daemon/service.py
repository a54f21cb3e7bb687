"""The daemon as a service: what it does at SIGTERM, SIGINT and SIGHUP, and what systemd hears."""

import gc
import signal
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import FrameType

import structlog

from subtide.daemon.opening import announce, look_for_faults
from subtide.daemon.running import Daemon
from subtide.errors import SubtideError
from subtide.house import House
from subtide.observe.systemd import Systemd

TICK_SECONDS = 1.0
"""How often a watchdog is told that all is well."""
ENDING = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger()


class Service:
    """Runs a house until SIGTERM or SIGINT; at SIGHUP it is built anew.

    The caller holds the lock of the data folder all the time.
    """

    def __init__(
        self, house: House, reopen: Callable[[House], House], systemd: Systemd | None = None
    ) -> None:
        """``reopen`` reads the settings again and opens another house in the same data folder.

        It raises a SubtideError when it cannot; then the present one goes on.
        """
        self._house = house
        self._reopen = reopen
        self._systemd = systemd or Systemd()
        # Of all ways to wait, this queue alone may be filled from a signal handler.
        self._signals: SimpleQueue[int] = SimpleQueue()
        self._ending = False

    def run(self) -> None:
        """Run until a signal ends it; the house that is open then is closed.

        Raises:
            SettingsError: the web server cannot listen, or the time zone is none.
        """
        try:
            daemon = Daemon(self._house)
            for number in (*ENDING, signal.SIGHUP):
                signal.signal(number, self._heed)
            self._begin(daemon)
            while not self._ending:
                if self._next_signal() == signal.SIGHUP:
                    daemon = self._reload(daemon)
                elif daemon.lives():
                    self._systemd.alive()
            self._systemd.stopping()
            daemon.stop()
        finally:
            self._house.close()

    def _heed(self, number: int, _frame: FrameType | None) -> None:
        self._ending = self._ending or number in ENDING
        self._signals.put(number)

    def _next_signal(self) -> int | None:
        try:
            return self._signals.get(timeout=TICK_SECONDS)
        except Empty:
            return None

    def _begin(self, daemon: Daemon) -> None:
        daemon.start()
        announce(self._house, daemon)
        look_for_faults(self._house)
        _freeze()
        self._systemd.ready(f"watching {', '.join(self._house.settings.servers)}")

    def _reload(self, daemon: Daemon) -> Daemon:
        """Build the house anew with the settings as they are now. Return who runs then."""
        self._systemd.reloading()
        try:
            house = self._reopen(self._house)
        except SubtideError as error:
            self._refuse(daemon, error)
            return daemon
        daemon.stop()
        if self._ending:
            house.close()
            return daemon
        return self._move(house)

    def _move(self, house: House) -> Daemon:
        """Go on in another house, or in the present one where the other cannot be used."""
        try:
            daemon = Daemon(house)
        except SubtideError as error:
            house.close()
            daemon = Daemon(self._house)
            self._begin(daemon)
            self._refuse(daemon, error)
            return daemon
        self._house.close()
        self._house = house
        self._begin(daemon)
        log.info("the settings were read again")
        return daemon

    def _refuse(self, daemon: Daemon, error: SubtideError) -> None:
        daemon.settings_problem = str(error)
        fix = {"fix": error.fix} if error.fix else {}
        for fault in error.what.splitlines():
            log.error("the settings stay as they were", what=fault, **fix)
        self._systemd.ready("the settings stay as they were: see the log")


def _freeze() -> None:
    """Keep what was imported out of full collections.

    They halt every thread, and with them the answer to a webhook.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
