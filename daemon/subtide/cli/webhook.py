"""subtide webhook: have the server tell at once what is new, and prove that it can."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from subtide.cli.context import Context
from subtide.cli.destination import change, fields
from subtide.cli.output import (
    ExitCode,
    exit_code,
    exits,
    json_option,
    print_json,
    print_table,
    tell_error,
)
from subtide.cli.receiver import (
    Address,
    Wish,
    addresses,
    destination,
    keep_address,
    known_secret,
    receiver,
    secret_of,
    unreached,
)
from subtide.errors import Forbidden, StopAndTell, SubtideError
from subtide.house import House
from subtide.jellyfin.destination import Configuration, Destination, find, replaced
from subtide.jellyfin.plugins import WebhookPlugin, not_working
from subtide.library.server import ConnectedServer
from subtide.signals.registration import Registered, prove, register
from subtide.storage.webhooks import Webhooks


@click.command(epilog=exits(ExitCode.SOME_FAILED, ExitCode.SETTINGS, ExitCode.SERVER))
@click.argument("name", required=False)
@click.option("--address", type=Address(), help="How Jellyfin reaches Subtide, if you know it.")
@click.option("--install", is_flag=True, help="Install the plugin if the server lacks it.")
@click.option(
    "--restart", is_flag=True, help="Restart Jellyfin without asking when the plugin needs it."
)
@click.option("--dry-run", is_flag=True, help="Only show what would be changed.")
@click.option(
    "--print", "by_hand", is_flag=True, help="Print every field, with the secret, to be typed in."
)
@click.option("--remove", is_flag=True, help="Take Subtide's entry out of the plugin again.")
@click.option("--yes", is_flag=True, help="Ask nothing; a restart included.")
@json_option
@click.pass_obj
def webhook(  # noqa: PLR0913 - as many as the command has options
    context: Context,
    *,
    name: str | None,
    address: str | None,
    install: bool,
    restart: bool,
    dry_run: bool,
    by_hand: bool,
    remove: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Let Jellyfin tell Subtide at once what is new and what is played, and prove that it does.

    It adds one entry to Jellyfin's Webhook plugin, lets Jellyfin send an event through it, and
    says how long that took. An entry that no event comes through is taken out again. What other
    people set in the plugin stays as it is. Run it again whenever you like: what is right is
    left alone, what is not is mended.

    NAME is the server's in the settings; without it, all of them are set up. Nothing is lost
    without this: Subtide listens at the server's socket, and asks it every few minutes.
    """
    if by_hand + remove + dry_run > 1:
        raise click.UsageError("use one of --print, --remove and --dry-run")
    with context.house() as house:
        wish = Wish(
            address=address,
            configured=context.load_with({}).settings.web.address,
            install=install,
            restart=restart or yes,
            dry_run=dry_run,
            asks=sys.stdin.isatty() and not (yes or as_json),
            speaks=not as_json,
        )
        act = _print_fields if by_hand else _remove if remove else _set_up
        rows, codes = [], []
        for server in _chosen(house, name):
            try:
                rows.append({"server": server.name, **act(house, server, wish)})
            except SubtideError as error:
                rows.append({"server": server.name, "error": _told(error, wish)})
                codes.append(exit_code(error))
    if as_json:
        print_json(rows)
    if codes:
        raise click.exceptions.Exit(codes[0])


def _chosen(house: House, name: str | None) -> Sequence[ConnectedServer]:
    if name is None:
        return house.servers
    found = [server for server in house.servers if server.name == name]
    if not found:
        names = ", ".join(house.settings.servers)
        raise click.BadParameter(f"{name} is no server here; there is: {names}")
    return found


def _told(error: SubtideError, wish: Wish) -> dict[str, str]:
    if wish.speaks:
        tell_error(error, as_json=False)
    return {"code": error.code, "what": error.what, "fix": error.fix}


# -- what it does --------------------------------------------------------------------------


