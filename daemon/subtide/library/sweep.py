"""Sweep: one pass over every library to care for."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog

from subtide.jellyfin.answers import BadRequest, Library
from subtide.jellyfin.listing import PAGE, SUBTITLED, Entry
from subtide.library.server import ConnectedServer

log = structlog.get_logger()


class Sweep:
    """Lists what is there, or what changed since a moment; tells at its end what it saw."""

    def __init__(
        self,
        server: ConnectedServer,
        libraries: Sequence[Library],
        since: datetime | None = None,
        page_size: int = PAGE,
    ) -> None:
        """``libraries``: those to list; ``since`` is by the server's clock."""
        self.server = server
        self.libraries = libraries
        self.ids: set[str] = set()
        """Of every entry so far."""
        self.empty: set[str] = set()
        """The ids of libraries without any entry."""
        self.unlisted: set[str] = set()
        """The ids of libraries that the server would not list."""
        self.complete = True
        """Whether all was listed that the server counts."""
        self.began: datetime | None = None
        """The server's clock at its first answer."""
        self._since = since
        self._page_size = page_size

    def pages(self) -> Iterator[tuple[Library, list[Entry]]]:
        """Yield the wanted entries of a page with their library, each entry once."""
        for library in self.libraries:
            listing = self.server.client.listing(
                kinds=SUBTITLED,
                library=library.id,
                changed_since=self._since,
                limit=self._page_size,
            )
            try:
                for page in listing.pages():
                    fresh = [one for one in page if one.wanted and one.id not in self.ids]
                    if fresh:
                        yield library, fresh
            except BadRequest as error:
                log.warning("a library cannot be listed", library=library.name, what=error.what)
                self.unlisted.add(library.id)
                continue
            self.ids |= listing.ids
            self.complete = self.complete and listing.complete
            self.began = self.began or listing.began
            if not listing.ids:
                self.empty.add(library.id)
