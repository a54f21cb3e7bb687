"""What commands print of a forecast."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from subtide.cli.libraries import Names
from subtide.cli.output import print_table
from subtide.house import House
from subtide.library.forecast import Forecast, Line, costs_here, forecast
from subtide.library.machine import advise, this_machine
from subtide.storage.coverage import Count

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


def forecast_of(house: House, lines: Iterable[Count], whole: Iterable[Count]) -> Forecast:
    """Make a forecast for this house's machine and settings."""
    options = house.scanner.planner.options
    return forecast(lines, whole, costs_here(house.database, options, house.tools.threads))


def forecast_document(house: House, made: Forecast, names: Names) -> dict[str, Any]:
    """Return a forecast as a plain document; durations are seconds."""
    advice = advise(this_machine())
    return {
        "sources": made.sources,
        "seconds": round(made.seconds),
        "work_seconds": None if made.work is None else round(made.work),
        "without_time": made.unknown,
        "confidence": made.confidence,
        "basis": made.basis,
        "lines": [_row(line, names) for line in made.lines],
        "tier": asdict(advice),
        "model": house.scanner.planner.options.speech.model,
    }


def tell_forecast(house: House, made: Forecast, names: Names) -> None:
    """Print a forecast for a person."""
    if made.lines:
        print_table(
            ("library", "language", "from", "how many", "media", "work"),
            [
                (
                    names.library(line.server, line.library),
                    line.language,
                    line.origin,
                    line.sources,
                    span(line.seconds),
                    "?" if line.work is None else span(line.work),
                )
                for line in made.lines
            ],
        )
        click.echo()
    click.echo(summary(made))
    advice = advise(this_machine())
    model = house.scanner.planner.options.speech.model
    used = "" if model == advice.model else f" In use: {model}."
    click.echo(f"The tier that fits is {advice.tier} ({advice.model}): {advice.why}.{used}")


def span(seconds: float) -> str:
    """Return a duration as a person says it: 40 s, 100 min, 3.5 h, 12.0 days."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 3 * HOUR:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 2 * DAY:
        return f"{seconds / HOUR:.1f} h"
    return f"{seconds / DAY:.1f} days"


def summary(made: Forecast) -> str:
    """Return a forecast in a few sentences."""
    if not made.sources:
        return "Nothing is to be made."
    what = f"{_films(made.sources)} to be made, {span(made.seconds)} of media"
    if made.work is None:
        return (
            f"{what}. How long that takes here is not known yet; time it: subtide doctor --sample"
        )
    timed = [line for line in made.whole if line.work is not None]
    count = sum(line.sources for line in timed)
    length = sum(line.seconds for line in timed) / count
    told = (
        f"{what}: about {span(made.work / count)} for one of {span(length)}, {span(made.work)} for"
        f" all (confidence {made.confidence}, from {made.basis})."
    )
    left = f" Not counted: {made.unknown} whose kind was never timed." if made.unknown else ""
    return told + left


def _films(number: int) -> str:
    return "1 film or episode" if number == 1 else f"{number} films and episodes"


def _row(line: Line, names: Names) -> dict[str, Any]:
    return {
        "server": names.server(line.server),
        "library": names.library(line.server, line.library),
        "language": line.language,
        "origin": line.origin,
        "sources": line.sources,
        "seconds": round(line.seconds),
        "work_seconds": None if line.work is None else round(line.work),
    }
