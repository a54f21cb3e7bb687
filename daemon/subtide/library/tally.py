"""Tally: what findings lack, counted as the database counts coverage, without writing any."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from subtide.storage.coverage import Count, Cover, Standing

Key = tuple[str, str, str, str]
"""Server, library, language, origin."""


@dataclass(slots=True)
class _Sum:
    sources: int = 0
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        self.sources += 1
        self.seconds += seconds


@dataclass(slots=True)
class Tally:
    """Counts gaps, source by source."""

    _lines: dict[Key, _Sum] = field(default_factory=dict)
    _whole: dict[Key, _Sum] = field(default_factory=dict)

    def add(self, server: str, covers: Iterable[Cover]) -> None:
        """Count one source. ``server``: its system Id; ``covers``: all of its targets."""
        gaps = [cover for cover in covers if cover.standing is Standing.GAP]
        for gap in gaps:
            key = (server, gap.library, gap.language, gap.origin)
            self._lines.setdefault(key, _Sum()).add(gap.duration)
        for gap in gaps[:1]:
            key = (server, gap.library, "", gap.origin)
            self._whole.setdefault(key, _Sum()).add(gap.duration)

    @property
    def lines(self) -> Iterator[Count]:
        """Yield the gaps, as ``Coverage.counts`` does."""
        return _counts(self._lines)

    @property
    def whole(self) -> Iterator[Count]:
        """Yield the sources that have gaps, as ``Coverage.lacking`` does."""
        return _counts(self._whole)


def _counts(sums: dict[Key, _Sum]) -> Iterator[Count]:
    for (server, library, language, origin), one in sorted(sums.items()):
        yield Count(server, library, "", language, Standing.GAP, origin, one.sources, one.seconds)
