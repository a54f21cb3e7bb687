"""What every call inside a child shares: its shape, what stays warm, and cues as plain values.

Imported in child processes only.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from subtide.subtitles.cues import Cue

Report = Callable[[float], None]
Read = Callable[[int, int], bytes]
Request = Mapping[str, Any]
Answer = dict[str, Any]
Loaded = TypeVar("Loaded")


class Warm(Generic[Loaded]):
    """The one thing of its kind that is kept between calls: the old one goes before the new."""

    def __init__(self) -> None:
        self._key: object = None
        self._loaded: Loaded | None = None

    def get(self, key: object, load: Callable[[], Loaded]) -> Loaded:
        """Return what ``key`` names, loading it if the last one had another key."""
        if self._loaded is None or self._key != key:
            self._loaded = None
            gc.collect()
            self._loaded = load()
            self._key = key
        return self._loaded


def plain(cues: Sequence[Cue]) -> list[list[object]]:
    """Return cues as values that JSON can hold; ``Cue(*value)`` reads one back."""
    return [[cue.start, cue.end, cue.text, cue.language] for cue in cues]
