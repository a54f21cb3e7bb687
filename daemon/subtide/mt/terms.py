"""Terms: words and names that have to be translated in one way, and how they are found.

Names of characters are kept as they are between languages of one script. The item's list says
"Mother" and "Police Officer" beside "Will Turner", so a word of it counts as a name only where
the film itself writes it so: with a capital inside a sentence, or never without one, and never
behind an article.
"""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence

from subtide.languages import Language
from subtide.mt.engine import Term
from subtide.subtitles.breaks import unspaced
from subtide.subtitles.grammar import ARTICLES, TITLES

ADDRESS = frozenset(
    {
        "mother", "father", "mom", "mum", "dad", "mommy", "daddy", "mama", "papa", "sister",
        "brother", "aunt", "uncle", "grandma", "grandpa", "doctor", "nurse", "captain",
        "sergeant", "lieutenant", "colonel", "major", "general", "officer", "detective",
        "inspector", "agent", "king", "queen", "prince", "princess", "lord", "lady", "sir",
        "madam", "miss", "mister", "judge", "professor", "president", "god", "narrator", "self",
        "himself", "herself", "announcer", "reporter", "man", "woman", "boy", "girl", "the",
        "and", "of",
    }
)  # fmt: skip
"""English words of cast lists by which people are called without being their names."""
ENDING = 5
"""Letters that an inflected word may have more than its term says."""
POSSESSIVE = re.compile(r"['’]s$")  # noqa: RUF001 - an apostrophe
STOPS = re.compile(r"[.!?…:。！？]|[\"”»]")  # noqa: RUF001 - meant so
"""What a sentence ends with, or a speech begins or ends with: the next word has a capital."""
LETTER = r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
"""A letter or digit of a script with spaces: one stands next to a word's end only inside it."""
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001 - an apostrophe


def chosen(
    glossary: Mapping[str, Mapping[str, str]],
    choices: Mapping[str, str],
    source: Language,
    target: Language,
) -> tuple[Term, ...]:
    """Return the terms between two languages, each once.

    The glossary of the direction (``en-pt-BR``, else ``en-pt``) goes before the one of every
    direction (``*``), and both before what was chosen earlier.
    """
    wanted = (f"{source}-{target}", f"{source.base}-{target.base}", "*")
    found = dict(choices)
    for direction in reversed(wanted):
        found |= glossary.get(direction, {})
    return tuple(Term(one, other) for one, other in found.items() if one and other)


def name_terms(
    names: Iterable[str], texts: Sequence[str], source: Language, target: Language
) -> tuple[Term, ...]:
    """Return the names that the texts of a film use as names, to be kept as they are.

    ``names``: of characters and cast. None between languages of different scripts.
    """
    if source.script != target.script:
        return ()
    words = dict.fromkeys(word for name in names for word in _parts(name))
    if not words:
        return ()
    written, inside, common = _usage(texts, source)
    return tuple(
        Term(word, word, homograph=word.lower() in written)
        for word in words
        if word.casefold() not in common
        and (word in inside or (word in written and word.lower() not in written))
    )


def _usage(texts: Sequence[str], language: Language) -> tuple[set[str], set[str], set[str]]:
    """All words, those inside sentences, and those behind an article (folded)."""
    articles = ARTICLES.get(language.base, frozenset())
    written: set[str] = set()
    inside: set[str] = set()
    common: set[str] = set()
    for text in texts:
        before = ""
        for match in WORD.finditer(text):
            word = POSSESSIVE.sub("", match[0])
            written.add(word)
            if before.lower() in articles:
                common.add(word.casefold())
            if before:
                inside.add(word)
            ends = STOPS.match(text, match.end())
            before = "" if ends else match[0]
    return written, inside, common


def _parts(name: str) -> list[str]:
    """The words of a name that are nothing but a name."""
    words = [match[0] for match in WORD.finditer(name)]
    return [
        word
        for word in words
        if len(word) > 1
        and word[0].isupper()
        and word.lower() not in ADDRESS
        and f"{word.lower()}." not in TITLES
    ]


@functools.cache
def pattern(term: Term) -> re.Pattern[str]:
    """What finds a term: whole words, and with its capitals where it has any.

    In scripts without spaces there are no words, so a part of the text is enough.
    """
    whole = _whole(term.source, "")
    if not term.homograph:
        return whole
    return re.compile(f"(?<=[^\\s.!?…:\"“«-] ){whole.pattern}|{whole.pattern}(?=[,.!?…'’]|$)")  # noqa: RUF001


@functools.cache
def _inflected(word: str) -> re.Pattern[str]:
    return _whole(word, rf"{LETTER}{{0,{ENDING}}}")


def _whole(word: str, ending: str) -> re.Pattern[str]:
    flags = re.NOFLAG if word != word.lower() else re.IGNORECASE
    begin = "" if unspaced(word[0]) else f"(?<!{LETTER})"
    end = "" if unspaced(word[-1]) else f"{ending}(?!{LETTER})"
    return re.compile(f"{begin}{re.escape(word)}{end}", flags)


def within(terms: Iterable[Term], text: str) -> tuple[Term, ...]:
    """Return the terms that a text holds."""
    return tuple(term for term in terms if pattern(term).search(text))


def missing(terms: Iterable[Term], source: str, translation: str) -> tuple[Term, ...]:
    """Return the terms of a line whose translation is not in the line's translation.

    A word may have an ending more than the term says.
    """
    return tuple(
        term for term in within(terms, source) if not _inflected(term.target).search(translation)
    )
