"""Lines: a text laid out in at most two lines, or in several cues of two lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from subtide.languages import Language
from subtide.subtitles.breaks import SENTENCE, break_cost, unspaced
from subtide.subtitles.cues import TAG
from subtide.subtitles.limits import Limits
from subtide.subtitles.phrases import phrases

IMBALANCE = 9.0
"""Cost of two lines that differ by a whole line, in units of break_cost; by its square."""
TOP_HEAVY = 2.0
"""What it costs more when the longer line is the upper one."""
UNEVEN = 3.4
"""Cost of two cues of one text that differ by a whole line."""

SPACE = re.compile(r"[^\S\u00a0\u202f]+")
"""Where words part: any white space that may break."""
UNIT = re.compile(rf"{TAG.pattern}|.", re.DOTALL)
OPENING = re.compile(r"\{\\(?:an\d|[a-z]+[1-9]\d*)")
"""A tag that begins something, and so belongs to what follows it."""
SPEAKER = re.compile(rf"^(?:{TAG.pattern})*[-‐–—]\s?\S")  # noqa: RUF001 - meant so
"""How a line begins that is one of several speakers'."""
DASHES = re.compile(r"[-‐–—](?!\d)")  # noqa: RUF001 - meant so
"""A dash that is no sign of a number."""
DASH = "- "
"""What begins each line of a cue that two speakers share."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of text that is never broken, no wider than a line."""

    text: str
    width: int
    spaced: bool
    """A space stands before it."""


def atoms(text: str, limits: Limits) -> list[Atom]:
    """Cut a text into the smallest pieces that a line may be broken between.

    That is a word, or a character in scripts without spaces; a word too wide for a line
    is cut where the line is full.
    """
    found: list[Atom] = []
    for word in SPACE.split(text.strip()):
        for place, piece in enumerate(_pieces(word, limits) if word else ()):
            found.append(Atom(piece, limits.width(piece), spaced=not place))
    return found


def _pieces(word: str, limits: Limits) -> list[str]:
    pieces: list[str] = []
    current, opening, room, last = "", "", limits.line_chars, ""
    for unit in UNIT.findall(word):
        if len(unit) > 1:
            current, opening = (
                (current, opening + unit) if OPENING.match(unit) else (current + opening + unit, "")
            )
            continue
        width = limits.width(unit)
        apart = last and width and (unspaced(unit) or unspaced(last)) and last != "\u200d"
        if last and (apart or width > room):
            pieces.append(current)
            current, room = "", limits.line_chars
        current, opening, last, room = current + opening + unit, "", unit, room - width
    return [*pieces, current + opening]


def join(pieces: Sequence[Atom]) -> str:
    """The text of some atoms as one line."""
    return "".join(" " * (a.spaced and bool(i)) + a.text for i, a in enumerate(pieces))


def span(pieces: Sequence[Atom]) -> int:
    """The width of some atoms as one line."""
    return sum(a.width + a.spaced for a in pieces) - (pieces[0].spaced if pieces else 0)


def prices(pieces: Sequence[Atom], language: Language) -> list[float]:
    """What a break before each of the atoms costs, as ``break_cost`` says; nothing at the first."""
    sides = _phrases(pieces, language)
    found = [SENTENCE] * bool(pieces)
    for place, (before, after) in enumerate(pairwise(pieces), start=1):
        known = sides[place] if sides else None
        cost = break_cost(before.text, after.text, language, spaced=after.spaced, phrases=known)
        found.append(cost)
    return found


def _phrases(pieces: Sequence[Atom], language: Language) -> list[tuple[str, str]] | None:
    """For each atom the phrase that ends before it and the one that begins with it, if any do."""
    bare = [TAG.sub("", piece.text) for piece in pieces]
    text = "".join(" " * piece.spaced + b for piece, b in zip(pieces, bare, strict=True))
    found = phrases(text, language)
    if found is None:
        return None
    ends = accumulate(len(phrase) for phrase in found)
    edges = {
        end: (a.strip(), b.strip()) for end, (a, b) in zip(ends, pairwise(found), strict=False)
    }
    starts = accumulate((len(b) + p.spaced for p, b in zip(pieces, bare, strict=True)), initial=0)
    return [edges.get(start, ("", "")) for start in starts]


