"""The guard: what must not be wrong with one translated line."""

import re
import unicodedata
from enum import StrEnum

from subtide.subtitles.cues import TAG
from subtide.subtitles.limits import DEFAULT

LEAST, MOST = 0.3, 3.0
"""Width of the translation against its source's, with wide characters counted as two."""
SHORT = 10
"""Width up to which any ratio may be right."""
LONG = 20
"""Width from which a translation that equals its source was not translated."""

LOOP = re.compile(r"(.{2,40}?)\1{3,}", re.DOTALL)
"""The same thing four times on end."""
NUMBER = re.compile(r"\d+(?:[.,:\s\u00a0\u202f'’]?\d+)*")  # noqa: RUF001 - a thousands mark


class LineFault(StrEnum):
    """Why a translated line is not used."""

    MISSING = "missing"
    """The engine gave no answer under the line's id, or several."""
    EMPTY = "empty"
    """It says nothing."""
    LENGTH = "length"
    """It is much longer or shorter than its source."""
    NUMBERS = "numbers"
    """A number is lost."""
    ECHO = "echo"
    """It is the source."""
    LOOP = "loop"
    """It repeats itself, and its source does not."""
    TAGS = "tags"
    """Its tags are not those of its source."""


def line_faults(source: str, translation: str) -> tuple[LineFault, ...]:
    """Everything that is wrong with a translation; nothing for one that may be used."""
    if not any(char.isalnum() for char in TAG.sub("", translation)):
        return (LineFault.EMPTY,)
    tests = {
        LineFault.LENGTH: _length(source, translation),
        LineFault.NUMBERS: _number_lost(source, translation),
        LineFault.ECHO: DEFAULT.width(source) > LONG and _core(source) == _core(translation),
        LineFault.LOOP: bool(LOOP.search(_core(translation)) and not LOOP.search(_core(source))),
        LineFault.TAGS: sorted(TAG.findall(source)) != sorted(TAG.findall(translation)),
    }
    return tuple(fault for fault, wrong in tests.items() if wrong)


def _length(source: str, translation: str) -> bool:
    width = DEFAULT.width(source)
    return width > SHORT and not LEAST <= DEFAULT.width(translation) / width <= MOST


def _number_lost(source: str, translation: str) -> bool:
    """A number of one digit may become a word, and 1980s may become the 80s."""
    kept = _numbers(translation)
    return any(
        not any(number == other or (len(other) > 1 and number.endswith(other)) for other in kept)
        for number in _numbers(source)
        if len(number) > 1
    )


def _numbers(text: str) -> list[str]:
    found = (match[0] for match in NUMBER.finditer(TAG.sub("", text)))
    return ["".join(str(unicodedata.digit(c)) for c in number if c.isdigit()) for number in found]


def _core(text: str) -> str:
    return "".join(char for char in TAG.sub("", text).casefold() if char.isalnum())
