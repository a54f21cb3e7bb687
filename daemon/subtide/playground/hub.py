"""A stand-in for the places that models come from, over real HTTP: the hub, and Mozilla.

Repositories are folders (``owner/name``) below one folder. The hub half answers what the
Hugging Face hub answers to a request for a revision with its blobs, and serves files with
ranges. The Mozilla half answers as Remote Settings do. It can misbehave on demand.
"""

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

LARGE = (".bin", ".spm", ".model")
"""What the hub keeps in Git LFS and states a SHA-256 for; it states a blob's SHA-1 for the rest."""
ZSTD_MAGIC = 0xFD2FB528
ZSTD_WINDOW = 7 << 3
"""The descriptor of a window of 128 KiB."""
ZSTD_BLOCK = 1 << 17

POLL = 0.02
"""Seconds that the stand-in takes at most to notice that it should stop."""
RANGE = re.compile(r"bytes=(\d+)-")
MODEL_PATH = re.compile(r"/api/models/([^/]+/[^/]+)/revision/(.+)")
FILE_PATH = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
RECORDS_PATH = "/v1/buckets/main/collections/translations-models-v2/records"
ATTACHMENTS = "/attachments/"


class HubStandIn:
    """The hub and Mozilla at ``address`` and ``mozilla``, while used as a context.

    What it serves and how it misbehaves can be changed while it runs.
    """

    def __init__(self, folder: Path) -> None:
        """``folder``: where repositories lie and attachments are put."""
        self.folder = folder
        self.token = ""
        """When set, the hub answers 401 to requests without it."""
        self.drop_after: int | None = None
        """Bytes of a file after which the connection ends, while ``drops`` are left."""
        self.drops = 0
        """How many files still break off, of those asked for next."""
        self.corrupt: set[str] = set()
        """Names of files of which one byte is sent wrong."""
        self.ranges = True
        """Whether a request for a part of a file is answered with that part."""
        self.served: Counter[str] = Counter()
        """Body bytes sent, by the last part of the path."""
        self.requests: list[tuple[str, str]] = []
        """Each request's path and Authorization header."""
        self.commits: dict[str, str] = {}
        """The one commit of each repository; it stays when its files are changed."""
        self.records: list[dict[str, Any]] = []
        """Mozilla's records."""
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL,), daemon=True
        )

    @property
    def address(self) -> str:
        """The hub."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def mozilla(self) -> str:
        """The root of Remote Settings."""
        return f"{self.address}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add(self, repo: str, files: Mapping[str, bytes]) -> str:
        """Put files into a repository; return its commit, a new one at the first call only."""
        folder = self.folder / repo
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        seed = repr(sorted((name, _sha256(content)) for name, content in files.items()))
        return self.commits.setdefault(repo, hashlib.sha256(seed.encode()).hexdigest()[:40])

    def add_firefox(
        self,
        source: str,
        target: str,
        files: Mapping[str, bytes],
        *,
        version: str = "3.0",
        architecture: str = "tiny",
    ) -> None:
        """Offer a direction; file names begin with their type: ``model.``, ``lex.``, ``vocab.``."""
        for name, content in files.items():
            packed = zstd(content)
            location = f"{source}-{target}-{version}-{architecture}-{name}.zst"
            (self.folder / location).write_bytes(packed)
            self.records.append(
                {
                    "name": name,
                    "fileType": name.partition(".")[0],
                    "sourceLanguage": source,
                    "targetLanguage": target,
                    "version": version,
                    "architecture": architecture,
                    "decompressedSize": len(content),
                    "decompressedHash": _sha256(content),
                    "attachment": {
                        "filename": f"{name}.zst",
                        "location": location,
                        "hash": _sha256(packed),
                        "mimetype": "application/zstd",
                        "size": len(packed),
                    },
                }
            )

    def answer(self, path: str) -> dict[str, Any] | Path | None:
        """Return what lies at a path: JSON, a file, or None."""
        if path == "/v1/":
            base = f"{self.address}{ATTACHMENTS}"
            return {"capabilities": {"attachments": {"base_url": base}}}
        if path == RECORDS_PATH:
            return {"data": self.records}
        if path.startswith(ATTACHMENTS):
            return self._file(path.removeprefix(ATTACHMENTS))
        if found := MODEL_PATH.fullmatch(path):
            return self._revision(found[1], found[2])
        if (found := FILE_PATH.fullmatch(path)) and found[2] in {
            self.commits.get(found[1]),
            "main",
        }:
            return self._file(f"{found[1]}/{found[3]}")
        return None

    def _file(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.is_file() and ".." not in name else None

    def _revision(self, repo: str, revision: str) -> dict[str, Any] | None:
        commit = self.commits.get(repo)
        if commit is None or revision not in {commit, "main"}:
            return None
        siblings = [_sibling(path) for path in sorted((self.folder / repo).iterdir())]
        return {"id": repo, "sha": commit, "cardData": {"license": "mit"}, "siblings": siblings}


def zstd(content: bytes) -> bytes:
    """Wrap bytes as a zstd frame of raw blocks, which needs no compressor."""
    frame = ZSTD_MAGIC.to_bytes(4, "little") + bytes([0, ZSTD_WINDOW])
    starts = range(0, len(content), ZSTD_BLOCK) or [0]
    for start in starts:
        block = content[start : start + ZSTD_BLOCK]
        last = start == starts[-1]
        frame += (len(block) << 3 | last).to_bytes(3, "little") + block
    return frame


def _sibling(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    header = f"blob {len(content)}\0".encode()
    blob = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
    entry: dict[str, Any] = {"rfilename": path.name, "size": len(content), "blobId": blob}
    if path.suffix in LARGE:
        entry["lfs"] = {"sha256": _sha256(content), "size": len(content), "pointerSize": 134}
    return entry


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Server(ThreadingHTTPServer):
    def __init__(self, hub: HubStandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub = hub


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        hub = self.server.hub
        path = unquote(urlsplit(self.path).path)
        key = self.headers.get("Authorization", "")
        hub.requests.append((path, key))
        if (
            hub.token
            and not path.startswith(("/v1/", ATTACHMENTS))
            and key != f"Bearer {hub.token}"
        ):
            self._send(HTTPStatus.UNAUTHORIZED, b"{}")
            return
        found = hub.answer(path)
        if found is None:
            self._send(HTTPStatus.NOT_FOUND, b"{}")
        elif isinstance(found, Path):
            self._send_file(found)
        else:
            self._send(HTTPStatus.OK, json.dumps(found).encode())

    def _send_file(self, path: Path) -> None:
        hub = self.server.hub
        body = path.read_bytes()
        if path.name in hub.corrupt:
            body = bytes([body[0] ^ 1]) + body[1:]
        asked = RANGE.fullmatch(self.headers.get("Range", "")) if hub.ranges else None
        start = int(asked[1]) if asked else 0
        if start >= len(body):
            self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"")
            return
        status = HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK
        span = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if asked else {}
        cut = hub.drop_after if hub.drops else None
        hub.drops = max(0, hub.drops - 1)
        self._send(status, body[start:], span, cut)

    def _send(
        self,
        status: HTTPStatus,
        body: bytes,
        headers: Mapping[str, str] = MappingProxyType({}),
        cut: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if cut is not None:
            body = body[:cut]
            self.close_connection = True
        # Counted before it is sent, so that a client that has it all finds it counted.
        self.server.hub.served[self.path.rpartition("/")[2]] += len(body)
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: requests are kept in ``requests``."""
