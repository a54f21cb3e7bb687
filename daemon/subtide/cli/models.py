"""subtide models: what is installed, and what can be pulled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from subtide.cli.context import Context
from subtide.cli.output import ExitCode, exits, json_option, print_json, print_table
from subtide.house import open_models
from subtide.models.pull import size_text
from subtide.models.store import ModelStore


@click.group(epilog=exits(ExitCode.SOME_FAILED, ExitCode.SETTINGS, ExitCode.SERVER))
def models() -> None:
    """List, pull and remove models.

    Names: tiny, base, small, large-v3-turbo and so on for Whisper; firefox-en-pt for
    Firefox Translations; ct2:owner/repository or a folder for CTranslate2.
    """


@models.command("list", epilog=exits(ExitCode.SOME_FAILED, ExitCode.SETTINGS))
@json_option
@click.pass_obj
def list_models(context: Context, *, as_json: bool) -> None:
    """List what is installed and what can be pulled."""
    rows = _store(context).list()
    if as_json:
        print_json([{name: getattr(row, name) for name in row.__slots__} for row in rows])
        return
    print_table(
        ("name", "kind", "state", "size", "licence", "note"),
        [
            (r.name, r.kind, r.state, size_text(r.size) if r.size else "", r.licence, r.note)
            for r in rows
        ],
    )


@models.command(epilog=exits(ExitCode.SOME_FAILED, ExitCode.SETTINGS, ExitCode.SERVER))
@click.argument("name")
@json_option
@click.pass_obj
def pull(context: Context, *, name: str, as_json: bool) -> None:
    """Pull the model NAME, or go on with a pull that was interrupted."""
    with _bar(enabled=not as_json) as progress:
        model = _store(context).pull(name, progress)
    if as_json:
        print_json({"name": model.name, "revision": model.revision, "folder": model.folder})
    else:
        click.echo(f"{model.name} is installed ({size_text(model.size)}, {model.revision})")


@models.command(epilog=exits(ExitCode.SOME_FAILED, ExitCode.SETTINGS))
@click.argument("name")
@json_option
@click.pass_obj
def remove(context: Context, *, name: str, as_json: bool) -> None:
    """Remove the model NAME from the data folder."""
    freed = _store(context).remove(name)
    if as_json:
        print_json({"name": name, "freed": freed})
    else:
        click.echo(f"{name} is removed, {size_text(freed)} are free again")


def _store(context: Context) -> ModelStore:
    return open_models(context.load().settings, tell=lambda text: click.echo(text, err=True))


@contextmanager
def _bar(*, enabled: bool) -> Iterator[Callable[[int, int], None]]:
    """Show bytes: as a bar on a terminal, as a line for each tenth elsewhere."""
    from rich.console import Console  # noqa: PLC0415 - costs memory that the daemon need not pay
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TimeRemainingColumn,
    )

    console = Console(stderr=True, quiet=not enabled)
    if not console.is_terminal:
        yield _tenths if enabled else lambda _done, _total: None
        return
    with Progress(
        BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task("pull", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


_told = -1


def _tenths(done: int, total: int) -> None:
    global _told  # noqa: PLW0603 - one pull a process
    tenth = 10 * done // max(1, total)
    if tenth != _told:
        _told = tenth
        click.echo(f"{tenth * 10} % of {size_text(total)}", err=True)
