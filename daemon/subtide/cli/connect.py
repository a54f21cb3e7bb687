"""subtide connect: sign in to a Jellyfin once, and keep what lets Subtide in from then on."""

import re
import socket
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from subtide import __version__
from subtide.cli.approval import Way, end
from subtide.cli.context import Context
from subtide.cli.entry import Entry, entry_of
from subtide.cli.output import ExitCode, counted, exits, json_option, print_json
from subtide.cli.receiver import Address
from subtide.errors import Forbidden, KeyRejected, ServerChanged, SubtideError
from subtide.house import House, daemon_runs
from subtide.jellyfin.answers import ServerInfo
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.identity import Identity
from subtide.jellyfin.login import Login, check_uploads, connector, remove_own
from subtide.jellyfin.signin import SignIn


class Pasted(Address):
    """An address as the settings take it, or as a browser shows it within Jellyfin."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it without the path of Jellyfin's pages."""
        plain = re.sub(r"/web(/.*)?$", "", value.strip().partition("#")[0])
        if re.fullmatch(r"[\w.-]+(:\d+)?(/.*)?", plain):
            plain = f"http://{plain}"  # browsers do not show it
        return super().convert(plain, param, ctx)


@dataclass(frozen=True, slots=True)
class Made:
    """What a connection came to."""

    server: ServerInfo
    kept: tuple[Path, ...]
    note: str
    """What became of the key that was kept before; empty if there was none."""


@click.command(epilog=exits(ExitCode.SETTINGS, ExitCode.SERVER))
@click.argument("url", type=Pasted())
@click.option(
    "--name", default="home", show_default=True, help="What Subtide calls this server from now on."
)
@click.option("--user", metavar="NAME", help="Sign in with a password, as the user NAME.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--quick-connect", is_flag=True, help="Show a code, and wait until it is typed into Jellyfin."
)
@click.option(
    "--key-stdin", is_flag=True, help="Sign in nowhere: read an API key from standard input."
)
@click.option(
    "--as-user", is_flag=True, help="Keep the sign-in of a user instead of making an API key."
)
@click.option(
    "--accept-server", is_flag=True, help="Confirm that NAME is another server than before."
)
@json_option
@click.pass_obj
def connect(
    context: Context,
    /,
    *,
    url: str,
    name: str,
    accept_server: bool,
    as_json: bool,
    **way: Any,  # noqa: ANN401 - the fields of Way
) -> None:
    """Sign in to the Jellyfin at URL once; Subtide is let in from then on.

    An administrator signs in, with a Quick Connect code or a password; Subtide makes an API
    key for itself, and ends the sign-in. An API key is an administrator's right to everything
    on that server: Jellyfin has no smaller keys.

    The smaller right is a user who is no administrator and may manage subtitles: create one in
    Jellyfin (Dashboard, Users), and connect with --as-user. Subtide then lists, reads and
    uploads, and hears what is new. It cannot delete a subtitle, ask for a refresh, read the
    options of libraries, or set up the webhook.

    The key is kept in the data folder, in `secrets`, in a file that only Subtide's user may
    read. No settings file is needed. Run it again at any time: a new key takes the place of
    the one that it made before.
    """
    chosen = Way(**way)
    chosen.check(terminal=sys.stdin.isatty())
    entry = entry_of(context.load(), name)
    entry.check("url", url)
    key = chosen.read_key() if chosen.key_stdin else None
    entry.check("key", key)
    with context.house(need_server=False) as house:
        made = _Connecting(house, entry, url, chosen).made(key, accept_server=accept_server)
    with context.house() as house:
        report = _report(house, entry.name, made)
    if as_json:
        print_json(report)
    else:
        _print(report, context.config_file)


