"""Cues against the speech map: is all speech covered, is there text over silence, do they agree."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import correlation

from subtide.subtitles.check.report import Facts, Finding, Kind, Measure, Span
from subtide.subtitles.cues import Cue

PADDED = 0.25
"""Seconds of silence, at most, that a span has at either end."""
LINGER = 0.5
"""Seconds for which a cue may stand before its speech, or after it."""
ENOUGH_SPEECH = 20.0
"""Seconds of speech from which it is compared with the cues at all."""
IN_SPEECH = 0.2
"""The share of a cue's time that is speech at least; a short cue stands longer than its word."""
PAUSE = 1.0
"""Seconds of silence after which the start of speech is a start of a cue too."""
OFF = 0.6
"""Seconds between a start of speech and the next start of a cue that are too many."""
ENOUGH_STARTS = 8
"""Starts of speech from which the cues' starts are compared with them."""
ENOUGH_CUES = 20
"""Cues from which the lengths of their texts are compared with the speech in their times."""

UNCOVERED = Measure(clean=0.2, bad=0.5, weight=0.75)
"""Share of the speech without text. Laughter and sung words are heard as speech too, so that
good files leave some of it."""
SILENCE = Measure(clean=0.05, bad=0.35, weight=0.8)
"""Share of the text that stands where nobody speaks: what models make up over music."""
TIMING = Measure(clean=0.35, bad=0.8, weight=0.7)
"""Share of the starts of speech where no cue begins. Noise before speech moves some of them."""
PACE = Measure(clean=0.7, bad=0.35, weight=0.7)
"""Rank correlation of the lengths of texts and the speech in their times: about 0.9 where they
belong together, about 0 where they do not."""


def uncovered(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Find speech that has no text."""
    speech = _seconds(facts.spans)
    if speech < ENOUGH_SPEECH:
        return
    left = list(_without(facts.spans, [(c.start - PADDED, c.end + PADDED) for c in cues]))
    if not left:
        return
    share = _seconds(left) / speech
    start, end = max(left, key=lambda span: span[1] - span[0])
    text = f"{share:.0%} of the speech has no text; longest from {clock(start)} to {clock(end)}"
    yield Finding(Kind.UNCOVERED, text, UNCOVERED.cost(share))


def silence(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Find cues that stand where nobody speaks."""
    if not facts.spans:
        return
    wide = [(start - LINGER, end + LINGER) for start, end in facts.spans]
    heard = list(_shares(cues, wide))
    over = tuple(place for place, share in enumerate(heard) if share < IN_SPEECH)
    share = _text_share(cues, over)
    text = f"{len(over)} cues stand where nobody speaks ({share:.0%} of the text)"
    yield Finding(Kind.SILENCE, text, SILENCE.cost(share), over)


def timing(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Compare where cues begin with where somebody begins to speak."""
    starts = [after for (_, end), (after, _) in pairwise(facts.spans) if after - end >= PAUSE]
    if len(starts) < ENOUGH_STARTS:
        return
    begins = [cue.start for cue in cues]
    off = sum(1 for start in starts if min(abs(start - begin) for begin in begins) > OFF)
    share = off / len(starts)
    text = f"at {share:.0%} of the places where speech begins no cue does"
    yield Finding(Kind.TIMING, text, TIMING.cost(share))


def pace(cues: Sequence[Cue], facts: Facts) -> Iterator[Finding]:
    """Find out whether the texts belong to the speech in their times: long ones to much of it."""
    heard = (
        share * cue.duration for cue, share in zip(cues, _shares(cues, facts.spans), strict=True)
    )
    pairs = [(len(cue.plain), spoken) for cue, spoken in zip(cues, heard, strict=True) if spoken]
    if len(pairs) < ENOUGH_CUES:
        return
    lengths, seconds = zip(*pairs, strict=True)
    found = correlation(_ranks(lengths), _ranks(seconds))
    text = "the lengths of the texts do not go with the speech in their times"
    yield Finding(Kind.TIMING, text, PACE.cost(found))


def clock(seconds: float) -> str:
    """Return a time of the film for people, such as ``1:02:03``."""
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}"


def _ranks(values: Sequence[float]) -> list[int]:
    """Return each value's place among all: a single cue that is odd then counts as one."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0] * len(values)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks


def _text_share(cues: Sequence[Cue], places: Sequence[int]) -> float:
    size = [len(cue.plain) for cue in cues]
    return sum(size[place] for place in places) / max(1, sum(size))


def _seconds(spans: Sequence[Span]) -> float:
    return sum(end - start for start, end in spans)


def _without(spans: Sequence[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """Yield what is left of spans; both are in order."""
    first = 0
    ends = _merged(taken)
    for start, end in spans:
        at = start
        while first < len(ends) and ends[first][1] <= start:
            first += 1
        for begin, stop in ends[first:]:
            if begin >= end:
                break
            if begin > at:
                yield at, begin
            at = max(at, stop)
        if at < end:
            yield at, end


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Return spans in order, with those that touch as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _shares(cues: Sequence[Cue], spans: Sequence[Span]) -> Iterator[float]:
    """Yield how much of each cue's time lies in spans, 0 to 1."""
    merged, first = _merged(spans), 0
    for cue in cues:
        while first < len(merged) and merged[first][1] <= cue.start:
            first += 1
        inside = 0.0
        for start, end in merged[first:]:
            if start >= cue.end:
                break
            inside += min(end, cue.end) - max(start, cue.start)
        yield inside / cue.duration if cue.duration > 0 else 1.0
