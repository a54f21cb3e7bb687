"""A house on a stand-in server, for the tests of what runs in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from subtide.house import House, open_house
from subtide.playground.media import AudioTrack, SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.settings import Settings

SRT = "1\n00:00:00,500 --> 00:00:01,500\nGood evening.\n\n"


@pytest.fixture
def stand_in(tmp_path: Path, playground: Callable[..., Playground]) -> Playground:
    """A server with one film that lacks nothing."""
    film = tmp_path / "media/Movies/Done (2021)/Done (2021).mkv"
    tracks = [SubtitleTrack(SRT, "eng"), SubtitleTrack(SRT, "por")]
    make_media(film, [AudioTrack("eng", default=True)], tracks, duration=2.0)
    return playground(tmp_path / "media")


@pytest.fixture
def settings(tmp_path: Path, stand_in: Playground) -> Callable[..., Settings]:
    """Settings for that server, with changes."""

    def make(**changes: object) -> Settings:
        server = {"url": stand_in.url, "key": stand_in.key, "webhook_secret": "no-one-s"}
        tree = {
            "data": tmp_path / "data",
            "servers": {"home": server},
            "start": "auto",
            "policy": {"languages": ["en", "pt"]},
            "scan": {"time_zone": "UTC"},
            "web": {"port": 0},
        }
        return Settings.model_validate(tree | changes)

    return make


@pytest.fixture
def house(settings: Callable[..., Settings]) -> Iterator[House]:
    house = open_house(settings())
    yield house
    house.close()
