"""How a person lets Subtide in: a code that they approve, a password, or a key of their own."""

import sys
from dataclasses import dataclass

import click

from subtide.errors import SettingsError, SubtideError
from subtide.jellyfin.login import Login
from subtide.jellyfin.signin import SignIn

WHOLE = """Subtide makes an API key for itself, and forgets your sign-in. An API key is an
administrator's right to everything on that server; Jellyfin has no smaller keys. To give less,
stop here (Ctrl-C) and see: subtide connect --help, --as-user."""
LESS = """Subtide keeps this sign-in. It is to be a user who is no administrator and may manage
subtitles. As such Subtide lists, reads and uploads, and hears what is new. It cannot delete a
subtitle, ask for a refresh, read the options of libraries, or set up the webhook."""
NO_TERMINAL = (
    "there is no terminal to ask at: use --quick-connect, --key-stdin, or --user with"
    " --password-stdin"
)


@dataclass(frozen=True, slots=True)
class Way:
    """The options that say who lets Subtide in, and how far."""

    user: str | None
    password_stdin: bool
    quick_connect: bool
    key_stdin: bool
    as_user: bool

    def check(self, *, terminal: bool) -> None:
        """Raise UsageError for options that do not go together, or need a terminal."""
        if (self.user is not None) + self.quick_connect + self.key_stdin > 1:
            raise click.UsageError("choose one of --user, --quick-connect and --key-stdin")
        if self.password_stdin and self.user is None:
            raise click.UsageError("--password-stdin needs --user")
        if self.key_stdin and self.as_user:
            raise click.UsageError("--as-user signs in; give --key-stdin that user's token alone")
        if not (terminal or self.quick_connect or self.key_stdin or self.password_stdin):
            raise click.UsageError(NO_TERMINAL)

    def read_key(self) -> str:
        """Return the key from standard input. Raises SettingsError for an empty one."""
        key = sys.stdin.read().strip()
        if not key:
            fix = "pipe it in: subtide connect URL --key-stdin < file"
            raise SettingsError("there is no key on standard input", fix)
        return key

    def sign_in(self, door: SignIn) -> Login:
        """Sign in as the options say; without any, by code where the server gives some."""
        click.echo(f"{LESS if self.as_user else WHOLE}\n", err=True)
        if self.quick_connect or (self.user is None and door.gives_codes()):
            return _by_code(door, as_user=self.as_user)
        name = self.user or str(click.prompt("User name in Jellyfin", err=True))
        if self.password_stdin:
            return door.by_password(name, sys.stdin.read().rstrip("\r\n"))
        # A user may have no password.
        password = click.prompt(
            f"Password of {name}", default="", show_default=False, hide_input=True, err=True
        )
        return door.by_password(name, str(password))


def end(login: Login) -> None:
    """End a sign-in; where that fails, say how a person does it."""
    try:
        login.sign_out()
    except SubtideError as error:
        how = "remove the device in Jellyfin (Dashboard, Devices)"
        click.echo(f"The sign-in could not be ended ({error.what}): {how}.", err=True)


def _by_code(door: SignIn, *, as_user: bool) -> Login:
    code = door.code()
    who = "that user" if as_user else "an administrator"
    click.echo(
        f"Quick Connect code: {code.text}\n"
        f"In Jellyfin, signed in as {who}, open the user menu, Quick Connect, and type it in.\n"
        "It is good for ten minutes.",
        err=True,
    )
    try:
        return door.by_code(code, _show_time if sys.stderr.isatty() else _show_nothing)
    finally:
        click.echo(err=True)


def _show_time(left: float) -> None:
    minutes, seconds = divmod(round(left), 60)
    click.echo(f"\rWaiting for it, {minutes}:{seconds:02} left ", nl=False, err=True)


def _show_nothing(_left: float) -> None:
    """Where lines cannot be written over, waiting is silent."""
