import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sample_media import VOICE_RATE, Samples, noise, silence, tone, write_media

from subtide.asr import blocks as blocks_module
from subtide.asr.blocks import prepare
from subtide.asr.flac import read_flac
from subtide.errors import DiskFull, MediaUnreadable


@pytest.fixture(scope="module")
def film(story: list[Samples], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story with pauses, four minutes with a silent minute in the middle."""
    once = np.concatenate([part for spoken in story for part in (spoken, silence(1, VOICE_RATE))])
    samples = np.concatenate([once, once, silence(60, VOICE_RATE), once, once])
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    return write_media(path, samples, codec="flac", rate=VOICE_RATE, picture=2)


def test_blocks_hold_the_speech_of_the_film(film: Path, tmp_path: Path) -> None:
    told: list[float] = []
    prepared = prepare(film, 0, tmp_path, block_seconds=40, progress=told.append)
    assert prepared.frame_rate == 25
    assert prepared.duration == prepared.speech.duration
    assert len(prepared.blocks) >= 4
    covered = sum(
        b - a
        for block in prepared.blocks
        for a, b in prepared.speech.within(block.start, block.end)
    )
    assert covered == pytest.approx(prepared.speech.speech_seconds)
    stored = sum(block.end - block.start for block in prepared.blocks)
    assert stored < prepared.duration - 55
    assert told == sorted(told)
    assert told[-1] == 1


def test_a_blocks_file_holds_the_films_samples_of_its_time(
    story: list[Samples], tmp_path: Path
) -> None:
    marked = np.concatenate([silence(4, VOICE_RATE), story[0]])
    film = write_media(tmp_path / "film.flac", marked, codec="flac", rate=VOICE_RATE)
    (block,) = prepare(film, 0, tmp_path).blocks
    samples = read_flac(block.path)
    assert len(samples) / 16_000 == pytest.approx(block.end - block.start, abs=0.001)
    assert block.start == pytest.approx(4, abs=0.4)
    loud = np.argmax(np.abs(samples) > 0.05) / 16_000
    expected = np.argmax(np.abs(marked) > 0.05) / VOICE_RATE
    assert block.start + loud == pytest.approx(expected, abs=0.02)


def test_nothing_but_the_blocks_is_left_in_the_folder(film: Path, tmp_path: Path) -> None:
    prepared = prepare(film, 0, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        block.path.name for block in prepared.blocks
    ]


@pytest.mark.parametrize("sound", [silence, noise, tone])
def test_a_film_where_nobody_speaks_has_no_blocks(
    sound: Callable[[float], Samples], tmp_path: Path
) -> None:
    film = write_media(tmp_path / "film.flac", sound(10), codec="flac")
    assert prepare(film, 0, tmp_path).blocks == ()


def test_a_full_disk_is_named(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(blocks_module, "write_flac", full)
    with pytest.raises(DiskFull):
        prepare(film, 0, tmp_path)


def test_a_damaged_block_is_named(tmp_path: Path) -> None:
    path = tmp_path / "block-0000.flac"
    path.write_bytes(b"fLaC but not really")
    with pytest.raises(MediaUnreadable, match=r"block-0000\.flac"):
        read_flac(path)
