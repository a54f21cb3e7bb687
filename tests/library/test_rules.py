"""Rules: which items they are for, and what they change there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sources import SERVER, audio, item, source

from subtide.jellyfin.answers import Library
from subtide.jellyfin.items import Item
from subtide.library.policy import UNREAD, Around, Policy, Rules, fits
from subtide.settings import Settings, When

NOW = SERVER.seen_at
FILMS = replace(UNREAD, id="l1", name="Films")
FILM = replace(item(source()), tags=("Kids",), rating="PG-13", added=NOW - timedelta(days=10))
EPISODE = replace(
    FILM,
    id="00000000000000000000000000000e01",
    name="Pilot",
    kind="Episode",
    path=r"D:\TV\Show\S01E01.mkv",
    series="The Show",
    series_id="000000000000000000000000000005e0",
    season=1,
    episode=1,
    sources=(source(path=r"D:\TV\Show\S01E01.mkv"),),
)
AROUND = Around("home", FILMS, series_tags=frozenset({"Anime"}))


def rules(*changes: dict[str, Any], **policy: object) -> Rules:
    """The settings of a house, as config.yaml gives them."""
    chosen = Settings.model_validate({"policy": policy, "rules": changes})
    return Rules(chosen.policy, chosen.rules)


def policy_of(made: Rules, one: Item = FILM, around: Around = AROUND) -> Policy:
    return made.policy_for(one, around, NOW)


# -- which items --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "one", "expected"),
    [
        ({}, FILM, True),
        ({"servers": "home"}, FILM, True),
        ({"servers": "cabin"}, FILM, False),
        ({"servers": "cabin, home"}, FILM, True),
        ({"libraries": "Films"}, FILM, True),
        ({"libraries": "films"}, FILM, True),
        ({"libraries": "Film"}, FILM, False),
        ({"series": "The Show"}, EPISODE, True),
        ({"series": "the show"}, EPISODE, True),
        ({"series": "Show"}, EPISODE, False),
        ({"series": "000000000000000000000000000005e0"}, EPISODE, True),
        ({"series": "00000000-0000-0000-0000-0000000005E0"}, EPISODE, True),
        ({"series": "The Show"}, FILM, False),
        ({"series": "x"}, FILM, False),
        ({"items": "Film"}, FILM, True),
        ({"items": "film (2020)"}, FILM, True),
        ({"items": "Film (2021)"}, FILM, False),
        ({"items": "f1"}, FILM, True),
        ({"items": "Pilot"}, EPISODE, True),
        ({"items": "The Show S01E01 Pilot"}, EPISODE, True),
        ({"items": "00000000-0000-0000-0000-000000000E01"}, EPISODE, True),
        ({"tags": "kids"}, FILM, True),
        ({"tags": "KIDS, other"}, FILM, True),
        ({"tags": "Kid"}, FILM, False),
        ({"tags": "anime"}, EPISODE, True),
        ({"folders": ["/media"]}, FILM, True),
        ({"folders": ["/media/"]}, FILM, True),
        ({"folders": ["/media/Film"]}, FILM, True),
        ({"folders": ["/media/Fil"]}, FILM, False),
        ({"folders": ["/med"]}, FILM, False),
        ({"folders": ["/media/Film/Film.mkv"]}, FILM, False),
        ({"folders": ["/"]}, FILM, True),
        ({"folders": ["D:\\TV"]}, EPISODE, True),
        ({"folders": ["D:\\TV\\"]}, EPISODE, True),
        ({"folders": ["D:\\TV\\Sho"]}, EPISODE, False),
        ({"folders": ["/other", "D:\\TV\\Show"]}, EPISODE, True),
        ({"libraries": "Films", "tags": "kids"}, FILM, True),
        ({"libraries": "Films", "tags": "adults"}, FILM, False),
        ({"libraries": "Shows", "tags": "kids"}, FILM, False),
    ],
)
def test_a_rule_is_for(when: dict[str, object], one: Item, *, expected: bool) -> None:
    assert fits(When.model_validate(when), one, AROUND) is expected


def test_a_name_is_no_id_for_its_letters() -> None:
    # An id's digits without whatever else stands in it: "Bad - Deed" leaves "baddeed".
    named = replace(FILM, name="baddeed", year=None)
    assert not fits(When(items=("Bad - Deed",)), named, AROUND)


def test_a_folder_is_that_of_any_version() -> None:
    two = replace(FILM, sources=(source(), source(path="/other/Film - 4K.mkv")))
    assert fits(When(folders=("/other",)), two, AROUND)


# -- what they change ---------------------------------------------------------------------


def test_a_rule_changes_only_what_it_says() -> None:
    made = rules(
        {"set": {"languages": ["pt"]}},
        languages=["en"],
        covered_by=["sdh"],
        spoken="none",
        engines=["nllb"],
    )
    merged = policy_of(made).settings
    assert merged.languages == ("pt",)
    assert (merged.covered_by, merged.spoken, merged.engines) == (("sdh",), "none", ("nllb",))


def test_a_rule_may_say_what_is_the_default() -> None:
    made = rules({"set": {"spoken": "auto", "ignore": False}}, spoken="none", ignore=True)
    assert (policy_of(made).settings.spoken, policy_of(made).left_alone) == ("auto", "")


def test_of_several_rules_the_later_wins_in_what_it_says() -> None:
    made = rules(
        {"when": {"libraries": ["Films"]}, "set": {"languages": ["pt"], "spoken": "none"}},
        {"when": {"libraries": ["Shows"]}, "set": {"languages": ["fr"]}},
        {"when": {"tags": ["kids"]}, "set": {"languages": ["de", "en"]}},
    )
    policy = policy_of(made)
    assert (policy.languages, policy.spoken) == (("de", "en"), "none")
    assert policy.rules == (1, 3)


def test_a_rule_can_take_the_whole_back() -> None:
    made = rules({"when": {"tags": ["kids"]}, "set": {"ignore": False}}, ignore=True)
    assert policy_of(made).left_alone == ""
    other = replace(FILM, tags=())
    assert policy_of(made, other).left_alone == "a rule says to ignore it"


# -- languages that are left to Jellyfin --------------------------------------------------

DOWNLOADS = replace(FILMS, languages=("pt", "es"))


@pytest.mark.parametrize(
    ("says", "library", "users", "languages"),
    [
        ("auto", DOWNLOADS, ("de",), ("pt", "es")),
        ("auto", FILMS, ("de", "fr"), ("de", "fr")),
        ("auto", FILMS, (), ("en",)),
        ("fr, auto", DOWNLOADS, (), ("fr", "pt", "es")),
        ("auto, fr", DOWNLOADS, (), ("pt", "es", "fr")),
        ("es, auto", DOWNLOADS, (), ("es", "pt")),
        ("fr", DOWNLOADS, ("de",), ("fr",)),
        ((), DOWNLOADS, ("de",), ()),
    ],
)
def test_auto_is_what_the_library_downloads_else_what_users_read_else_english(
    says: object, library: Library, users: tuple[str, ...], languages: tuple[str, ...]
) -> None:
    around = replace(AROUND, library=library, users=users)
    assert policy_of(rules(languages=says), around=around).languages == languages


@pytest.mark.parametrize(
    ("says", "library", "spoken"),
    [
        ("auto", FILMS, "full"),
        ("auto", DOWNLOADS, "none"),
        ("auto", replace(DOWNLOADS, skips_spoken=False), "full"),
        ("full", DOWNLOADS, "full"),
        ("forced", DOWNLOADS, "forced"),
        ("none", FILMS, "none"),
    ],
)
def test_what_is_spoken_is_skipped_where_the_library_s_own_download_skips_it(
    says: str, library: Library, spoken: str
) -> None:
    policy = policy_of(rules(spoken=says), around=replace(AROUND, library=library))
    assert policy.spoken == spoken


def test_what_has_to_be_asked_of_the_server_follows_from_all_rules() -> None:
    by_tag = {"when": {"tags": ["kids"]}, "set": {"ignore": True}}
    unless = {"set": {"ignore_tags": ["no-subtitles"]}}
    assert rules().ask_for_users
    assert not rules(languages=["en"]).ask_for_users
    assert rules({"set": {"languages": ["auto"]}}, languages=["en"]).ask_for_users
    assert not rules({"set": {"spoken": "none"}}, languages=["en"]).ask_for_users
    assert rules().ask_for_tags
    assert not rules(ignore_tags=[]).ask_for_tags
    assert not rules({"set": {"languages": ["en"]}}, ignore_tags=[]).ask_for_tags
    assert rules(by_tag, ignore_tags=[]).ask_for_tags
    assert rules(unless, ignore_tags=[]).ask_for_tags


def test_the_languages_that_may_be_wanted_anywhere_are_each_told_once() -> None:
    made = rules({"when": {"tags": ["kids"]}, "set": {"languages": ["de", "pt"]}})
    places = [replace(AROUND, library=DOWNLOADS), replace(AROUND, users=("fr",))]
    assert made.languages_anywhere(places) == ("pt", "es", "fr", "de")


# -- what is left alone -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({}, ""),
        ({"ignore": True}, "a rule says to ignore it"),
        ({"ignore_tags": ["kids"]}, "it has the tag Kids"),
        ({"ignore_tags": ["anime"]}, "it has the tag Anime"),
        ({"ignore_tags": ["other"]}, ""),
        ({"without_ratings": ["pg-13"]}, "its rating is PG-13"),
        ({"without_ratings": ["XXX"]}, ""),
        ({"newest_days": 9}, "it was added more than 9 days ago"),
        ({"newest_days": 10}, ""),
        ({"newest_days": 11}, ""),
    ],
)
def test_an_item_is_left_alone_for(says: dict[str, object], why: str) -> None:
    policy = policy_of(rules(**says))
    assert policy.left_alone == why
    assert [want.unwanted for want in policy.wants(source())] == [why]


def test_what_the_server_does_not_tell_is_no_reason() -> None:
    untold = replace(FILM, tags=(), rating="", added=None)
    limits = rules(newest_days=1, without_ratings=["XXX"], ignore_tags=["kids"])
    assert policy_of(limits, untold, Around()).left_alone == ""


@pytest.mark.parametrize(
    ("says", "seconds", "why"),
    [
        ({"shortest_seconds": 300}, 299.0, "it is shorter than 300 s"),
        ({"shortest_seconds": 300}, 300.0, ""),
        ({"shortest_seconds": 300}, 0.0, ""),
        ({"longest_seconds": 7200}, 7201.0, "it is longer than 7200 s"),
        ({"longest_seconds": 7200}, 7200.0, ""),
        ({}, 1_000_000.0, ""),
    ],
)
def test_a_source_is_left_alone_for_its_length(
    says: dict[str, object], seconds: float, why: str
) -> None:
    (want,) = policy_of(rules(**says)).wants(source(duration=seconds))
    assert want.unwanted == why


def test_the_first_reason_is_told() -> None:
    made = rules(ignore=True, spoken="none", longest_seconds=1)
    (want,) = policy_of(made).wants(source(audio("en")))
    assert want.unwanted == "a rule says to ignore it"
