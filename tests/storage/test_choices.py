"""Choices: a name stays as it was first translated, within its series and direction."""

from subtide.storage.choices import Choices
from subtide.storage.database import Database


def test_the_first_choice_stays(database: Database) -> None:
    choices = Choices(database)
    choices.keep("s1/series", "en", "pt", {"Winterfell": "Invernália"})
    choices.keep("s1/series", "en", "pt", {"Winterfell": "Winterfell", "Ned": "Ned"})
    assert choices.known("s1/series", "en", "pt") == {"Winterfell": "Invernália", "Ned": "Ned"}


def test_choices_are_those_of_one_series_and_direction(database: Database) -> None:
    choices = Choices(database)
    choices.keep("s1/series", "en", "pt", {"Ned": "Ned"})
    choices.keep("s2/series", "en", "pt", {"Ned": "Nedo"})
    choices.keep("s1/series", "en", "es", {"Ned": "Neddy"})
    choices.keep("s1/series", "fr", "pt", {"Ned": "Né"})
    assert choices.known("s1/series", "en", "pt") == {"Ned": "Ned"}
    assert choices.known("s1/other", "en", "pt") == {}


def test_no_terms_are_nothing_to_keep(database: Database) -> None:
    Choices(database).keep("s1/series", "en", "pt", {})
    assert Choices(database).known("s1/series", "en", "pt") == {}
