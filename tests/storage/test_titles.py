"""Titles: found by a part, whatever the case, and by nothing else."""

import pytest

from subtide.storage.database import Database
from subtide.storage.items import Items, KnownItem
from subtide.storage.titles import find_titles

TITLES = ("Alien (1979)", "Aliens (1986)", "100 % Wolf (2020)", "Show S01E01")


@pytest.fixture
def filled(database: Database) -> Database:
    rows = [
        KnownItem(f"i{n}", "l1", "e", 1, "p", "j", settled=True, title=title, series="")
        for n, title in enumerate(TITLES)
    ]
    Items(database).remember("s1", rows)
    Items(database).remember("s2", rows[:1])
    return database


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alien", ["Alien (1979)", "Aliens (1986)"]),
        ("S01e", ["Show S01E01"]),
        ("%", ["100 % Wolf (2020)"]),
        ("_", []),
        ("Brazil", []),
    ],
)
def test_a_part_of_a_title_is_enough(filled: Database, text: str, found: list[str]) -> None:
    assert [one.title for one in find_titles(filled, ["s1"], text, 10)] == found


def test_only_the_named_servers_count_and_no_more_than_wanted(filled: Database) -> None:
    both = find_titles(filled, ["s1", "s2"], "alien (", 10)
    assert sorted((one.server, one.item) for one in both) == [("s1", "i0"), ("s2", "i0")]
    assert find_titles(filled, ["s3"], "alien", 10) == ()
    assert len(find_titles(filled, ["s1"], "", 2)) == 2
