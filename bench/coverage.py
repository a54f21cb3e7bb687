"""Coverage: how long it takes to count what a large library has and lacks.

Run: python -m bench.coverage [ITEMS]. Each item has two wanted languages; four of five are
episodes. Each figure is the processor's time in the best
of some rounds, on SQLite, which works in our process.
"""

import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from subtide.storage import coverage
from subtide.storage.coverage import Cover, Coverage, Standing
from subtide.storage.database import open_database

ITEMS = 100_000
SERIES = 1200
AT_ONCE = 5000
ROUNDS = 5
FILMS, SHOWS, SERVER = "a" * 32, "b" * 32, "5" * 32
GOAL = 0.1
"""Seconds."""


def main(items: int = ITEMS) -> None:
    """Fill a database, then count in several ways."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database("", Path(folder))
        rows = covers(items)
        while some := list(islice(rows, AT_ONCE)):
            with database.write() as connection:
                coverage.replace(connection, SERVER, [], some)
        counted = Coverage(database)
        library = ("server", "library", "language", "standing")
        ways: dict[str, Callable[[], object]] = {
            "by library and language": lambda: counted.counts(SERVER, by=library),
            "by series and language": lambda: counted.counts(SERVER),
            "one library": lambda: counted.counts(SERVER, FILMS, by=library),
            "one item": lambda: counted.of_item(SERVER, f"{items // 2:032x}"),
            "sources that lack something": lambda: counted.lacking(SERVER),
        }
        print(f"coverage of {items} items, {2 * items} rows")
        for name, count in ways.items():
            took = best(count)
            print(f"  {name:<28} {1000 * took:7.1f} ms, {took / GOAL:.2f} of the goal")
        database.close()
    print(f"  {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


def covers(items: int) -> Iterator[Cover]:
    """Yield how so many items stand in two languages."""
    dice = random.Random(7)  # noqa: S311 - an invented library
    for number in range(items):
        show = number % 5 != 0
        for language in ("en", "pt"):
            gap = dice.random() < 0.3  # noqa: PLR2004 - the share that lacks it
            yield Cover(
                source=f"{number:032x}",
                target=f"subtitle/{language}/full/srt/jellyfin",
                item=f"{number:032x}",
                library=SHOWS if show else FILMS,
                series=f"Series {number % SERIES}" if show else "",
                language=language,
                standing=Standing.GAP if gap else Standing.COVERED,
                origin="speech" if gap else "",
                duration=1200.0 + 6000.0 * dice.random(),
            )


def best(count: Callable[[], object]) -> float:
    """Return the seconds of the quickest of some rounds."""
    return min(timed(count) for _ in range(ROUNDS))


def timed(count: Callable[[], object]) -> float:
    """Return the seconds of our processor in one round."""
    began = time.process_time()
    count()
    return time.process_time() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ITEMS)
