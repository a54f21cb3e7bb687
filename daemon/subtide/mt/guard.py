"""The guard: what must not be wrong with one translated line."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from subtide.languages import Language
from subtide.mt.engine import Term
from subtide.mt.scripts import other_script, scripts_differ
from subtide.mt.terms import missing
from subtide.subtitles.cues import TAG
from subtide.subtitles.limits import DEFAULT
from subtide.subtitles.textlanguage import identify

LEAST, MOST = 0.3, 3.0
"""Width of the translation against its source's, with wide characters counted as two."""
SHORT = 10
"""Width up to which any ratio may be right."""
SHORT_ANSWER = 40
"""Width of the longest translation of such a short line."""
LONG = 20
"""Width from which a translation that equals its source was not translated."""
TELLING = 60
"""Letters from which the language of a text can be told: Portuguese sentences of that length
were never taken for English, and seldom for Galician (py3langid)."""
TOGETHER = 120
"""Letters from which the language of short lines can be told together: many are names."""
SURE = 0.98
"""Probability from which it is believed."""

LOOP = re.compile(r"(.{2,40}?)\1{3,}|(.{12,80}?)\2{2,}|(.)\3{9,}", re.DOTALL)
"""The same thing four times on end; a phrase three times; a character ten times."""
NUMBER = re.compile(r"\d+(?:[.,\s\u00a0\u202f'’٫٬]?\d+)*")  # noqa: RUF001 - a thousands mark
MAGNITUDE = re.compile(
    r"[万萬亿億兆千百만억천백]|\b(?:mil|mila|mille|k|tausend|thousand|tys|tis|тыс|hundred)\b"
    r"|\b(?:mi|mrd|bi|tri|mld|ми)l?l?[iоioóh]",  # noqa: RUF001 - Cyrillic meant
    re.IGNORECASE,
)
"""Words that stand for the noughts of a number."""


class LineFault(StrEnum):
    """Why a translated line is not used."""

    MISSING = "missing"
    """The engine gave no answer under the line's id, or several."""
    EMPTY = "empty"
    """It says nothing."""
    LENGTH = "length"
    """It is much longer or shorter than its source."""
    NUMBERS = "numbers"
    """A number is lost, or another stands in its place."""
    ECHO = "echo"
    """It is the source."""
    LOOP = "loop"
    """It repeats itself, and its source does not."""
    TAGS = "tags"
    """Its tags are not those of its source."""
    SCRIPT = "script"
    """It is written in another script than the target's."""
    LANGUAGE = "language"
    """It is in another language than the target's."""
    SPELLED = "spelled"
    """A number of two digits, or a round one, is not there, which may stand there as a word."""
    TERM = "term"
    """A name or term is not translated as it has to be."""


SOFT = frozenset({LineFault.SPELLED, LineFault.TERM})
"""Faults with which a line is still better than its source: another engine is asked, and the
best answer is taken."""


def line_faults(
    source: str,
    translation: str,
    between: tuple[Language, Language] | None = None,
    terms: Sequence[Term] = (),
) -> tuple[LineFault, ...]:
    """Everything that is wrong with a translation; nothing for one that may be used.

    ``between``: the two languages, where they are known. ``terms``: those that hold for the
    document; the line's own are looked for.
    """
    if not any(char.isalnum() for char in TAG.sub("", translation)):
        return (LineFault.EMPTY,)
    lost = _lost_numbers(source, translation)
    tests = {
        LineFault.LENGTH: _length(source, translation),
        LineFault.NUMBERS: lost is LineFault.NUMBERS,
        LineFault.ECHO: _echo(source, translation, between),
        LineFault.LOOP: bool(LOOP.search(_core(translation)) and not LOOP.search(_core(source))),
        LineFault.TAGS: sorted(TAG.findall(source)) != sorted(TAG.findall(translation)),
        LineFault.SCRIPT: bool(between and other_script(TAG.sub("", translation), between[1])),
        LineFault.LANGUAGE: bool(between and _untranslated(TAG.sub("", translation), *between)),
        LineFault.SPELLED: lost is LineFault.SPELLED,
        LineFault.TERM: bool(terms and missing(terms, source, translation)),
    }
    return tuple(fault for fault, wrong in tests.items() if wrong)


@dataclass(frozen=True, slots=True)
class Guard:
    """The guard of one document."""

    source: Language
    target: Language
    terms: tuple[Term, ...] = ()

    def faults(self, source: str, translation: str) -> tuple[LineFault, ...]:
        """Everything that is wrong with the translation of a line."""
        return line_faults(source, translation, (self.source, self.target), self.terms)

    def strays(self, translations: Mapping[int, str]) -> frozenset[int]:
        """Return the ids of lines too short to tell alone that are together in another language."""
        short = {
            name: text
            for name, text in translations.items()
            if sum(map(str.isalpha, text)) < TELLING
        }
        whole = " ".join(short.values())
        enough = sum(map(str.isalpha, whole)) >= TOGETHER
        wrong = enough and _untranslated(whole, self.source, self.target)
        return frozenset(short) if wrong else frozenset()


def usable(faults: Sequence[LineFault]) -> bool:
    """Whether a translation with these faults is still better than its source."""
    return SOFT.issuperset(faults)


def _length(source: str, translation: str) -> bool:
    width, answer = DEFAULT.width(source), DEFAULT.width(translation)
    if width <= SHORT:
        return answer > SHORT_ANSWER
    return not LEAST <= answer / width <= MOST


def _echo(source: str, translation: str, between: tuple[Language, Language] | None) -> bool:
    """A name or an acronym may stay as it is, and between two kinds of one language anything."""
    if _core(source) != _core(translation):
        return False
    if between and between[0].base == between[1].base:
        return False
    apart = between is not None and scripts_differ(*between)
    words = any(char.islower() or not (char.isupper() or char.isascii()) for char in source)
    return DEFAULT.width(source) > LONG or (apart and words)


def _untranslated(translation: str, source: Language, target: Language) -> bool:
    """Whether a text long enough to tell is in the source's language, or strays into English."""
    strays = {source.base, "en"} - {target.base}
    if source.base == target.base or sum(map(str.isalpha, translation)) < TELLING:
        return False
    found, probability = identify(translation)
    return found is not None and found.base in strays and probability >= SURE


def _lost_numbers(source: str, translation: str) -> LineFault | None:
    """A number of one digit may become a word; 1980s the 80s; 10,000 may be 10 thousand."""
    kept = _numbers(translation)
    noughts = bool(MAGNITUDE.search(translation))
    lost = [
        number
        for number in _numbers(source)
        if len(number) > 1 and not any(_same(number, other, noughts=noughts) for other in kept)
    ]
    if not lost:
        return None
    words = all(map(_is_short_word, lost)) and len(kept) < len(_numbers(source))
    return LineFault.SPELLED if words else LineFault.NUMBERS


def _is_short_word(number: str) -> bool:
    """Whether people write it as a word, too: of two digits, or one and noughts."""
    return len(number) == 2 or len(number.rstrip("0")) == 1  # noqa: PLR2004


def _same(number: str, other: str, *, noughts: bool) -> bool:
    ends = len(other) > 1 and number.endswith(other)
    return number == other or ends or (noughts and number.rstrip("0") == other.rstrip("0"))


def _numbers(text: str) -> list[str]:
    found = (match[0] for match in NUMBER.finditer(TAG.sub("", text)))
    return ["".join(str(unicodedata.digit(c)) for c in number if c.isdigit()) for number in found]


def _core(text: str) -> str:
    return "".join(char for char in TAG.sub("", text).casefold() if char.isalnum())
