"""Naming: the items that a person means by an id, a title or a part of one."""

from collections.abc import Iterator, Mapping

from subtide.jellyfin.client import ITEM_ID
from subtide.jellyfin.routes import plain_id
from subtide.library.server import ConnectedServer
from subtide.library.sweep import Sweep
from subtide.storage.database import Database
from subtide.storage.scans import Scans
from subtide.storage.titles import Titled, find_titles, is_called

MOST = 50
"""Titles that are looked at; nobody reads a longer list."""


def named(
    text: str, servers: Mapping[str, ConnectedServer], database: Database
) -> tuple[Titled, ...]:
    """Return the items that ``text`` may mean, one where it is an id or a whole title.

    ``servers``: by system Id. One that was never looked through as a whole is asked for what no
    look has seen yet.

    Raises:
        RetryLater, StopAndTell: a server is not ready or refuses us.
    """
    by_id = tuple(_by_id(text, servers))
    if by_id:
        return by_id
    known = find_titles(database, servers, text, MOST)
    whole = tuple(one for one in known if is_called(one.title, text))
    if whole:
        return whole
    scans = Scans(database)
    unseen = {key: one for key, one in servers.items() if not known or not scans.saw_all(key)}
    found = tuple(dict.fromkeys((*known, *_listed(text, unseen))))
    return tuple(one for one in found if is_called(one.title, text)) or found


def _by_id(text: str, servers: Mapping[str, ConnectedServer]) -> Iterator[Titled]:
    wanted = plain_id(text)
    if len(wanted) == len(text.replace("-", "")) and ITEM_ID.fullmatch(wanted):
        for server_id, server in servers.items():
            for item in server.client.items([wanted]):
                yield Titled(server_id, item.id, item.title)


def _listed(text: str, servers: Mapping[str, ConnectedServer]) -> Iterator[Titled]:
    wanted = text.casefold()
    for server_id, server in servers.items():
        for _, page in Sweep(server, server.libraries()).pages():
            for item in server.items([entry.id for entry in page]):
                if wanted in item.title.casefold():
                    yield Titled(server_id, item.id, item.title)
