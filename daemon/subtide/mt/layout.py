"""Layout: translated texts become cues again, once it is certain whose text is whose."""

import dataclasses
from collections.abc import Sequence
from itertools import zip_longest

from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import Limits
from subtide.subtitles.lines import portions, wrap
from subtide.subtitles.timing import lengthen, settle

INTO_SILENCE = 1.0
"""Seconds that a translation may stay after its cue, if it cannot be read before: it is longer
than what was said."""


def lay_ours(
    cues: Sequence[Cue], limits: Limits, language: Language, frame_rate: float = 24.0
) -> tuple[tuple[Cue, ...], tuple[int, ...]]:
    """Lay out cues that were cut from speech: every limit holds but the reading speed.

    A text too long for a cue is shown in several, inside the cue's own time and as much of the
    silence after it as it needs, up to INTO_SILENCE. Returns the cues, and for each the place
    of the cue it came from.
    """
    shown: list[Cue] = []
    origins: list[int] = []
    gap = limits.gap_seconds(frame_rate)
    for place, (cue, following) in enumerate(zip_longest(cues, cues[1:])):
        texts = portions(cue.text, limits, language)
        until = cue.end + INTO_SILENCE
        if following is not None:
            until = min(until, following.start - gap)
        shown += _share(cue, texts, until, gap, limits)
        origins += [place] * len(texts)
    still = dataclasses.replace(limits, linger_seconds=0.0)
    return settle(shown, still, frame_rate), tuple(origins)


def _share(cue: Cue, texts: Sequence[str], until: float, gap: float, limits: Limits) -> list[Cue]:
    """A cue's time, and what is needed of the silence after it, by the width of its texts."""
    widths = [max(1, limits.width(text)) for text in texts]
    gaps = gap * (len(texts) - 1)
    wanted = gaps + sum(max(limits.min_seconds, width / limits.reading_speed) for width in widths)
    seconds = max(cue.duration, min(wanted, until - cue.start))
    each = max(0.0, seconds - gaps) / sum(widths)
    shares, start = [], cue.start
    for text, width in zip(texts, widths, strict=True):
        end = start + each * width
        shares.append(dataclasses.replace(cue, start=start, end=end, text=text))
        start = end + gap
    return shares


def lay_theirs(
    cues: Sequence[Cue], limits: Limits, language: Language, frame_rate: float = 24.0
) -> tuple[Cue, ...]:
    """Lay out a person's subtitle: its cues and their starts stay, ends only move into gaps.

    A text that does not fit keeps as many lines as it needs; ``violations`` reports it.
    """
    laid = [dataclasses.replace(cue, text=_lines(cue.text, limits, language)) for cue in cues]
    return lengthen(laid, limits, frame_rate)


def _lines(text: str, limits: Limits, language: Language) -> str:
    wrapped = wrap(text, limits, language)
    if wrapped is not None:
        return wrapped
    long = (portions(line, limits, language) for line in text.split("\n"))
    return "\n".join(portion for line in long for portion in line)
