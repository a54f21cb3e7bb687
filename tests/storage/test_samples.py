"""Samples: the last timing of each model."""

from subtide.storage.database import Database
from subtide.storage.samples import Samples


def test_the_last_timing_of_each_counts(database: Database) -> None:
    samples = Samples(database)
    assert samples.find("small cpu int8 2") is None
    samples.keep("small cpu int8 2", 0.5)
    samples.keep("small cpu int8 2", 0.25)
    samples.keep("base cpu int8 2", 0.1)
    found = samples.find("small cpu int8 2")
    assert found
    assert (found.what, found.cost) == ("small cpu int8 2", 0.25)
    assert found.at.tzinfo is not None
