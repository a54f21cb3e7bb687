"""Fixtures of the pipeline's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stage_place import Place, make_place

from subtide.playground.flavour import V12, Flavour
from subtide.playground.media import make_media
from subtide.playground.server import Playground
from subtide.storage.database import open_database

OpenPlace = Callable[..., Place]


@pytest.fixture
def open_place(tmp_path: Path, playground: Callable[..., Playground]) -> Iterator[OpenPlace]:
    """Open a place: ``open_place(flavour=V12, speech={...})``."""
    database = open_database("", tmp_path / "data")

    def open_one(flavour: Flavour = V12, *, server: dict[str, object] | None = None) -> Place:
        film = tmp_path / "media" / "Movies" / "Film (2020)" / "Film (2020).mkv"
        make_media(film, duration=6.0)
        stand_in = playground(tmp_path / "media", flavour, **(server or {}))
        return make_place(stand_in, database, tmp_path / "data", film)

    yield open_one
    database.close()


@pytest.fixture
def place(open_place: OpenPlace) -> Place:
    return open_place()
