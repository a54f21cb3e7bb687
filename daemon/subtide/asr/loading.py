"""A Whisper model in memory: how it is opened, and what is tried where memory is short.

Imported in child processes only.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel

from subtide.errors import ModelDamaged, RetryLater, StopAndTell

FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without the last, faster-whisper would fetch one from the network."""

SHORT = ("out of memory", "cublas_status_alloc_failed")
"""What CUDA and cuBLAS say when memory is short."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a model runs, and in which number format."""

    device: str
    compute_type: str


SMALLER = {
    "cuda": (Seat("cuda", "int8_float16"), Seat("cpu", "int8")),
    "cpu": (Seat("cpu", "int8"),),
}
"""Tried in turn, by the device that was asked for: each needs less of its memory."""


class Listener(WhisperModel):  # type: ignore[misc]  # untyped
    """Whisper that keeps what its encoder made of the windows it heard last."""

    heard: Any = None
    """A batch of them, as CTranslate2 holds it."""

    def encode(self, features: Any) -> Any:  # noqa: ANN401 - as its base
        """Encode windows, and keep the result."""
        self.heard = super().encode(features)
        return self.heard


OpenModel = Callable[[Path, Seat, int], Listener]
"""Opens the model of a folder in a seat, with so many threads."""


class Loaded:
    """A model in the best seat that has room for it: it moves down where memory is short."""

    def __init__(self, folder: Path, seat: Seat, threads: int, open_model: OpenModel) -> None:
        """Load the model. Raises as ``open_listener`` does."""
        self._folder = folder
        self._threads = threads
        self._open = open_model
        smaller = SMALLER.get(seat.device, ())
        self._asked = seat
        self._seats = [seat, *(other for other in smaller if other != seat)]
        self._model: Listener | None = None
        self._load()

    @property
    def seat(self) -> Seat:
        """Where it runs now."""
        return self._seats[0]

    @property
    def model(self) -> Listener:
        """The model; it is loaded again where the last attempt to do so failed."""
        return self._model or self._load()

    def move_down(self) -> None:
        """Take the next smaller seat.

        Raises RetryLater where there is none. Errors that still hold parts of the model keep
        its memory too: call this when they are gone.
        """
        if len(self._seats) == 1:
            raise too_large(self._folder.name)
        self._model = None
        gc.collect()
        del self._seats[0]
        self._load()

    def _load(self) -> Listener:
        while True:
            try:
                self._model = self._open(self._folder, self.seat, self._threads)
            except (RetryLater, StopAndTell) as error:
                wrong = isinstance(error, StopAndTell) and self.seat == self._asked
                if wrong or len(self._seats) == 1:
                    raise
            else:
                return self._model
            gc.collect()
            del self._seats[0]


def open_listener(folder: Path, seat: Seat, threads: int) -> Listener:
    """Open a model's CTranslate2 folder. ``threads`` 0 leaves the choice to it.

    Raises ModelDamaged for a folder that is not whole, StopAndTell for a device or compute
    type that this machine lacks, RetryLater when memory is short.
    """
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelDamaged(f"The model in {folder} lacks {name}", "Pull the model again.")
    try:
        model = Listener(
            str(folder), device=seat.device, compute_type=seat.compute_type, cpu_threads=threads
        )
    except (RuntimeError, ValueError, MemoryError) as error:
        if out_of_memory(error):
            raise too_large(folder.name) from None  # the error would keep what was loaded so far
        if isinstance(error, ValueError) or "CUDA" in str(error):
            raise StopAndTell(
                f"{folder.name} cannot run on {seat.device} as {seat.compute_type}: {error}",
                "Choose another device or compute type.",
            ) from error
        raise ModelDamaged(
            f"The model in {folder} cannot be loaded: {error}", "Pull the model again."
        ) from error
    if model.model.n_mels != model.feature_extractor.mel_filters.shape[0]:
        raise ModelDamaged(
            f"The model in {folder} lacks preprocessor_config.json", "Pull the model again."
        )
    return model


def out_of_memory(error: Exception) -> bool:
    """Whether an error of CTranslate2 says that memory is short."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(words in text for words in SHORT)


def too_large(name: str) -> RetryLater:
    """Return the error for a model that memory has no room for, however small it is made."""
    return RetryLater(
        f"There is not enough memory for {name}",
        "Choose a smaller model or int8, or free memory on the device.",
    )
