"""Audio whose every sentence is known to the millisecond: a voice, pauses, and music.

The voice's own noise is off and everything drawn by chance has a fixed seed, so the same call
always gives the same samples. What was spoken once is kept in a folder of the machine's own.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.sentences import sentences
from bench.weights import CACHE
from subtide.asr.flac import to_16_bits, write_flac
from subtide.playground.film import load_voice

RATE = 16_000
SEED = 11
PACE = 1.2
"""How much longer than it likes the voice takes: 228 words a minute so, pauses not counted;
conversation runs at 210 with its pauses (Tauroza and Allison 1990)."""
LOUDEST = 0.5
"""The highest sample of a sentence; full scale is 1."""
HEARD = 0.01
"""Share of a sentence's highest sample from which there is sound: 40 dB below it."""
ROOM = 0.0004
"""Mean size of the samples of a room where nobody speaks: 68 dB below full scale."""
TALK_PAUSE = 0.6
"""Mean seconds between two sentences of a talk; what is left is between talks."""
TALK = 12
"""Sentences of a talk."""
MUSIC = 1 / 3
"""The share of the time with music, once a minute."""
BELOW_VOICE = 0.18
"""The music's mean size beside the voice's: 15 dB below."""
MINUTE = 60.0
CHORDS = (
    (220.0, 277.2, 329.6),
    (196.0, 246.9, 293.7),
    (174.6, 220.0, 261.6),
    (164.8, 207.7, 246.9),
)
"""Hertz: four major chords."""
CHORD_SECONDS = 2.0

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and when its sound begins and ends, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """Samples at RATE, and what is said in them."""

    samples: Samples
    script: tuple[Said, ...]

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / RATE

    @property
    def share(self) -> float:
        """The share of the time in which somebody speaks."""
        return sum(said.end - said.start for said in self.script) / self.seconds

    def write(self, path: Path) -> Path:
        """Write it as FLAC."""
        step = 10 * RATE
        pieces = (self.samples[at : at + step] for at in range(0, len(self.samples), step))
        write_flac(path, map(to_16_bits, pieces))
        return path


def spoken(minutes: float, share: float) -> Spoken:
    """Return so many minutes of distinct sentences that take this share of the time."""
    total = minutes * MINUTE
    said = list(_until(total * share))
    silence = total - sum(len(voice) for _, voice in said) / RATE
    samples = np.random.default_rng(SEED).normal(0, ROOM, round(total * RATE)).astype(np.float32)
    script, at = [], 0.0
    for (text, voice), pause in zip(said, _pauses(len(said), silence), strict=True):
        first = round((at + pause / 2) * RATE)
        samples[first : first + len(voice)] += voice
        script.append(Said(first / RATE, (first + len(voice)) / RATE, text))
        at += pause + len(voice) / RATE
    loud = float(np.sqrt(np.mean(np.square(np.concatenate([voice for _, voice in said])))))
    samples += BELOW_VOICE * loud * _music_now_and_then(len(samples))
    return Spoken(np.clip(samples, -1, 1), tuple(script))


def told(texts: Sequence[str], pauses: Sequence[float]) -> tuple[Said, ...]:
    """Return when each sentence sounds in the voice's speech, with a pause in seconds after it."""
    voice, script, at = _Voice(), [], 1.0
    for text, pause in zip(texts, pauses, strict=True):
        seconds = len(voice.say(text)) / RATE
        script.append(Said(at, at + seconds, text))
        at += seconds + pause
    return tuple(script)


def music(seconds: float, seed: int = SEED) -> Samples:
    """Return chords of a plucked sound with a mean size of 1."""
    chance = np.random.default_rng(seed)
    count = round(CHORD_SECONDS * RATE)
    time = np.arange(count) / RATE
    pieces = []
    for _ in range(int(seconds / CHORD_SECONDS) + 1):
        tones = CHORDS[chance.integers(len(CHORDS))]
        waves = (np.sin(2 * np.pi * tone * n * time) / n**2 for tone in tones for n in range(1, 6))
        pieces.append(sum(waves) * np.exp(-1.2 * time))
    played = np.concatenate(pieces)[: round(seconds * RATE)]
    return (played / np.sqrt(np.mean(np.square(played)))).astype(np.float32)


def _music_now_and_then(count: int) -> Samples:
    """Return a silence with music in MUSIC of every minute."""
    mixed = np.zeros(count, np.float32)
    length = round(MUSIC * MINUTE * RATE)
    for number, first in enumerate(range(0, count, round(MINUTE * RATE))):
        part = mixed[first : first + length]
        part += music(MUSIC * MINUTE, SEED + number)[: len(part)]
    return mixed


def _until(seconds: float) -> Iterator[tuple[str, Samples]]:
    """Yield spoken sentences while they fit into so much time."""
    voice, left = _Voice(), round(seconds * RATE)
    for text in sentences(round(seconds) + 1):
        samples = voice.say(text)
        if len(samples) > left:
            return
        left -= len(samples)
        yield text, samples


def _pauses(count: int, silence: float) -> list[float]:
    """Return the seconds of silence around each sentence; talks stand apart where time is left."""
    chance = np.random.default_rng(SEED)
    pauses = chance.uniform(0.5, 1.5, count) * min(TALK_PAUSE, silence / count)
    scenes = np.where(np.arange(count) % TALK == TALK - 1, chance.uniform(0.5, 1.5, count), 0.0)
    left = silence - pauses.sum()
    if left > 0 and scenes.sum():
        pauses += scenes * left / scenes.sum()
    return [float(pause) for pause in pauses * silence / pauses.sum()]


class _Voice:
    """Speaks sentences at RATE, trimmed to their sound, and remembers them on disk."""

    def __init__(self) -> None:
        self._piper: Any = None
        self._folder = CACHE / f"voice-{PACE}"
        self._folder.mkdir(parents=True, exist_ok=True)

    def say(self, text: str) -> Samples:
        path = self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npy"
        if not path.exists():
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.save(file, self._speak(text))
            part.rename(path)
        return np.asarray(np.load(path), np.float32)

    def _speak(self, text: str) -> Samples:
        from piper import SynthesisConfig  # noqa: PLC0415 - heavy, and only for what is new

        self._piper = self._piper or load_voice()
        steady = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0, length_scale=PACE)
        chunks = [c.audio_float_array for c in self._piper.synthesize(text, syn_config=steady)]
        return _trimmed(_at_rate(np.concatenate(chunks), self._piper.config.sample_rate))


def _at_rate(samples: Samples, rate: int) -> Samples:
    import av  # noqa: PLC0415 - only for what is new

    frame = av.AudioFrame.from_ndarray(
        samples[np.newaxis].astype(np.float32), format="fltp", layout="mono"
    )
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])


def _trimmed(samples: Samples) -> Samples:
    size = np.abs(samples)
    heard = np.flatnonzero(size >= HEARD * size.max())
    return np.asarray(samples[heard[0] : heard[-1] + 1] * (LOUDEST / size.max()), np.float32)
