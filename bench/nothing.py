"""Where nobody speaks: cues that are made of silence, noise and music. The goal is none.

Run: python -m bench.nothing [--short]; about 3 minutes on two cores.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.machine import arguments, describe, table, verdict
from bench.spoken import RATE, Samples, Spoken, music
from bench.weights import need
from subtide.asr.blocks import prepare
from subtide.asr.flac import read_flac
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import limits_for
from subtide.subtitles.segment import cues_from_words

SECONDS, SHORT_SECONDS = 600.0, 60.0
MODELS = ("tiny.en", "base")
SEED = 5
ENGLISH = Language("en")


def silence(seconds: float) -> Samples:
    """Return digital silence."""
    return np.zeros(round(seconds * RATE), np.float32)


def noise(seconds: float) -> Samples:
    """Return white noise, then noise like wind and rain that swells, a third each."""
    count = round(seconds * RATE)
    white = np.random.default_rng(SEED).normal(0, 0.1, count)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(1.0, np.arange(len(spectrum)))), count)
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * np.arange(count) / RATE / 7)
    third = count // 3
    soft = 0.1 * pink / np.sqrt(np.mean(np.square(pink)))
    return np.concatenate(
        [white[:third], soft[third : 2 * third], (soft * swell)[2 * third :]]
    ).astype(np.float32)


def chords(seconds: float) -> Samples:
    """Return plucked chords."""
    return 0.1 * music(seconds)


def melody(seconds: float) -> Samples:
    """Return chords under a melody that slides and trembles as a voice does, and a drum."""
    chance = np.random.default_rng(SEED)
    count = round(seconds * RATE)
    time = np.arange(count) / RATE
    notes = 220 * 2 ** (chance.integers(0, 13, int(seconds * 2) + 1) / 12)
    pitch = np.interp(time, np.arange(len(notes)) / 2, notes)
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * time))) / RATE
    lead = sum(np.sin(n * phase) / n for n in range(1, 8))
    drum = chance.normal(0, 1, count) * np.exp(-30 * (time % 0.5))
    return (chords(seconds) + 0.05 * lead + 0.08 * drum).astype(np.float32)


SOUNDS: Mapping[str, Callable[[float], Samples]] = {
    "silence": silence,
    "noise": noise,
    "chords": chords,
    "melody and drum": melody,
}
"""Each sound by its name."""


def main(args: Sequence[str] | None = None) -> None:
    """Hear every sound with every model."""
    options = arguments("Cues where nobody speaks.").parse_args(args)
    seconds = SHORT_SECONDS if options.short else SECONDS
    rows, made = [], 0
    for model in MODELS:
        engine = WhisperEngine(need(model).folder)
        for name, sound in SOUNDS.items():
            taken, cues = hear(engine, sound(seconds))
            made += len(cues)
            first = cues[0].plain.replace("\n", " ") if cues else ""
            rows.append((name, model, f"{taken:.1f}", str(len(cues)), first))
    print(f"nothing: {seconds / 60:.0f} min each")
    print(table(("sound", "model", "taken for speech, s", "cues", "the first"), rows))
    print(f"  {made} cues, goal 0 {verdict(made, 0, holds=int.__eq__)}")
    print(describe())


def hear(engine: WhisperEngine, samples: Samples) -> tuple[float, tuple[Cue, ...]]:
    """Return the seconds that pass for speech, and the cues that are made of them."""
    with tempfile.TemporaryDirectory() as folder:
        film = Spoken(samples, ()).write(Path(folder, "film.flac"))
        prepared = prepare(film, 0, Path(folder))
        words = [
            word
            for block in prepared.blocks
            for word in engine.transcribe(
                read_flac(block.path),
                language=ENGLISH,
                offset=block.start,
                progress=lambda _: None,
            )
        ]
    return prepared.speech.speech_seconds, cues_from_words(words, ENGLISH, limits_for(ENGLISH))


if __name__ == "__main__":
    main()
