"""A hub stand-in with one small Whisper in it, and a store without packages that pulls from it."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from subtide.models.packages import Packages
from subtide.models.store import ModelStore
from subtide.playground.hub import HubStandIn

TINY = "Systran/faster-whisper-tiny"
WEIGHTS = random.Random(7).randbytes(300_000)  # noqa: S311 - bytes to move, no secret


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubStandIn]:
    with HubStandIn(tmp_path / "hub") as hub:
        hub.add(
            TINY,
            {
                "model.bin": WEIGHTS,
                "config.json": b'{"alignment_heads": []}',
                "tokenizer.json": b"{}",
                "vocabulary.txt": b"a\nb\n",
                "README.md": b"# not for the engine",
            },
        )
        yield hub


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make_store(hub: HubStandIn, tmp_path: Path, said: list[str]) -> Callable[..., ModelStore]:
    def make(**changes: object) -> ModelStore:
        settings: dict[str, object] = {
            "tell": said.append,
            "hub": hub.address,
            "mozilla": hub.mozilla,
            "reserve": 0,
            "packages": Packages(path=()),
        }
        return ModelStore(tmp_path / "models", **(settings | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture
def store(make_store: Callable[..., ModelStore]) -> ModelStore:
    return make_store()
