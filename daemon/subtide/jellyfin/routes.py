"""Every path and query of the server's HTTP API that Subtide uses, and how long each may take."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

NO_PART_OF_AN_ID = re.compile(r"[^0-9a-z]")

PUBLIC_INFO = "System/Info/Public"
INFO = "System/Info"
ITEMS = "Items"
LIBRARIES = "Library/VirtualFolders"
LIBRARY_OPTIONS = "Library/VirtualFolders/LibraryOptions"
MEDIA_UPDATED = "Library/Media/Updated"
ME = "Users/Me"
USERS = "Users"
VIEWS = "UserViews"
VIEWS_OF = {"includeHidden": "true", "includeExternalContent": "false"}
"""Hidden ones are those that the user does not want on their home screen."""
PLUGINS = "Plugins"
TASKS = "ScheduledTasks"
RESTART = "System/Restart"
CAPABILITIES = "Sessions/Capabilities/Full"
"""Posting to it opens a session for a device that had none."""
SESSIONS = "Sessions"
SOCKET = "socket"
SIGN_IN = "Users/AuthenticateByName"
SIGN_OUT = "Sessions/Logout"
QUICK_CONNECT = "QuickConnect/Enabled"
CODE = "QuickConnect/Initiate"
CODE_STATE = "QuickConnect/Connect"
SIGN_IN_BY_CODE = "Users/AuthenticateWithQuickConnect"
KEYS = "Auth/Keys"

READ = 30.0
"""Seconds to wait for an answer, and then for each next piece of it."""
LISTS = 120.0
"""A disk that sleeps, or a busy database, holds up a listing."""
PEOPLE = 15.0
"""They are a help and no need, and 10.11 is slow with them: a film is not held up for long."""
UPLOAD = 120.0
"""Deleting waits for the probe of every sidecar; an upload may wait for the disk."""
EXTRACTION = 900.0
"""The first read of an embedded subtitle runs ffmpeg over the whole file."""
TRANSCODING = 120.0
"""The server's ffmpeg has to open the file before its first byte comes."""

SOURCES = "Path,MediaSources,Etag,Tags,DateCreated"
"""MediaSources holds the streams of every version; MediaStreams would only repeat the first."""
CHANGES = "Etag,MediaSourceCount"
"""What tells cheaply whether an item may have changed; how many parts it has is told always."""

LISTS_ITEMS = {
    "recursive": "true",
    # Without this a key without a user gets collections in place of the films inside them.
    "collapseBoxSetItems": "false",
    "isMissing": "false",
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
    return NO_PART_OF_AN_ID.sub("", server_id.lower())


def listing(kinds: Iterable[str], library: str | None, since: datetime | None) -> dict[str, str]:
    """Return the query of a listing without what is in the items; ``since`` by the server's clock.

    ``page`` makes requests of it.
    """
    query = LISTS_ITEMS | {
        "fields": CHANGES,
        "includeItemTypes": ",".join(kinds),
        "sortBy": "DateCreated,SortName",
    }
    if library is not None:
        query["parentId"] = plain_id(library)
    if since is not None:
        query["minDateLastSaved"] = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return query


def page(listing: Mapping[str, str], order: str, start: int, limit: int) -> dict[str, str]:
    """Return the query of one page; ``order`` is Ascending or Descending."""
    place = {"sortOrder": order, "startIndex": str(start), "limit": str(limit)}
    return {**listing, **place}


def by_ids(ids: Iterable[str]) -> dict[str, str]:
    """Return the query for these items with their sources, whatever library they are in."""
    return LISTS_ITEMS | {"fields": SOURCES, "ids": ",".join(ids)}


def people(ids: Iterable[str]) -> dict[str, str]:
    """Return the query for who plays in these few items: never one for a library's."""
    return LISTS_ITEMS | {"fields": "People", "ids": ",".join(ids)}


def tags(ids: Iterable[str]) -> dict[str, str]:
    """Return the query for the tags of these items, of whatever kind."""
    return LISTS_ITEMS | {"fields": "Tags", "ids": ",".join(ids)}


def episodes(series: str) -> dict[str, str]:
    """Return the query of a series' episodes in the order of their numbers; for ``page``."""
    order = {"includeItemTypes": "Episode", "sortBy": "ParentIndexNumber,IndexNumber"}
    return LISTS_ITEMS | order | {"parentId": plain_id(series)}


def subtitles(source_id: str) -> str:
    """Where a subtitle is uploaded."""
    return f"Videos/{plain_id(source_id)}/Subtitles"


def subtitle(source_id: str, index: int) -> str:
    """Where an external subtitle is deleted."""
    return f"{subtitles(source_id)}/{index}"


def subtitle_text(source_id: str, index: int, kind: str) -> str:
    """Where a subtitle is read, converted to ``kind`` (srt, ass, vtt).

    By the version's own id twice: the primary's sources hold no further part of a film.
    """
    plain = plain_id(source_id)
    return f"Videos/{plain}/{plain}/Subtitles/{index}/Stream.{quote(kind, safe='')}"


def parts(item_id: str) -> str:
    """Where the further parts of a film in several files are listed."""
    return f"Videos/{plain_id(item_id)}/AdditionalParts"


def refresh(item_id: str) -> str:
    """Where a refresh of one item, or one version, is asked for."""
    return f"Items/{plain_id(item_id)}/Refresh"


def plugin_configuration(plugin_id: str) -> str:
    """Where a loaded plugin's whole configuration is read and written."""
    return f"{PLUGINS}/{plain_id(plugin_id)}/Configuration"


def install(package: str) -> str:
    """Where a package of the server's repositories is installed."""
    return f"Packages/Installed/{quote(package, safe='')}"


def key(key: str) -> str:
    """Where an API key is removed: the one path that holds a secret; see ``told``."""
    return f"{KEYS}/{quote(key, safe='')}"


def told(method: str, path: str) -> str:
    """Return a call as errors name it."""
    return f"{method} /{f'{KEYS}/***' if path.startswith(f'{KEYS}/') else path}"


def run_task(task_id: str) -> str:
    """Where a scheduled task is started now."""
    return f"{TASKS}/Running/{plain_id(task_id)}"


VALIDATION = {"metadataRefreshMode": "ValidationOnly"}
"""Probes when the set of sidecars changed; asks no metadata or subtitle provider."""


def raw(source_id: str) -> tuple[str, dict[str, str]]:
    """Path and query of the file as it is."""
    plain = plain_id(source_id)
    return f"Videos/{plain}/stream", {"static": "true", "mediaSourceId": plain}


def flac(source_id: str, device: str, session: str) -> tuple[str, dict[str, str]]:
    """Path and query of the audio that the server's ffmpeg picks.

    Device and session must be new together: the server joins a running job of the same name.
    """
    plain = plain_id(source_id)
    query = {"mediaSourceId": plain, "deviceId": device, "playSessionId": session}
    return f"Audio/{plain}/stream.flac", FLAC | query


def extracts(method: str, path: str) -> bool:
    """Whether the call may make the server's ffmpeg read a whole file for its subtitles."""
    return method == "GET" and "/Subtitles/" in path


def seconds(method: str, path: str, query: Mapping[str, str] | None = None) -> float:
    """Return how long to wait for an answer of this path and query, in seconds."""
    if query and query.get("fields") == "People":
        return PEOPLE
    if extracts(method, path):
        return EXTRACTION
    if method != "GET":
        return UPLOAD
    if path in {ITEMS, LIBRARIES, VIEWS} or path.endswith("/AdditionalParts"):
        return LISTS
    return TRANSCODING if path.startswith("Audio/") else READ
