"""A batch of lines on its way through a language model: what is good, what is asked again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from subtide.languages import Language
from subtide.mt.chat_answer import Reading
from subtide.mt.engine import Line, Term
from subtide.mt.guard import SHORT, Guard, LineFault, usable
from subtide.mt.terms import within
from subtide.subtitles.breaks import unspaced
from subtide.subtitles.check.language import CLOSEST
from subtide.subtitles.limits import DEFAULT
from subtide.subtitles.textlanguage import identify

BESIDE = "the line before or after it has no answer: is this text of both?"
SAME = "the same text as another line's"
SLIPS = frozenset({"ar", "de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh"})
"""Languages with so much text that models slip into them."""
TELLING = 200
"""Width from which a whole answer's language can be told."""
SURE = 0.98
"""Probability from which it is believed."""
INSIDE = r"[^\s.!?…:\"“«-] "
"""What stands before a word that does not begin a sentence."""
WHY: Mapping[LineFault, str] = {
    LineFault.EMPTY: "text says nothing",
    LineFault.LENGTH: "text is far too long or too short for its line",
    LineFault.NUMBERS: "a number of the line is not in the text, or another one is",
    LineFault.SPELLED: "a number of the line is not in the text",
    LineFault.ECHO: "text is the line itself, not translated",
    LineFault.LOOP: "text repeats itself",
    LineFault.TAGS: "tags of the line are not in the text, or others are",
    LineFault.SCRIPT: "text is not in the script of the language asked for",
    LineFault.LANGUAGE: "text is not in the language asked for",
    LineFault.TERM: "a term of the request is not translated as it says",
}
"""What a model is told of each fault that the guard finds."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer is worth, by the line's id; a line is in one of the three."""

    lines: Sequence[Line]
    good: Mapping[int, str]
    spare: Mapping[int, str]
    """Texts that could be better, but are better than none."""
    faults: Mapping[int, list[str]]
    """What is wrong, also with those that are spare."""


@dataclass(slots=True)
class Batch:
    """Lines, and what became of them."""

    lines: Sequence[Line]
    texts: dict[int, str] = field(default_factory=dict)
    spare: dict[int, str] = field(default_factory=dict)
    faults: dict[int, list[str]] = field(default_factory=dict)
    requests: int = 0

    @property
    def pending(self) -> list[Line]:
        """The lines without a text."""
        return [line for line in self.lines if line.id not in self.texts]

    def add(self, judged: Judged) -> None:
        """Take in what an answer is worth."""
        self.texts |= judged.good
        self.spare |= judged.spare
        self.faults |= judged.faults

    def take_spare(self) -> None:
        """Be content with what could be better."""
        self.texts |= {name: text for name, text in self.spare.items() if name not in self.texts}


def judge(group: Sequence[Line], reading: Reading, guard: Guard) -> Judged:
    """Judge the answer to a group of lines, in their order."""
    good: dict[int, str] = {}
    spare: dict[int, str] = {}
    faults = {name: [fault] for name, fault in reading.faults.items()}
    for line in group:
        text = reading.texts.get(line.id)
        if text is None:
            continue
        found = guard.faults(line.text, text)
        if found:
            faults[line.id] = [WHY[fault] for fault in found if fault in WHY]
        if usable(found):
            (spare if found else good)[line.id] = text
    for name, why in {**_beside(group, reading), **_same(group, reading)}.items():
        good.pop(name, None)
        spare.pop(name, None)
        faults[name] = [*faults.get(name, ()), why]
    for name in _astray({**good, **spare}, guard):
        good.pop(name, None)
        spare.pop(name, None)
        faults[name] = [WHY[LineFault.LANGUAGE]]
    return Judged(group, good, spare, faults)


def _astray(texts: Mapping[int, str], guard: Guard) -> frozenset[int]:
    """Return the lines that are together in another language than the one asked for."""
    joined = " ".join(texts.values())
    if DEFAULT.width(joined) >= TELLING:
        found, probability = identify(joined)
        slipped = found and found.base in SLIPS and found.base != guard.target.base
        if slipped and probability >= SURE and not _alike(found, guard.target):
            return frozenset(texts)
    return guard.strays(texts)


def _alike(one: Language | None, other: Language) -> bool:
    return one is not None and any({one.base, other.base} <= group for group in CLOSEST)


def _beside(group: Sequence[Line], reading: Reading) -> dict[int, str]:
    """Return the lines that may hold a neighbour's text: it has none of its own."""
    found: dict[int, str] = {}
    for place, line in enumerate(group):
        if any(char.isalnum() for char in reading.texts.get(line.id, "")):
            continue
        for near in (place - 1, place + 1):
            if 0 <= near < len(group) and group[near].id in reading.texts:
                found[group[near].id] = BESIDE
    return found


def _same(group: Sequence[Line], reading: Reading) -> dict[int, str]:
    """Return lines that say the same in the translation alone: one has the other's text."""
    sources: dict[str, set[str]] = {}
    for line in group:
        text = reading.texts.get(line.id, "")
        sources.setdefault(text.casefold(), set()).add(line.text.casefold())
    return {
        line.id: SAME
        for line in group
        if line.id in reading.texts
        and DEFAULT.width(reading.texts[line.id]) > 2 * SHORT
        and len(sources[reading.texts[line.id].casefold()]) > 1
    }


def is_choice(source: str, target: str, good: Sequence[tuple[str, str]]) -> bool:
    """Whether a model's word for a name or term is one to keep.

    It stands in a line and in its translation, and is a name by how it is written: with a
    capital inside a sentence, or in a script that has none. English "I" and "I'm" are none.
    """
    term = (Term(source, target),)
    used = [text for text, translation in good if within(term, text) and target in translation]
    if unspaced(source[0]):
        return len(source) > 1 and bool(used)
    inside = re.compile(INSIDE + re.escape(source))
    named = source[0].isupper() and source[1:2].isalnum()
    return named and any(inside.search(text) for text in used)
