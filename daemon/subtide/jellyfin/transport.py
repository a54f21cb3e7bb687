"""Our own HTTP session under Jellyfin's endpoint catalogue: typed errors, no secrets told."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import replace
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from random import random
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from urllib3.exceptions import ReadTimeoutError

from subtide.errors import ServerUnreachable, SettingsError, WrongAddress
from subtide.jellyfin import routes
from subtide.jellyfin.answers import (
    CHECK_RUNNING,
    CHECK_URL,
    GAVE_UP,
    TRANSIENT,
    TRUST,
    Answer,
    Unconnected,
)
from subtide.jellyfin.breaker import Breaker
from subtide.jellyfin.identity import Authorization, Identity

CONNECT = 5.0
"""Seconds to wait for a connection."""
WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each new try of a GET, more or less by half."""
LONGEST_WAIT = 30.0
"""Seconds; a server that asks for more gets its error out, so that other work goes on."""
REFUSAL = 4096
"""Bytes read of an answer that is an error."""
CHUNK = 1 << 16
"""Bytes of a stream at a time."""

GET_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip"}
RAW_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}
"""For media: a compressed answer would have other offsets."""


class Transport:
    """Requests to one server; any thread may call, each call takes its own session.

    It has what ``jellyfin_apiclient_python.api.API`` expects of its client: ``request``,
    ``request_url`` and ``config``; ``send`` and ``stream`` are our own doors. A GET is tried
    again after a lost connection and after 429, 502, 503 and 504; nothing else ever is. While
    the server is away, every call raises ServerUnreachable at once; see ``Breaker``.
    """

    asker = "the key"
    """Who is told to lack a right."""

    def __init__(  # noqa: PLR0913 - the address, who asks, and the world around
        self,
        address: str,
        identity: Identity,
        *,
        ca: Path | None = None,
        sleep: Callable[[float], object] = time.sleep,
        rng: Callable[[], float] = random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``ca``: a bundle of certificates to trust; ``rng`` gives 0 to 1, for the jitter.

        ``clock``: seconds, for the pauses while the server is away.
        """
        self._address = _checked(address)
        self._identity = identity
        self._verify = _bundle(ca)
        self._sleep = sleep
        self._rng = rng
        self._breaker = Breaker(clock)
        self._idle: list[requests.Session] = []
        self.config = SimpleNamespace(data={"auth.server": self._address})

    def as_device(self, device_id: str) -> "Transport":
        """Return a transport of the same address and key from another device.

        Both share the pauses while the server is away; each is closed by itself.
        """
        other = copy(self)
        other._identity = replace(self._identity, device_id=device_id)  # noqa: SLF001 - our own
        other._idle = []  # noqa: SLF001
        return other

    def close(self) -> None:
        """Close the connections that no call is using."""
        while self._idle:
            self._idle.pop().close()

    def request(self, data: Mapping[str, Any]) -> Answer:
        """Send what the catalogue describes: type, handler, params, json, headers, retry."""
        return self.send(
            data["type"],
            data["handler"].lstrip("/"),
            params=data.get("params"),
            json=data.get("json"),
            headers=data.get("headers"),
            retries=data.get("retry"),
        )

    def request_url(
        self,
        data: Mapping[str, Any],
        include_apikey: bool = True,  # noqa: FBT001, FBT002, ARG002 - the catalogue's signature; no URL holds a key
    ) -> str:
        """Return the URL that the catalogue describes, always without the key."""
        query = urlencode({k: v for k, v in (data.get("params") or {}).items() if v is not None})
        url = f"{self._address}/{data['handler']}"
        return f"{url}?{query}" if query else url

    def send(  # noqa: PLR0913 - what a request is made of
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        retries: int | None = None,
        allowed: frozenset[int] = frozenset(),
    ) -> Answer:
        """Return the whole answer; raise the meaning of any but 2xx and ``allowed``."""
        waits = WAITS[:retries] if method == "GET" else ()
        transient = TRANSIENT - GAVE_UP if routes.extracts(method, path) else TRANSIENT
        for wait in waits:
            try:
                answer = self._once(method, path, params, json, headers)
            except Unconnected:
                self._sleep(self._jittered(wait))
                continue
            asked = answer.retry_after or 0.0
            if answer.status not in transient or asked > LONGEST_WAIT:
                break
            self._sleep(max(asked, self._jittered(wait)))
        else:
            answer = self._once(method, path, params, json, headers)
        if answer.status not in allowed:
            answer.check(self.asker)
        return answer

    @contextmanager
    def stream(self, path: str, params: Mapping[str, str]) -> Iterator[Iterator[bytes]]:
        """Open a GET and yield its body in chunks; it is tried once, and closed at the end.

        Raises as ``send`` does, also between chunks.
        """
        with self._opened("GET", path, params, None, RAW_HEADERS) as (answer, response):
            answer.check(self.asker)
            yield response.iter_content(CHUNK)

    def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        json: object,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        with self._opened(method, path, params, json, headers) as (answer, _):
            return answer

    @contextmanager
    def _opened(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        json: object,
        headers: Mapping[str, str] | None,
    ) -> Iterator[tuple[Answer, requests.Response]]:
        """Send a request; a film, asked for with RAW_HEADERS, is left to read."""
        call, patience = routes.told(method, path), routes.seconds(method, path, params)
        wanted = {**GET_HEADERS, **(headers or {})}
        with self._breaker.watch() as heard, self._session() as session, _typed(call, patience):
            response = session.request(
                method,
                f"{self._address}/{path}",
                params=params,
                json=json,
                headers=wanted,
                timeout=(CONNECT, patience),
                verify=self._verify,  # on the session it would give way to REQUESTS_CA_BUNDLE
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = self._read(response, raw=RAW_HEADERS.items() <= wanted.items())
                answer = Answer(call, response.status_code, response.headers, content)
                heard(answer.fault)
                yield answer, response

    def _read(self, response: requests.Response, *, raw: bool) -> bytes:
        """Read a body; of an error only its start, of a whole film nothing."""
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            content: bytes = next(response.iter_content(REFUSAL), b"")
            key = self._identity.key.encode()
            return content.replace(key, b"***") if key else content
        whole_film = raw and response.status_code == HTTPStatus.OK
        return b"" if whole_film else response.content

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        try:
            session = self._idle.pop()
        except IndexError:
            session = requests.Session()
            session.auth = Authorization(self._identity)
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        try:
            yield session
        finally:
            self._idle.append(session)

    def _jittered(self, wait: float) -> float:
        return wait * (0.5 + self._rng())


@contextmanager
def _typed(call: str, patience: float) -> Iterator[None]:
    """Turn the errors of requests into ours; theirs may quote the whole address."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise WrongAddress(f"the server's certificate is not trusted at {call}", TRUST) from error
    except requests.RequestException as error:
        if isinstance(error, requests.ReadTimeout) or _stalled(error):
            what = f"the server did not answer {call} within {patience:g} s"
            raise ServerUnreachable(what, "it may be busy; try again later") from error
        raise Unconnected(f"no connection to the server for {call}", CHECK_RUNNING) from error


def _stalled(error: requests.RequestException) -> bool:
    return bool(error.args) and isinstance(error.args[0], ReadTimeoutError)


def _checked(address: str) -> str:
    parts = None
    with suppress(ValueError):
        split = urlsplit(address.strip())
        split.port  # noqa: B018 - looking at it raises ValueError for an impossible one
        parts = split
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WrongAddress("the base URL is no http or https address", CHECK_URL)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongAddress(
            f"the base URL of {parts.hostname} holds more than an address",
            "leave user, password, query and fragment out",
        )
    return parts.geturl().rstrip("/")


def _bundle(ca: Path | None) -> str | bool:
    if ca is None:
        return True
    if not ca.is_file():
        raise SettingsError(f"there is no certificate bundle at {ca}", "correct the path of `ca`")
    return str(ca)
