"""Phrases: the words of scripts that write none apart, found by budoux's small models.

Imported where cues are laid out, in child processes; the library is loaded at the first text.
"""

from functools import cache
from typing import TYPE_CHECKING

from subtide.languages import Language

if TYPE_CHECKING:
    from budoux import Parser

TRADITIONAL = "Hant"
"""The script of Chinese that has a model of its own."""


def phrases(text: str, language: Language) -> list[str] | None:
    """The text in its smallest parts that belong together, or None for a language without a model.

    Joined again they are the text. In Japanese a part is a word with its particles, in Chinese
    and Thai a word.
    """
    name = _model(language)
    return None if name is None else _parser(name).parse(text)


def _model(language: Language) -> str | None:
    if language.base in {"zh", "cmn", "yue"}:
        return "zh-hant" if language.script == TRADITIONAL else "zh-hans"
    return language.base if language.base in {"ja", "th"} else None


@cache
def _parser(name: str) -> "Parser":
    import budoux  # noqa: PLC0415 - never in the daemon, and only where a text needs it

    loaders = {
        "ja": budoux.load_default_japanese_parser,
        "th": budoux.load_default_thai_parser,
        "zh-hans": budoux.load_default_simplified_chinese_parser,
        "zh-hant": budoux.load_default_traditional_chinese_parser,
    }
    return loaders[name]()
