"""A sample: half a minute of a film's speech, heard once to learn what the whole would cost.

Imported in child processes only. Loading the model is not counted: it is done once for many
films.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

import av
import numpy as np

from subtide.asr.audio import name_of
from subtide.asr.containers import open_media
from subtide.asr.engine import SpeechEngine
from subtide.asr.mixdown import RATE, Mixer, Samples
from subtide.asr.speech import SpeechMap, find_speech
from subtide.asr.tiers import BALANCED, TIERS, Tier
from subtide.errors import NoUsableAudio
from subtide.languages import Language

STRETCH = 120.0
"""Seconds that are decoded at once: enough to tell how much of a film is speech."""
HEARD = 30.0
"""Seconds that the model hears."""
ENOUGH = 10.0
"""Seconds of speech in them that make a fair sample."""
PLACES = (0.5, 0.35, 0.65)
"""Where in the film a stretch is taken; the next one where too little is said."""


class Ears(SpeechEngine, Protocol):
    """An engine that can also name a language, unless it hears all as English."""

    @property
    def multilingual(self) -> bool:
        """False for a model that hears everything as English."""
        ...

    def languages(self, samples: Samples) -> Mapping[Language, float]:
        """Return the probability of each language for up to 30 s of samples."""
        ...


def time_sample(  # noqa: PLR0913 - where, and how it is heard and timed
    engine: Ears,
    source: Path | BinaryIO,
    ordinal: int,
    duration: float,
    tier: Tier = TIERS[BALANCED],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the seconds of work for a second of this film.

    ``ordinal`` counts its audio tracks; ``duration``: seconds, 0 when it is not known; ``tier``:
    the care with which films will be heard.
    Raises NoUsableAudio where too little is said, and as open_media does.
    """
    for place in PLACES:
        began = clock()
        samples = read_stretch(source, ordinal, max(0.0, duration * place - STRETCH / 2))
        speech = find_speech(samples)
        preparing = clock() - began
        start = _best_start(speech)
        said = _said(speech, start)
        if said >= ENOUGH:
            window = samples[round(start * RATE) : round((start + HEARD) * RATE)]
            hearing = _hearing(engine, window, tier, clock)
            return (preparing + hearing / said * speech.speech_seconds) / speech.duration
    raise NoUsableAudio(
        f"too little is said in {name_of(source)} to time a model by it",
        "it is timed by the films that are done",
    )


def read_stretch(source: Path | BinaryIO, ordinal: int, start: float) -> Samples:
    """Return up to STRETCH seconds of a track from about ``start`` on, at 16 kHz.

    Raises NoUsableAudio when there is no such track or nothing in it, and as open_media does.
    """
    name, mixer = name_of(source), Mixer()
    pieces: list[Samples] = []
    left = round(STRETCH * RATE)
    with open_media(source, name) as container:
        tracks = container.streams.audio
        if not 0 <= ordinal < len(tracks):
            raise NoUsableAudio(f"{name} has no audio track {ordinal}")
        # Where the container cannot be searched, its beginning has to do; a damaged end too.
        with suppress(av.FFmpegError):
            container.seek(round(start * av.time_base))
        with suppress(av.FFmpegError):
            for frame in container.decode(tracks[ordinal]):
                for mono in mixer.mix(frame):
                    pieces.append(mono[:left])
                    left -= len(pieces[-1])
                if left <= 0:
                    break
    if not pieces:
        raise NoUsableAudio(f"nothing of the audio of {name} can be decoded")
    return np.concatenate(pieces)


def _hearing(engine: Ears, window: Samples, tier: Tier, clock: Callable[[], float]) -> float:
    """Time the model alone; naming the language before that wakes it up."""
    found = engine.languages(window) if engine.multilingual else {}
    language = max(found, key=lambda one: found[one], default=Language("en"))
    began = clock()
    engine.transcribe(
        window, language=language, offset=0.0, progress=lambda _share: None, tier=tier
    )
    return clock() - began


def _best_start(speech: SpeechMap) -> float:
    starts = [start for start, _ in speech.spans]
    return max(starts, key=lambda start: _said(speech, start), default=0.0)


def _said(speech: SpeechMap, start: float) -> float:
    return sum(end - begin for begin, end in speech.within(start, start + HEARD))
