"""Agreement: how well cues agree with speech at every shift, as two signals of yes and no.

Imported in child processes only.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

STEP = 0.05
"""Seconds of one step of the signals."""
FARTHEST = 60.0
"""Seconds: the largest shift that is looked for; what is off by more is another cut."""
SWELL = 30.0
"""Seconds: slower swells of talk and quiet are taken out, since strangers may share those."""
NEAR = 5.0
"""Seconds around the best shift that do not tell what agreement comes by chance."""
ONSET = 1.0
"""Seconds around a cue's start in which a voice's start is looked for."""
SHARP = 0.08
"""Seconds: how far the start of a cue strays from the voice that it is for (one sigma)."""
SLOPES = np.arange(-6, 7) * 1e-4
"""Stretches beyond the known ones: a clock that runs wrong by a few parts in ten thousand."""
CLEARER = 1.1
"""How many times as many voices have to begin with cues for a further stretch to be believed."""
FINE = 0.01
"""Seconds of one step of the fine search."""

Signal: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The best shift of cues against speech."""

    shift: float
    """Seconds to add."""
    height: float
    """The correlation there, -1 to 1."""
    sure: float
    """How many standard deviations that is above other shifts."""
    still: float
    """The correlation without any shift."""


def agreement(times: Signal, speech: Signal, length: float) -> Agreement:
    """Compare cues with speech at every shift. Rows of both are starts and ends in seconds.

    ``length``: seconds of the film.
    """
    steps, margin = int(np.ceil(length / STEP)) + 1, round(FARTHEST / STEP)
    heard = _without_swells(_marked(speech, steps, margin))
    heard[:margin] = heard[steps + margin :] = 0.0
    shown = _without_swells(_marked(times, steps, margin))
    norm = np.sqrt((heard**2).sum() * (shown**2).sum())
    if norm == 0:
        return Agreement(0.0, 0.0, 0.0, 0.0)
    size = 1 << len(heard).bit_length()  # a power of two: other lengths may take ten times as long
    whole = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(shown, size)), size) / norm
    curve = np.concatenate([whole[-margin:], whole[: margin + 1]])
    best = int(np.argmax(curve))
    far = np.abs(np.arange(len(curve)) - best) > NEAR / STEP
    chance, spread = float(curve[far].mean()), float(curve[far].std())
    height = float(curve[best])
    return Agreement(
        shift=(best - margin) * STEP,
        height=height,
        sure=(height - chance) / spread if spread else 0.0,
        still=float(curve[margin]),
    )


def sharpen(starts: Signal, voices: Signal) -> tuple[float, float]:
    """Return the shift in seconds and the stretch, ``t * stretch + shift``, for the finest fit.

    ``starts``: of cues, within ONSET of the ``voices`` that they are for.
    """
    middle = float(starts.mean())
    found = [_densest(_nearest(_leaning(starts, slope), voices)) for slope in SLOPES]
    best = max(range(len(SLOPES)), key=lambda n: found[n].count)
    plain = len(SLOPES) // 2
    if found[best].count < found[plain].count * CLEARER:
        best = plain
    slope, shift = float(SLOPES[best]), found[best].late
    shift += _centre(_leaning(starts, slope) + shift, voices)
    return shift - slope * middle, 1.0 + slope


def _nearest(starts: Signal, voices: Signal) -> Signal:
    """Return how much later the nearest voice begins, for cues that have one within ONSET."""
    after = np.searchsorted(voices, starts)
    later = voices[after.clip(max=len(voices) - 1)] - starts
    earlier = voices[(after - 1).clip(min=0)] - starts
    late = np.where(np.abs(earlier) < np.abs(later), earlier, later)
    near: Signal = late[np.abs(late) <= ONSET]
    return near


@dataclass(frozen=True, slots=True)
class _Dense:
    """How many voices begin equally late after their cues, and how late, in seconds."""

    count: float
    late: float


def _leaning(starts: Signal, slope: float) -> Signal:
    """Return the starts stretched about their middle."""
    return starts + slope * (starts - float(starts.mean()))


def _densest(late: Signal) -> _Dense:
    grid = np.arange(-ONSET, ONSET + FINE, FINE)
    weights = np.exp(-0.5 * ((grid[:, None] - late[None, :]) / SHARP) ** 2).sum(axis=1)
    best = int(np.argmax(weights))
    return _Dense(float(weights[best]), float(grid[best]))


def _centre(moved: Signal, voices: Signal) -> float:
    late = _nearest(moved, voices)
    close = late[np.abs(late) < 2 * SHARP]
    return float(np.median(close)) if len(close) else 0.0


def together(starts: Signal, voices: Signal) -> int:
    """Return how many cues begin when a voice does."""
    return int((np.abs(_nearest(starts, voices)) < 2 * SHARP).sum())


def _marked(times: Signal, steps: int, margin: int) -> Signal:
    """Return the signal that is 1 within the spans, with a margin before and after the film."""
    edges = np.zeros(steps + 2 * margin + 1)
    places = np.rint(times / STEP).astype(int) + margin
    places = places.clip(0, len(edges) - 1)
    np.add.at(edges, places[:, 0], 1)
    np.add.at(edges, places[:, 1], -1)
    signal: Signal = (np.cumsum(edges[:-1]) > 0).astype(np.float64)
    return signal


def _without_swells(signal: Signal) -> Signal:
    width = round(SWELL / STEP) | 1
    sums = np.cumsum(np.pad(signal, (width // 2 + 1, width // 2), mode="edge"))
    return signal - (sums[width:] - sums[:-width]) / width
