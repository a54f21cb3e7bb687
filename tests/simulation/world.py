"""A server's libraries as they stand, and what people do to them; no request, no real time.

What the server then says of them is in ``stand_in``.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

LANGUAGES = ("en", "pt")
FILMS, SHOWS, KIDS = "a" * 32, "b" * 32, "c" * 32
NAMES = {FILMS: "films", SHOWS: "shows", KIDS: "kids"}
UNPROBED = timedelta(minutes=20)
"""How long a server may list a new file before it knows its streams."""
BULK = 40
"""Films that came in one second: a list sorted by that leaves their order open."""


def id_of(path: str) -> str:
    """Return the id of what is at a path: the server derives it from that alone."""
    return hashlib.md5(path.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Sidecar:
    """A subtitle beside a file."""

    path: str
    language: str
    ours: bool


@dataclass
class File:
    """One version of a film. ``born`` stays the same wherever it is moved."""

    born: int
    path: str
    size: int
    embedded: tuple[str, ...]
    probed_at: datetime
    sidecars: list[Sidecar] = field(default_factory=list)

    @property
    def id(self) -> str:
        return id_of(self.path)

    @property
    def languages(self) -> set[str]:
        return {*self.embedded, *(one.language for one in self.sidecars)}

    def ours(self) -> list[Sidecar]:
        return [one for one in self.sidecars if one.ours]


@dataclass
class Film:
    """One item: a film or an episode, with its files; the first one gives it its id."""

    number: int
    library: str
    name: str
    series: str
    episode: int
    folder: str
    created: datetime
    saved: datetime
    files: list[File] = field(default_factory=list)
    saves: int = 0

    @property
    def id(self) -> str:
        return self.files[0].id


Tell = Callable[[str, Film], None]
"""Hears of what the Webhook plugin would send: the event's kind and its item."""


