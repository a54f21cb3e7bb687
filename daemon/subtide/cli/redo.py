"""subtide redo: make anew what Subtide made before."""

from collections.abc import Sequence

import click

from subtide.cli.context import Context
from subtide.cli.output import (
    ExitCode,
    agree,
    counted,
    exits,
    json_option,
    need_person,
    print_json,
)
from subtide.cli.selecting import Words, print_chosen, row_of, selecting
from subtide.library.undoing import redo, to_redo
from subtide.storage.selection import Chosen


@click.command(name="redo", epilog=exits(ExitCode.SETTINGS))
@selecting
@click.option(
    "--outdated", is_flag=True, help="Only those that other models or settings than now made."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be made anew; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def redo_command(  # noqa: PLR0913 - one for each option
    context: Context, *, words: Words, outdated: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Make subtitles anew that Subtide made before, with the models and settings of now.

    ITEM is an id or a title, or a part of it. Only Subtide's own files are meant: each new one
    takes the place of the older one. One that was undone or deleted is made again if it is
    chosen by its item, series, language, date or job; --all and --outdated leave it alone.
    """
    words.check(enough=outdated)
    with context.house() as house:
        selection, zone = words.selection(house), house.settings.scan.time_zone
        refused = words.narrow and not outdated
        chosen = to_redo(house.database, selection, refused=refused, outdated=outdated)
        if chosen and not (dry_run or yes):
            need_person(as_json=as_json)
            print_chosen(chosen, zone)
            agree(f"Make {counted(len(chosen), 'file')} anew?")
        if chosen and not dry_run:
            redo(house.database, chosen)
    _tell(chosen, zone, dry_run=dry_run, as_json=as_json)


def _tell(chosen: Sequence[Chosen], zone: str, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json({"files": [row_of(one) for one in chosen]})
        return
    if not chosen:
        click.echo("There is no such file of Subtide's.")
        return
    if dry_run:
        print_chosen(chosen, zone)
        click.echo(f"\n{counted(len(chosen), 'file')} would be made anew. Nothing was written.")
        return
    click.echo(
        f"{counted(len(chosen), 'file')} to be made anew. A running daemon begins at once;"
        " without one: subtide run --once"
    )
