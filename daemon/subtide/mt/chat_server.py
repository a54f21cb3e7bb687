"""A language model's server: one request and its answer.

A key travels in the Authorization header alone, is never sent on to another address, and stands
in no error.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from subtide.errors import WrongAddress
from subtide.mt.chat_errors import PASSING, Raw, Teller
from subtide.mt.chat_journal import Usage
from subtide.mt.chat_protocol import PROTOCOLS, NoMessage, Reply, Wanted
from subtide.mt.engine import EngineFailed

CONNECT_SECONDS = 10.0
MOST_BYTES = 1_000_000
"""Bytes of an answer; a hundred long lines take a twentieth."""
CHUNK = 1 << 14
WAITS = (1.0, 4.0, 10.0)
"""Seconds before each new try of a request that the server could not take just now."""
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is left to the next engine."""
REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Statuses for a request with something in it that the server does not know."""


class _Cut(Exception):
    """The connection could not be made, or broke."""


class _Bearer(AuthBase):
    """Sets our key, or none: never a login from a file of the machine."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class ChatServer:
    """One server and model; remembers what the server would not take."""

    def __init__(  # noqa: PLR0913 - the server, and the world around
        self,
        engine: str,
        url: str,
        *,
        model: str,
        key: str = "",
        timeout_seconds: float = 300.0,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``engine``: ollama or openai, which is also the protocol. ``clock``: seconds."""
        self._protocol = PROTOCOLS[engine]()
        self._teller = Teller(engine, urlsplit(url).netloc, model, key)
        self._model = model
        self._timeout = timeout_seconds
        self._sleep = sleep
        self._clock = clock
        self._address = self._protocol.address(url)
        self._session = requests.Session()
        self._session.auth = _Bearer(key)
        self.usage = Usage()
        """What all requests together took."""

    def ask(self, messages: Sequence[Mapping[str, str]], wanted: Wanted) -> Reply:
        """Send messages and return the model's reply.

        Raises:
            KeyRejected, Forbidden, ModelMissing, WrongAddress: an admin has to act.
            Overlong, TookTooLong: a shorter question may pass.
            EngineFailed: the server cannot answer now, or answers something else.
        """
        raw = self._patiently(self._protocol.body(self._model, messages, wanted))
        while raw.status in REFUSED and self._protocol.give_way(self._teller.words(raw)):
            raw = self._patiently(self._protocol.body(self._model, messages, wanted))
        self._teller.check(raw)
        try:
            reply = self._protocol.reply(self._json(raw))
        except NoMessage:
            raise EngineFailed(f"{self._teller.told} answered without a message") from None
        self.usage += reply.usage(sum(len(message["content"].encode()) for message in messages))
        return reply

    def need(self) -> None:
        """Make sure that the server answers, takes the key and has the model.

        Raises as ``ask`` does.
        """
        try:
            raw = self._once("GET", self._protocol.models_path, None)
        except _Cut as error:
            raise self._away(error) from None
        self._teller.check(raw)
        if self._model not in self._protocol.models(self._json(raw)):
            raise self._teller.no_model()

    def unload(self) -> None:
        """Let the server give the model's memory back, where the protocol has a way."""
        body = self._protocol.farewell(self._model)
        if body is not None:
            with suppress(_Cut, EngineFailed, WrongAddress):
                self._once("POST", self._protocol.path, body)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _patiently(self, body: Mapping[str, Any]) -> Raw:
        """Post until the answer is no passing one; the last one is returned as it is."""
        for wait in WAITS:
            try:
                raw = self._once("POST", self._protocol.path, body)
            except _Cut:
                self._sleep(wait)
                continue
            if not _passes(raw):
                return raw
            self._sleep(max(raw.retry_after, wait))
        try:
            return self._once("POST", self._protocol.path, body)
        except _Cut as error:
            raise self._away(error) from None

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Raw:
        until = self._clock() + self._timeout
        try:
            with self._session.request(
                method,
                self._address + path,
                json=body,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                timeout=(CONNECT_SECONDS, self._timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Raw(response.status_code, response.headers, self._read(response, until))
        except requests.exceptions.SSLError:
            raise WrongAddress(
                f"{self._teller.told}: its certificate is not trusted",
                "name the bundle that vouches for it in REQUESTS_CA_BUNDLE",
            ) from None
        except (requests.RequestException, HTTPError, OSError) as error:
            if "timed out" in str(error) and not isinstance(error, requests.ConnectTimeout):
                raise self._teller.late(self._timeout) from None
            raise _Cut(_plainly(error)) from None

    def _read(self, response: requests.Response, until: float) -> bytes:
        """Read an answer, not for longer than allowed nor more than makes sense."""
        content = b""
        while chunk := response.raw.read1(CHUNK):
            content += chunk
            if len(content) > MOST_BYTES:
                raise EngineFailed(f"{self._teller.told} sent more than an answer can be")
            if self._clock() > until:
                raise self._teller.late(self._timeout)
        return content

    def _away(self, error: Exception) -> EngineFailed:
        return EngineFailed(f"{self._teller.told}: {error}", "check that it runs")

    def _json(self, raw: Raw) -> Any:  # noqa: ANN401 - whatever it sent
        try:
            return json.loads(raw.content)
        except (ValueError, RecursionError):
            kind = self._teller.scrubbed(raw.headers.get("Content-Type", "no type"))
            raise EngineFailed(
                f"{self._teller.told} answered with {kind}, not JSON",
                f"check {self._teller.setting}.url",
            ) from None


def _passes(raw: Raw) -> bool:
    """Whether the same request may be answered in a moment; a proxy's page may pass, too."""
    if raw.status == HTTPStatus.OK:
        return not raw.content.lstrip().startswith((b"{", b"["))
    return raw.status in PASSING and raw.retry_after <= LONGEST_WAIT and not raw.paid_out


def _plainly(error: Exception) -> str:
    """Return what a broken connection is, without the address that its own text quotes."""
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection in {CONNECT_SECONDS:g} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | HTTPError):
        return "the connection broke off"
    return "it cannot be reached"
