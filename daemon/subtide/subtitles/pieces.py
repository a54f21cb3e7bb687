"""Pieces: the words of a transcript as atoms, each with its time, its speaker and its language."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

from subtide.languages import Language
from subtide.subtitles.breaks import UNSPACED
from subtide.subtitles.cues import Word
from subtide.subtitles.limits import Limits
from subtide.subtitles.lines import Atom, atoms, prices


@dataclass(frozen=True, slots=True)
class Piece:
    """An atom of a word, with its share of the word's time."""

    atom: Atom
    start: float
    end: float
    inner: bool
    """It continues the word before it."""
    turn: bool
    """Another speaker begins with it."""
    language: str
    """The tag of a language other than the transcript's; empty for that one."""


def pieces_of(words: Sequence[Word], language: Language, limits: Limits) -> list[Piece]:
    """Cut words into pieces no wider than a line, whose times only go forward.

    A word stands apart from the one before it when it begins with a space, or when none does
    and its language parts words.
    """
    marked = any(word.text[:1].isspace() for word in words)
    pieces: list[Piece] = []
    turn = False
    for word in words:
        turn |= word.turn
        parts = atoms(word.text, limits)
        if not parts:
            continue
        own = Language(word.language) if word.language else language
        spaced = not marked or word.text[:1].isspace()
        if own.base in UNSPACED and not marked:
            spaced = bool(pieces) and _latin(pieces[-1].atom.text[-1], parts[0].text[0])
        parts[0] = dataclasses.replace(parts[0], spaced=spaced)
        pieces += _timed(parts, word, turn=turn and bool(pieces))
        turn = False
    return _in_order(pieces)


def _timed(parts: Sequence[Atom], word: Word, *, turn: bool) -> list[Piece]:
    share = (word.end - word.start) / (sum(part.width for part in parts) or 1)
    pieces, start = [], word.start
    for place, part in enumerate(parts):
        end = start + max(0.0, share * part.width)
        first = not place
        pieces.append(Piece(part, start, end, not first, turn and first, word.language))
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
        ordered.append(dataclasses.replace(piece, start=start, end=end))
    return ordered


def break_costs(pieces: Sequence[Piece], language: Language) -> list[float]:
    """What a break before each piece costs by its text, each passage by its language's rules."""
    found: list[float] = []
    for tag, passage in groupby(pieces, key=lambda piece: piece.language):
        own = Language(tag) if tag else language
        found += prices([piece.atom for piece in passage], own)
    return found


def languages_change(pieces: Sequence[Piece]) -> list[bool]:
    """Before which pieces another language begins."""
    return [False] * bool(pieces) + [a.language != b.language for a, b in pairwise(pieces)]
