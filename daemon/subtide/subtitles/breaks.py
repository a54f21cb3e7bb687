"""How well a text may be broken between two neighbours: the rules for lines and for cues.

The rules are those of the common timed text guides: break after punctuation, or before a
conjunction or preposition; not after an article, nor inside a name, a title or a number.
Chinese, Japanese and Thai break between phrases where their line rules allow it.
"""

import re
import unicodedata

from subtide.languages import Language
from subtide.subtitles.cues import TAG
from subtide.subtitles.grammar import (
    ARTICLES,
    CONJUNCTIONS,
    ENDINGS,
    HALFWAY,
    LEADERS,
    NONE,
    PREPOSITIONS,
    SAME_WORDS,
    TITLES,
    TRAILERS,
)

SENTENCE = 0.0
"""After the end of a sentence."""
CLAUSE = 1.0
"""After a comma, colon or dash."""
CONJUNCTION = 2.0
"""Before a conjunction."""
PREPOSITION = 3.0
"""Before a preposition."""
ARTICLE = 4.0
"""Before an article, where a noun and what belongs to it begin."""
PLAIN = 5.0
"""Between two words with nothing to say for or against it."""
CHARACTER = 6.0
"""Between two characters of a script without spaces whose words are not known."""
LEANING = 7.0
"""Between a pronoun and its verb, an auxiliary and its verb, a verb and its particle."""
CLINGING = 10.0
"""After a conjunction or preposition, inside a name, between a number and its unit."""
INSIDE_PHRASE = 14.0
"""Inside a word or phrase of a script without spaces."""
FORBIDDEN = 40.0
"""After an article or title, inside a number or word: only if nothing else fits."""

UNSPACED = frozenset({"ja", "zh", "cmn", "yue", "th", "lo", "km", "my"})
"""Base languages written without spaces between words."""

ENDS_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’»)\]」』）]*$")  # noqa: RUF001 - meant so
ENDS_CLAUSE = re.compile(r"[,;:،؛、，；：—–][\"'”’»)\]」』）]*$")  # noqa: RUF001 - meant so
INITIAL = re.compile(r"^\W*\w\.$")
"""A letter and a full stop: a part of a name or an abbreviation."""

CLOSING = frozenset("、。，．・：；？！…‥）」』】〕〉》”’»!?,.:;)]}%،؛؟")  # noqa: RUF001 - meant so
"""Punctuation that never stands alone at the start of a line."""
NEVER_FIRST = frozenset("ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶะาำๆฯๅ")
"""Letters that never start a line."""
NEVER_LAST = frozenset("（「『【〔〈《“‘«([{¿¡เแโใไ")  # noqa: RUF001 - meant so
"""Characters that never end a line."""
FIRST_PERSON = re.compile(r"I(?:['’]\w+)?$")  # noqa: RUF001 - meant so
"""English writes it with a capital, but it is no name."""


def unspaced(char: str) -> bool:
    """Whether the character belongs to a script that breaks between characters."""
    if char.isascii():
        return False
    if "\u0e00" <= char <= "\u0eff" or "\u1000" <= char <= "\u109f" or "\u1780" <= char <= "\u17ff":
        return True
    hangul = "\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7af"
    return not hangul and unicodedata.east_asian_width(char) in "WF"


def break_cost(
    before: str,
    after: str,
    language: Language,
    *,
    spaced: bool,
    phrases: tuple[str, str] | None = None,
) -> float:
    """What it costs the reader when a break falls between two pieces of text.

    ``spaced``: a space stands between them. ``phrases``: what ends and what begins here in a
    script without spaces, both empty inside of one; None when that is not known.
    Between SENTENCE and FORBIDDEN.
    """
    left, right = TAG.sub("", before), TAG.sub("", after)
    if not left or not right:
        return PLAIN
    if _inseparable(left, right, spaced=spaced):
        return FORBIDDEN
    if ENDS_SENTENCE.search(left) and not (spaced and INITIAL.match(left)):
        return SENTENCE
    if ENDS_CLAUSE.search(left) or (spaced and unspaced(left[-1]) and unspaced(right[0])):
        return CLAUSE
    base = SAME_WORDS.get(language.base, language.base)
    if spaced:
        return _between_words(left, right, base)
    return CLINGING if left[-1].isdigit() else _between_phrases(phrases, base)


def _inseparable(left: str, right: str, *, spaced: bool) -> bool:
    stray = right[0] in CLOSING and not any(char.isalnum() for char in right)
    within = not spaced and not (unspaced(left[-1]) or unspaced(right[0]))
    clings = right[0] in NEVER_FIRST or left[-1] in NEVER_LAST or left.lower() in TITLES
    return stray or within or clings


def _between_words(left: str, right: str, base: str) -> float:
    number = left[-1].isdigit()
    if (number and right[0].isdigit()) or left.lower() in ARTICLES.get(base, NONE):
        return FORBIDDEN
    if number or INITIAL.match(left) or _name(left, right, base):
        return CLINGING
    return _between_grammar(left.lower(), right.lower().rstrip(".,!?…،؟"), base)


def _between_grammar(left: str, right: str, base: str) -> float:
    joins, places = CONJUNCTIONS.get(base, NONE), PREPOSITIONS.get(base, NONE)
    if left in joins or left in places or left in HALFWAY.get(base, NONE):
        return CLINGING
    if left in LEADERS.get(base, NONE) or right in TRAILERS.get(base, NONE):
        return LEANING
    closes, leans, rests = (_ends(left, endings) for endings in ENDINGS.get(base, ((), (), ())))
    if right in joins or closes or (base == "ar" and right.startswith("و")):
        return CONJUNCTION
    if leans:
        return LEANING
    if right in places or rests:
        return PREPOSITION
    return ARTICLE if right in ARTICLES.get(base, NONE) else PLAIN


def _ends(word: str, endings: tuple[str, ...]) -> bool:
    return word.endswith(endings) and word not in endings


def _between_phrases(phrases: tuple[str, str] | None, base: str) -> float:
    if phrases is None:
        return CHARACTER
    left, right = phrases
    return _between_grammar(left, right, base) if left else INSIDE_PHRASE


def _name(left: str, right: str, base: str) -> bool:
    """Two capitalised words in a row; German writes every noun so."""
    capital = left[0].isupper() and right[0].isupper() and len(left) > 1
    return (
        capital
        and base != "de"
        and not left.isupper()
        and not FIRST_PERSON.match(right)
        and left.lower() not in CONJUNCTIONS.get(base, NONE)
    )
