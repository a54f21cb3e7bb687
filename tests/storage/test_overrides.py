"""Overrides: the newest value counts, and every change can be taken back."""

from subtide.storage.database import Database
from subtide.storage.overrides import Overrides

LANGUAGES = ("policy", "languages")
LABEL = ("publish", "label")


def test_the_newest_value_of_each_setting_is_in_force(database: Database) -> None:
    overrides = Overrides(database)
    overrides.set("policy.languages", ["en"])
    overrides.set("publish.label", "made")
    overrides.set("policy.languages", ["en", "pt"])
    assert overrides.current() == {LANGUAGES: ["en", "pt"], LABEL: "made"}


def test_an_override_can_be_taken_away(database: Database) -> None:
    overrides = Overrides(database)
    overrides.set("publish.label", "made")
    overrides.set("publish.label", None)
    assert overrides.current() == {}
    assert [change.value for change in overrides.history()] == ["made", None]


def test_rolling_back_restores_what_was_and_is_a_change_itself(database: Database) -> None:
    overrides = Overrides(database)
    overrides.set("publish.label", "one")
    version = overrides.history()[-1].version
    overrides.set("publish.label", "two")
    overrides.set("policy.languages", ["de"])
    overrides.roll_back(version)
    assert overrides.current() == {LABEL: "one"}
    overrides.roll_back(version + 2)
    assert overrides.current() == {LABEL: "two", LANGUAGES: ["de"]}
