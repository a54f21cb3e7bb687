"""Messages: what the server's socket says, as far as it matters to us.

A kind that is not in ``READERS`` and a field that is not read are let through.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from subtide.errors import BrokenAnswer
from subtide.jellyfin.fields import Fields
from subtide.jellyfin.parse import TICKS, VIDEOS
from subtide.jellyfin.routes import plain_id

LIBRARY_SCAN = "RefreshLibrary"
"""The key of the task that scans all libraries."""


@dataclass(frozen=True, slots=True)
class KeepAliveWanted:
    """The server loses a socket that sends no KeepAlive for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class KeepAliveHeard:
    """The server took a KeepAlive, and so everything that was sent before it."""


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """When the last library scan ended, by the server's clock, UTC; none runs now."""

    ended_at: datetime


@dataclass(frozen=True, slots=True)
class LibraryChanged:
    """Items of any kind, folders included; the server merges, so an id may be in both."""

    changed: tuple[str, ...]
    """Added or updated."""
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """One session that plays a video, a paused one included."""

    session: str
    user: str
    item: str
    """The primary's id, whichever version is played; empty for what no library has, such as
    live television."""
    source: str
    position: float
    """Seconds."""
    paused: bool
    transcoding: bool
    series: str = ""
    """The id of an episode's series; empty for what is none."""
    season: int | None = None
    episode: int | None = None


@dataclass(frozen=True, slots=True)
class Playing:
    """Every video that is played now, by all users."""

    sessions: tuple[Played, ...]


@dataclass(frozen=True, slots=True)
class GoingDown:
    """The server ends; ``restarts``: to come back."""

    restarts: bool


Message = KeepAliveWanted | KeepAliveHeard | ScanFinished | LibraryChanged | Playing | GoingDown


def read(text: str | bytes) -> Message | None:
    """Read one message; None for one that says nothing of interest.

    Raises ValueError for what is no JSON, BrokenAnswer for a field of the wrong type.
    """
    try:
        message = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    fields = Fields(message, "")
    reader = READERS.get(fields.text("MessageType"))
    return reader(fields) if reader else None


def _keep_alive(fields: Fields) -> KeepAliveWanted:
    return KeepAliveWanted(float(fields.required_whole("Data")))


def _scan(fields: Fields) -> ScanFinished | None:
    for task in fields.each("Data"):
        if task.text("Key") == LIBRARY_SCAN and task.text("State") == "Idle":
            ended = task.one("LastExecutionResult").text("EndTimeUtc")
            return ScanFinished(_moment(ended)) if ended else None
    return None


def _library(fields: Fields) -> LibraryChanged:
    data = fields.one("Data")
    changed = (*data.texts("ItemsAdded"), *data.texts("ItemsUpdated"))
    return LibraryChanged(
        changed=tuple(dict.fromkeys(map(plain_id, changed))),
        removed=tuple(dict.fromkeys(map(plain_id, data.texts("ItemsRemoved")))),
    )


def played(sessions: object) -> tuple[Played, ...]:
    """Read a list of sessions; those that play no video are left out. Raises BrokenAnswer."""
    return _playing(Fields({"Data": sessions}, "")).sessions


def _playing(fields: Fields) -> Playing:
    sessions = (_played(session) for session in fields.each("Data"))
    return Playing(tuple(one for one in sessions if one))


def _played(session: Fields) -> Played | None:
    item, state = session.one("NowPlayingItem"), session.one("PlayState")
    # TranscodingInfo alone says nothing: our own FLAC leaves one, and it may outlive its transcode.
    in_library = item.text("Type") in VIDEOS
    if not in_library and item.text("MediaType") != "Video":
        return None
    return Played(
        session=session.required("Id"),
        user=plain_id(session.text("UserId")),
        item=plain_id(item.required("Id")) if in_library else "",
        source=plain_id(state.text("MediaSourceId")),
        position=(state.whole("PositionTicks") or 0) / TICKS,
        paused=state.flag("IsPaused"),
        transcoding=state.text("PlayMethod") == "Transcode",
        series=plain_id(item.text("SeriesId")),
        season=item.whole("ParentIndexNumber"),
        episode=item.whole("IndexNumber"),
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BrokenAnswer(f"the server says that a scan ended at {text[:40]!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


READERS: Mapping[str, Callable[[Fields], Message | None]] = {
    "ForceKeepAlive": _keep_alive,
    "KeepAlive": lambda _: KeepAliveHeard(),
    "ScheduledTasksInfo": _scan,
    "LibraryChanged": _library,
    "Sessions": _playing,
    "ServerRestarting": lambda _: GoingDown(restarts=True),
    "ServerShuttingDown": lambda _: GoingDown(restarts=False),
}