class _Connecting:
    """One run of the command, between its options and its report."""

    def __init__(self, house: House, entry: Entry, url: str, way: Way) -> None:
        self.house, self.entry, self.url, self.way = house, entry, url, way
        # A sign-in that is ended at once must not end the one that is kept.
        device = house.identity if way.as_user else uuid.uuid4().hex
        self.identity = Identity("", device, socket.gethostname(), __version__)
        self.app = house.title
        configured = house.settings.servers.get(entry.name)
        self.ca = configured.ca if configured else None
        self.former = entry.value("key") if entry.ours("key") else ""

    def made(self, key: str | None, *, accept_server: bool) -> Made:
        with closing(SignIn(self.url, self.identity, ca=self.ca)) as door:
            server = self._server(door)
            changed = self._changed(server, accept=accept_server)
            kept = self._given(key) if key else self._signed_in(door)
        if changed:
            self.house.accept_server(self.entry.name)
        note = self._end_former() if self.former not in {"", key} else ""
        return Made(server, kept, note)

    def _server(self, door: SignIn) -> ServerInfo:
        try:
            return door.server()
        except SubtideError as error:
            error.what = f"{self.url}: {error.what}"
            raise

    def _changed(self, server: ServerInfo, *, accept: bool) -> bool:
        others = self.house.settings.servers.keys() - {self.entry.name}
        try:
            self.house.known.check(self.entry.name, server.id, others)
        except ServerChanged as error:
            if accept:
                return True
            error.fix = "if that is right, add --accept-server"
            raise
        return False

    def _given(self, key: str) -> tuple[Path, ...]:
        identity = self.identity
        client = Jellyfin(
            self.url,
            key,
            device_id=identity.device_id,
            device_name=identity.device_name,
            version=identity.version,
            ca=self.ca,
        )
        with closing(client):
            client.ready()
            check_uploads(client.rights())
        return self._keep(key)

    def _signed_in(self, door: SignIn) -> tuple[Path, ...]:
        login = self.way.sign_in(door)
        if self.way.as_user:
            try:
                return self._keep(login.keep())
            except SubtideError:
                end(login)
                raise
        try:
            return self._key_kept(login)
        finally:
            end(login)

    def _key_kept(self, login: Login) -> tuple[Path, ...]:
        key = login.make_key(self.app)
        try:
            return self._keep(key)
        except BaseException:
            login.remove_key(key)
            raise

    def _keep(self, key: str) -> tuple[Path, ...]:
        # The address first: a key without one is a fault in the settings.
        files = (self.entry.keep("url", self.url), self.entry.keep("key", key))
        return tuple(file for file in files if file)

    def _end_former(self) -> str:
        """Remove the key that the new one replaces, if it was ours; return what to say of it."""
        if daemon_runs(self.house.data):
            return (
                "the running daemon still uses the key that was kept before: it stays on the"
                " server; remove the older key of this name there once the daemon was restarted"
            )
        connect = connector(self.entry.value("url"), self.identity, ca=self.ca)
        try:
            removed = remove_own(connect, self.former, self.app)
        except KeyRejected:
            return ""  # it was good for nothing any more
        except Forbidden:
            return "the sign-in that was kept before stays: end it in Jellyfin (Dashboard, Devices)"
        except SubtideError as error:
            return f"what was kept before could not be ended at the server: {error.what}"
        if removed:
            return "the key that was kept before is removed from the server"
        return "the key that was kept before was not made by Subtide: it stays on the server"


def _report(house: House, name: str, made: Made) -> dict[str, Any]:
    server = next(one for one in house.servers if one.name == name)
    known = server.meet(house.known)
    rights = server.client.rights()
    return {
        "name": name,
        "url": server.settings.url,
        "server": {"id": known.id, "name": made.server.name, "version": known.version},
        "user": rights.name or None,
        "admin": rights.admin,
        "kept": made.kept,
        "libraries": [
            {"name": one.name, "items": server.client.count(one.id)} for one in server.libraries()
        ],
        "notes": [note for note in (made.note, *_notes(house, known.version)) if note],
    }


def _notes(house: House, version: str) -> Iterator[str]:
    if version.startswith("10.11.7"):
        yield "Jellyfin 10.11.7 refuses every subtitle: update it to 10.11.8 or newer"
    if daemon_runs(house.data):
        yield "a daemon is running: restart it, so that it takes the new key"


def _print(report: dict[str, Any], config_file: str | None) -> None:
    server = report["server"]
    click.secho(
        f'{report["name"]} is connected: Jellyfin {server["version"]} "{server["name"]}"'
        f" at {report['url']}",
        fg="green",
    )
    for file in report["kept"]:
        click.echo(f"kept in {file}")
    for library in report["libraries"]:
        click.echo(f"library {library['name']}: {counted(library['items'], 'item')}")
    for note in report["notes"]:
        click.secho(f"note: {note}", fg="yellow")
    subtide = f"subtide --config {config_file}" if config_file else "subtide"
    click.echo("\nNext:")
    click.echo(f"  {subtide} doctor            see whether everything is in place")
    if report["admin"]:
        click.echo(f"  {subtide} webhook           let Jellyfin tell at once what is new")
    click.echo(f"  {subtide} scan --dry-run    see what would be made, and how long it takes")
    click.echo(f'  {subtide} try "TITLE"       make one of them')
    click.echo(f"  {subtide} release           open the libraries to the rest")
    click.echo(f"  {subtide} run               make what is missing, now and from now on")