class World:
    """The libraries, the people who change them, and a count of what Subtide did to them."""

    def __init__(self, rng: Random, now: Callable[[], datetime], tell: Tell) -> None:
        self.rng = rng
        self.now = now
        self.films: dict[str, Film] = {}
        self.away: set[str] = set()
        """Libraries whose disk is not mounted."""
        self.uploads: Counter[tuple[int, str]] = Counter()
        """How often a subtitle was put beside each file, by its birth and the language."""
        self.refused: set[tuple[int, str]] = set()
        """Subtitles of ours that a person took away while the file stayed, by its birth."""
        self.refused_films: set[tuple[int, str]] = set()
        """The same, by the film's number: another encode of it is no other film."""
        self.twice: set[int] = set()
        """Films, by number, that got the same subtitle for the same file more than once."""
        self.put_back: set[int] = set()
        """Films that got again what a person had taken away."""
        self.history: list[tuple[datetime, str, int]] = []
        """What was done to which film, by its number."""
        self._tell = tell
        self._unprobed: list[Film] = []
        self._births = 0
        self._created = now()

    # -- what is there ---------------------------------------------------------------------

    def there(self) -> list[Film]:
        return [film for film in self.films.values() if film.library not in self.away]

    def files(self) -> Iterator[File]:
        for film in self.films.values():
            yield from film.files

    def lacking(self) -> set[tuple[int, str]]:
        """What some file of a film lacks and nobody refused, by the film's number."""
        lacks = {
            (film.number, language)
            for film in self.films.values()
            for file in film.files
            for language in LANGUAGES
            if language not in file.languages
        }
        return lacks - self.refused_films

    def stories(self, films: set[int]) -> str:
        """Tell what happened to these films, by their numbers."""
        told: dict[int, list[str]] = {}
        for when, what, film in self.history:
            if film in films:
                told.setdefault(film, []).append(f"{when:%m-%d %H:%M} {what}")
        return "\n".join(f"film {film}: {'; '.join(lines)}" for film, lines in told.items())

    # -- what people do --------------------------------------------------------------------

    def fill(self, count: int) -> None:
        """Begin with a library that grew for years: most of it has its subtitles."""
        for number in range(count):
            if number % BULK == 0:
                self._created -= timedelta(hours=1)
            embedded = LANGUAGES if self.rng.random() < 0.95 else self._embedded()
            library = self.rng.choices((FILMS, SHOWS, KIDS), (6, 10, 1))[0]
            self._add(library, f"Show {number // 10}", number % 10, embedded, self._created)

    def add(self, library: str | None = None, series: str = "", episode: int = 0) -> Film:
        """Let a film, or an episode of a series, come; its streams may be known later."""
        library = library or self.rng.choice((FILMS, KIDS))
        now = self.now()
        film = self._add(library, series, episode, self._embedded(), now)
        if self.rng.random() < 0.2:
            film.files[0].probed_at = now + UNPROBED
            self._unprobed.append(film)
        self._tell("ItemAdded", film)
        return film

    def add_season(self) -> None:
        series = f"Series {self._births}"
        for episode in range(1, 9):
            self.add(SHOWS, series, episode)

    def add_version(self) -> None:
        """Let another file of a film come; the film's own row is not saved for that."""
        film = self._any()
        if film and film.library == FILMS and len(film.files) == 1:
            path = f"{film.folder}/{film.name} - 4K.mkv"
            film.files.append(self._file(path, self._embedded(), self.now()))
            self._note("another version came", film)

    def delete(self) -> None:
        film = self._any()
        if film:
            self._remove(film)

    def rename(self) -> None:
        """Move a film with all that lies beside it; for the server that is another film."""
        film = self._any()
        if film is None:
            return
        self._remove(film)
        self._note("renamed", film)
        old, film.folder = film.folder, f"{film.folder.split(' #')[0]} #{self._birth()}"
        for thing in (one for file in film.files for one in (file, *file.sidecars)):
            thing.path = thing.path.replace(old, film.folder)
        film.created = self.now()
        self._place(film)
        self._tell("ItemAdded", film)

    def replace_media(self) -> None:
        """Put another encode in a film's place, under the same name; it may come in a folder
        of its own, and take the place of all that lay there."""
        film = self._any()
        if film is None:
            return
        self._note("replaced", film)
        file = film.files[0]
        file.born = self._birth()
        file.size += 1
        file.embedded = self._embedded()
        if self.rng.random() < 0.5:
            del file.sidecars[:]
        self.save(film)

    def add_subtitle(self) -> None:
        """Let a person put a subtitle of their own beside a file."""
        file, film = self._any_file()
        language = self.rng.choice(LANGUAGES)
        path = f"{file.path[:-4]}.{language}.srt"
        if all(one.path != path for one in file.sidecars):
            self._note(f"a person put {language}", film)
            file.sidecars.append(Sidecar(path, language, ours=False))
            self._saved(film, file)

    def take_own_subtitle(self) -> None:
        """Let a person take away what they put there."""
        theirs = [(f, s) for f in self.files() for s in f.sidecars if not s.ours]
        self._take(theirs)

    def take_ours(self) -> None:
        """Let a person take away what Subtide made."""
        taken = self._take([(f, s) for f in self.files() for s in f.ours()])
        if taken:
            film, file, language = taken
            self.refused.add((file.born, language))
            self.refused_films.add((film.number, language))

    def scan(self) -> None:
        """Let the server scan its libraries: without online metadata it saves every film anew."""
        for film in self.there():
            self.save(film)

    def probe(self) -> None:
        """Let the server save what it knows the streams of by now."""
        for film in [one for one in self._unprobed if one.files[0].probed_at <= self.now()]:
            self._unprobed.remove(film)
            self.save(film)

    # -- what Subtide does -----------------------------------------------------------------

    def upload(self, file_id: str, language: str) -> str | None:
        """Put a subtitle of ours beside a file. Return its path, None where the file is gone."""
        for film in self.there():
            for file in film.files:
                if file.id == file_id:
                    return self._uploaded(film, file, language)
        return None

    def _uploaded(self, film: Film, file: File, language: str) -> str:
        path = f"{file.path[:-4]}.subtide.{language}.srt"
        if all(one.path != path for one in file.sidecars):
            file.sidecars.append(Sidecar(path, language, ours=True))
        self._note(f"we put {language} beside {file.born}", film)
        self.uploads[file.born, language] += 1
        if (file.born, language) in self.refused:
            self.put_back.add(film.number)
        elif self.uploads[file.born, language] > 1:
            self.twice.add(film.number)
        self._saved(film, file)
        return path

    # -- how ---------------------------------------------------------------------------------

    def save(self, film: Film) -> None:
        film.saves += 1
        film.saved = self.now().replace(microsecond=0)

    def _note(self, what: str, film: Film) -> None:
        self.history.append((self.now(), what, film.number))

    def _saved(self, film: Film, file: File) -> None:
        if file is film.files[0]:
            self.save(film)

    def _take(self, there: list[tuple[File, Sidecar]]) -> tuple[Film, File, str] | None:
        if not there:
            return None
        file, sidecar = self.rng.choice(there)
        film = next(one for one in self.films.values() if file in one.files)
        if film.library in self.away:
            return None
        self._note(f"a person took {sidecar.path}", film)
        file.sidecars.remove(sidecar)
        self._saved(film, file)
        return film, file, sidecar.language

    def _any(self) -> Film | None:
        there = self.there()
        return self.rng.choice(there) if there else None

    def _any_file(self) -> tuple[File, Film]:
        film = self.rng.choice(self.there())
        return self.rng.choice(film.files), film

    def _embedded(self) -> tuple[str, ...]:
        return self.rng.choice(((), (), ("en",), ("pt",), LANGUAGES))

    def _birth(self) -> int:
        self._births += 1
        return self._births

    def _add(
        self, library: str, series: str, episode: int, embedded: tuple[str, ...], created: datetime
    ) -> Film:
        number = self._birth()
        series = series if library == SHOWS else ""
        name = f"Part {number}" if series else f"Film {number} (2001)"
        folder = f"/{NAMES[library]}/{series or name}/{number}"
        film = Film(number, library, name, series, episode, folder, created, created)
        film.files.append(self._file(f"{folder}/{name}.mkv", embedded, created))
        self._place(film)
        self._note(f"came with {embedded}", film)
        return film

    def _file(self, path: str, embedded: tuple[str, ...], probed_at: datetime) -> File:
        return File(self._birth(), path, self.rng.randrange(10**9), embedded, probed_at)

    def _place(self, film: Film) -> None:
        self.films[film.id] = film
        self.save(film)

    def _remove(self, film: Film) -> None:
        del self.films[film.id]
        self._tell("ItemDeleted", film)
