"""Choosing: the servers and the one item that a person names on the command line."""

from collections.abc import Sequence

import click

from subtide.house import House
from subtide.library.naming import named
from subtide.library.server import ConnectedServer
from subtide.storage.titles import Titled

LISTED = 20
"""Items that are listed where several are called the same."""


def servers_called(house: House, name: str | None) -> Sequence[ConnectedServer]:
    """Return the server of a name, or all without one. Raises BadParameter when there is none."""
    servers = [server for server in house.servers if name in {None, server.name}]
    if not servers:
        names = ", ".join(server.name for server in house.servers)
        what = f"{name} is no server here; there is: {names}"
        raise click.BadParameter(what, param_hint="--server")
    return servers


def item_called(house: House, item: str, server: str | None) -> Titled:
    """Return the one item that an id, a title or a part of one means; ``server``: only there.

    Raises:
        BadParameter: none is called that, or several are; there is no such server.
        RetryLater, StopAndTell: a server is not ready or refuses us.
    """
    known = {one.meet(house.known).id: one for one in servers_called(house, server)}
    found = named(item, known, house.database)
    if len(found) == 1:
        return found[0]
    if not found:
        raise click.BadParameter(f"no film or episode is called {item!r}", param_hint="ITEM")
    lines = [f"  {one.item}  {one.title} ({known[one.server].name})" for one in found[:LISTED]]
    more = [f"  and {len(found) - LISTED} more"] if len(found) > LISTED else []
    listed = "\n".join([*lines, *more])
    raise click.BadParameter(f"several are called that; name one:\n{listed}", param_hint="ITEM")
