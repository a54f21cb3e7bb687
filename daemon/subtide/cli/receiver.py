"""Our end of a webhook: the address to give away, its secret, and someone who listens."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import click
from pydantic import TypeAdapter, ValidationError

from subtide.daemon import STOP_SECONDS, make_intake
from subtide.errors import SettingsError, StopAndTell
from subtide.house import House, daemon_runs, locked
from subtide.jellyfin.destination import Configuration, Destination, address_of, find
from subtide.library.server import ConnectedServer
from subtide.settings.secrets import keep_secret
from subtide.settings.values import WebAddress
from subtide.storage.overrides import Overrides
from subtide.web.address import candidates, only_here, this_machine
from subtide.web.app import Readiness, make_app
from subtide.web.server import WebServer

ADDRESS = "web.address"
SECRET_BYTES = 32


class Address(click.ParamType[str]):
    """An address as the settings take it."""

    name = "URL"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it without a slash at the end."""
        try:
            return str(TypeAdapter(WebAddress).validate_python(value))
        except ValidationError as error:
            return self.fail(error.errors()[0]["msg"].removeprefix("Value error, "), param, ctx)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options say."""

    address: str | None
    configured: str
    """The address in config.yaml or the environment: then no other is tried."""
    install: bool
    restart: bool
    dry_run: bool
    asks: bool
    """Whether a person is there to be asked."""
    speaks: bool
    """Whether a person reads along."""

    def say(self, text: str) -> None:
        """Tell how it goes on."""
        if self.speaks:
            click.echo(text)


def addresses(
    house: House, server: ConnectedServer, configuration: Configuration, wish: Wish
) -> tuple[str, ...]:
    """Return what to try, the likeliest first; one that a person chose is the only one."""
    web = house.settings.web
    chosen = wish.address or wish.configured
    found = (chosen,) if chosen else _guesses(house, server, configuration, wish)
    if only_here(web.host, found[0]):
        click.echo(
            f"warning: web.host is {web.host}, so only this machine reaches Subtide;"
            f" for {found[0]} set web.host to 0.0.0.0",
            err=True,
        )
    return found


def _guesses(
    house: House, server: ConnectedServer, configuration: Configuration, wish: Wish
) -> tuple[str, ...]:
    web = house.settings.web
    entry = find(configuration, destination(house, server))
    there = address_of(entry, server.name) if entry else None
    known = [address for address in (there, web.address) if address]
    guesses = candidates(web.host, web.port, server.settings.url, this_machine())
    if not known and len(guesses) > 1 and wish.asks and not wish.dry_run:
        known = [_ask(guesses)]
    found = tuple(dict.fromkeys([*known, *guesses]))
    if not found:
        what = f"no way leads from here to {server.settings.url}"
        raise SettingsError(what, "say how Jellyfin reaches Subtide: --address http://...")
    return found


def _ask(guesses: Sequence[str]) -> str:
    click.echo(f"Jellyfin may reach Subtide at {' or '.join(guesses)}.", err=True)
    chosen: str = click.prompt("Which is it", default=guesses[0], type=Address(), err=True)
    return chosen


def destination(
    house: House, server: ConnectedServer, address: str = "", secret: str = ""
) -> Destination:
    """Return our destination; without an address it serves to find our entry by."""
    known = server.settings.webhook_secret.get_secret_value()
    return Destination(address, server.name, secret or known, house.title)


def known_secret(server: ConnectedServer) -> str:
    """Return the secret, or one that is only shown as changed."""
    return server.settings.webhook_secret.get_secret_value() or secrets.token_urlsafe(SECRET_BYTES)


def secret_of(house: House, server: ConnectedServer) -> str:
    """Return the secret; make and keep it if there is none."""
    secret = known_secret(server)
    if not server.settings.webhook_secret.get_secret_value():
        keep_secret(house.data, ("servers", server.name, "webhook_secret"), secret)
    return secret


@contextmanager
def receiver(house: House) -> Iterator[None]:
    """Have somebody listen: the daemon if it runs, which reads a fresh secret, else we do it.

    Raises:
        SettingsError: the address to listen on is taken.
    """
    if daemon_runs(house.data):
        yield
        return
    state = Readiness(ready=False, parts={"daemon": "it does not run: an event is waited for"})
    with locked(house.data):
        intake, drain = make_intake(house)
        web = house.settings.web
        server = WebServer(make_app(lambda: state, intake), web.host, web.port)
        drain.start()
        server.start()
        try:
            yield
        finally:
            server.stop()
            drain.stop(STOP_SECONDS)


def keep_address(house: House, address: str, wish: Wish) -> None:
    """Remember a proven address for the next time, below what config.yaml says."""
    if not wish.configured and address != house.settings.web.address:
        Overrides(house.database).set(ADDRESS, address)


def unreached(house: House, name: str, addresses: Sequence[str]) -> StopAndTell:
    """Return what to say when no event came through any of the addresses."""
    web = house.settings.web
    tried = ", ".join(addresses)
    what = f"{name} does not reach Subtide at {tried}; the plugin is set as it was before"
    if all(only_here(web.host, address) for address in addresses):
        return StopAndTell(what, f"web.host is {web.host}: set it to 0.0.0.0 and try again")
    return StopAndTell(
        what,
        f"on Jellyfin's machine, try: curl {addresses[0]}/ping; open the port {web.port} in the"
        " firewall, or name the right address with --address (between containers:"
        f" http://NAME:{web.port}, with the name of Subtide's service)",
    )
