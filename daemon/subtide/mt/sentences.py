"""Sentences: engines translate them, viewers read cues. Here the one becomes the other."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from subtide.languages import Language
from subtide.mt.engine import Line
from subtide.subtitles.breaks import ENDS_SENTENCE, TITLES, UNSPACED, break_cost
from subtide.subtitles.limits import limits_for
from subtide.subtitles.lines import Atom, atoms, join, span

LONGEST = 360
"""Bytes of UTF-8 in one sentence for an engine; Firefox models lose the end beyond about 128
tokens, which is 500 bytes of English and 350 of Chinese."""
MOST_CUES = 3
"""Cues that one sentence may run over."""
LONGEST_GAP = 1.0
"""Seconds of silence over which a sentence does not run."""
SHARE = 60.0
"""Cost of a part that is wrong by its whole sentence, squared, in units of break_cost."""
LEAST, MOST = 0.3, 3.0
"""A part's length against its share of the sentence, beyond which a division is no good."""

STOP = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+(?=[^\sa-z])|(?<=[。！？])[」』）”]*\s*")  # noqa: RUF001 - meant so
"""Between two sentences of one text."""
INITIAL = re.compile(r"(?:^|\s)\w\.$")


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one cue gives to a sentence: its bare text, and the times of the cue in seconds."""

    text: str
    start: float
    end: float
    whole: bool = True
    """It is all of its cue; a line of one of several speakers is not, and never runs on."""


def joined(fragments: Sequence[Fragment]) -> list[tuple[int, ...]]:
    """The fragments' places, grouped into sentences, in order.

    A sentence runs on into the next cue when nothing ends it, less than LONGEST_GAP lies
    between, and it has fewer than MOST_CUES cues.
    """
    groups: list[tuple[int, ...]] = []
    for place, fragment in enumerate(fragments):
        if groups and len(groups[-1]) < MOST_CUES and _runs_on(fragments[place - 1], fragment):
            groups[-1] = (*groups[-1], place)
        else:
            groups.append((place,))
    return groups


def _runs_on(before: Fragment, after: Fragment) -> bool:
    near = after.start >= before.start and after.start - before.end < LONGEST_GAP
    return near and before.whole and after.whole and not ENDS_SENTENCE.search(before.text)


def glue(texts: Sequence[str], language: Language) -> str:
    """Texts that follow each other as one."""
    return ("" if language.base in UNSPACED else " ").join(text for text in texts if text)


def divided(text: str, sizes: Sequence[int], language: Language) -> list[str] | None:
    """Divide a sentence's translation over its cues, in proportion to ``sizes``.

    ``sizes`` are the widths of the cues' own texts. Each part ends where a break reads best
    near its share. None when no division gives every cue its fair part.
    """
    pieces = atoms(text, limits_for(language))
    if len(sizes) == 1:
        return [text]
    if len(pieces) < len(sizes):
        return None
    total, whole = span(pieces), sum(sizes)
    wanted = [size / whole for size in sizes]
    cuts = _cuts(pieces, wanted, language)
    parts = [pieces[a:b] for a, b in zip([0, *cuts], [*cuts, len(pieces)], strict=True)]
    fair = all(
        LEAST <= span(part) / total / share <= MOST
        for part, share in zip(parts, wanted, strict=True)
    )
    return [join(part) for part in parts] if fair else None


def _cuts(pieces: Sequence[Atom], wanted: Sequence[float], language: Language) -> list[int]:
    """Where the cheapest division cuts, by dynamic programming over parts and places."""
    count, total = len(pieces), span(pieces)
    reach = [span(pieces[:place]) for place in range(count + 1)]
    price = [0.0] + [_price(pieces, place, language) for place in range(1, count)] + [0.0]
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for share in wanted:
        row: dict[int, tuple[float, int]] = {}
        for start, (cost, _) in best[-1].items():
            for end in range(start + 1, count + 1):
                off = (reach[end] - reach[start]) / total - share
                candidate = (cost + SHARE * off * off + price[end], start)
                row[end] = min(row.get(end, (math.inf, 0)), candidate)
        best.append(row)
    cuts = [count]
    for row in reversed(best[2:]):
        cuts.append(row[cuts[-1]][1])
    return cuts[:0:-1]


def _price(pieces: Sequence[Atom], place: int, language: Language) -> float:
    after = pieces[place]
    return break_cost(pieces[place - 1].text, after.text, language, spaced=after.spaced)


def sentences(text: str, language: Language) -> list[str]:
    """A text of any length as sentences that an engine can take whole.

    What is longer than LONGEST is cut where a break reads best.
    """
    found: list[str] = []
    for part in _at_stops(text.strip()):
        found += _short(atoms(part, limits_for(language)), language)
    return found


def _at_stops(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for stop in STOP.finditer(text):
        end = stop.start() + len(stop[0].rstrip())
        before = text[start:end]
        if before.split(" ")[-1].lower() not in TITLES and not INITIAL.search(before):
            parts.append(before)
            start = stop.end()
    return [part for part in (*parts, text[start:]) if part.strip()]


def _short(pieces: Sequence[Atom], language: Language) -> list[str]:
    text = join(pieces)
    if len(text.encode()) <= LONGEST or len(pieces) == 1:
        return [text] if text else []
    third = max(1, len(pieces) // 3)
    places = range(third, max(third + 1, len(pieces) - third))
    cut = min(places, key=lambda place: _price(pieces, place, language))
    return [*_short(pieces[:cut], language), *_short(pieces[cut:], language)]


def by_sentence(
    lines: Sequence[Line],
    source: Language,
    target: Language,
    translate: Callable[[list[str]], list[str]],
) -> list[Line]:
    """Translate lines of any length with a function that takes a batch of single sentences."""
    parts = [(line.id, part) for line in lines for part in sentences(line.text, source)]
    answers = translate([part for _, part in parts])
    texts: dict[int, list[str]] = {line.id: [] for line in lines}
    for (name, _), answer in zip(parts, answers, strict=True):
        texts[name].append(answer.strip())
    return [Line(name, glue(found, target)) for name, found in texts.items()]
