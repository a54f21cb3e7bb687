"""subtide export: one subtitle as a file of any format."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click

from subtide.cli.choosing import item_called
from subtide.cli.context import Context
from subtide.cli.output import ExitCode, exits
from subtide.house import House
from subtide.jellyfin.items import Source, Track
from subtide.languages import Language
from subtide.library.server import ConnectedServer
from subtide.library.tracks import is_for_the_deaf, is_forced, is_ours
from subtide.subtitles.bidi import for_display
from subtide.subtitles.formats import FORMATS, WRITTEN, read, write

SERVED = {"ass": "ass", "ssa": "ass", "webvtt": "vtt", "vtt": "vtt"}
"""The format in which the server gives a text unchanged, by its codec; others come as SubRip."""


def _language(text: str) -> Language:
    try:
        return Language.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@dataclass(frozen=True, slots=True)
class _Text:
    """A subtitle in the server's list."""

    source: Source
    track: Track
    ours: bool

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """What goes first: ours, then plain dialogue of every line."""
        return (not self.ours, is_forced(self.track), is_for_the_deaf(self.track))


@click.command(epilog=exits(ExitCode.SOME_FAILED, ExitCode.SETTINGS, ExitCode.SERVER))
@click.argument("item")
@click.option(
    "--language",
    type=_language,
    metavar="LANGUAGE",
    help="The subtitle's language, such as pt or pt-BR; of a file, what it is written in.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(WRITTEN),
    default="srt",
    show_default=True,
    help="What to make of it.",
)
@click.option(
    "-o",
    "--output",
    type=click.File("wb", lazy=True),
    default="-",
    help="The file to write; - for standard output.  [default: -]",
)
@click.option("--server", "only", metavar="NAME", help="Only on this server.")
@click.option(
    "--frame-rate",
    type=click.FloatRange(min=1),
    help="Frames a second, for a MicroDVD file that does not say.",
)
@click.pass_obj
def export(  # noqa: PLR0913 - one for each option
    context: Context,
    *,
    item: str,
    language: Language | None,
    form: str,
    output: BinaryIO,
    only: str | None,
    frame_rate: float | None,
) -> None:
    """Write a subtitle of ITEM as a file: for a player, for reading, or for programs.

    ITEM is a title, a part of one, or Jellyfin's id; or the name of a subtitle file here. Of
    several subtitles in a language, Subtide's own goes first, then a full one.
    """
    file = Path(item)
    if file.is_file():
        made = file.suffix.casefold().removeprefix(".")
        known = FORMATS.get(made)
        data, own = file.read_bytes(), made if known and known.read else None
    else:
        with context.house() as house:
            text, data, own = _fetched(house, item, language, only)
        language = text.track.language
    if own == form:
        output.write(data)
        return
    cues = read(data, own, language=language, frame_rate=frame_rate)
    output.write(write(for_display(cues, language) if language else cues, form, language))


def _fetched(
    house: House, item: str, language: Language | None, only: str | None
) -> tuple[_Text, bytes, str]:
    """Return a subtitle of an item, its bytes, and the format that they are in."""
    one = item_called(house, item, only)
    server = house.server_of(one.server)
    text = _chosen(_texts(house, server, one.item), language)
    own = SERVED.get(text.track.codec, "srt")
    return text, server.client.subtitle(text.source, text.track.index, own), own


def _texts(house: House, server: ConnectedServer, item_id: str) -> list[_Text]:
    """Return what the server lists that can be read, in its order."""
    item = server.client.item(item_id)
    sources = item.sources if item else ()
    known = server.meet(house.known)
    put = house.ledger.put_out(known.id, [source.id for source in sources])
    paths, label = {one.path for one in put}, house.settings.publish.label
    return [
        _Text(source, track, is_ours(track, paths, label))
        for source in sources
        for track in source.subtitles
        if track.text
    ]


def _chosen(texts: Sequence[_Text], language: Language | None) -> _Text:
    """Return the one that is meant. Raises BadParameter with the languages that there are."""
    there = sorted({str(text.track.language or "unknown") for text in texts})
    fitting = [
        text
        for text in texts
        if language is None
        or (text.track.language is not None and text.track.language.serves(language))
    ]
    if fitting and (language or len(there) == 1):
        return min(fitting, key=lambda text: text.rank)
    listed = ", ".join(there) or "none"
    what = f"no subtitle in {language.name}" if language else "say which language is meant"
    raise click.BadParameter(f"{what}; there is: {listed}", param_hint="--language")
