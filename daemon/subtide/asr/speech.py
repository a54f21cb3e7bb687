"""Where somebody speaks: Silero VAD over a stream of samples, and the blocks cut from it.

Imported in child processes only.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from faster_whisper.vad import get_vad_model

from subtide.asr.mixdown import RATE, Samples

FRAME = 512
"""Samples that one probability of Silero VAD stands for: 32 ms at 16 kHz."""

CONTEXT = 64
"""Samples of the frame before that the model sees too."""

STATE = (1, 1, 128)
"""Shape of the two states that the model hands from frame to frame."""

SPEECH = 0.5
"""Probability from which speech begins; Silero's own default, as is the next."""

NO_SPEECH = 0.35
"""Probability below which speech ends."""

MIN_SILENCE = 0.3
"""Seconds of silence that part two spans; sources agree on 0.16 to 0.5."""

MIN_SPEECH = 0.15
"""Seconds; what is shorter is a click."""

PAD = 0.2
"""Seconds added on both sides: consonants are quiet. Sources agree on 0.2 to 0.4."""

LONG_SILENCE = 30.0
"""Seconds without speech that end a block early: they are not worth storing."""

EARLIEST, LATEST = 0.7, 1.2
"""Where a block may be cut, as a share of its target length."""

Span = tuple[float, float]
"""Start and end in seconds."""


@dataclass(frozen=True, slots=True)
class SpeechMap:
    """The spans of speech in ``duration`` seconds of audio: sorted, apart from each other."""

    duration: float
    spans: tuple[Span, ...]

    @property
    def speech_seconds(self) -> float:
        """Seconds of speech in all."""
        return sum(end - start for start, end in self.spans)

    def within(self, start: float, end: float) -> tuple[Span, ...]:
        """Return the spans, or parts of spans, that lie between two times."""
        return tuple(
            (max(a, start), min(b, end)) for a, b in self.spans if min(b, end) > max(a, start)
        )

    def share(self, start: float, end: float) -> float:
        """Return how much of the time between is speech, 0 to 1."""
        return sum(b - a for a, b in self.within(start, end)) / (end - start) if end > start else 0


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the film that is transcribed as one task; seconds."""

    start: float
    end: float


class SpeechDetector:
    """Hears samples piece by piece and remembers only the spans, so memory stays flat.

    The model's state runs on from piece to piece: the pieces' lengths do not show.
    """

    def __init__(self) -> None:
        self._model = get_vad_model().session
        self._h = self._c = np.zeros(STATE, np.float32)
        self._context = np.zeros(CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)
        self._heard = 0
        self._spans = _Spans()

    def feed(self, samples: Samples) -> None:
        """Listen to the next samples."""
        self._heard += len(samples)
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) // FRAME * FRAME
        self._rest = joined[whole:].copy()
        if whole:
            for probability in self._probabilities(joined[:whole]):
                self._spans.add(probability)

    def finish(self) -> SpeechMap:
        """Listen to what is left and return the map of all that was fed."""
        if len(self._rest):
            rest, self._rest = self._rest, self._rest[:0]
            for probability in self._probabilities(np.pad(rest, (0, FRAME - len(rest)))):
                self._spans.add(probability)
        duration = self._heard / RATE
        return SpeechMap(duration, _padded(self._spans.close(), duration))

    def _probabilities(self, samples: Samples) -> Iterator[float]:
        frames = samples.reshape(-1, FRAME)
        tails = np.vstack([self._context, frames[:-1, -CONTEXT:]])
        self._context = frames[-1, -CONTEXT:].copy()
        out, self._h, self._c = self._model.run(
            None, {"input": np.hstack([tails, frames]), "h": self._h, "c": self._c}
        )
        yield from map(float, out.reshape(-1))


def find_speech(samples: Samples) -> SpeechMap:
    """Return the map of samples that are already in memory."""
    detector = SpeechDetector()
    detector.feed(samples)
    return detector.finish()


def plan_blocks(speech: SpeechMap, target_seconds: float) -> tuple[Block, ...]:
    """Cut the speech into blocks of about ``target_seconds``, in the longest near silence.

    Every span lies in exactly one block, save one that runs on too long: it is cut where the
    block has to end. Silence before, between and after blocks is in none, and neither is a
    silence of LONG_SILENCE or of half a block.
    """
    pause = min(LONG_SILENCE, target_seconds / 2)
    return tuple(
        block
        for stretch in _stretches(_bounded(speech.spans, target_seconds * LATEST), pause)
        for block in _cut(stretch, target_seconds)
    )


class _Spans:
    """Spans from one probability after another, with a lower threshold to end than to begin."""

    def __init__(self) -> None:
        self._frame = 0
        self._start: int | None = None
        self._quiet: int | None = None
        self._found: list[Span] = []

    def add(self, probability: float) -> None:
        if probability >= SPEECH:
            self._quiet = None
            if self._start is None:
                self._start = self._frame
        elif self._start is not None:
            if self._quiet is None and probability < NO_SPEECH:
                self._quiet = self._frame
            if self._quiet is not None and self._seconds(self._quiet) >= MIN_SILENCE:
                self._end(self._start, self._quiet)
        self._frame += 1

    def close(self) -> list[Span]:
        if self._start is not None:
            self._end(self._start, self._frame if self._quiet is None else self._quiet)
        return self._found

    def _seconds(self, since: int) -> float:
        return (self._frame - since) * FRAME / RATE

    def _end(self, first: int, last: int) -> None:
        if (last - first) * FRAME / RATE >= MIN_SPEECH:
            self._found.append((first * FRAME / RATE, last * FRAME / RATE))
        self._start = self._quiet = None


def _padded(spans: Iterable[Span], duration: float) -> tuple[Span, ...]:
    grown: list[Span] = []
    for start, end in spans:
        wide = max(0.0, round(start - PAD, 3)), min(duration, round(end + PAD, 3))
        if grown and wide[0] <= grown[-1][1]:
            wide = grown.pop()[0], wide[1]
        grown.append(wide)
    return tuple(grown)


def _bounded(spans: Iterable[Span], longest: float) -> list[Span]:
    """Cut spans that alone are longer than a block may be."""
    parts: list[Span] = []
    for start, end in spans:
        count = int(np.ceil((end - start) / longest))
        edges = [start + (end - start) * n / count for n in range(count)] + [end]
        parts.extend(pairwise(edges))
    return parts


def _stretches(spans: list[Span], pause: float) -> Iterator[list[Span]]:
    stretch: list[Span] = []
    for span in spans:
        if stretch and span[0] - stretch[-1][1] >= pause:
            yield stretch
            stretch = []
        stretch.append(span)
    if stretch:
        yield stretch


def _cut(spans: list[Span], target: float) -> Iterator[Block]:
    while len(spans) > 1 and spans[-1][1] - spans[0][0] > target * LATEST:
        last = _last_before_cut(spans, target)
        yield Block(spans[0][0], spans[last][1])
        spans = spans[last + 1 :]
    yield Block(spans[0][0], spans[-1][1])


def _last_before_cut(spans: list[Span], target: float) -> int:
    """Return the span after which to cut: at the longest silence between EARLIEST and LATEST."""
    start = spans[0][0]
    fits = [n for n in range(len(spans) - 1) if spans[n][1] - start <= target * LATEST] or [0]
    near = [n for n in fits if spans[n][1] - start >= target * EARLIEST]
    return max(near, key=lambda n: spans[n + 1][0] - spans[n][1]) if near else fits[-1]
