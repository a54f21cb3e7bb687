"""Items, sources and tracks as Subtide sees them, read from Jellyfin's BaseItemDto."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subtide.languages import Language


class TrackKind(StrEnum):
    """The kinds of stream that matter here."""

    VIDEO = "video"
    """A picture; cover images are none."""
    AUDIO = "audio"
    """Something to listen to."""
    SUBTITLE = "subtitle"
    """Something to read."""


@dataclass(frozen=True, slots=True)
class Track:
    """One stream of a source.

    ``index`` is where the server listed it in this answer. It shifts whenever a sidecar is
    added or removed, so it is used at once or not at all, never stored.
    ``ordinal`` counts, from 0, the tracks of the same kind inside the file (external ones
    apart): that is how a decoder finds it.
    """

    kind: TrackKind
    index: int
    ordinal: int
    codec: str
    language: Language | None
    title: str
    external: bool
    forced: bool
    hearing_impaired: bool
    default: bool
    text: bool
    """A subtitle made of text; False for images."""
    path: str | None
    """Where the server keeps an external track; None inside the file."""
    channels: int
    """Audio channels; 0 for others or unknown."""
    original: bool = False
    """The server (12) calls it the original's."""


@dataclass(frozen=True, slots=True)
class Source:
    """One version of an item: Jellyfin's MediaSource. Its id is the item id of that version."""

    id: str
    item: str
    """The primary's id, the only one that lists this source."""
    name: str
    path: str
    container: str
    size: int
    """Bytes; 0 when the server does not know."""
    duration: float
    """Seconds; 0 when the server does not know."""
    remote: bool
    """A .strm or network source."""
    disc: bool
    """A DVD or Blu-ray folder, or a disc image."""
    placeholder: bool
    """A stub, or a recording that is still growing."""
    tracks: tuple[Track, ...]

    @property
    def audio(self) -> tuple[Track, ...]:
        """The audio tracks inside the file, in its order."""
        return tuple(t for t in self.tracks if t.kind is TrackKind.AUDIO and not t.external)

    @property
    def subtitles(self) -> tuple[Track, ...]:
        """Every subtitle track, external ones first as the server lists them."""
        return tuple(t for t in self.tracks if t.kind is TrackKind.SUBTITLE)


@dataclass(frozen=True, slots=True)
class Item:
    """A film, episode or video in a library, with all its sources."""

    id: str
    name: str
    kind: str
    """Jellyfin's word: Movie, Episode, Video, MusicVideo."""
    path: str
    series: str
    """The series' name; empty for anything but an episode."""
    series_id: str
    season: int | None
    episode: int | None
    year: int | None
    etag: str
    sources: tuple[Source, ...]
    tags: tuple[str, ...] = ()
    """What people called it in the server; a series' tags are not those of its episodes."""
    rating: str = ""
    """The parental rating, such as PG-13."""
    added: datetime | None = None
    """When the server first saw it, UTC."""
    parts: int = 1
    """Files that the film is cut into, one after another; each is a source."""

    @property
    def title(self) -> str:
        """What a person calls it: ``Show S01E02 Name`` or ``Film (2020)``."""
        if self.series:
            number = f"S{self.season or 0:02}E{self.episode or 0:02}"
            return self.name if number in self.name else f"{self.series} {number} {self.name}"
        known = not self.year or str(self.year) in self.name
        return self.name if known else f"{self.name} ({self.year})"
