"""Sync: whether cues fit the speech of a film, moved and stretched where that mends them.

Where cues agree with the speech far better at one shift than at all others, they belong there.
Imported in child processes only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from subtide.errors import OriginUnfit
from subtide.subtitles.agreement import Agreement, Signal, agreement, sharpen, together
from subtide.subtitles.cues import Cue

RATES = (24_000 / 1001, 24.0, 25.0)
"""The frame rates that films are converted between, and their subtitles with them or not."""
RATIOS = (1.0, *(a / b for a in RATES for b in RATES if a != b))
"""By what a subtitle's clock may have to be stretched."""
SURE = 6.0
"""Standard deviations above chance from which cues and speech belong together. Over 120 simulated
films of 15 to 90 minutes, other films' subtitles reach 4.8 at their best shift; right ones, with
30 % of their cues missing, have 7.8 at least."""
LIKELY = 0.25
"""Agreement as it stands from which cues are kept though their best shift is not sure."""
LEAST_CUES, LEAST_SPEECH = 40, 240.0
"""Cues, and seconds of speech and of silence, below which nothing is refused: in five minutes of
a simulated film one right subtitle of ten is not sure."""
LEAST_SILENCE = 10.0
"""Seconds below which nothing can be told: music may be taken for speech all along."""
PADDING = 0.2
"""Seconds that the speech map begins before a voice: ``asr.speech.PAD``."""
UNTOUCHED = 0.05
"""Seconds: less than this at every cue is no fault."""
GAIN = 1.25
"""How many times as many voices have to begin with a cue for a mend to be worth it."""
PART, PART_CUES = 450.0, 20
"""Seconds of film, and the least cues in them, that are tested apart: another cut fits in one
part and not in the next."""
CUT = 1.0
"""Seconds that a part of the film may be off when the whole fits."""


class Fit(StrEnum):
    """What was found."""

    RIGHT = "right"
    """The cues fit as they are."""
    MENDED = "mended"
    """They fit once they are moved or stretched."""
    UNSURE = "unsure"
    """There is too little speech or text to tell; they stay as they are."""
    UNFIT = "unfit"
    """They are not of this film, or of another cut of it."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How cues fit the speech: a cue at ``t`` belongs at ``t * drift + offset``."""

    fit: Fit
    offset: float = 0.0
    """Seconds."""
    drift: float = 1.0
    """A ratio."""
    before: float = 0.0
    """Agreement as the cues came: a correlation, -1 to 1."""
    after: float = 0.0
    """Agreement where they belong, or at the best shift that was found."""

    @property
    def told(self) -> dict[str, str | float]:
        """What a recipe says of it."""
        told: dict[str, str | float] = {"fit": self.fit.value, "agreement": round(self.after, 3)}
        if self.fit is Fit.MENDED:
            told |= {"offset": self.offset, "drift": round(self.drift, 6)}
        return told


def align(cues: Sequence[Cue], spans: Sequence[tuple[float, float]], duration: float) -> Alignment:
    """Test cues against the spans of speech in a film; all in seconds."""
    if not cues or not spans:
        return Alignment(Fit.UNSURE)
    times = np.array([(cue.start, cue.end) for cue in cues])
    speech = np.array(spans, dtype=np.float64)
    length = max(duration, float(speech[-1, 1]))
    if length - _seconds(speech) < LEAST_SILENCE:
        return Alignment(Fit.UNSURE)
    tried = [(agreement(times * ratio, speech, length), ratio) for ratio in RATIOS]
    best, ratio = max(tried, key=lambda one: one[0].height)
    still = tried[0][0].still
    if best.sure < SURE:
        return _unsure(times, speech, length, best, still)
    starts, voices = times[:, 0], speech[:, 0] + PADDING
    more, slope = sharpen(starts * ratio + best.shift, voices)
    offset, drift = best.shift * slope + more, ratio * slope
    if _is_cut(times * drift + offset, speech, length):
        return Alignment(Fit.UNFIT, before=still, after=best.height)
    if _worth_it(starts, starts * drift + offset, voices):
        after = agreement(times * drift + offset, speech, length).still
        return Alignment(Fit.MENDED, round(offset, 3), drift, still, after)
    return Alignment(Fit.RIGHT, before=still, after=still)


def fitted(cues: Sequence[Cue], alignment: Alignment) -> tuple[Cue | None, ...]:
    """Return the cues where they belong; None for one that ends before the film begins.

    Raises:
        OriginUnfit: they belong nowhere in it.
    """
    if alignment.fit is Fit.UNFIT:
        raise OriginUnfit(
            "the subtitle that was to be translated does not fit the film's speech"
            f" (agreement {alignment.after:.2f} at best)",
            "it is another film's or another cut's: put a fitting one in its place",
        )
    if alignment.fit is not Fit.MENDED:
        return tuple(cues)
    return tuple(cue if cue.end > cue.start else None for cue in _moved(cues, alignment))


def _moved(cues: Sequence[Cue], alignment: Alignment) -> Iterator[Cue]:
    for cue in cues:
        start, end = (t * alignment.drift + alignment.offset for t in (cue.start, cue.end))
        yield replace(cue, start=round(max(0.0, start), 3), end=round(end, 3))


def _unsure(
    times: Signal, speech: Signal, length: float, best: Agreement, still: float
) -> Alignment:
    """Say what follows when no shift stands out."""
    spoken = _seconds(speech)
    little = len(times) < LEAST_CUES or min(spoken, length - spoken) < LEAST_SPEECH
    kept = little or (still >= LIKELY and not _is_cut(times, speech, length))
    fit = Fit.UNSURE if kept else Fit.UNFIT
    return Alignment(fit, before=still, after=still if kept else best.height)


def _seconds(spans: Signal) -> float:
    return float((spans[:, 1] - spans[:, 0]).sum())


def _is_cut(times: Signal, speech: Signal, length: float) -> bool:
    """Whether a part of the film surely fits elsewhere than the cues are."""
    for begin in np.arange(0.0, length, PART / 2):
        mine = times[(times[:, 0] >= begin) & (times[:, 0] < begin + PART)] - begin
        near = speech[(speech[:, 1] > begin) & (speech[:, 0] < begin + PART)] - begin
        if len(mine) >= PART_CUES and len(near):
            found = agreement(mine, near, min(PART, length - begin))
            if found.sure >= SURE and abs(found.shift) > CUT:
                return True
    return False


def _worth_it(starts: Signal, moved: Signal, voices: Signal) -> bool:
    """Whether the cues begin so much more often with a voice that it is no matter of taste."""
    if np.abs(moved - starts).max() < UNTOUCHED:
        return False
    return together(moved, voices) > GAIN * together(starts, voices)
