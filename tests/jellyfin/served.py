"""Whole servers for tests: films to serve, and what a client does with them again and again."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Item, Source, Track
from subtide.jellyfin.listing import Alternates
from subtide.playground.auth import User
from subtide.playground.flavour import V10_10, V10_11, V12
from subtide.playground.server import Playground

SRT = b"1\n00:00:00,500 --> 00:00:01,500\nGood evening.\n"
FLAVOURS = pytest.mark.parametrize("flavour", [V10_10, V10_11, V12], ids=lambda one: one.version)
RATE = 16_000
PLAYER = {"client": "test", "device": "test", "deviceid": "test", "version": "1"}

Serve = Callable[..., tuple[Playground, Jellyfin]]
"""The fixture that starts a playground, and connects a client with its key."""


def write_film(path: Path, *pitches: float, seconds: float = 2.0) -> Path:
    """Write a Matroska file with a tone for each audio track; the last is flagged default."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="matroska") as file:
        tracks = [file.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in pitches]
        for track in tracks:
            track.disposition = av.stream.Disposition(0)
        tracks[-1].disposition = av.stream.Disposition.default
        time = np.arange(round(seconds * RATE)) / RATE
        for track, pitch in zip(tracks, pitches, strict=True):
            wave = (8000 * np.sin(2 * np.pi * pitch * time)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(wave[np.newaxis], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            file.mux([*track.encode(frame), *track.encode(None)])
    return path


def all_items(jellyfin: Jellyfin) -> dict[str, Item]:
    ids = [entry.id for page in jellyfin.listing().pages() for entry in page if entry.wanted]
    return {item.name: item for item in Alternates().fresh(jellyfin.items(ids))}


def named(jellyfin: Jellyfin, name: str) -> Item:
    return next(item for found, item in all_items(jellyfin).items() if found.startswith(name))


def upload(jellyfin: Jellyfin, source_id: str, label: str = "subtide.en") -> None:
    jellyfin.upload(
        source_id,
        language_label=label,
        format="srt",
        data=SRT,
        forced=False,
        hearing_impaired=False,
    )


def reread(server: Playground, jellyfin: Jellyfin, source: Source) -> Source:
    """The source as the server lists it once its refreshes are through."""
    server.settle()
    item = jellyfin.item(source.item)
    assert item is not None
    return next(one for one in item.sources if one.id == source.id)


def sidecars(source: Source) -> list[Track]:
    return [track for track in source.subtitles if track.external]


def sign_in(server: Playground, user: User) -> str:
    """The token that a user gets."""
    session = server.door.login(user.name, user.password, PLAYER)
    assert session is not None
    return session.token
