"""Where a server saves the subtitles that are uploaded: what doctor says of it, and its switch."""

import os
from collections.abc import Iterator, Sequence

import click

from subtide.cli.output import agree
from subtide.house import House
from subtide.jellyfin.answers import Library
from subtide.jellyfin.items import Source
from subtide.jellyfin.options import save_with_media
from subtide.jellyfin.sidecars import lies_in
from subtide.jellyfin.uploads import READ_ONLY
from subtide.library.server import ConnectedServer
from subtide.storage.outcomes import Outcome, OutcomeState

SHOWN = 100
"""Refused uploads whose libraries are looked up."""


def switch(house: House, name: str, *, beside: bool, yes: bool) -> None:
    """Switch where uploads of a library go, once a person has agreed.

    ``name``: of the library, or ``server/library`` where several servers have one of that name.
    """
    server, library = _find(house, name)
    server.meet(house.known)
    place = "beside the media" if beside else "into the server's own metadata folder"
    what = f"{library.name} on {server.name}"
    if library.save_with_media is beside:
        click.echo(f"{what}: uploaded subtitles go {place} already", err=True)
        return
    if not yes:
        agree(f"From now on every subtitle uploaded to {what} goes {place}. Switch it?")
    save_with_media(server.client, library, on=beside)
    back = "--save-in-metadata" if beside else "--save-beside-media"
    click.echo(f"{what}: uploaded subtitles now go {place}", err=True)
    click.echo(f'  to take it back: subtide doctor {back} "{name}"', err=True)
    click.echo("  what was refused before: subtide jobs, then subtide jobs retry ID", err=True)


def refused(
    house: House, server: ConnectedServer, server_id: str, libraries: Sequence[Library]
) -> Iterator[tuple[Library, list[str]]]:
    """Yield the libraries in which the server could not save uploads, with the films' titles."""
    failed = [one for one in house.outcomes.all() if _is_refused(one, server_id)][-SHOWN:]
    items = {item.id: item for item in server.client.items([one.item for one in failed])}
    for library in libraries:
        titles = [
            one.title
            for one in failed
            if one.item in items
            and any(lies_in(items[one.item].path, folder) for folder in library.folders)
        ]
        if titles and library.save_with_media:
            yield library, list(dict.fromkeys(titles))


def can_write(server: ConnectedServer, source: Source) -> bool:
    """Whether a file could be written beside a source's media from here."""
    path = server.media.beside(source, "any.srt")
    return path is not None and os.access(path.parent, os.W_OK)


def _find(house: House, name: str) -> tuple[ConnectedServer, Library]:
    there = [(server, one) for server in house.servers for one in server.client.libraries()]
    found = [pair for pair in there if name in {pair[1].name, _full_name(*pair)}]
    if len(found) == 1:
        return found[0]
    names = ", ".join(_full_name(*pair) for pair in found or there)
    if found:
        raise click.BadParameter(f"several servers have {name}; say which: {names}")
    raise click.BadParameter(f"{name} is no library here; there is: {names}")


def _full_name(server: ConnectedServer, library: Library) -> str:
    return f"{server.name}/{library.name}"


def _is_refused(outcome: Outcome, server_id: str) -> bool:
    failed = outcome.state in {OutcomeState.FAILED, OutcomeState.FAILED_UNTIL}
    return failed and outcome.server == server_id and READ_ONLY in outcome.fix
