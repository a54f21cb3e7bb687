"""Segmentation: from the words of a transcript to cues, by dynamic programming over word gaps."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from subtide.languages import Language
from subtide.subtitles.breaks import CLAUSE, SENTENCE, UNSPACED, break_cost
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import Limits
from subtide.subtitles.lines import Atom, atoms, lay
from subtide.subtitles.timing import settle

SILENCE = 1.5
"""Seconds without speech that always end a cue."""
FULL_STOP = 1.0
"""Seconds of pause that make any place a good one for a break."""
SHORT_PAUSE = 0.3
"""Seconds of pause that a reader does not notice inside a cue."""

CUE = 3.0
"""Cost of one more cue, in the units of break_cost."""
INNER_PAUSE = 8.0
"""Cost of a second's pause inside a cue, above SHORT_PAUSE."""
INNER_STOP = 2.0
"""Cost of the end of a sentence inside a cue."""
LINE_BREAK = 0.5
"""Weight of the best break between the two lines."""
HURRY = 5.0
"""Cost of every second that a cue lacks at the reading speed."""
FLASH = 15.0
"""Cost of no time at all before the next cue; less in proportion."""
ORPHAN = 5.0
"""Cost of a single word cut from its sentence."""
INSIDE_WORD = 5.0
"""Cost of a cut inside what the recogniser heard as one word, in scripts without spaces."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An atom of a word, with its share of the word's time."""

    atom: Atom
    start: float
    end: float
    inner: bool
    """It continues the word before it."""


def cues_from_words(
    words: Sequence[Word], language: Language, limits: Limits, frame_rate: float = 24.0
) -> tuple[Cue, ...]:
    """Group words, in the order given, into cues that keep the limits.

    Whatever the times of the words: every cue has at most the allowed lines and characters
    and stands for ``min_seconds`` to ``max_seconds``; cues are in order, at least
    ``gap_frames`` apart, and all words are kept. Only the reading speed depends on the
    speaker. A silence of more than SILENCE seconds always ends a cue. Words that come faster
    than cues can be shown are merged; where that is not enough, cues start later than their
    speech until a pause lets them catch up (see ``settle``).
    """
    pieces = _in_order(_pieces(words, language, limits))
    if not pieces:
        return ()
    speech = _Speech(pieces, language, limits, frame_rate)
    cues = []
    for first, last in pairwise(speech.cuts()):
        group = pieces[first:last]
        text = lay([piece.atom for piece in group], limits, language) or ""
        cues.append(Cue(group[0].start, group[-1].end, text))
    return settle(cues, limits, frame_rate)


def _pieces(words: Sequence[Word], language: Language, limits: Limits) -> list[Piece]:
    marked = any(word.text[:1].isspace() for word in words)
    pieces: list[Piece] = []
    for word in words:
        parts = atoms(word.text, limits)
        spaced = not marked or word.text[:1].isspace()
        if language.base in UNSPACED and not marked:
            spaced = bool(pieces and parts) and _latin(pieces[-1].atom.text[-1], parts[0].text[0])
        share = (word.end - word.start) / (sum(part.width for part in parts) or 1)
        start = word.start
        for place, part in enumerate(parts):
            atom = part if place else Atom(part.text, part.width, spaced)
            end = start + max(0.0, share * part.width)
            pieces.append(Piece(atom, start, end, inner=bool(place)))
            start = end
    return pieces


def _latin(before: str, after: str) -> bool:
    return before.isascii() and after.isalnum() and after.isascii()


def _in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """Times that only go forward: no piece starts before the last one, or ends after the next."""
    starts = list(accumulate((piece.start for piece in pieces), max))
    ordered = []
    for piece, start, following in zip(pieces, starts, [*starts[1:], math.inf], strict=False):
        end = min(max(piece.end, start), following)
        ordered.append(Piece(piece.atom, start, end, piece.inner))
    return ordered


class _Speech:
    """The pieces of a transcript as columns, and the cost of making a cue of some of them.

    A place is the number of pieces before it; a cue runs from one place to another.
    """

    def __init__(
        self, pieces: Sequence[Piece], language: Language, limits: Limits, frame_rate: float
    ) -> None:
        self.limits = limits
        self.gap = limits.gap_frames / frame_rate
        self.starts = [piece.start for piece in pieces]
        self.ends = [piece.end for piece in pieces]
        widths = [piece.atom.width + piece.atom.spaced for piece in pieces]
        self.reach = [0, *accumulate(widths)]
        self.left = [r + p.atom.spaced for r, p in zip(self.reach, pieces, strict=False)]
        self.pauses = [0.0] + [after.start - before.end for before, after in pairwise(pieces)]
        self.breaks = [SENTENCE] + [_break(*pair, language) for pair in pairwise(pieces)]
        stops = [INNER_STOP * (cost == SENTENCE) for cost in self.breaks]
        waits = [INNER_PAUSE * max(0.0, pause - SHORT_PAUSE) for pause in self.pauses]
        self.inner = list(accumulate(a + b for a, b in zip(stops, waits, strict=True)))
        self.cut = [
            cost * max(0.0, 1 - pause / FULL_STOP)
            for cost, pause in zip(self.breaks, self.pauses, strict=True)
        ] + [SENTENCE]

    def cuts(self) -> list[int]:
        """The places, first and last included, between which the cheapest cues lie."""
        count = len(self.starts)
        best = [0.0] + [math.inf] * count
        before = [0] * (count + 1)
        for first in range(count):
            for last in range(first + 1, count + 1):
                lines = self._lines(first, last)
                if lines is None or (last > first + 1 and self._apart(first, last)):
                    break
                cost = best[first] + lines + self._cost(first, last)
                if cost < best[last]:
                    best[last], before[last] = cost, first
        places = [count]
        while places[-1]:
            places.append(before[places[-1]])
        return places[::-1]

    def _apart(self, first: int, last: int) -> bool:
        too_long = self.ends[last - 1] - self.starts[first] > self.limits.max_seconds
        return too_long or self.pauses[last - 1] > SILENCE

    def _lines(self, first: int, last: int) -> float | None:
        """What laying out these pieces costs, or None when they do not fit."""
        line = self.limits.line_chars
        if self.reach[last] - self.left[first] <= line:
            return 0.0
        if self.limits.lines == 1:
            return None
        low = max(first + 1, bisect_left(self.left, self.reach[last] - line))
        high = min(last - 1, bisect_right(self.reach, self.left[first] + line) - 1)
        return LINE_BREAK * min(self.breaks[low : high + 1]) if low <= high else None

    def _cost(self, first: int, last: int) -> float:
        start, end = self.starts[first], self.ends[last - 1] + self.limits.linger_seconds
        until = self.starts[last] - self.gap if last < len(self.starts) else math.inf
        shortest = self.limits.min_seconds
        missing = max(0.0, shortest - (until - start)) / shortest
        shown = max(shortest, min(end, until) - start)
        wanted = (self.reach[last] - self.left[first]) / self.limits.reading_speed
        orphan = last == first + 1 and self.cut[first] + self.cut[last] > 0
        inner = self.inner[last - 1] - self.inner[first]
        hurry = HURRY * max(0.0, wanted - shown)
        return CUE + self.cut[last] + inner + hurry + FLASH * missing + ORPHAN * orphan


def _break(before: Piece, after: Piece, language: Language) -> float:
    spaced = after.atom.spaced
    cost = break_cost(before.atom.text, after.atom.text, language, spaced=spaced)
    return cost + INSIDE_WORD * (after.inner and cost > CLAUSE)
