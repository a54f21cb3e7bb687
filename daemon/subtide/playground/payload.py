"""Payload: what the Webhook plugin writes of items, sessions and playback, in .NET's JSON."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from subtide.playground.auth import Session, User
from subtide.playground.dto import Writer, timestamp
from subtide.playground.tree import Item, make_id

ESCAPED = re.compile(r"\\.|[^\x00-\x7f]|[&<>'+`]")
NEVER = "0001-01-01T00:00:00.0000000Z"
NOBODY = "0" * 32
"""The user of a session that an API key opened."""


def about(item: Item, moment: datetime) -> dict[str, Any]:
    """Return what every event tells of its item: no path, no library."""
    ticks = (item.files[0].probe.ticks or 0) if item.files else 0
    above = {a.kind: a for a in item.ancestors()}
    told: dict[str, Any] = {
        "Timestamp": local_timestamp(moment),
        "UtcTimestamp": timestamp(moment),
        "Name": quoted(item.name),
        "Overview": "",
        "Tagline": "",
        "ItemId": item.id,
        "ItemType": item.kind,
        "RunTimeTicks": ticks,
        "RunTime": _clock(ticks),
    }
    if item.year:
        told["Year"] = item.year
    if item.kind == "Episode" and "Series" in above:
        told |= {"SeriesName": quoted(above["Series"].name), "SeriesId": above["Series"].id}
        told |= {"SeasonId": above["Season"].id} if "Season" in above else {}
        told |= _padded("Season", item.season_number) | _padded("Episode", item.number)
    return told


def streams(writer: Writer, item: Item) -> dict[str, Any]:
    """Return the primary's streams, numbered kind by kind."""
    numbers: dict[str, int] = {}
    rows: dict[str, Any] = {}
    for stream in writer.streams(item.files[0]):
        kind = stream["Type"]
        number = numbers[kind] = numbers.get(kind, -1) + 1
        start = f"{kind}_{number}_"
        rows |= {start + key: stream.get(field) for key, field in FIELDS.get(kind, {}).items()}
    return rows


def playback(item: Item, session: Session) -> dict[str, Any]:
    """Return who plays an item where, and which version of it."""
    _, source, position = session.playing or (item.id, item.id, 0)
    return {
        "PlaybackPositionTicks": position,
        "PlaybackPosition": _clock(position),
        "MediaSourceId": source,
        "IsPaused": False,
        "IsAutomated": False,
        "DeviceId": session.client["deviceid"],
        "DeviceName": session.client["device"],
        "ClientName": session.client["client"],
        "PlayMethod": "DirectPlay",
        **about_session(session.client, session.user, timestamp(session.since)),
    }


def about_session(
    client: Mapping[str, str], user: User | None, seen: str = NEVER
) -> dict[str, Any]:
    """Return a session: its device, and its user if a person is signed in."""
    return {
        "Id": make_id("Session", client.get("deviceid", "")),
        "UserId": user.id if user else NOBODY,
        "NotificationUsername": quoted(user.name) if user else "",
        "Client": quoted(client.get("client", "")),
        "LastActivityDate": seen,
        "LastPlaybackCheckIn": seen,
        "DeviceName": quoted(client.get("device", "")),
        "DeviceId": client.get("deviceid", ""),
        "RemoteEndPoint": "127.0.0.1",
    }


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


def quoted(text: str) -> str:
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
