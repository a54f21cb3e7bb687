"""subtide config set, unset, history, rollback: settings that are changed at run time."""

import json
from collections.abc import Mapping

import click

from subtide.cli.context import Context
from subtide.cli.output import ExitCode, exits, json_option, print_json, print_table, shown
from subtide.errors import SettingsError
from subtide.settings import Layer
from subtide.storage.overrides import Overrides

NEVER = ("data", "database", "servers", "models.token")
"""What cannot be overridden: where the overrides are kept, and whatever is or holds a secret."""
RESTART = "A running daemon takes it on at its next start."


@click.command("set", epilog=exits(ExitCode.SETTINGS))
@click.argument("name")
@click.argument("value")
@json_option
@click.pass_obj
def set_value(context: Context, *, name: str, value: str, as_json: bool) -> None:
    """Set the setting NAME to VALUE from now on, above config.yaml.

    VALUE is text, or JSON for lists and mappings: '["en", "pt"]'. What the environment or a
    secret file sets cannot be overridden. Every change can be taken back.
    """
    _change(context, name, _parsed(value), as_json=as_json)


@click.command("unset", epilog=exits(ExitCode.SETTINGS))
@click.argument("name")
@json_option
@click.pass_obj
def unset_value(context: Context, *, name: str, as_json: bool) -> None:
    """Take the override of the setting NAME away."""
    _change(context, name, None, as_json=as_json)


@click.command(epilog=exits(ExitCode.SETTINGS))
@json_option
@click.pass_obj
def history(context: Context, *, as_json: bool) -> None:
    """List every override that was ever set, with its version."""
    with context.database() as database:
        changes = Overrides(database).history()
    if as_json:
        print_json([{name: getattr(c, name) for name in c.__slots__} for c in changes])
        return
    zone = context.load_with({}).settings.scan.time_zone
    rows = [(c.version, shown(c.at, zone), c.path, json.dumps(c.value)) for c in changes]
    print_table(("version", "at", "setting", "value"), rows)


@click.command(epilog=exits(ExitCode.SETTINGS))
@click.argument("version", type=int)
@json_option
@click.pass_obj
def rollback(context: Context, *, version: int, as_json: bool) -> None:
    """Make the overrides as they were after VERSION (0: none). That can be taken back too."""
    with context.database() as database:
        overrides = Overrides(database)
        context.load_with(overrides.current(version))
        overrides.roll_back(version)
        _tell(overrides.current(), as_json=as_json)


def _change(context: Context, name: str, value: object, *, as_json: bool) -> None:
    path = tuple(name.split("."))
    if any(f"{name}.".startswith(f"{n}.") or n.startswith(f"{name}.") for n in NEVER):
        raise SettingsError(
            f"{name} cannot be overridden at run time",
            "set it in config.yaml, the environment or a secret file",
        )
    layer, place = context.load_with({}).origin(path)
    if layer in {Layer.ENVIRONMENT, Layer.SECRET}:
        raise SettingsError(f"{name} is set by {place}, which goes over this", "change it there")
    with context.database() as database:
        overrides = Overrides(database)
        wanted = {**overrides.current(), path: value}
        context.load_with({p: v for p, v in wanted.items() if v is not None})
        overrides.set(name, value)
        _tell(overrides.current(), as_json=as_json)


def _parsed(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _tell(current: Mapping[tuple[str, ...], object], *, as_json: bool) -> None:
    if as_json:
        print_json({".".join(path): value for path, value in current.items()})
        return
    for path, value in current.items():
        click.echo(f"{'.'.join(path)} = {json.dumps(value)}")
    click.echo(RESTART)
