"""Fixtures of the Jellyfin edge: scripted and whole servers, and clients that never sleep."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import KEY, Connect, Script, serve_script
from served import Serve, write_film

from subtide.jellyfin.client import Jellyfin
from subtide.playground.flavour import V12, Flavour
from subtide.playground.server import Playground


@pytest.fixture
def script() -> Iterator[Script]:
    with serve_script() as script:
        yield script


@pytest.fixture
def naps() -> list[float]:
    """The seconds that the client wanted to sleep."""
    return []


@pytest.fixture
def connect(naps: list[float]) -> Iterator[Connect]:
    """Make clients that never really sleep, with no jitter."""
    made: list[Jellyfin] = []

    def make(url: str, key: str = KEY, **options: object) -> Jellyfin:
        usual: dict[str, Any] = {
            "device_id": "device-1",
            "device_name": "the daemon",
            "version": "0.1.0",
        }
        usual |= {"sleep": naps.append, "rng": lambda: 0.5}
        client = Jellyfin(url, key, **{**usual, **options})
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def jellyfin(script: Script, connect: Connect) -> Jellyfin:
    """A client of the scripted server."""
    return connect(script.url)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("made") / "film.mkv", 440.0, 1000.0)


@pytest.fixture
def root(tmp_path: Path, film: Path) -> Path:
    """Two films and one with a second version, and an episode."""
    for name in (
        "movies/Film (2020)/Film (2020).mkv",
        "movies/Two (2021)/Two (2021).mkv",
        "movies/Two (2021)/Two (2021) - 720p.mkv",
        "tv/Show/Season 01/Show S01E02.mkv",
    ):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(film, tmp_path / "root" / name)
    return tmp_path / "root"


@pytest.fixture
def serve(root: Path, connect: Connect, playground: Callable[..., Playground]) -> Serve:
    """Start playgrounds over the root, each with a client of its key.

    They check every request against the API that the server describes.
    """

    def start(flavour: Flavour = V12, **options: object) -> tuple[Playground, Jellyfin]:
        server = playground(root, flavour, **options)
        return server, connect(server.url, server.key)

    return start