def lay(pieces: Sequence[Atom], limits: Limits, language: Language) -> str | None:
    """Lay atoms out in the allowed lines, or None when they do not fit."""
    return _lay(pieces, prices(pieces, language), limits)


def _lay(pieces: Sequence[Atom], costs: Sequence[float], limits: Limits) -> str | None:
    total = span(pieces)
    if total <= limits.line_chars:
        return join(pieces)
    if limits.lines == 1:
        return None
    best: tuple[float, int] | None = None
    upper = 0
    for place in range(1, len(pieces)):
        upper += pieces[place - 1].width + (pieces[place - 1].spaced if place > 1 else 0)
        lower = total - upper - pieces[place].spaced
        if max(upper, lower) <= limits.line_chars:
            price = costs[place] + _shape(upper, lower, limits.line_chars)
            best = min(best or (price, place), (price, place))
    return None if best is None else f"{join(pieces[: best[1]])}\n{join(pieces[best[1] :])}"


def _shape(upper: int, lower: int, most: int) -> float:
    """What the form of two lines costs: even is best, and then the shorter one above."""
    uneven = (upper - lower) / most
    return IMBALANCE * uneven * uneven + TOP_HEAVY * max(0.0, uneven)


def speakers(text: str) -> bool:
    """Whether two or more lines of the text begin with a speaker's dash."""
    return sum(bool(SPEAKER.match(line)) for line in text.split("\n")) > 1


def begins_with_dash(atom: Atom) -> bool:
    """Whether the atom's own text is, or begins with, a speaker's dash."""
    bare = TAG.sub("", atom.text)
    return bool(DASHES.match(bare))


def turns(pieces: Sequence[Atom], place: int) -> str:
    """Two speakers' atoms, the second's from ``place`` on: a line each, begun with a dash."""
    return "\n".join(
        join(spoken) if begins_with_dash(spoken[0]) else DASH + join(spoken)
        for spoken in (pieces[:place], pieces[place:])
    )


def wrap(text: str, limits: Limits, language: Language) -> str | None:
    """Break a text into lines where a reader expects it; None when it needs another cue.

    Breaks that are there already are laid anew, but lines of several speakers stay.
    """
    if speakers(text):
        lines = [SPACE.sub(" ", line.strip()) for line in text.split("\n")]
        fits = all(limits.width(line) <= limits.line_chars for line in lines)
        return "\n".join(lines) if fits and len(lines) <= limits.lines else None
    return lay(atoms(text, limits), limits, language)


def portions(text: str, limits: Limits, language: Language) -> tuple[str, ...]:
    """A text as one or more cues' texts, each within the lines: as few as good breaks allow.

    A tag that is open where the text is cut is closed there and opened again.
    """
    wrapped = wrap(text, limits, language)
    if wrapped is not None:
        return (wrapped,)
    turns = text.split("\n") if speakers(text) else [text]
    laid = [part for turn in turns for part in _portions(atoms(turn, limits), limits, language)]
    return tuple(_carry_tags(laid))


def _portions(pieces: Sequence[Atom], limits: Limits, language: Language) -> list[str]:
    return _split(pieces, prices(pieces, language), limits)


def _split(pieces: Sequence[Atom], costs: Sequence[float], limits: Limits) -> list[str]:
    laid = _lay(pieces, costs, limits)
    if laid is not None:
        return [laid]
    total, upper, found = span(pieces), 0, []
    for place in range(1, len(pieces)):
        upper += pieces[place - 1].width + (pieces[place - 1].spaced if place > 1 else 0)
        lower = total - upper - pieces[place].spaced
        found.append((costs[place] + UNEVEN * abs(upper - lower) / limits.line_chars, place))
    place = min(found)[1]
    return [
        *_split(pieces[:place], costs[:place], limits),
        *_split(pieces[place:], costs[place:], limits),
    ]


def _carry_tags(texts: Sequence[str]) -> list[str]:
    carried: list[str] = []
    open_tags: dict[str, str] = {}
    for text in texts:
        before = "".join(open_tags.values())
        for name, value in re.findall(r"\{\\([ibus]|an)(\d+)\}", text):
            open_tags[name] = f"{{\\{name}{value}}}"
            if value == "0":
                del open_tags[name]
        after = "".join(f"{{\\{name}0}}" for name in reversed(open_tags) if name != "an")
        carried.append(before + text + after)
    return carried
