"""Our address as Jellyfin reaches it: what it may be, before a real event proves one."""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from subtide.errors import SettingsError

LOOPBACK = "127.0.0.1"
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files that Docker and Podman leave in every container."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine knows of itself."""

    hostname: str
    container: bool
    """Whether it is one: others in its network then find it by its name."""
    towards: Callable[[str], str | None]
    """Gives the address that it would speak from to a host; None when no way leads there."""


def this_machine() -> Machine:
    """Look at the machine that we run on."""
    container = any(mark.exists() for mark in CONTAINER_MARKS)
    return Machine(socket.gethostname(), container, _towards)


def candidates(host: str, port: int, server: str, machine: Machine) -> tuple[str, ...]:
    """Return the addresses that a server may reach us at, the likeliest first.

    ``host`` and ``port``: where we listen; ``server``: the server's own address.

    Raises:
        SettingsError: the port is a new one at each start.
    """
    if not port:
        what = "web.port is 0, so that every start has another port"
        raise SettingsError(what, "set web.port to a port of its own, such as 8765")
    if not (is_loopback(host) or _is_any(host)):
        return (_address(host, port),)  # it listens nowhere else
    other = urlsplit(server).hostname or ""
    if is_loopback(other):
        return (_address(LOOPBACK, port),)
    hosts = [machine.hostname if machine.container else None, machine.towards(other)]
    return tuple(dict.fromkeys(_address(one, port) for one in hosts if one))


def only_here(host: str, address: str) -> bool:
    """Whether we listen on this machine alone, and the address is for others."""
    return is_loopback(host) and not is_loopback(urlsplit(address).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, seen from itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _towards(host: str) -> str | None:
    """Ask the routing table; connecting a datagram socket sends nothing."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError:
        return None
