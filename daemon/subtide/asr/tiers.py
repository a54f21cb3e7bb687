"""Tiers: how much care a film is worth, as the options of decoding. Light: the daemon reads it."""

import math
from dataclasses import dataclass

BALANCED = "balanced"
"""The tier of those who do not choose."""


@dataclass(frozen=True, slots=True)
class Tier:
    """What is done for a film's speech.

    A window of speech is decoded with others at once, and again, alone and with care, where
    that came out doubtful.
    """

    beam_batched: int
    """Beam search of windows that are decoded at once."""
    beam_careful: int
    """Beam search of a window that is decoded again."""
    temperatures: tuple[float, ...]
    """Tried in turn, with care, while a window comes out guessed or repeating."""
    doubt: float
    """Mean log probability of its tokens below which a window is decoded again."""
    unheard: float
    """Seconds of speech on end without a word that mean words were lost."""
    weak: float
    """Mean probability of its words below which a phrase may be of another language."""
    certain: float
    """Probability of the film's language from which a window is believed to be all in it."""
    voters: int
    """Windows that vote on the film's language."""


TIERS = {
    # A beam of 1 takes a tenth less time than 2. Only what repeats itself is decoded again.
    "fast": Tier(
        beam_batched=1,
        beam_careful=2,
        temperatures=(0.0, 0.4),
        doubt=-math.inf,
        unheard=math.inf,
        weak=0.0,
        certain=0.5,
        voters=4,
    ),
    # The thresholds and temperatures of Whisper's own paper and code. A sentence of another
    # language inside a window leaves the film's at 0.97 at most; a window all in it is at 0.99.
    BALANCED: Tier(
        beam_batched=2,
        beam_careful=5,
        temperatures=(0.0, 0.2, 0.4, 0.6, 0.8),
        doubt=-1.0,
        unheard=2.0,
        weak=0.6,
        certain=0.9,
        voters=8,
    ),
    "best": Tier(
        beam_batched=5,
        beam_careful=5,
        temperatures=(0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        doubt=-0.7,
        unheard=1.0,
        weak=0.7,
        certain=0.97,
        voters=16,
    ),
}
"""Every tier by the name that ``speech.tier`` gives it."""
