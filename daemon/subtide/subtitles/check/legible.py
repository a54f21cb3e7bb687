"""Whether cues can be read as they stand."""

from collections import Counter
from collections.abc import Iterator, Sequence

from subtide.subtitles.check.report import Facts, Finding, Kind, Measure
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import ViolationKind, violations

HARD = Measure(clean=0.0, bad=0.25, weight=0.7)
"""Share of the cues beyond a limit that Subtide itself keeps: each one is a fault of ours."""
FAST = Measure(clean=0.05, bad=0.6, weight=0.15)
"""Share of the cues that ask for fast reading: that is the speaker's pace, so it costs little."""


def limits(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Find cues beyond the limits, by what can be helped and what cannot."""
    if facts.limits is None:
        return
    found = violations(cues, facts.limits, facts.frame_rate)
    fast = tuple(v.index for v in found if v.kind is ViolationKind.READING_SPEED)
    hard = [v for v in found if v.kind is not ViolationKind.READING_SPEED]
    counts = Counter(violation.kind for violation in hard)
    said = ", ".join(f"{kind.replace('-', ' ')} {count}x" for kind, count in counts.items())
    places = tuple(sorted({violation.index for violation in hard}))
    text = f"cues go beyond the limits: {said}"
    yield Finding(Kind.LIMITS, text, HARD.cost(len(places) / len(cues)), places)
    text = f"{len(fast)} cues ask for fast reading"
    yield Finding(Kind.READING_SPEED, text, FAST.cost(len(fast) / len(cues)), fast)
