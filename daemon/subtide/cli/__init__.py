"""Thin commands: each reads its options, calls one thing below, and prints."""

import sys
from collections.abc import Sequence

import click

from subtide import __version__
from subtide.cli.config import config
from subtide.cli.connect import connect
from subtide.cli.context import Context
from subtide.cli.coverage import coverage
from subtide.cli.demo import demo
from subtide.cli.doctor import doctor
from subtide.cli.export import export
from subtide.cli.jobs import jobs
from subtide.cli.models import models
from subtide.cli.output import ExitCode, exit_code, exits, print_json_error, tell_error
from subtide.cli.redo import redo_command
from subtide.cli.release import release
from subtide.cli.review import review
from subtide.cli.run import run
from subtide.cli.scan import scan
from subtide.cli.spending import spending
from subtide.cli.trial import try_item
from subtide.cli.undo import undo_command
from subtide.cli.webhook import webhook
from subtide.cli.why import why
from subtide.errors import SubtideError

HELP = """Subtide makes the subtitles that your Jellyfin lacks.

It looks through your libraries, finds the films and episodes without subtitles in the
languages of your house, makes them from another subtitle or from the speech, puts them into
Jellyfin and makes sure that they arrived.

\b
First steps:
  subtide config init config.yaml            write the settings: data folder, languages
  subtide --config config.yaml connect URL   sign in to your Jellyfin, once
  subtide --config config.yaml doctor        see whether everything is in place
  subtide --config config.yaml scan --dry-run    see what would be done, and how long it takes
  subtide --config config.yaml try TITLE     make one, and look at it
  subtide --config config.yaml release       let the rest be made
  subtide --config config.yaml run           do it, now and from now on

Instead of --config you may set SUBTIDE_CONFIG once; instead of a file, SUBTIDE_DATA alone does.
"""


@click.group(
    help=HELP, epilog=exits(*ExitCode), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False),
    help="The settings file. [default: $SUBTIDE_CONFIG, else /config/config.yaml]",
)
@click.version_option(__version__, prog_name="subtide")
@click.pass_context
def cli(context: click.Context, config_file: str | None) -> None:
    """Put the options that all commands share where they find them.

    Whoever calls ``cli(obj=...)`` brings their own.
    """
    context.obj = context.obj or Context(config_file)


for command in (
    connect,
    run,
    scan,
    coverage,
    try_item,
    release,
    why,
    jobs,
    review,
    export,
    undo_command,
    redo_command,
    models,
    spending,
    doctor,
    webhook,
    config,
    demo,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; say what went wrong in a sentence, never in a traceback.

    ``arguments``: those of the process, unless others are given. Ends with SystemExit.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        # Outside its standalone mode click returns the status of an Exit instead of raising it.
        sys.exit(cli(words, prog_name="subtide", standalone_mode=False))
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        if as_json:
            print_json_error("usage", error.format_message(), "see: subtide --help")
        else:
            error.show()
        sys.exit(error.exit_code)
    except SubtideError as error:
        tell_error(error, as_json=as_json)
        sys.exit(exit_code(error))
