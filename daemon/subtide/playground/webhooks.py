"""Webhooks: what the official plugin sends, in its own dialect: text/plain, once, no retry."""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from subtide.playground.auth import Session
from subtide.playground.dto import timestamp
from subtide.playground.tree import Item

if TYPE_CHECKING:
    from subtide.playground.server import Playground

TIMEOUT = 100.0
"""Seconds after which the plugin gives up on a receiver."""
EVERYTHING = frozenset({"ItemAdded", "ItemDeleted", "PlaybackStart"})
ESCAPED = re.compile(r"\\.|[^\x00-\x7f]|[&<>'+`]")


@dataclass(frozen=True, slots=True)
class Receiver:
    """One destination, with the event types it wants."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    types: frozenset[str] = EVERYTHING


class Webhooks:
    """Sends events to every receiver, one after another; a failure is forgotten."""

    def __init__(self, server: "Playground") -> None:
        """``server``: whose events these are."""
        self._server = server
        self.receivers: list[Receiver] = []

    def item_added(self, item: Item) -> None:
        """Tell of a new item: its primary's id, no path."""
        self._send("ItemAdded", {**self._about(item), **self._streams(item)})

    def item_deleted(self, item: Item) -> None:
        """Tell that an item is gone."""
        self._send("ItemDeleted", self._about(item))

    def playback_start(self, item: Item, session: Session) -> None:
        """Tell that a user plays an item, and which version of it."""
        _, source, position = session.playing or (item.id, item.id, 0)
        seen = timestamp(session.since)
        self._send(
            "PlaybackStart",
            {
                **self._about(item),
                **self._streams(item),
                "PlaybackPositionTicks": position,
                "PlaybackPosition": _clock(position),
                "MediaSourceId": source,
                "IsPaused": False,
                "IsAutomated": False,
                "DeviceId": session.client["deviceid"],
                "DeviceName": session.client["device"],
                "ClientName": session.client["client"],
                "PlayMethod": "DirectPlay",
                "Id": session.id,
                "UserId": session.user.id,
                "NotificationUsername": _quoted(session.user.name),
                "Client": session.client["client"],
                "LastActivityDate": seen,
                "LastPlaybackCheckIn": seen,
                "RemoteEndPoint": "127.0.0.1",
            },
        )

    def _about(self, item: Item) -> dict[str, Any]:
        ticks = (item.files[0].probe.ticks or 0) if item.files else 0
        above = {a.kind: a for a in item.ancestors()}
        about: dict[str, Any] = {
            "Name": _quoted(item.name),
            "Overview": "",
            "Tagline": "",
            "ItemId": item.id,
            "ItemType": item.kind,
            "RunTimeTicks": ticks,
            "RunTime": _clock(ticks),
        }
        if item.year:
            about["Year"] = item.year
        if item.kind == "Episode" and "Series" in above:
            about |= {"SeriesName": _quoted(above["Series"].name), "SeriesId": above["Series"].id}
            about |= {"SeasonId": above["Season"].id} if "Season" in above else {}
            about |= _padded("Season", item.season_number) | _padded("Episode", item.number)
        return about

    def _streams(self, item: Item) -> dict[str, Any]:
        numbers: dict[str, int] = {}
        rows: dict[str, Any] = {}
        for stream in self._server.writer.streams(item.files[0]):
            kind = stream["Type"]
            number = numbers[kind] = numbers.get(kind, -1) + 1
            start = f"{kind}_{number}_"
            rows |= {start + key: stream.get(field) for key, field in FIELDS.get(kind, {}).items()}
        return rows

    def _send(self, event: str, about: Mapping[str, Any]) -> None:
        moment = self._server.catalogue.clock()
        body = {
            "ServerId": self._server.id,
            "ServerName": _quoted(self._server.name),
            "ServerVersion": self._server.flavour.version,
            "ServerUrl": self._server.url,
            "NotificationType": event,
            "Timestamp": local_timestamp(moment),
            "UtcTimestamp": timestamp(moment),
            **about,
        }
        wanted = [r for r in self.receivers if event in r.types]
        data = as_dotnet(body)
        version = self._server.flavour.version
        threading.Thread(target=_send_all, args=(wanted, data, version), daemon=True).start()


def _send_all(receivers: list[Receiver], data: bytes, version: str) -> None:
    for receiver in receivers:
        send(receiver, data, version)


def send(receiver: Receiver, data: bytes, version: str = "12.0.0") -> int | None:
    """Post one body, once; return the status, or None when there was no answer."""
    headers = {
        "User-Agent": f"Jellyfin-Server/{version}",
        "Accept": "application/json; q=1.0, application/xml; q=0.9, */*; q=0.8",
        "Content-Type": "text/plain; charset=utf-8",
        **receiver.headers,
    }
    request = Request(receiver.url, data, headers, method="POST")  # noqa: S310  # a test's own address
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            return int(answer.status)
    except URLError as error:
        code = getattr(error, "code", None)
        close = getattr(error, "close", None)
        if close is not None:
            close()
        return code
    except OSError:
        return None


def as_dotnet(body: Mapping[str, Any]) -> bytes:
    """Write JSON as .NET does: no spaces, everything but plain ASCII escaped."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return ESCAPED.sub(_escape, text).encode()


def _escape(found: re.Match[str]) -> str:
    """Leave the escapes that JSON needs, but write a quote as .NET does."""
    text = found[0]
    if text.startswith("\\"):
        return "\\u0022" if text == '\\"' else text
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[n]:02X}{units[n + 1]:02X}" for n in range(0, len(units), 2))


def local_timestamp(moment: datetime) -> str:
    """Return a time with its offset, seven decimals."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}0+00:00"


def _quoted(text: str) -> str:
    """Escape quotes once too often, as the plugin does."""
    return text.replace('"', '\\"')


def _clock(ticks: int) -> str:
    seconds = ticks // 10_000_000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _padded(word: str, number: int | None) -> dict[str, Any]:
    if number is None:
        return {}
    start = f"{word}Number"
    return {start: number, f"{start}00": f"{number:02}", f"{start}000": f"{number:03}"}


FIELDS = {
    "Video": {
        "Title": "DisplayTitle",
        "Type": "Type",
        "Codec": "Codec",
        "Profile": "Profile",
        "Level": "Level",
        "Height": "Height",
        "Width": "Width",
        "AspectRatio": "AspectRatio",
        "Interlaced": "IsInterlaced",
        "FrameRate": "AverageFrameRate",
        "VideoRange": "VideoRange",
        "ColorSpace": "ColorSpace",
        "ColorTransfer": "ColorTransfer",
        "ColorPrimaries": "ColorPrimaries",
        "PixelFormat": "PixelFormat",
        "RefFrames": "RefFrames",
    },
    "Audio": {
        "Title": "DisplayTitle",
        "Type": "Type",
        "Language": "Language",
        "Codec": "Codec",
        "Channels": "Channels",
        "Bitrate": "BitRate",
        "SampleRate": "SampleRate",
        "Default": "IsDefault",
    },
    "Subtitle": {
        "Title": "DisplayTitle",
        "Type": "Type",
        "Language": "Language",
        "Codec": "Codec",
        "Default": "IsDefault",
        "Forced": "IsForced",
        "External": "IsExternal",
    },
}
"""Payload names and the MediaStream fields they come from."""
