"""subtide coverage: what is there and what is missing, counted, and the looks that saw it."""

from collections.abc import Callable

import pytest
from command import Home, Ran

Subtide = Callable[..., Ran]
TEXT = "Text (2024)"


@pytest.fixture
def looked(home: Home, at_home: Subtide) -> Subtide:
    """Two films and one look at them; one was made."""
    home.add_text_film()
    home.add_covered_film()
    home.configure(start="ask", policy={"languages": ["en", "pt", "fr"]}, models={"pull": False})
    assert at_home("scan").code == 0
    return at_home


def test_before_any_look_it_says_so(at_home: Subtide) -> None:
    assert at_home("coverage").out.startswith("Nothing was looked at yet: ")
    assert at_home("coverage", "--json").json == []


def test_each_library_and_language_has_its_line(looked: Subtide) -> None:
    lines = [line.split() for line in looked("coverage").out.splitlines()]
    assert lines == [
        ["server", "library", "language", "covered", "gap", "there"],
        ["home", "Movies", "en", "2", "0", "100", "%"],
        ["home", "Movies", "fr", "0", "2", "0", "%"],
        ["home", "Movies", "pt", "1", "1", "50", "%"],
    ]


def test_scripts_get_every_standing(looked: Subtide) -> None:
    (row,) = looked("coverage", "--language", "PT", "--json").json
    assert row == {
        "server": "home",
        "library": "Movies",
        "language": "pt",
        "covered": 1,
        "outdated": 0,
        "gap": 1,
        "closed": 0,
        "unwanted": 0,
    }


def test_it_can_be_counted_by_language_or_series_and_narrowed(looked: Subtide) -> None:
    by_language = looked("coverage", "--by", "language", "--json").json
    assert [(row["language"], row["covered"]) for row in by_language] == [
        ("en", 2),
        ("fr", 0),
        ("pt", 1),
    ]
    assert looked("coverage", "--by", "language", "--library", "movies", "--json").json == (
        by_language
    )
    assert looked("coverage", "--library", "TV", "--json").json == []
    (first, *_) = looked("coverage", "--by", "series", "--json").json
    assert (first["series"], first["language"]) == ("", "en")
    assert looked("coverage", "--series", "Show", "--json").json == []


def test_a_library_is_called_by_its_id_while_the_server_is_away(
    home: Home, looked: Subtide
) -> None:
    library = home.playground.catalogue.libraries[0].id
    home.playground.stop()
    (row,) = looked("coverage", "--language", "pt", "--json").json
    assert (row["server"], row["library"]) == ("home", library)
    assert looked("coverage", "--library", library, "--json").json != []


def test_the_looks_are_listed_newest_first(looked: Subtide) -> None:
    assert looked("scan").code == 0
    scans = looked("coverage", "--scans", "--json").json
    assert [(s["server"], s["kind"], s["signal"]) for s in scans] == [
        ("home", "everything", "person")
    ] * 2
    assert scans[0]["began_at"] > scans[1]["began_at"]
    assert (scans[1]["sources"], scans[1]["gaps"], scans[1]["planned"]) == (2, 3, 0)
    table = looked("coverage", "--scans").out.splitlines()
    assert len(table) == 3
    assert table[0].split()[:4] == ["began", "server", "what", "because"]
