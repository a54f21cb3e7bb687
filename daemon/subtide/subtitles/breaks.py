"""How well a text may be broken between two neighbours: the rules for lines and for cues.

The rules are those of the common timed text guides: break after punctuation, or before a
conjunction or preposition; not after an article, nor inside a name, a title or a number.
Chinese, Japanese and Thai break between characters where their line rules allow it.
"""

import re
import unicodedata

from subtide.languages import Language
from subtide.subtitles.cues import TAG

SENTENCE = 0.0
"""After the end of a sentence."""
CLAUSE = 1.0
"""After a comma, colon or dash."""
OPENER = 2.0
"""Before a conjunction or preposition."""
PLAIN = 4.0
"""Between two words with nothing to say for or against it."""
PHRASE = 3.0
"""Where hiragana gives way to another script: most Japanese phrases begin there."""
CHARACTER = 6.0
"""Between two characters of a script without spaces."""
CLINGING = 10.0
"""After a conjunction or preposition, inside a name, between a number and its unit."""
FORBIDDEN = 40.0
"""After an article or title, inside a number or word: only if nothing else fits."""

UNSPACED = frozenset({"ja", "zh", "th", "lo", "km", "my", "yue"})
"""Base languages written without spaces between words."""

ENDS_SENTENCE = re.compile(r"[.!?…。！？؟।][\"'”’»)\]」』）]*$")  # noqa: RUF001 - meant so
ENDS_CLAUSE = re.compile(r"[,;:،、，；：—–][\"'”’»)\]」』）]*$")  # noqa: RUF001 - meant so

CLOSING = frozenset("、。，．・：；？！…‥）」』】〕〉》”’»!?,.:;)]}%")  # noqa: RUF001 - meant so
"""Punctuation that never stands alone at the start of a line."""
NEVER_FIRST = frozenset("ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶะาำๆฯๅ")
"""Letters that never start a line."""
NEVER_LAST = frozenset("（「『【〔〈《“‘«([{¿¡เแโใไ")  # noqa: RUF001 - meant so
"""Characters that never end a line."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TITLES = _set("mr. mrs. ms. dr. st. prof. sr. sra. dra. jr. m. mme. hr. fr.")
"""What stands before a name and ends in a full stop."""


def _words(table: dict[str, str]) -> dict[str, frozenset[str]]:
    return {language: _set(words) for language, words in table.items()}


ARTICLES = _words(
    {
        "en": "a an the my your his her its our their this",
        "de": "der die das den dem des ein eine einen einem einer eines mein dein sein ihr kein",
        "fr": "le la les l' un une des du au aux mon ma mes ton ta tes son sa ses ce cette ces",
        "es": "el la los las un una unos unas lo al del mi tu su mis tus sus este esta ese esa",
        "pt": "o a os as um uma uns umas ao aos à às do da dos das no na nos nas meu minha seu sua",
        "it": "il lo la i gli le un uno una del della dei delle al alla nel nella mio mia tuo tua",
        "nl": "de het een mijn jouw zijn haar ons onze hun dit dat deze die geen",
    }
)
"""Articles and other words that stand before their noun, by base language."""

OPENERS = _words(
    {
        "en": "and or but because so if when while that which who where than as of in on at to "
        "from with without by for about into over under after before until between through",
        "de": "und oder aber weil dass wenn als ob denn wie wo mit ohne von vom zu zum zur in im "
        "an am auf aus bei beim für nach über unter vor zwischen durch bis seit",
        "fr": "et ou mais parce que car si quand comme qui dont où de à en dans sur sous avec sans "
        "pour par chez vers avant après entre depuis jusqu'à",
        "es": "y e o u pero porque que si cuando como donde de a en con sin por para sobre entre "
        "hasta desde hacia según antes después",
        "pt": "e ou mas porque que se quando como onde de a em com sem por para pelo pela sobre "
        "entre até desde antes depois",
        "it": "e ed o ma perché che se quando come dove di a ad da in con su per tra fra senza "
        "fino prima dopo",
        "nl": "en of maar omdat dat als toen waar van in op aan bij met zonder voor door over "
        "onder naar uit tot tussen na",
    }
)
"""Conjunctions and prepositions, by base language: a break is better before than after them."""


def unspaced(char: str) -> bool:
    """Whether the character belongs to a script that breaks between characters."""
    if char.isascii():
        return False
    if "\u0e00" <= char <= "\u0eff" or "\u1000" <= char <= "\u109f" or "\u1780" <= char <= "\u17ff":
        return True
    hangul = "\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7af"
    return not hangul and unicodedata.east_asian_width(char) in "WF"


def break_cost(before: str, after: str, language: Language, *, spaced: bool) -> float:
    """What it costs the reader when a break falls between two pieces of text.

    ``spaced``: a space stands between them. Between SENTENCE and FORBIDDEN.
    """
    left, right = TAG.sub("", before), TAG.sub("", after)
    if not left or not right:
        return PLAIN
    if _inseparable(left, right, spaced=spaced):
        return FORBIDDEN
    if ENDS_SENTENCE.search(left):
        return SENTENCE
    if ENDS_CLAUSE.search(left):
        return CLAUSE
    return _between_words(left, right, language) if spaced else _between_characters(left, right)


def _inseparable(left: str, right: str, *, spaced: bool) -> bool:
    stray = right[0] in CLOSING and not any(char.isalnum() for char in right)
    within = not spaced and not (unspaced(left[-1]) or unspaced(right[0]))
    clings = right[0] in NEVER_FIRST or left[-1] in NEVER_LAST or left.lower() in TITLES
    return stray or within or clings


def _between_words(left: str, right: str, language: Language) -> float:
    first, second = left.lower(), right.lower()
    openers = OPENERS.get(language.base, frozenset())
    if first in ARTICLES.get(language.base, frozenset()):
        return FORBIDDEN
    if left[-1].isdigit() and right[0].isdigit():
        return FORBIDDEN
    if left[-1].isdigit() or first in openers or _name(left, right, language):
        return CLINGING
    return OPENER if second in openers else PLAIN


def _between_characters(left: str, right: str) -> float:
    if left[-1].isdigit():
        return CLINGING
    return PHRASE if _hiragana(left[-1]) and not _hiragana(right[0]) else CHARACTER


def _hiragana(char: str) -> bool:
    return "\u3040" <= char <= "\u309f"


def _name(left: str, right: str, language: Language) -> bool:
    """Two capitalised words in a row; German writes every noun so."""
    capital = left[0].isupper() and right[0].isupper() and len(left) > 1
    return capital and language.base != "de" and not left.isupper()
