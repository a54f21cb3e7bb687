"""A translation against its source: is every line there, and in the other language."""

import unicodedata
from collections.abc import Iterator, Sequence

from subtide.subtitles.check.report import FEW_CUES, Facts, Finding, Kind, Measure
from subtide.subtitles.cues import Cue
from subtide.subtitles.madeup import normal
from subtide.subtitles.music import SIGNS

SHORT = 12
"""Letters; the lengths of shorter lines say nothing (``Yes`` and ``Naturally``), and names that
stay as they are seldom have more."""
SHORTEST, LONGEST = 0.3, 3.0
"""The ratio of a line's letters to its source's is between these."""
WIDE = 2.5
"""Letters that one Chinese, Japanese or Korean character stands for in other languages."""

LENGTH = Measure(clean=0.08, bad=0.4, weight=0.75)
"""Share of the source whose translation is missing, or far too short or long. Sentences that
run over cues move words to a neighbour, which makes a few hundredths."""
UNTRANSLATED = Measure(clean=0.03, bad=0.2, weight=0.85)
"""Share of the source's lines that stayed as they are; titles and names are a few hundredths."""


def length(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Find source cues whose translation is missing, far too short or far too long."""
    measured = [cue for cue in facts.source if _letters(cue) >= SHORT and not _sung(cue)]
    if not measured:
        return
    ratios = list(_ratios(measured, cues))
    wrong = [
        cue for cue, ratio in zip(measured, ratios, strict=True) if not SHORTEST <= ratio <= LONGEST
    ]
    share = sum(map(_letters, wrong)) / sum(map(_letters, measured))
    places = tuple(
        place
        for place, cue in enumerate(cues)
        if any(_overlap(cue, source) > 0 for source in wrong)
    )
    text = f"{share:.0%} of the source's text is missing, far too short or far too long"
    yield Finding(Kind.LENGTH, text, LENGTH.cost(share), places)


def untranslated(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Find lines that are still the source's."""
    if not facts.source:
        return
    known = {normal(c.plain) for c in facts.source if _letters(c) >= SHORT and not _sung(c)}
    places = tuple(p for p, c in enumerate(cues) if not c.language and normal(c.plain) in known)
    count = max(len(places), facts.untranslated)
    share = count / max(FEW_CUES, len(facts.source))
    text = f"{count} of {len(facts.source)} cues could not be translated"
    yield Finding(Kind.UNTRANSLATED, text, UNTRANSLATED.cost(share), places)


def _ratios(source: Sequence[Cue], cues: Sequence[Cue]) -> Iterator[float]:
    """Yield, for each source cue, how long the text of its time is; both are in order."""
    first = 0
    for one in source:
        while first < len(cues) and cues[first].end <= one.start:
            first += 1
        said = 0.0
        for cue in cues[first:]:
            if cue.start >= one.end:
                break
            if cue.duration > 0:
                said += _letters(cue) * _overlap(one, cue) / cue.duration
        yield said / _letters(one)


def _overlap(one: Cue, other: Cue) -> float:
    return min(one.end, other.end) - max(one.start, other.start)


def _letters(cue: Cue) -> float:
    return sum(
        WIDE if unicodedata.east_asian_width(char) in "WF" else 1.0
        for char in cue.plain
        if char.isalnum()
    )


def _sung(cue: Cue) -> bool:
    """Whether signs of music stand in it: it may be kept as it is."""
    return any(sign in cue.text for sign in SIGNS)
