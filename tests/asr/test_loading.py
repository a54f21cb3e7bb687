"""Where memory is short: smaller batches, then smaller seats, and what is told of it."""

import shutil
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from sample_media import Samples, resampled, silence

from subtide.asr.decoding import Decoder
from subtide.asr.loading import Listener, Seat, open_listener, out_of_memory, too_large
from subtide.asr.whisper import WhisperEngine
from subtide.errors import ModelDamaged, RetryLater, StopAndTell
from subtide.languages import Language

EN = Language("en")
FULL = "CUDA failed with error out of memory"


class Crowded(Listener):
    """A model on a device that holds one window at once."""

    def encode(self, features: Any) -> Any:  # noqa: ANN401 - as its base
        if features.ndim == 3 and len(features) > 1:
            raise RuntimeError(FULL)
        return super().encode(features)


class Pretend:
    """Hears English if there is room to work in."""

    def __init__(self, *, room: bool) -> None:
        self._room = room

    def detect_language(self, audio: Samples) -> tuple[str, float, list[tuple[str, float]]]:
        if not self._room:
            raise RuntimeError(FULL)
        assert len(audio)
        return "en", 1.0, [("en", 1.0)]


class Room(Enum):
    """What a seat has memory for."""

    NOTHING = auto()
    MODEL = auto()
    WORK = auto()


@dataclass
class Machine:
    """Opens models in memory where their seat has room for them."""

    rooms: dict[Seat, Room]
    refused: set[Seat] = field(default_factory=set)
    opened: list[Seat] = field(default_factory=list)

    def __call__(self, folder: Path, seat: Seat, _threads: int) -> Listener:
        self.opened.append(seat)
        if seat in self.refused:
            raise StopAndTell("the device cannot do it")
        if self.rooms[seat] is Room.NOTHING:
            raise too_large(folder.name)
        return cast("Listener", Pretend(room=self.rooms[seat] is Room.WORK))


FLOAT, MIXED = Seat("cuda", "float16"), Seat("cuda", "int8_float16")
CPU = Seat("cpu", "int8")


SOUND = silence(1, 16_000)


def decoder_on(machine: Machine, seat: Seat = FLOAT) -> Decoder:
    return Decoder(Path("model"), seat, 2, machine)


@pytest.mark.slow
def test_short_memory_makes_smaller_batches(tiny_en: Path, story: list[Samples]) -> None:
    def crowded(folder: Path, _seat: Seat, threads: int) -> Listener:
        return Crowded(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)

    engine = WhisperEngine(tiny_en, threads=2, open_model=crowded)
    two_windows = resampled(np.concatenate(story))
    words = engine.transcribe(two_windows, language=EN, offset=0, progress=lambda _: None)
    assert {"lighthouse", "suitcases", "October,", "war.", "table"} <= {w.text for w in words}
    assert engine.done_with == {"device": "cpu", "compute_type": "int8", "batch": 1}
    assert engine.was_short()


def test_then_a_smaller_number_format_and_the_cpu_at_last() -> None:
    machine = Machine({FLOAT: Room.NOTHING, MIXED: Room.MODEL, CPU: Room.WORK})
    decoder = decoder_on(machine)
    assert decoder.done_with["compute_type"] == "int8_float16"
    assert decoder.languages(SOUND) == {EN: 1.0}
    assert machine.opened == [FLOAT, MIXED, CPU]
    assert decoder.done_with == {"device": "cpu", "compute_type": "int8", "batch": 4}


def test_a_second_task_starts_from_what_worked_and_says_nothing_new() -> None:
    machine = Machine({FLOAT: Room.MODEL, MIXED: Room.WORK})
    decoder = decoder_on(machine)
    decoder.languages(SOUND)
    assert decoder.was_short()
    decoder.languages(SOUND)
    assert machine.opened == [FLOAT, MIXED]
    assert not decoder.was_short()


def test_with_memory_enough_nothing_is_told() -> None:
    decoder = decoder_on(Machine({FLOAT: Room.WORK}))
    decoder.languages(SOUND)
    assert not decoder.was_short()
    assert decoder.done_with == {"device": "cuda", "compute_type": "float16", "batch": 16}


def test_a_number_format_that_a_device_lacks_is_passed_over_on_the_way_down() -> None:
    machine = Machine({FLOAT: Room.NOTHING, CPU: Room.WORK}, refused={MIXED})
    assert decoder_on(machine).done_with["device"] == "cpu"


def test_a_number_format_that_was_asked_for_and_is_lacking_is_told() -> None:
    with pytest.raises(StopAndTell, match="cannot do it"):
        decoder_on(Machine({}, refused={FLOAT}))


def test_memory_too_short_for_one_window_in_the_smallest_seat_is_told() -> None:
    decoder = decoder_on(Machine({CPU: Room.MODEL}), CPU)
    for _ in range(2):
        with pytest.raises(RetryLater, match="smaller model"):
            decoder.languages(SOUND)


def test_a_model_that_found_no_room_is_loaded_when_there_is_some() -> None:
    machine = Machine({FLOAT: Room.MODEL, MIXED: Room.NOTHING, CPU: Room.NOTHING})
    decoder = decoder_on(machine)
    with pytest.raises(RetryLater):
        decoder.languages(SOUND)
    machine.rooms[CPU] = Room.WORK
    assert decoder.languages(SOUND) == {EN: 1.0}


def test_another_failure_is_not_taken_for_short_memory() -> None:
    assert out_of_memory(MemoryError())
    assert out_of_memory(RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"))
    assert not out_of_memory(RuntimeError("CUDA driver version is insufficient"))


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json"])
def test_a_folder_that_is_not_whole_is_damaged(missing: str, tiny_en: Path, tmp_path: Path) -> None:
    for file in tiny_en.iterdir():
        if file.name != missing:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(ModelDamaged, match=missing):
        open_listener(tmp_path, CPU, 2)


def test_weights_that_are_cut_off_are_damaged(tiny_en: Path, tmp_path: Path) -> None:
    for file in tiny_en.iterdir():
        shutil.copy(file, tmp_path / file.name)
    with (tmp_path / "model.bin").open("r+b") as weights:
        weights.truncate(1_000_000)
    with pytest.raises(ModelDamaged, match="Pull the model again"):
        open_listener(tmp_path, CPU, 2)


def test_a_device_that_is_not_there_tells_the_admin(tiny_en: Path) -> None:
    with pytest.raises(StopAndTell, match="another device"):
        open_listener(tiny_en, Seat("abacus", "int8"), 2)
