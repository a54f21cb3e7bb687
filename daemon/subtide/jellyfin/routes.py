"""Every path and query of the server's HTTP API that Subtide uses, and how long each may take."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

PUBLIC_INFO = "System/Info/Public"
INFO = "System/Info"
ITEMS = "Items"

READ = 30.0
"""Seconds to wait for an answer, and then for each next piece of it."""
LISTS = 120.0
"""A disk that sleeps, or a busy database, holds up a listing."""
UPLOAD = 120.0
"""Deleting waits for the probe of every sidecar; an upload may wait for the disk."""
EXTRACTION = 900.0
"""The first read of an embedded subtitle runs ffmpeg over the whole file."""
TRANSCODING = 120.0
"""The server's ffmpeg has to open the file before its first byte comes."""

FIELDS = "Path,MediaSources,Etag"
"""MediaSources holds the streams of every version; MediaStreams would only repeat the first."""

LISTING = {
    "recursive": "true",
    # Without this a key without a user gets collections in place of the films inside them.
    "collapseBoxSetItems": "false",
    "isMissing": "false",
    "fields": FIELDS,
    "enableImages": "false",
    "enableUserData": "false",
    "enableTotalRecordCount": "true",
}

FLAC = {
    "audioCodec": "flac",
    "audioChannels": "1",
    "maxAudioChannels": "1",
    "audioSampleRate": "16000",
}
"""16 kHz mono: what speech recognition hears; other codecs ignore the rate on 10.11."""


def plain_id(server_id: str) -> str:
    """Return an id as the server writes it: lower-case hex digits, no dashes.

    Whatever else stands in it is dropped, so that no id leads to another path.
    """
    return "".join(sign for sign in server_id.lower() if sign.isascii() and sign.isalnum())


def page(
    kinds: Iterable[str], library: str | None, since: datetime | None, start: int, limit: int
) -> dict[str, str]:
    """Return the query of one page of a listing; ``since`` is by the server's clock."""
    query = LISTING | {
        "includeItemTypes": ",".join(kinds),
        "sortBy": "DateCreated,SortName",
        "sortOrder": "Ascending",
        "startIndex": str(start),
        "limit": str(limit),
    }
    if library is not None:
        query["parentId"] = plain_id(library)
    if since is not None:
        query["minDateLastSaved"] = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return query


def by_ids(ids: Iterable[str]) -> dict[str, str]:
    """Return the query for these items, whatever library they are in."""
    return LISTING | {"ids": ",".join(ids)}


def subtitles(source_id: str) -> str:
    """Where a subtitle is uploaded."""
    return f"Videos/{plain_id(source_id)}/Subtitles"


def subtitle(source_id: str, index: int) -> str:
    """Where an external subtitle is deleted."""
    return f"{subtitles(source_id)}/{index}"


def subtitle_text(item_id: str, source_id: str, index: int, kind: str) -> str:
    """Where a subtitle is read, converted to ``kind`` (srt, ass, vtt)."""
    ids = f"{plain_id(item_id)}/{plain_id(source_id)}"
    return f"Videos/{ids}/Subtitles/{index}/Stream.{quote(kind, safe='')}"


def refresh(item_id: str) -> str:
    """Where a refresh of one item, or one version, is asked for."""
    return f"Items/{plain_id(item_id)}/Refresh"


VALIDATION = {"metadataRefreshMode": "ValidationOnly"}
"""Probes when the set of sidecars changed; asks no metadata or subtitle provider."""


def raw(source_id: str) -> tuple[str, dict[str, str]]:
    """Path and query of the file as it is."""
    plain = plain_id(source_id)
    return f"Videos/{plain}/stream", {"static": "true", "mediaSourceId": plain}


def flac(item_id: str, source_id: str, device: str, session: str) -> tuple[str, dict[str, str]]:
    """Path and query of the audio that the server's ffmpeg picks.

    Device and session must be new together: the server joins a running job of the same name.
    """
    query = {"mediaSourceId": plain_id(source_id), "deviceId": device, "playSessionId": session}
    return f"Audio/{plain_id(item_id)}/stream.flac", FLAC | query


def seconds(method: str, path: str) -> float:
    """Return how long to wait for an answer of this path, in seconds."""
    if "/Subtitles/" in path and method == "GET":
        return EXTRACTION
    if method != "GET":
        return UPLOAD
    if path in {ITEMS, "Library/VirtualFolders"}:
        return LISTS
    return TRANSCODING if path.startswith("Audio/") else READ
