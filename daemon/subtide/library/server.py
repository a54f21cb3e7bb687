"""A configured server with its client, its ways to media, and who it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from subtide.errors import BrokenAnswer, SettingsError, SubtideError
from subtide.jellyfin.answers import Library, ServerFault
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.items import Item
from subtide.jellyfin.media import MediaAccess
from subtide.jellyfin.sidecars import lies_in
from subtide.settings import Server, variable_of
from subtide.storage.servers import KnownServer, Servers

AT_ONE_ITEM = (BrokenAnswer, ServerFault)
"""Errors that one item of several may bring on all of them."""

WITHOUT_VIDEOS = frozenset({"boxsets", "music", "books", "playlists", "photos", "livetv"})
"""Kinds of library that hold nothing of their own to subtitle; collections repeat films."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ConnectedServer:
    """One entry of ``servers`` in the settings, ready to be asked."""

    name: str
    settings: Server
    client: Jellyfin
    media: MediaAccess
    others: frozenset[str] = frozenset()
    """The names of the other configured servers."""

    def meet(self, servers: Servers) -> KnownServer:
        """Ask who answers and compare it with who did before.

        Raises:
            ServerChanged: it is another server than before; nothing is done there.
            SettingsError: another configured name is the same server.
            RetryLater, StopAndTell: it is not ready, or refuses us.
        """
        if not self.settings.key.get_secret_value():
            variable = variable_of(("servers", self.name, "key"))
            raise SettingsError(
                f"servers.{self.name}.key is not set",
                f"run: subtide connect {self.settings.url} --name {self.name}; or make an API key"
                f" in Jellyfin (Dashboard, API Keys) and put it into {variable} or a secret file"
                f" {variable.lower()}",
            )
        try:
            info = self.client.ready()
        except SubtideError as error:
            error.what = f"{self.name} at {self.settings.url}: {error.what}"
            raise
        return servers.meet(self.name, info.id, info.version_text, self.others)

    def items(self, ids: Sequence[str]) -> list[Item]:
        """Return those of the items that the server lists; one that it cannot tell is left out.

        Raises:
            RetryLater, StopAndTell: the server is at fault, and not one of several items.
        """
        try:
            return self._together(ids)
        except AT_ONE_ITEM as error:
            if len(ids) > 1:
                raise
            self._pass_over(error)
            return []

    def _together(self, ids: Sequence[str]) -> list[Item]:
        """Ask for all at once; where that fails, for each half by itself, while one succeeds."""
        try:
            return list(self.client.items(ids))
        except AT_ONE_ITEM as error:
            if len(ids) == 1:
                raise
            failure = error
        found: list[Item] = []
        failures: list[SubtideError] = []
        for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
            try:
                found += self._together(half)
            except AT_ONE_ITEM as error:
                failures.append(error)
        if len(failures) > 1:
            raise failure
        for one in failures:
            self._pass_over(one)
        return found

    def _pass_over(self, error: SubtideError) -> None:
        log.warning("items are passed over", server=self.name, what=error.what, fix=error.fix)

    def libraries(self) -> tuple[Library, ...]:
        """Return the libraries to care for.

        Raises:
            SettingsError: the settings name one that the server does not have.
        """
        there = {library.name: library for library in self.client.libraries()}
        if not self.settings.libraries:
            videos = (one for one in there.values() if one.kind not in WITHOUT_VIDEOS)
            return tuple(one for one in videos if one.enabled)
        unknown = [name for name in self.settings.libraries if name not in there]
        if unknown:
            raise SettingsError(
                f"servers.{self.name}.libraries: {', '.join(unknown)} is not on the server",
                f"it has: {', '.join(there)}",
            )
        return tuple(there[name] for name in self.settings.libraries)


def homes(libraries: Iterable[Library], items: Iterable[Item]) -> dict[str, str] | None:
    """Return the library of each item, by its id; items of none of the libraries lack.

    None where the server does not tell where its libraries lie: only an administrator is.
    """
    folders = {folder: library.id for library in libraries for folder in library.folders}
    if not folders:
        return None
    found = {item.id: _home(item.path, folders) for item in items}
    return {item: library for item, library in found.items() if library}


def _home(path: str, folders: Mapping[str, str]) -> str | None:
    inside = [one for one in folders if lies_in(path, one)]
    return folders[max(inside, key=len)] if inside else None
