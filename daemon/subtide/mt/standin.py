"""Stand-ins: how a model without a word list is made to keep names and terms.

A model that writes "Verde" for Mr. Green copies a common name such as Oliver. So a line whose
term was lost is translated once more with such a name in the term's place, and where that
stands in the answer just as often, the term's translation is put there.
"""

import functools
import re
from collections.abc import Iterable, Sequence

from subtide.mt.engine import Line, Term, TranslationEngine
from subtide.mt.terms import missing, pattern, within
from subtide.subtitles.breaks import ENDS_SENTENCE

NAMES = ("Oliver", "Walter", "Tyler", "Jason", "Edgar", "Norman", "Brandon", "Kevin")
"""Names that models copy: each stood in 7 of 8 translated trial sentences, as common nouns did
in 2 to 5 (Firefox en-pt); never localised ones, such as Peter."""


class StandInEngine:
    """An engine that is asked again, with stand-ins, for lines whose terms it lost."""

    def __init__(self, engine: TranslationEngine, terms: Sequence[Term]) -> None:
        """``terms``: those of the document."""
        self.name = engine.name
        self.source = engine.source
        self.target = engine.target
        self.batch = engine.batch
        self._engine = engine
        self._terms = terms

    def translate(self, lines: Sequence[Line], *, script: Sequence[Line] = ()) -> list[Line]:
        """Translate the lines; an answer with stand-ins counts where it keeps more terms."""
        replies = self._engine.translate(lines, script=script)
        sources = {line.id: line for line in lines}
        lost = {
            reply.id: Masked(sources[reply.id], self._terms)
            for reply in replies
            if reply.id in sources and missing(self._terms, sources[reply.id].text, reply.text)
        }
        if not lost:
            return replies
        again = self._engine.translate([masked.line for masked in lost.values()], script=script)
        better = {
            reply.id: text
            for reply in again
            if reply.id in lost and (text := lost[reply.id].unmasked(reply.text))
        }
        return [Line(reply.id, better.get(reply.id, reply.text)) for reply in replies]


class Masked:
    """A line with stand-ins, and what belongs in their places."""

    def __init__(self, line: Line, terms: Iterable[Term]) -> None:
        """``terms``: those of the document."""
        self._hidden: dict[str, tuple[str, int]] = {}
        text = line.text
        free = (name for name in NAMES if name not in line.text)
        longest = sorted(within(terms, text), key=lambda term: -len(term.source))
        for term, name in zip(longest, free, strict=False):
            text, count = pattern(term).subn(name, text)
            if count:
                self._hidden[name] = (term.target, count)
        self.line = Line(line.id, text, line.start, line.end)

    def unmasked(self, translation: str) -> str:
        """The translation with the terms in it; empty unless every stand-in is there as often."""
        for name, (target, count) in self._hidden.items():
            found = pattern(Term(name, name))
            if len(found.findall(translation)) != count:
                return ""
            translation = found.sub(functools.partial(_cased, target), translation)
        return translation


def _cased(target: str, match: re.Match[str]) -> str:
    """The term as it is written there: with a capital where a sentence begins."""
    before = match.string[: match.start()].rstrip()
    opens = not any(map(str.isalnum, before)) or ENDS_SENTENCE.search(before)
    return target[0].upper() + target[1:] if opens else target
