"""Starts: how much of a line has to be copied so that it is no other line's."""

from collections.abc import Sequence
from os.path import commonprefix

from subtide.subtitles.breaks import unspaced

LEAST = 3
"""Letters and digits that a start has at least, where the line has them."""
WORDS = 3
"""Words that a model copies unless it is told otherwise; of scripts without spaces, CHARS."""
CHARS = 4


def core(text: str) -> str:
    """Return the letters and digits of a text, in small letters: what a copy has to agree in."""
    return "".join(char for char in text.casefold() if char.isalnum())


def needed(texts: Sequence[str]) -> list[int]:
    """Return for each text how much of its core tells it from all others that differ."""
    cores = [core(text) for text in texts]
    shared = (
        [len(commonprefix([own, other])) for other in cores if other != own]  # noqa: RUF071 - letters are meant
        for own in cores
    )
    return [min(len(own), max(of, default=-1) + 1) for own, of in zip(cores, shared, strict=True)]


def begins(text: str, start: str, need: int) -> bool:
    """Whether ``start`` is a copy of the beginning of a text, and long enough."""
    whole, first = core(text), core(start)
    return len(first) >= min(max(LEAST, need), len(whole)) and whole.startswith(first)


def usual(text: str) -> str:
    """Return what a model copies of a text unless it is told otherwise."""
    words = text.split()
    return text[:CHARS] if any(map(unspaced, text)) else " ".join(words[:WORDS])


def longer(text: str, need: int) -> str | None:
    """Return what it has to copy, where the usual start is not enough."""
    if begins(text, usual(text), need):
        return None
    ends = (place for place in range(1, len(text) + 1) if begins(text, text[:place], need))
    place = next(ends, len(text))
    while place < len(text) and text[place].isalnum() and not unspaced(text[place]):
        place += 1
    return text[:place]
