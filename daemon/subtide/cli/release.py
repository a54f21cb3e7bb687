"""subtide release: let subtitles be made in libraries, after seeing what that means."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

from subtide.cli.choosing import servers_called
from subtide.cli.context import Context
from subtide.cli.forecast import forecast_document, forecast_of, tell_forecast
from subtide.cli.libraries import names_of
from subtide.cli.output import ExitCode, agree, exits, json_option, need_person, print_json
from subtide.cli.sample import sample_first
from subtide.house import House, daemon_runs
from subtide.jellyfin.answers import Library
from subtide.library.forecast import Forecast
from subtide.library.server import ConnectedServer
from subtide.storage.coverage import Coverage
from subtide.storage.looks import EVERYTHING, Look, Priority
from subtide.storage.releases import ALL, Releases

OPEN_ALREADY = "start is auto, so every library is open already"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The libraries of one server that a person means."""

    server: ConnectedServer
    id: str
    """The server's system Id."""
    there: tuple[Library, ...]
    """Every library that is cared for."""
    ids: tuple[str, ...]
    """Of those that are meant; ``ALL`` alone for every one, also those to come."""

    def means(self, library: str) -> bool:
        """Whether a library is among them."""
        return self.ids == (ALL,) or library in self.ids


@click.command(epilog=exits(*ExitCode))
@click.argument("libraries", nargs=-1, metavar="[LIBRARY]...")
@click.option("--server", "only", metavar="NAME", help="Only on this server.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--withdraw", is_flag=True, help="Close them again; what was made stays.")
@json_option
@click.pass_obj
def release(  # noqa: PLR0913 - one for each option
    context: Context,
    *,
    libraries: tuple[str, ...],
    only: str | None,
    yes: bool,
    withdraw: bool,
    as_json: bool,
) -> None:
    """Open each LIBRARY, or all of them: from then on what is missing there is made.

    Before, nothing is written into a library unless you try single items (subtide try). First
    you see what is missing and how long it would take here. Names without a LIBRARY: all, also
    those that come later.
    """
    with context.house() as house:
        if house.settings.start == "auto":
            _say(OPEN_ALREADY, as_json=as_json)
            return
        chosen = _chosen(house, libraries, only)
        if withdraw:
            _withdraw(house, chosen, as_json=as_json)
        else:
            _release(house, chosen, yes=yes, as_json=as_json)


def _chosen(house: House, wanted: Sequence[str], only: str | None) -> list[Chosen]:
    """Find the libraries by name or id on each server that has some of them."""
    servers = servers_called(house, only)
    found, left = [], set(wanted)
    for server in servers:
        known, there = server.meet(house.known), server.libraries()
        mine = [one for one in there if _matches(one, wanted)]
        left -= {name for name in wanted if any(_matches(one, [name]) for one in mine)}
        ids = tuple(one.id for one in mine) if wanted else (ALL,)
        if ids:
            found.append(Chosen(server, known.id, there, ids))
    if left:
        names = ", ".join(one.name for server in servers for one in server.libraries())
        raise click.BadParameter(
            f"{', '.join(sorted(left))} is no library to care for; there is: {names}",
            param_hint="LIBRARY",
        )
    return found


def _matches(library: Library, wanted: Sequence[str]) -> bool:
    return any(name == library.id or name.casefold() == library.name.casefold() for name in wanted)


def _release(house: House, chosen: Sequence[Chosen], *, yes: bool, as_json: bool) -> None:
    if not yes:
        need_person(as_json=as_json)
    made, names = _forecast(house, chosen, as_json=as_json), names_of(house)
    if not as_json:
        tell_forecast(house, made, names)
    if not yes:
        agree(f"\nLet Subtide do that in {_told(chosen)}?")
    released = Releases(house.database)
    for one in chosen:
        for library in one.ids:
            released.release(one.id, library)
        # Like the nightly look: what a person asks for by name goes before all this.
        house.looks.ask(one.id, EVERYTHING, signal="person", priority=Priority.NIGHTLY)
    if as_json:
        document = forecast_document(house, made, names)
        print_json({"released": _documents(chosen), "forecast": document})
        return
    now = (
        "The running daemon begins; follow it with: subtide jobs"
        if daemon_runs(house.data)
        else "Start the daemon, or do it now: subtide run --once"
    )
    click.echo(f"Open now: {_told(chosen)}. {now}")


def _forecast(house: House, chosen: Sequence[Chosen], *, as_json: bool) -> Forecast:
    """Count what is missing in what is to be opened, as it is now and by the settings of now."""
    coverage = Coverage(house.database)
    for one in chosen:
        if not as_json:
            click.echo(f"Looking through {one.server.name} first ...", err=True)
        house.scanner.follow(one.server, Look(one.id, EVERYTHING, "person", Priority.PERSON, 0))
    if not as_json:
        sample_first(house)
    meant = {one.id: one for one in chosen}
    by = ("server", "library", "language", "standing", "origin")
    lines = (c for one in meant for c in coverage.counts(one, by=by))
    whole = (c for one in meant for c in coverage.lacking(one))
    return forecast_of(
        house,
        [c for c in lines if meant[c.server].means(c.library)],
        [c for c in whole if meant[c.server].means(c.library)],
    )


def _withdraw(house: House, chosen: Sequence[Chosen], *, as_json: bool) -> None:
    released = Releases(house.database)
    for one in chosen:
        open_now = released.of(one.id)
        if one.ids == (ALL,):
            gone = open_now
        else:
            gone = frozenset({*one.ids, ALL})
            if ALL in open_now:
                for library in one.there:
                    if library.id not in one.ids:
                        released.release(one.id, library.id)
        for library_id in gone:
            released.withdraw(one.id, library_id)
    if as_json:
        print_json({"withdrawn": _documents(chosen)})
    else:
        click.echo(
            f"Closed: {_told(chosen)}. Nothing new is planned there; jobs that are open go on"
            " (subtide jobs cancel)."
        )


def _told(chosen: Sequence[Chosen]) -> str:
    return "; ".join(f"{', '.join(_names(one))} on {one.server.name}" for one in chosen)


def _names(one: Chosen) -> list[str]:
    if one.ids == (ALL,):
        return ["all libraries"]
    return [library.name for library in one.there if library.id in one.ids]


def _documents(chosen: Sequence[Chosen]) -> list[dict[str, object]]:
    return [
        {"server": one.server.name, "libraries": _names(one), "all": one.ids == (ALL,)}
        for one in chosen
    ]


def _say(text: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"released": [], "note": text})
    else:
        click.echo(f"{text}.")
