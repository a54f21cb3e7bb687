"""The handshake of the socket: one request that becomes a connection, with typed errors."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from logging import Logger
from pathlib import Path
from urllib.parse import urlsplit

from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from subtide.errors import (
    KeyRejected,
    RetryLater,
    ServerUnreachable,
    SubtideError,
    WrongAddress,
)
from subtide.jellyfin import routes
from subtide.jellyfin.answers import CHECK_RUNNING, CHECK_URL, NEW_KEY, TRUST, Answer
from subtide.jellyfin.identity import Identity

OPEN_SECONDS = 10.0
"""For connection, TLS and handshake together."""
CLOSE_SECONDS = 0.5
"""How long a server may take to say goodbye."""
LARGEST = 16 * 1024 * 1024
"""Bytes of a message: 2,000 changed items are 70 kB, 100 sessions that play about 1 MB."""

SILENT = Logger("socket")  # noqa: LOG001 - one that no configuration can find and switch on
SILENT.disabled = True  # at DEBUG the library would log the header with the key


@contextmanager
def shake_hands(address: str, identity: Identity, ca: Path | None) -> Iterator[ClientConnection]:
    """Connect to the socket below a base URL, and close it at the end.

    ``ca``: a bundle of certificates to trust. The key is in the header, never in the URL.

    Raises:
        KeyRejected, ServerStarting, ServerFailed, ServerUnreachable, WrongAddress.
    """
    url = _url(address)
    with ExitStack() as stack:
        with _typed():
            manager = connect(
                url,
                ssl=_trust(ca) if url.startswith("wss:") else None,
                additional_headers={"Authorization": identity.header},
                compression=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=None,  # pings do not count for the server
                max_size=LARGEST,
                logger=SILENT,
            )
            connection = stack.enter_context(manager)
        yield connection


def opened_at(connection: ClientConnection) -> datetime:
    """Return when the socket was opened by the server's clock, long ago if it does not say."""
    long_ago = datetime.min.replace(tzinfo=UTC)
    return _answer(connection.response).time(long_ago) if connection.response else long_ago


def _url(address: str) -> str:
    parts = urlsplit(address.strip())
    scheme = {"http": "ws", "https": "wss"}[parts.scheme]
    path = f"{parts.path.rstrip('/')}/{routes.SOCKET}"
    return parts._replace(scheme=scheme, path=path).geturl()


def _trust(ca: Path | None) -> ssl.SSLContext:
    """Trust whom our requests trust."""
    return ssl.create_default_context(cafile=str(ca) if ca else DEFAULT_CA_BUNDLE_PATH)


@contextmanager
def _typed() -> Iterator[None]:
    """Turn the errors of a handshake into ours."""
    try:
        yield
    except InvalidStatus as error:
        raise _refusal(error.response) from error
    except ssl.SSLError as error:
        raise WrongAddress("the server's certificate is not trusted", TRUST) from error
    except (OSError, EOFError) as error:  # TimeoutError is one
        raise _unreachable() from error
    except WebSocketException as error:
        if isinstance(error.__cause__, EOFError | OSError):  # it broke off
            raise _unreachable() from error
        raise WrongAddress("what answers at this address has no socket", CHECK_URL) from error


def _refusal(response: Response) -> SubtideError:
    answer = _answer(response)
    if answer.status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}:
        return KeyRejected("the server refused the key at the socket", NEW_KEY)
    try:
        answer.check()
    except RetryLater as error:
        return error
    except SubtideError:
        pass
    fix = f"{CHECK_URL}; a proxy before the server must let WebSocket upgrades through"
    return WrongAddress(f"{answer.call} was answered with {answer.status}", fix)


def _unreachable() -> ServerUnreachable:
    return ServerUnreachable("no connection to the server for the socket", CHECK_RUNNING)


def _answer(response: Response) -> Answer:
    headers = CaseInsensitiveDict(response.headers.raw_items())
    return Answer(f"GET /{routes.SOCKET}", response.status_code, headers, b"")
