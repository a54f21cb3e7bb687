"""subtide config: write a first config.yaml, check it, show what is in force."""

import os
from pathlib import Path
from typing import Any

import click

from subtide.cli.context import Context
from subtide.cli.output import ExitCode, exits, json_option, print_json, print_table
from subtide.cli.override import history, rollback, set_value, unset_value
from subtide.cli.reference import example
from subtide.errors import SettingsError
from subtide.settings import CONFIG_VARIABLE, Loaded


@click.group(epilog=exits(ExitCode.SETTINGS))
def config() -> None:
    """Write, check and show the settings."""


@config.command(epilog=exits(ExitCode.SETTINGS))
@click.argument("file", type=click.Path(dir_okay=False), required=False)
@click.pass_obj
def init(context: Context, file: str | None) -> None:
    """Write a config.yaml with every setting and its default to FILE.

    Without FILE it is the one that --config names, else config.yaml in this folder.
    """
    path = Path(file or context.config_file or "config.yaml")
    if path.exists():
        raise SettingsError(f"{path} exists already", "choose another name, or remove it first")
    write(path)
    click.echo(
        f"{path} is written. Set `data` (a folder of Subtide's own) and `policy.languages` in it.\n"
        f"Next: subtide --config {path} connect URL"
    )


@config.command(epilog=exits(ExitCode.SETTINGS))
@json_option
@click.pass_obj
def check(context: Context, *, as_json: bool) -> None:
    """Check the settings: every fault with its file, its line and the fix."""
    loaded = context.load()
    names = ", ".join(loaded.settings.servers) or "none yet"
    if as_json:
        print_json({"ok": True, "servers": list(loaded.settings.servers)})
    else:
        click.echo(f"The settings are right. Servers: {names}")


@config.command(epilog=exits(ExitCode.SETTINGS))
@json_option
@click.pass_obj
def show(context: Context, *, as_json: bool) -> None:
    """Show every setting in force, and where it came from. Secrets stay hidden."""
    loaded = context.load()
    rows = [(".".join(path), value, *loaded.origin(path)) for path, value in _values(loaded)]
    if as_json:
        print_json(
            [dict(zip(("setting", "value", "from", "place"), row, strict=True)) for row in rows]
        )
        return
    print_table(("setting", "value", "from", "place"), rows)


for override in (set_value, unset_value, history, rollback):
    config.add_command(override)


def write(path: Path) -> None:
    """Write the example to ``path``.

    Raises:
        SettingsError: the folder is not there, or not ours.
    """
    try:
        path.write_text(example(), encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror})",
            "choose a folder that Subtide's user owns (in a container: check PUID and PGID)",
        ) from None


def write_first_config(context: Context) -> bool:
    """Write the default config.yaml at a first start, and say what is next.

    Return whether that happened: nobody named a file, there is none, and no server is
    configured by the environment or by secret files either.
    """
    named = context.config_file or os.environ.get(CONFIG_VARIABLE)
    path = context.default_config
    if named or path.exists() or not path.parent.is_dir() or context.load().settings.servers:
        return False
    write(path)
    click.echo(
        f"This is a first start: {path} is written.\n"
        "Next: subtide connect http://your-jellyfin:8096, then start Subtide again. Or put your\n"
        "server's address there and its API key (Jellyfin: Dashboard, API Keys) into\n"
        "SUBTIDE_SERVERS__HOME__KEY or a secret file.",
        err=True,
    )
    return True


def _values(loaded: Loaded) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []

    def walk(value: object, path: tuple[str, ...]) -> None:
        if isinstance(value, dict) and value:
            for name, below in value.items():
                walk(below, (*path, str(name)))
        else:
            found.append((path, value))

    walk(loaded.settings.model_dump(mode="json"), ())
    return found
