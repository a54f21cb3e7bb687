"""What systemd hears from us: ready, stopping, reloading, alive (sd_notify(3))."""

import os
import socket
import time
from collections.abc import Callable, Mapping

import structlog

MICROSECONDS = 1_000_000
SEND_SECONDS = 1.0
"""How long a word to systemd may take; nothing depends on it."""

log = structlog.get_logger()


class Systemd:
    """Speaks to the service manager that started us; where there is none, to nobody."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock``: the seconds of CLOCK_MONOTONIC, which systemd compares."""
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._clock = clock
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._watchdog = int(environ.get("WATCHDOG_USEC", 0)) / MICROSECONDS if ours else 0.0
        self._last_beat = clock()

    def ready(self, status: str) -> None:
        """Say that all is started, or started again, and what is being done."""
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Say that the settings are read again, until ``ready``."""
        now = int(self._clock() * MICROSECONDS)
        self._send("RELOADING=1", f"MONOTONIC_USEC={now}", "STATUS=reading the settings again")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1", "STATUS=handing work back")

    def alive(self) -> None:
        """Say that all is well, if a watchdog waits for that; call it every second or so."""
        now = self._clock()
        if self._watchdog and now - self._last_beat >= self._watchdog / 3:
            self._last_beat = now
            self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        name = self._address
        place = "\0" + name[1:] if name.startswith("@") else name
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.settimeout(SEND_SECONDS)
                out.sendto("\n".join(lines).encode(), place)
        except OSError as error:
            log.warning("systemd could not be told", word=lines[0], error=str(error))
