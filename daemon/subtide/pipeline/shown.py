"""shown: which subtitles the server shows with a content, read back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from subtide.errors import SkipSource
from subtide.jellyfin.answers import ServerFault
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Source, Track
from subtide.pipeline.source import Place, current_source
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read, same

MOST_LOOKS = 5
"""How often to begin again while the indexes move under us."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What was found, true for the moment of its last listing."""

    source: Source
    """As listed last."""
    tracks: tuple[Track, ...]
    """Those that hold the content; each index is good for one call."""

    @property
    def paths(self) -> list[str]:
        """Where the server keeps them."""
        return [track.path for track in self.tracks if track.path]

    @property
    def places(self) -> list[tuple[str | None, int]]:
        """Path and index of every external subtitle, as listed last."""
        return _places(self.source)


def shown(
    server: Jellyfin,
    place: Place,
    wanted: Callable[[str], bool],
    cues: Sequence[Cue],
    format: str,  # noqa: A002 - the word of the glossary
) -> Shown:
    """Return the tracks whose paths are ``wanted`` and that hold these cues: list, read, list.

    A content belongs to a path only if no index moved meanwhile; else all is done again, and
    nothing is shown for sure if they never stand still.
    """
    source = current_source(server, place)
    for _ in range(MOST_LOOKS):
        tracks = [track for track in source.subtitles if track.path and wanted(track.path)]
        if not tracks:
            return Shown(source, ())
        held = tuple(t for t in tracks if _holds(server, source, t, cues, format))
        again = current_source(server, place)
        if _places(again) == _places(source):
            return Shown(again, held)
        source = again
    return Shown(source, ())


def _holds(
    server: Jellyfin,
    source: Source,
    track: Track,
    cues: Sequence[Cue],
    format: str,  # noqa: A002
) -> bool:
    """Whether the track reads as these cues; one that cannot be read does not, or not yet."""
    try:
        return same(read(server.subtitle(source, track.index, format), format), cues)
    except (SkipSource, ServerFault):
        return False


def _places(source: Source) -> list[tuple[str | None, int]]:
    return [(track.path, track.index) for track in source.subtitles if track.external]
