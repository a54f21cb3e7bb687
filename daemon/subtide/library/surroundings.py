"""Surroundings: what counts for the items of a server besides themselves, asked once a visit."""

from collections.abc import Iterable
from pathlib import Path

from subtide.jellyfin.answers import Library
from subtide.jellyfin.items import Item, Source
from subtide.jellyfin.sidecars import lies_in
from subtide.library.memory import judged_with
from subtide.library.policy import UNREAD, Around, Rules
from subtide.library.server import ConnectedServer
from subtide.storage.releases import is_open

IGNORE_FILE = ".subtide-ignore"
"""A file of this name says that its folder, with all in it, is to be left alone."""
UNTOLD_LEVELS = 3
"""How far above a file the mark is looked for where the server does not tell its libraries'
folders: show, season and the library itself."""


class Surroundings:
    """The libraries, wishes and tags around the items of one server."""

    def __init__(
        self,
        server: ConnectedServer,
        rules: Rules,
        libraries: Iterable[Library],
        judged: str,
        released: frozenset[str],
    ) -> None:
        """``judged``: the hash of the settings; ``released``: see ``Releases.of``."""
        self.libraries = tuple(libraries)
        """Those to care for."""
        self._server = server
        self._rules = rules
        self._libraries = {library.id: library for library in self.libraries}
        self._users = server.client.subtitle_wishes() if rules.ask_for_users else ()
        self._released = released
        self._judged = judged
        self._tags: dict[str, frozenset[str]] = {}
        self._marks: dict[Path, Path | None] = {}

    def learn(self, series: Iterable[str]) -> None:
        """Ask for the tags of those series that were not asked for yet."""
        unknown = {one for one in series if one} - self._tags.keys()
        if unknown and self._rules.ask_for_tags:
            self._tags |= dict.fromkeys(unknown, frozenset[str]())
            self._tags |= self._server.client.tags(sorted(unknown))

    def around(self, item: Item, library: str) -> Around:
        """Return what counts for an item of a library, by its id."""
        return Around(
            server=self._server.name,
            library=self._libraries.get(library, UNREAD),
            users=self._users,
            series_tags=self._tags.get(item.series_id, frozenset()),
        )

    def everywhere(self) -> list[Around]:
        """Return what counts for the items of each library, whatever series they are of."""
        return [
            Around(self._server.name, library, self._users) for library in self._libraries.values()
        ]

    def is_released(self, library: str) -> bool:
        """Whether anything may be written into a library, by its id."""
        return is_open(self._released, library)

    def judged(self, library: str, series: str) -> str:
        """Return the hash of all that verdicts depend on besides the item itself."""
        known = self._libraries.get(library, UNREAD)
        return judged_with(
            self._judged,
            known.name,
            known.languages,
            known.skips_spoken,
            self._users,
            self.is_released(library),
            tuple(sorted(self._tags.get(series, ()))),
        )

    def mark_above(self, source: Source, library: str) -> Path | None:
        """Return the file that says to leave a source alone, if one can be seen from here."""
        first = self._server.media.beside(source, IGNORE_FILE)
        if first is None:
            return None
        folder = first.parent
        for _ in range(self._levels(source, library)):
            if folder not in self._marks:
                mark = folder / IGNORE_FILE
                self._marks[folder] = mark if mark.exists() else None
            if self._marks[folder]:
                return self._marks[folder]
            folder = folder.parent
        return None

    def _levels(self, source: Source, library: str) -> int:
        """Return how many folders there are from a source's own up to its library's."""
        folders = self._libraries.get(library, UNREAD).folders
        inside = [
            source.path[len(folder) :].strip("/\\")
            for folder in folders
            if lies_in(source.path, folder)
        ]
        if not inside:
            return UNTOLD_LEVELS
        return len(min(inside, key=len).replace("\\", "/").split("/"))
