"""A configured server with its client, its ways to media, and who it is."""

from dataclasses import dataclass

from subtide.errors import SettingsError, SubtideError
from subtide.jellyfin.answers import Library
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.settings import Server
from subtide.storage.servers import KnownServer, Servers

WITHOUT_VIDEOS = frozenset({"boxsets", "music", "books", "playlists", "photos", "livetv"})
"""Kinds of library that hold nothing of their own to subtitle; collections repeat films."""


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
            variable = f"SUBTIDE_SERVERS__{self.name.upper()}__KEY"
            raise SettingsError(
                f"servers.{self.name}.key is not set",
                f"make an API key in Jellyfin (Dashboard, API Keys) and put it into {variable} or"
                f" a secret file {variable.lower()}",
            )
        try:
            info = self.client.ready()
        except SubtideError as error:
            error.what = f"{self.name} at {self.settings.url}: {error.what}"
            raise
        return servers.meet(self.name, info.id, info.version_text, self.others)

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
