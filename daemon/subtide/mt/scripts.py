"""Scripts: whether a text is written as its language is."""

import unicodedata

from subtide.languages import Language

ENOUGH = 4
"""Letters from which a script is told."""
LETTERS = {
    "Arab": ("ARABIC",),
    "Armn": ("ARMENIAN",),
    "Beng": ("BENGALI",),
    "Cyrl": ("CYRILLIC",),
    "Deva": ("DEVANAGARI",),
    "Geor": ("GEORGIAN",),
    "Grek": ("GREEK",),
    "Gujr": ("GUJARATI",),
    "Guru": ("GURMUKHI",),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
    "Hebr": ("HEBREW",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "HALFWIDTH"),
    "Khmr": ("KHMER",),
    "Knda": ("KANNADA",),
    "Kore": ("HANGUL", "CJK"),
    "Laoo": ("LAO",),
    "Latn": ("LATIN", "FULLWIDTH", "MODIFIER", "FEMININE", "MASCULINE"),
    "Mlym": ("MALAYALAM",),
    "Mymr": ("MYANMAR",),
    "Sinh": ("SINHALA",),
    "Taml": ("TAMIL",),
    "Telu": ("TELUGU",),
    "Thai": ("THAI",),
}
"""How Unicode begins the names of a script's letters, by ISO 15924 code."""


def scripts_differ(one: Language, other: Language) -> bool:
    """Whether two languages share no letters."""
    return set(LETTERS.get(one.script, ())).isdisjoint(LETTERS.get(other.script, ()))


def other_script(text: str, language: Language) -> bool:
    """Whether a text is surely written in another script than its language's.

    Acronyms and names of a Latin script stand in any text; a few letters prove nothing.
    """
    prefixes = LETTERS.get(language.script)
    letters = [char for char in text if char.isalpha()]
    if not prefixes or len(letters) < ENOUGH:
        return False
    own = sum(unicodedata.name(char, "").startswith(prefixes) for char in letters)
    if own:
        return language.script == "Latn" and own < len(letters) / 2
    return any(not (char.isascii() and char.isupper()) for char in letters) and not _name(text)


def _name(text: str) -> bool:
    """Whether it may be one name: a word or two in Latin letters."""
    words = text.split()
    return text.isascii() and len(words) <= 2 and all(word[0].isupper() for word in words)  # noqa: PLR2004
