"""subtide coverage: what is there and what is missing, counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import click

from subtide.cli.context import Context
from subtide.cli.libraries import Names, names_of
from subtide.cli.output import ExitCode, exits, json_option, print_json, print_table, shown
from subtide.house import House
from subtide.storage.coverage import Count, Coverage, Standing
from subtide.storage.scans import Scan, Scans

BY = {
    "library": ("server", "library", "language"),
    "series": ("server", "library", "series", "language"),
    "language": ("server", "language"),
}
"""What each word counts by; how it stands is counted always."""
SHOWN_SCANS = 20
SCAN_HEADINGS = (
    "began",
    "server",
    "what",
    "because",
    "took",
    "compared",
    "as before",
    "gaps",
    "planned",
    "gone",
    "error",
)
NOT_LOOKED = "Nothing was looked at yet: start the daemon, or subtide scan --dry-run"


@click.command(epilog=exits(ExitCode.SETTINGS))
@click.option("--library", metavar="NAME", help="Only this library.")
@click.option("--series", metavar="NAME", help="Only this series.")
@click.option("--language", metavar="TAG", help="Only this language, such as pt-BR.")
@click.option("--by", type=click.Choice(list(BY)), help="What to count by. [default: library]")
@click.option("--scans", "history", is_flag=True, help="The last looks through the libraries.")
@json_option
@click.pass_obj
def coverage(  # noqa: PLR0913 - one for each option
    context: Context,
    *,
    library: str | None,
    series: str | None,
    language: str | None,
    by: str | None,
    history: bool,
    as_json: bool,
) -> None:
    """Count the subtitles that are there and that are missing, as the last look saw them.

    Each wanted language of each source counts once: covered (a subtitle is there), outdated
    (ours, made by other models than now), gap (to be made), closed (missing, but an outcome says
    not to make it), unwanted (the policy makes none for this source).
    """
    with context.house(need_server=False) as house:
        names = names_of(house)
        if history:
            _tell_scans(house, names, as_json=as_json)
            return
        by = by or ("series" if series else "library")
        keys = {*BY[by], "standing", *(("library",) if library else ())}
        keys |= {"series"} if series else set()
        counts = [
            count
            for count in Coverage(house.database).counts(by=keys)
            if _is(library, count.library, names.library(count.server, count.library))
            and _is(series, count.series)
            and _is(language, count.language)
        ]
    rows = _rows(counts, BY[by])
    if as_json:
        print_json([_document(key, standings, BY[by], names) for key, standings in rows.items()])
    else:
        _print(rows, BY[by], names)


def _is(wanted: str | None, *known: str) -> bool:
    return wanted is None or wanted.casefold() in {one.casefold() for one in known}


def _rows(counts: Iterable[Count], keys: tuple[str, ...]) -> Mapping[tuple[str, ...], Counter[str]]:
    rows: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for count in counts:
        rows[tuple(getattr(count, key) for key in keys)][count.standing] += count.sources
    return rows


def _named(key: tuple[str, ...], keys: tuple[str, ...], names: Names) -> dict[str, str]:
    row = dict(zip(keys, key, strict=True))
    if "library" in row:
        row["library"] = names.library(row["server"], row["library"])
    row["server"] = names.server(row["server"])
    return row


def _document(
    key: tuple[str, ...], standings: Counter[str], keys: tuple[str, ...], names: Names
) -> dict[str, Any]:
    return {**_named(key, keys, names), **{one: standings[one] for one in Standing}}


def _print(
    rows: Mapping[tuple[str, ...], Counter[str]], keys: tuple[str, ...], names: Names
) -> None:
    if not rows:
        click.echo(NOT_LOOKED)
        return
    shown = [one for one in Standing if any(row[one] for row in rows.values())]
    cells = [
        (*_named(key, keys, names).values(), *(row[one] for one in shown), _share(row))
        for key, row in rows.items()
    ]
    print_table((*keys, *shown, "there"), cells)


def _share(standings: Counter[str]) -> str:
    """Return how much of what is wanted is there."""
    wanted = standings.total() - standings[Standing.UNWANTED]
    there = standings[Standing.COVERED] + standings[Standing.OUTDATED]
    return f"{100 * there // wanted} %" if wanted else ""


def _tell_scans(house: House, names: Names, *, as_json: bool) -> None:
    found = Scans(house.database).latest(SHOWN_SCANS)
    if as_json:
        print_json([{**asdict(scan), "server": names.server(scan.server)} for scan in found])
        return
    print_table(
        SCAN_HEADINGS,
        [_cells(scan, names, house.settings.scan.time_zone) for scan in found],
    )


def _cells(scan: Scan, names: Names, zone: str) -> tuple[object, ...]:
    return (
        shown(scan.began_at, zone),
        names.server(scan.server),
        scan.kind,
        scan.signal,
        f"{(scan.ended_at - scan.began_at).total_seconds():.1f} s",
        scan.sources,
        scan.unchanged,
        scan.gaps,
        scan.planned,
        scan.gone,
        scan.error,
    )
