"""Selecting: the words by which a person says which of our files are meant."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

import click

from subtide.cli.output import print_table, shown, zone_of
from subtide.house import House
from subtide.languages import Language
from subtide.storage.selection import Chosen, Selection

DATE_LENGTH = len("2026-11-20")
"""A date without a time of the day."""


def _language(text: str) -> Language:
    try:
        return Language.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _moment(text: str) -> datetime:
    """Read a day or a time of a day, without a zone if it names none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        what = f"{text!r} is no date: write 2026-11-20 or 2026-11-20T18:30"
        raise click.BadParameter(what) from None


def _end(text: str) -> datetime:
    """Read it so that a day means its end."""
    moment = _moment(text)
    return moment + timedelta(days=1) if len(text) == DATE_LENGTH else moment


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the command line."""

    item: str
    series: str
    language: Language | None
    since: datetime | None
    until: datetime | None
    job: int | None
    everything: bool

    @property
    def narrow(self) -> bool:
        """Whether anything is said that leaves some files out."""
        said = (self.item, self.series, self.language, self.since, self.until, self.job)
        return any(said)

    def check(self, *, enough: bool = False) -> None:
        """Raise UsageError when nothing is said, or too much; ``enough``: something else is."""
        if self.everything and self.narrow:
            raise click.UsageError("--all goes with no other choice")
        if not (self.everything or self.narrow or enough):
            raise click.UsageError(
                "say which files are meant: ITEM, --series, --language, --since, --until, --job,"
                " or --all"
            )

    def selection(self, house: House) -> Selection:
        """Return what is meant; dates are in the time zone of the schedule, else the machine's."""
        zone = zone_of(house.settings.scan.time_zone)
        return Selection(
            item=self.item,
            series=self.series,
            language=self.language,
            since=_in(zone, self.since),
            until=_in(zone, self.until),
            job=self.job,
        )


def selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the choices; it gets them as ``words``."""

    @functools.wraps(command)
    def with_words(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        words = Words(**{name: options.pop(name) for name in Words.__slots__})
        return command(*args, words=words, **options)

    choices = (
        click.argument("item", default="", metavar="[ITEM]"),
        click.option("--series", default="", metavar="NAME", help="Those of a series."),
        click.option("--language", type=_language, metavar="LANGUAGE", help="Those in a language."),
        click.option(
            "--since",
            type=_moment,
            metavar="DATE",
            help="Those made at this day or time, or later.",
        ),
        click.option(
            "--until", type=_end, metavar="DATE", help="Those made up to this day or time."
        ),
        click.option("--job", type=int, help="Those of one job."),
        click.option("--all", "everything", is_flag=True, help="All that Subtide made."),
    )
    for choice in reversed(choices):
        with_words = choice(with_words)
    return with_words


def row_of(one: Chosen) -> dict[str, Any]:
    """Return a file as a document."""
    return {
        "id": one.entry.id,
        "server": one.entry.server,
        "title": one.title,
        "language": str(one.language),
        "path": one.entry.path,
        "made_at": one.entry.created_at,
    }


def print_chosen(chosen: Sequence[Chosen], zone: str) -> None:
    """Print which files are meant; ``zone``: as ``scan.time_zone`` has it."""
    print_table(
        ("title", "language", "made", "where"),
        [
            (
                one.title,
                one.language,
                shown(one.entry.created_at, zone),
                one.entry.path or f"{one.entry.name} (never seen)",
            )
            for one in chosen
        ],
    )


def _in(zone: tzinfo | None, moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo:
        return moment
    return moment.replace(tzinfo=zone) if zone else moment.astimezone()
