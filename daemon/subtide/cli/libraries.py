"""The libraries as people call them; the database knows their ids alone."""

from dataclasses import dataclass, field

from subtide.errors import SubtideError
from subtide.house import House
from subtide.storage import releases


@dataclass(frozen=True, slots=True)
class Names:
    """What servers and libraries are called; what is not known is called by its id."""

    servers: dict[str, str] = field(default_factory=dict)
    """By system Id."""
    libraries: dict[tuple[str, str], str] = field(default_factory=dict)
    """By system Id and the library's id."""

    def server(self, server: str) -> str:
        """Return a server's name."""
        return self.servers.get(server, server)

    def library(self, server: str, library: str) -> str:
        """Return a library's name."""
        return self.libraries.get((server, library), library)


def names_of(house: House) -> Names:
    """Ask the servers what their libraries are called; one that does not answer is passed over."""
    names = Names({known.id: known.name for known in house.known.all()})
    for server in house.servers:
        try:
            info = server.client.ready()
            found = server.client.libraries()
        except SubtideError:
            continue
        names.servers[info.id] = server.name
        names.libraries.update({(info.id, library.id): library.name for library in found})
    return names


def is_open(house: House, server: str, library: str | None = None) -> bool:
    """Whether subtitles may be made in a library, or in any: it was released, or all are open."""
    released = house.releases.of(server)
    return bool(released) if library is None else releases.is_open(released, library)
