"""Segmentation: from the words of a transcript to cues, by dynamic programming over word gaps."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from subtide.languages import Language
from subtide.subtitles.breaks import CHARACTER, CLINGING, SENTENCE
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import Limits
from subtide.subtitles.lines import DASH, begins_with_dash, lay, turns
from subtide.subtitles.pieces import Piece, break_costs, languages_change, pieces_of
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
TWO_SPEAKERS = 2.5
"""Cost of a second speaker in a cue: a little less than that of a cue for each."""
LINE_BREAK = 0.5
"""Weight of the best break between the two lines."""
HURRY = 8.0
"""Cost of every second that a cue lacks at the reading speed."""
FLASH = 15.0
"""Cost of no time at all before the next cue; less in proportion."""
ORPHAN = 5.0
"""Cost of a single word cut from its sentence."""
INSIDE_WORD = 5.0
"""Cost of a cut inside what the recogniser heard as one word, where words are not known."""


def cues_from_words(
    words: Sequence[Word], language: Language, limits: Limits, frame_rate: float = 24.0
) -> tuple[Cue, ...]:
    """Group words, in the order given, into cues that keep the limits.

    Whatever the times of the words: every cue has at most the allowed lines and characters
    and stands for ``min_seconds`` to ``max_seconds``; cues are in order, at least
    ``gap_frames`` apart, and all words are kept. Only the reading speed depends on the
    speaker. A silence of more than SILENCE seconds always ends a cue, and so does a change of
    language; two speakers share one only as two lines that begin with a dash. Words that come
    faster than cues can be shown are merged; where that is not enough, cues start later than
    their speech until a pause lets them catch up (see ``settle``).
    """
    pieces = pieces_of(words, language, limits)
    if not pieces:
        return ()
    speech = _Speech(pieces, language, limits, frame_rate)
    cues = [_cue(pieces[a:b], language, limits) for a, b in pairwise(speech.cuts())]
    return settle(cues, limits, frame_rate)


def _cue(group: Sequence[Piece], language: Language, limits: Limits) -> Cue:
    tag = group[0].language
    own = Language(tag) if tag else language
    all_atoms = [piece.atom for piece in group]
    turn = next((place for place, piece in enumerate(group) if place and piece.turn), None)
    laid = turns(all_atoms, turn) if turn else lay(all_atoms, limits, own)
    return Cue(group[0].start, group[-1].end, laid or "", tag)


class _Speech:
    """The pieces of a transcript as columns, and the cost of making a cue of some of them.

    A place is the number of pieces before it; a cue runs from one place to another.
    """

    def __init__(
        self, pieces: Sequence[Piece], language: Language, limits: Limits, frame_rate: float
    ) -> None:
        self.limits = limits
        self.gap = limits.gap_seconds(frame_rate)
        self.starts = [piece.start for piece in pieces]
        self.ends = [piece.end for piece in pieces]
        widths = [piece.atom.width + piece.atom.spaced for piece in pieces]
        self.reach = [0, *accumulate(widths)]
        self.left = [r + p.atom.spaced for r, p in zip(self.reach, pieces, strict=False)]
        self.pauses = [0.0] + [after.start - before.end for before, after in pairwise(pieces)]
        changes = languages_change(pieces)
        self.apart = [p > SILENCE or c for p, c in zip(self.pauses, changes, strict=True)]
        self.dashes = [0 if begins_with_dash(piece.atom) else len(DASH) for piece in pieces]
        self.turn = _next_turns(pieces)
        self.breaks = _breaks(pieces, language)
        self.inner = list(accumulate(map(_inner, pieces, self.breaks, self.pauses)))
        self.cut = [
            cost * max(0.0, 1 - pause / FULL_STOP)
            for cost, pause in zip(self.breaks, self.pauses, strict=True)
        ] + [SENTENCE]

    def cuts(self) -> list[int]:
        """The places, first and last included, between which the cheapest cues lie."""
        places = self._places()
        best = [0.0] + [math.inf] * (len(places) - 1)
        before = [0] * len(places)
        for one, first in enumerate(places[:-1]):
            for other in range(one + 1, len(places)):
                last = places[other]
                lines = self._lines(first, last)
                if lines is None or (other > one + 1 and self._too_long(first, last)):
                    break
                cost = best[one] + lines + self._cost(first, last)
                if cost < best[other]:
                    best[other], before[other] = cost, one
                if last < len(self.apart) and self.apart[last]:
                    break
        found = [len(places) - 1]
        while found[-1]:
            found.append(before[found[-1]])
        return [places[place] for place in reversed(found)]

    def _places(self) -> list[int]:
        """Where a cue may end: not at the bad breaks, unless it cannot do without them."""
        count = len(self.starts)
        good = [0]
        for place in range(1, count + 1):
            if place == count or self._good(place):
                if self._fits(good[-1], place):
                    good.append(place)
                else:
                    good += range(good[-1] + 1, place + 1)
        return good

    def _good(self, place: int) -> bool:
        turn = self.turn[place - 1] == place
        return turn or self.apart[place] or self.cut[place] < CLINGING

    def _fits(self, first: int, last: int) -> bool:
        narrow = self.reach[last] - self.left[first] <= self.limits.line_chars
        return narrow and not self._too_long(first, last)

    def _too_long(self, first: int, last: int) -> bool:
        return self.ends[last - 1] - self.starts[first] > self.limits.max_seconds

    def _lines(self, first: int, last: int) -> float | None:
        """What laying out these pieces costs, or None when they do not fit."""
        line = self.limits.line_chars
        turn = self.turn[first]
        if turn < last:
            upper = self.dashes[first] + self.reach[turn] - self.left[first]
            lower = self.dashes[turn] + self.reach[last] - self.left[turn]
            fits = max(upper, lower) <= line and self.turn[turn] >= last
            return TWO_SPEAKERS if fits and self.limits.lines > 1 else None
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
        shown = min(max(shortest, min(end, until) - start), self.limits.max_seconds)
        wanted = (self.reach[last] - self.left[first]) / self.limits.reading_speed
        orphan = last == first + 1 and self.cut[first] + self.cut[last] > 0
        inner = self.inner[last - 1] - self.inner[first]
        hurry = HURRY * max(0.0, wanted - shown)
        return CUE + self.cut[last] + inner + hurry + FLASH * missing + ORPHAN * orphan


def _breaks(pieces: Sequence[Piece], language: Language) -> list[float]:
    costs = break_costs(pieces, language)
    return [
        SENTENCE if piece.turn else cost + INSIDE_WORD * (piece.inner and cost == CHARACTER)
        for piece, cost in zip(pieces, costs, strict=True)
    ]


def _inner(piece: Piece, cost: float, pause: float) -> float:
    """What it costs that a cue runs on over this piece's start; a turn is paid for apart."""
    wait = INNER_PAUSE * max(0.0, pause - SHORT_PAUSE)
    return wait + INNER_STOP * (cost == SENTENCE and not piece.turn)


def _next_turns(pieces: Sequence[Piece]) -> list[int]:
    """For each place the next one behind it where another speaker begins."""
    found, following = [], len(pieces)
    for place in range(len(pieces) - 1, -1, -1):
        found.append(following)
        if pieces[place].turn:
            following = place
    return found[::-1]
