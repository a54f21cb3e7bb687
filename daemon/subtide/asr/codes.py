"""Whisper's language codes, at the edge: everything inside is a Language."""

from subtide.languages import Language

OWN = {"jw": "jv", "no": "nb", "tl": "fil"}
"""Whisper's codes that BCP-47 writes differently."""

WITHOUT_BLANKS = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""Whisper's codes of languages that put no blanks between words."""

WHISPER = {tag: code for code, tag in OWN.items()}


def from_whisper(code: str) -> Language | None:
    """Return the language of ``en``, ``jw`` or ``<|zh|>``; None for a code that is none."""
    code = code.strip("<|>")
    return Language.find(OWN.get(code, code))


def to_whisper(language: Language) -> str:
    """Return Whisper's code for a language; script and region mean nothing to it."""
    return WHISPER.get(language.base, language.base)
