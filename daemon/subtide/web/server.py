"""uvicorn in a thread of its own, beside the daemon's other threads."""

import socket
import threading

import uvicorn
from fastapi import FastAPI

from subtide.errors import SettingsError

STOP_SECONDS = 2.0
KEEP_ALIVE_SECONDS = 120
"""How long a connection may be idle. Jellyfin drops one after a minute; were we the first, an
event that it sends in that moment would be lost, as it tries none twice."""


class WebServer:
    """Serves an app until it is stopped."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """``port`` 0 takes a free one, for tests.

        Raises:
            SettingsError: the address is taken or not ours.
        """
        config = uvicorn.Config(
            app,
            log_config=None,  # its warnings go through our own logging
            log_level="warning",
            access_log=False,
            ws="none",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the open requests, then end."""
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay of up to 40 ms off only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port} ({error.strerror})",
            "set web.host and web.port to a free address of this machine",
        ) from None
    return listener
