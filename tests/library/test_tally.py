"""Tally: a dry run counts gaps as the database counts those of a look."""

import random
from collections import defaultdict

from subtide.library.tally import Tally
from subtide.storage import coverage
from subtide.storage.coverage import KEYS, Count, Cover, Coverage, Standing
from subtide.storage.database import Database

SOURCES = 60


def covers_of(chance: random.Random, number: int) -> list[Cover]:
    """Every target of one source; what it lacks is made from one origin, as by one plan."""
    source, library = f"f{number}", chance.choice(["films", "shows"])
    origin, seconds = chance.choice(["speech", "text"]), 60.0 * chance.randrange(1, 90)
    covers = []
    for language in chance.sample(["de", "en", "fr", "pt"], chance.randrange(4)):
        standing = chance.choice([Standing.GAP, *Standing])
        covers.append(
            Cover(
                source,
                f"subtitle/{language}/full/srt/jellyfin",
                source,
                library,
                "",
                language,
                standing,
                origin if standing is Standing.GAP else "",
                seconds,
            )
        )
    return covers


def key(count: Count) -> tuple[str, ...]:
    return count.server, count.library, count.language, count.origin


def test_a_tally_counts_the_same_covers_as_the_database_does(database: Database) -> None:
    chance, tally = random.Random(5), Tally()  # noqa: S311 - a test's chance
    kept: defaultdict[str, list[Cover]] = defaultdict(list)
    for number in range(SOURCES):
        server, covers = chance.choice(["s1", "s2"]), covers_of(chance, number)
        tally.add(server, covers)
        kept[server] += covers
    with database.write() as connection:
        for server, covers in kept.items():
            coverage.replace(connection, server, {one.item for one in covers}, covers)
    counted = Coverage(database)
    fine = counted.counts(by=set(KEYS) - {"series"})
    gaps = [one for one in fine if one.standing == Standing.GAP]
    whole = [(*key(one), one.sources, one.seconds) for one in counted.lacking()]
    assert len(gaps) > len(whole) > 1
    assert sorted(tally.lines, key=key) == sorted(gaps, key=key)
    assert sorted((*key(one), one.sources, one.seconds) for one in tally.whole) == sorted(whole)
