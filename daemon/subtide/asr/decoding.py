"""A Whisper model at work on faster-whisper: windows of samples in, segments out.

Where memory is short, batches are halved; then the model moves to a smaller seat. Imported in
child processes only.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import ctranslate2
from faster_whisper import BatchedInferencePipeline

from subtide.asr.codes import from_whisper
from subtide.asr.engine import Progress, Segment
from subtide.asr.loading import Loaded, OpenModel, Seat, out_of_memory
from subtide.asr.mixdown import RATE, Samples
from subtide.asr.reading import read_segments
from subtide.asr.speech import Span
from subtide.asr.tiers import Tier
from subtide.languages import Language

BATCH = {"cpu": 4, "cuda": 16}
"""Windows decoded at once, by device; halved when memory is short."""

SILENCE_SKIPPED = 2.0
"""Seconds of silence around a suspect phrase that a careful decoding leaps over."""

FRAMES = 100
"""Feature frames a second, by which faster-whisper counts."""

LARGE_MELS = 128
"""Bands of sound that large-v3 and its kin hear; all others hear 80."""

LARGE_LAYERS, LEAST_LAYERS = 8, 2
"""Decoder layers that a model has at least if it was not cut down: large-v3 has 32 and turbo 4,
tiny has 4 and the distilled ones 2."""

ALWAYS: dict[str, Any] = {
    "condition_on_previous_text": False,
    "vad_filter": False,
}

Heard = tuple[Span, list[Segment], Mapping[Language, float]]
"""A window, its segments, and the probability of each language; none where the model knows
one only."""
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Asking:
    """What a model is asked for."""

    code: str
    """Whisper's, of the language that is spoken."""
    tier: Tier
    names: str = ""
    """What it is told beforehand."""
    task: Literal["transcribe", "translate"] = "transcribe"
    """Translations are into English, and have no words with times."""

    @property
    def options(self) -> dict[str, Any]:
        """The same as faster-whisper calls it."""
        return {
            "language": self.code,
            "hotwords": self.names or None,
            "task": self.task,
            "word_timestamps": self.task == "transcribe",
            **ALWAYS,
        }


class Decoder:
    """One Whisper model in memory. Not for several threads."""

    def __init__(self, folder: Path, seat: Seat, threads: int, open_model: OpenModel) -> None:
        """Load the model. Raises as ``open_model`` does."""
        self._folder = folder
        self._loaded = Loaded(folder, seat, threads, open_model)
        self._batch = self._widest()
        self._short = self._loaded.seat != seat

    @property
    def multilingual(self) -> bool:
        """False for a model that hears everything as English."""
        return bool(self._loaded.model.model.is_multilingual)

    @property
    def codes(self) -> list[str]:
        """Whisper's codes of the languages that the model knows."""
        return list(self._loaded.model.supported_languages)

    @property
    def translates(self) -> bool:
        """False for a model of English, and for one with few decoder layers.

        Turbo and the distilled models were not taught to translate: asked to, they return the
        source language.
        """
        config = json.loads((self._folder / "config.json").read_text("utf-8"))
        layers = 1 + max((layer for layer, _ in config.get("alignment_heads", ())), default=0)
        large = self._loaded.model.model.n_mels == LARGE_MELS
        return self.multilingual and layers > (LARGE_LAYERS if large else LEAST_LAYERS)

    @property
    def done_with(self) -> dict[str, str | int]:
        """Where the model runs, in which number format, and with how many windows at once."""
        seat = self._loaded.seat
        return {
            "device": seat.device,
            "compute_type": seat.compute_type,
            "batch": self._batch,
        }

    def was_short(self) -> bool:
        """Whether memory was found short since this was last asked."""
        short, self._short = self._short, False
        return short

    def tokens(self, text: str) -> int:
        """Return how many tokens the model takes for a text before what it hears."""
        return len(self._loaded.model.hf_tokenizer.encode(f" {text}", add_special_tokens=False))

    def languages(self, samples: Samples) -> Mapping[Language, float]:
        """Return the probability of each language for up to 30 s of samples."""
        _, _, found = self._enduring(lambda: self._loaded.model.detect_language(audio=samples))
        return _by_language(found)

    def batches(
        self, samples: Samples, windows: Sequence[Span], asking: Asking, progress: Progress
    ) -> Iterator[Heard]:
        """Yield what is heard in each window, many decoded at once.

        Raises RetryLater when memory is too short for one window in the smallest seat.
        """
        done = 0
        while done < len(windows):
            here = done
            heard = self._enduring(
                lambda: self._decode(samples, windows[here : here + self._batch], asking)  # noqa: B023 - called at once
            )
            yield from heard
            done += len(heard)
            progress(done / len(windows))

    def careful(self, samples: Samples, window: Span, asking: Asking) -> list[Segment]:
        """Decode one window alone, with fallback to higher temperatures. Raises as batches."""
        start, end = window

        def decode() -> list[Segment]:
            ctranslate2.set_random_seed(0)  # the same block gives the same words
            found, _ = self._loaded.model.transcribe(
                samples[round(start * RATE) : round(end * RATE)],
                beam_size=asking.tier.beam_careful,
                temperature=asking.tier.temperatures,
                without_timestamps=False,
                hallucination_silence_threshold=SILENCE_SKIPPED,
                **asking.options,
            )
            return read_segments(found, start, asking.code)

        return self._enduring(decode)

    def _decode(self, samples: Samples, windows: Sequence[Span], asking: Asking) -> list[Heard]:
        model = self._loaded.model
        found, _ = BatchedInferencePipeline(model).transcribe(
            samples,
            beam_size=asking.tier.beam_batched,
            temperature=asking.tier.temperatures[0],
            batch_size=len(windows),
            without_timestamps=True,  # with them, what follows the last one is lost
            clip_timestamps=[{"start": start, "end": end} for start, end in windows],
            **asking.options,
        )
        by_seek: dict[int, list[Any]] = {}
        for segment in found:
            by_seek.setdefault(segment.seek, []).append(segment)
        segments = [read_segments(by_seek.get(_seek(s), []), 0.0, asking.code) for s, _ in windows]
        return list(zip(windows, segments, self._spoken_in(len(windows)), strict=True))

    def _spoken_in(self, windows: int) -> list[Mapping[Language, float]]:
        """Ask about the windows that were decoded last: one step of the decoder each."""
        model = self._loaded.model
        encoded, model.heard = model.heard, None
        if encoded is None or not self.multilingual:
            return [{}] * windows
        return [_by_language(found) for found in model.model.detect_language(encoded)]

    def _enduring(self, work: Callable[[], Done]) -> Done:
        """Do some work; while memory is too short for it, do it again with less."""
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
            self._shrink()  # here the error is gone, and with it what it held

    def _shrink(self) -> None:
        self._short = True
        if self._batch > 1:
            self._batch //= 2
        else:
            self._loaded.move_down()
            self._batch = self._widest()

    def _widest(self) -> int:
        return BATCH.get(self._loaded.seat.device, BATCH["cpu"])


def _by_language(found: Sequence[tuple[str, float]]) -> Mapping[Language, float]:
    shares: defaultdict[Language, float] = defaultdict(float)
    for code, share in found:
        if language := from_whisper(code):
            shares[language] += share
    return shares


def _seek(start: float) -> int:
    """Return the feature frame by which faster-whisper names a window that begins here."""
    return int(int(start * RATE) / RATE * FRAMES)
