"""Names that a model is told before it listens, so that it writes them as the film does.

Imported in child processes only.
"""

from collections.abc import Callable, Iterable

ROOM = 223
"""Tokens that a model takes before what it hears: half of its 448 less one."""


def fitting(names: Iterable[str], count: Callable[[str], int]) -> tuple[str, ...]:
    """Return the first names that a model has room for, each once.

    ``count`` says how many tokens a text has.
    """
    taken: list[str] = []
    for name in dict.fromkeys(" ".join(name.split()) for name in names):
        if name and count(joined([*taken, name])) > ROOM:
            break
        if name:
            taken.append(name)
    return tuple(taken)


def joined(names: Iterable[str]) -> str:
    """Return names as a model is told them."""
    return ", ".join(names)
