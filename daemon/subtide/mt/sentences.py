"""Sentences: engines translate them, viewers read cues. Here the one becomes the other."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from subtide.languages import Language
from subtide.mt.engine import Line
from subtide.subtitles.breaks import ENDS_SENTENCE, UNSPACED
from subtide.subtitles.grammar import TITLES
from subtide.subtitles.limits import limits_for
from subtide.subtitles.lines import Atom, atoms, join, prices, span

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

ENOUGH = 20
"""Cues from which it is seen whether a document has full stops."""
PUNCTUATED = 0.2
"""The share of cues that end with one in any document that has them."""
BROKEN_OFF = re.compile(r"(?:\.\.\.?|…|[-‐–—])[\"'”’»)]*$")  # noqa: RUF001 - meant so
"""How a text ends that is broken off, or that goes on in the next cue."""
STOP = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+(?=[^\sa-z])|(?<=[。！？])[」』）”]*\s*")  # noqa: RUF001 - meant so
"""Between two sentences of one text."""
CUT_WORD = re.compile(r"(?<=[^\W\d_])- (?=[^\W\d_])")
"""Where a word with a hyphen went over to another line."""
FUSED = re.compile(r"(?<=[A-Za-z0-9])\0(?=[A-Za-z0-9])")
"""Where two Latin words meet in a script that has no spaces."""
INITIAL = re.compile(r"(?:^|\s)\w\.$")


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one cue gives to a sentence: its bare text, and the times of the cue in seconds."""

    text: str
    start: float
    end: float
    whole: bool = True
    """It is all of its cue; a line of one of several speakers is not, and never runs on."""
    opens: bool = False
    """A dash stands before it, as before what another speaker says."""
    voice: str = ""
    """Language and style: what is said in another voice is another sentence."""


def joined(fragments: Sequence[Fragment]) -> list[tuple[int, ...]]:
    """The fragments' places, grouped into sentences, in order.

    A sentence runs on into the next cue when nothing ends it, less than LONGEST_GAP lies
    between, and it has fewer than MOST_CUES cues. Where a document has hardly a full stop, as
    is usual in Japanese, Chinese and Thai, every cue is a sentence.
    """
    ended = sum(bool(ENDS_SENTENCE.search(fragment.text)) for fragment in fragments)
    if len(fragments) >= ENOUGH and ended < PUNCTUATED * len(fragments):
        return [(place,) for place in range(len(fragments))]
    groups: list[tuple[int, ...]] = []
    for place, fragment in enumerate(fragments):
        if groups and len(groups[-1]) < MOST_CUES and runs_on(fragments[place - 1], fragment):
            groups[-1] = (*groups[-1], place)
        else:
            groups.append((place,))
    return groups


def runs_on(before: Fragment, after: Fragment) -> bool:
    """Whether the second fragment goes on with the sentence of the first."""
    near = after.start >= before.start and after.start - before.end < LONGEST_GAP
    one = before.whole and after.whole and before.voice == after.voice
    if not (near and one):
        return False
    small = after.text[:1].islower()
    if BROKEN_OFF.search(before.text):
        return small
    if after.opens:
        return False
    last = before.text.split(" ")[-1].lower()
    return last in TITLES or not ENDS_SENTENCE.search(before.text)


def glue(texts: Sequence[str], language: Language) -> str:
    """Texts that follow each other as one."""
    if language.base in UNSPACED:
        return FUSED.sub(" ", "\0".join(texts)).replace("\0", "")
    return CUT_WORD.sub("-", " ".join(text for text in texts if text))


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
    price = [*prices(pieces, language), 0.0]
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
    cut = min(places, key=prices(pieces, language).__getitem__)
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
