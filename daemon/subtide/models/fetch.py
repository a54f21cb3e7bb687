"""Fetch over HTTP: listings as JSON, and files that go on where they stopped.

Plain requests, not huggingface_hub: the two calls that we need are few lines, the same code
serves Mozilla, and resume, hashes, token and errors are in our hands.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
from requests.exceptions import JSONDecodeError, RequestException

from subtide.errors import (
    BrokenAnswer,
    DiskFull,
    ModelDamaged,
    ModelMissing,
    ServerFailed,
    ServerUnreachable,
    SubtideError,
)
from subtide.models.record import digest

CHUNK = 1 << 16
"""Bytes written at once; a connection that breaks loses at most this much."""
TIMEOUT = (10.0, 60.0)
"""Seconds to connect, and between two packets."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at its source, with what the source states about it."""

    name: str
    """What it is called once installed."""
    url: str
    size: int
    """Bytes on the wire."""
    stated: str
    """``sha256:`` or ``git:`` (a blob's SHA-1) and the hash of the bytes on the wire."""
    unpacked_size: int = 0
    """Bytes after zstd, for a file that comes compressed; else 0."""
    unpacked_sha256: str = ""
    """The hash after zstd, for a file that comes compressed; else empty."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One revision of a model at its source."""

    source: str
    """What people call the place."""
    revision: str
    files: tuple[RemoteFile, ...]
    licence: str

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return sum(file.size for file in self.files)


class Fetcher:
    """HTTP with typed errors. The token goes to the hub alone and into no text."""

    def __init__(self, hub: str, token: str | None) -> None:
        """``hub``: the address that the token is for."""
        self._hub = hub
        self._token = token
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "subtide"
        self._session.headers["Accept-Encoding"] = "identity"  # sizes are those of the file

    def json(self, url: str, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return the parsed answer. Raises the errors of ``file``, and BrokenAnswer."""
        try:
            with self._get(url, query) as answer:
                return answer.json()
        except JSONDecodeError as error:
            raise BrokenAnswer(
                f"{url} did not answer with JSON", "check models.hub in the settings"
            ) from error
        except RequestException as error:
            raise ServerUnreachable(
                f"{url} cannot be reached: {type(error).__name__}",
                "check the network, or copy the model's folder here and name its path",
            ) from error

    def file(self, remote: RemoteFile, path: Path, progress: Callable[[int], None]) -> None:
        """Fetch a file to ``path``, from where an earlier try stopped, and check its hash.

        ``progress`` gets the bytes that lie there, after each write, and may raise to stop.
        A broken connection is taken up again as long as each try brings something.
        Raises ServerUnreachable, ServerFailed, ModelMissing, DiskFull, and ModelDamaged when
        the bytes are not those that the source stated; then the file is gone.
        """
        path.touch()
        while (have := path.stat().st_size) < remote.size:
            broken: RequestException | None = None
            try:
                self._more(remote, path, have, progress)
            except RequestException as error:  # an OSError too, so it comes first
                broken = error
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                raise DiskFull(
                    f"no room is left for {path}", "free disk space; then pull again"
                ) from error
            if path.stat().st_size <= have:
                raise _stopped(remote, have, broken) from broken
        progress(have)
        if hash_as(remote.stated, path) != remote.stated:
            path.unlink()
            raise ModelDamaged(
                f"{remote.name} from {remote.url} is not what its source states ({remote.stated})",
                "pull again; if it stays so, a proxy on the way or the source is at fault",
            )

    def _more(
        self, remote: RemoteFile, path: Path, have: int, progress: Callable[[int], None]
    ) -> None:
        with self._get(remote.url, start=have) as answer:
            resumed = answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            have = have if resumed else 0
            with path.open("ab") as file:
                if file.tell() != have:
                    file.truncate(have)
                for chunk in answer.iter_content(CHUNK):
                    file.write(chunk)
                    have += len(chunk)
                    progress(have)
                    if have > remote.size:
                        break  # more than stated: the hash tells, the disk stays free
                os.fsync(file.fileno())

    def _get(
        self, url: str, query: Mapping[str, str] | None = None, start: int = 0
    ) -> requests.Response:
        headers = {"Range": f"bytes={start}-"} if start else {}
        answer = self._session.get(
            url, params=query, headers=headers, auth=self._sign, stream=True, timeout=TIMEOUT
        )
        if not answer.ok:
            answer.close()
            raise self._refusal(url, answer)
        return answer

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # Always given as auth, so that requests adds nothing from a .netrc of its own accord.
        if self._token and (request.url or "").startswith(f"{self._hub}/"):
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _refusal(self, url: str, answer: requests.Response) -> SubtideError:
        status = answer.status_code
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return ModelMissing(
                f"{url} answered {status}: "
                + ("the token may not read it" if self._token else "it is gated, private, or no")
                + ("" if self._token else " model of that name exists"),
                "check the name, accept the model's licence on its page, and give the secret"
                " models.token (SUBTIDE_MODELS__TOKEN, or its secret file) a token that may read",
            )
        if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return ModelMissing(f"{url} does not exist", "check the model's name and models.hub")
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            after = answer.headers.get("Retry-After", "")
            return ServerFailed(
                f"{url} answered {status}",
                "pull again later: it goes on where it stopped",
                float(after) if after.isdigit() else None,
            )
        return BrokenAnswer(f"{url} answered {status}", "check models.hub in the settings")


def hash_as(stated: str, path: Path) -> str:
    """Hash a file in the way that ``stated`` is written, ``sha256:`` or ``git:``."""
    if stated.startswith("sha256:"):
        return f"sha256:{digest(path)}"
    # Git hashes a header before the content; its SHA-1 is what the hub states for small files.
    blob = path.read_bytes()
    header = f"blob {len(blob)}\0".encode()
    return f"git:{hashlib.sha1(header + blob, usedforsecurity=False).hexdigest()}"


def _stopped(remote: RemoteFile, have: int, broken: RequestException | None) -> ServerUnreachable:
    # Not the exception's own text: it may hold a signed address.
    reason = type(broken).__name__ if broken else "the connection ended"
    return ServerUnreachable(
        f"the download of {remote.name} from {remote.url} stopped"
        f" at {have} of {remote.size} bytes: {reason}",
        "pull again: it goes on where it stopped",
    )