def _set_up(house: House, server: ConnectedServer, wish: Wish) -> dict[str, Any]:
    plugin = _plugin_of(house, server)
    if not _load(plugin, server, wish):
        return {"state": "would install"}
    configuration = plugin.configuration()
    found = addresses(house, server, configuration, wish)
    if wish.dry_run:
        wanted = destination(house, server, found[0], known_secret(server))
        return _dry_run(configuration, wanted, wish)
    secret = secret_of(house, server)
    tries = [destination(house, server, address, secret) for address in found]
    heard = Webhooks(house.database)

    def missed(one: Destination) -> None:
        wish.say(f"{server.name}: nothing arrived through {one.address}")

    with receiver(house):
        done = register(plugin, tries, lambda: prove(plugin, heard, server.name), missed)
    if done is None:
        raise unreached(house, server.name, found)
    keep_address(house, done.destination.address, wish)
    if done.changed:
        with suppress(SubtideError):  # what is new then waits for the task's own turn
            plugin.send_now()
    return _report(server.name, done, wish)


def _dry_run(configuration: Configuration, wanted: Destination, wish: Wish) -> dict[str, Any]:
    lines = change(configuration, wanted)
    wish.say("\n".join(lines) or f"{wanted.server}: already right, nothing to change")
    state = "would change" if lines else "already right"
    return {"state": state, "address": wanted.address, "diff": lines}


def _report(name: str, done: Registered, wish: Wish) -> dict[str, Any]:
    state = "registered" if done.changed else "already right"
    after = round(done.after, 2)
    address = done.destination.address
    wish.say(f"{name}: {state} at {done.destination.uri}; an event was received after {after} s")
    return {"state": state, "address": address, "received_after": after}


def _remove(house: House, server: ConnectedServer, wish: Wish) -> dict[str, Any]:
    plugin = _plugin_of(house, server)
    there = plugin.installed()
    configuration = plugin.configuration() if there else {}
    ours = destination(house, server)
    if find(configuration, ours) is None:
        wish.say(f"{server.name}: there is no entry of Subtide's")
        return {"state": "not registered"}
    plugin.configure(replaced(configuration, ours, None))
    wish.say(f"{server.name}: Subtide's entry is taken out; the plugin itself stays")
    return {"state": "removed"}


def _print_fields(house: House, server: ConnectedServer, wish: Wish) -> dict[str, Any]:
    found = addresses(house, server, {}, wish)
    wanted = destination(house, server, found[0], secret_of(house, server))
    rows = list(fields(wanted))
    if wish.speaks:
        click.echo(f"In Jellyfin: Dashboard, Plugins, Webhook. For {server.name}:\n")
        print_table(("field", "value"), rows)
        click.echo("\nSave, then see whether events arrive: subtide doctor")
    return {"state": "printed", "fields": [list(row) for row in rows]}


# -- the plugin ----------------------------------------------------------------------------


def _plugin_of(house: House, server: ConnectedServer) -> WebhookPlugin:
    """Meet the server and make sure that we may.

    Raises:
        Forbidden: only an administrator may set plugins.
    """
    server.meet(house.known)
    rights = server.client.rights()
    if not rights.admin:
        raise Forbidden(
            f"{rights.name} is no administrator of {server.name} and may not set its plugins",
            "connect as an administrator or with an API key, or let an administrator type the"
            " entry in: subtide webhook --print",
        )
    return WebhookPlugin(server.client.transport)


def _load(plugin: WebhookPlugin, server: ConnectedServer, wish: Wish) -> bool:
    """Have the plugin working; False when a dry run ends here."""
    there = plugin.installed()
    if there is not None and there.active:
        return True
    if there is None and not wish.install:
        raise StopAndTell(
            f"{server.name} has no Webhook plugin",
            "let it be installed: subtide webhook --install (Jellyfin restarts then)",
        )
    if wish.dry_run and (there is None or there.waits):
        wish.say(f"{server.name}: the plugin would be installed, and Jellyfin restarted")
        return False
    if there is None:
        wish.say(f"{server.name}: Jellyfin downloads the Webhook plugin ...")
        plugin.install()
        there = plugin.installed()
    if there is not None and not (there.waits and _may_restart(server.name, wish)):
        raise not_working(there)
    wish.say(f"{server.name}: Jellyfin restarts ...")
    plugin.restart(server.client.ready)
    return True


def _may_restart(name: str, wish: Wish) -> bool:
    question = f"{name} has to restart to load the plugin; what plays there stops. Now?"
    return wish.restart or (wish.asks and click.confirm(question, err=True))
