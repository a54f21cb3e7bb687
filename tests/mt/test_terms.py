import pytest

from subtide.languages import Language
from subtide.mt.engine import Term
from subtide.mt.terms import chosen, missing, name_terms, within

EN, PT, RU = Language("en"), Language("pt-BR"), Language("ru")

CAST = ("Will Turner", "Mother", "Police Officer", "Dr. Hope Green", "Uncle Bob", "Jean-Luc Picard")
FILM = (
    "Will you come with me?",
    "I told Will that my mother is here.",
    "Mother, the hope is gone.",
    "An officer asked Green about it.",
    "Uncle Bob! Bob, wait!",
    "The green car is Picard's.",
)


def names(*texts: str, target: Language = PT) -> dict[str, bool]:
    found = name_terms(CAST, texts or FILM, EN, target)
    assert all(term.source == term.target for term in found)
    return {term.source: term.homograph for term in found}


def test_names_are_kept_where_the_film_uses_them_as_names() -> None:
    assert names() == {"Will": False, "Bob": False, "Picard": False}, (
        "green and hope stand behind an article, and mother is no name"
    )
    assert names("I will ask Will.", "Green is late.") == {"Will": True, "Green": False}


def test_names_are_not_kept_between_scripts_or_when_nobody_says_them() -> None:
    assert names(target=RU) == {}
    assert names("Nobody is here.") == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Will you come?", False),
        ("You know what? Will they come?", False),
        ("Will, come here!", True),
        ("I saw Will yesterday.", True),
        ("Will!", True),
        ("It is Will's.", True),
    ],
)
def test_a_name_that_is_a_word_too_counts_only_where_it_must_be_the_name(
    text: str, *, found: bool
) -> None:
    assert bool(within([Term("Will", "Will", homograph=True)], text)) is found


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("warp core", "The Warp Core is gone.", True),
        ("warp core", "The warp cores are gone.", False),
        ("Green", "a green car", False),
        ("Green", "Mr. Green-Smith", True),
        ("Green", "Greenland", False),
        ("曲速核心", "我们的曲速核心坏了", True),
        ("NASA", "他在NASA工作", True),
        ("ワープ", "ワープの準備", True),
    ],
)
def test_terms_are_whole_words_and_keep_their_capitals(
    term: str, text: str, *, found: bool
) -> None:
    assert bool(within([Term(term, "x")], text)) is found


@pytest.mark.parametrize(
    ("target", "translation", "lost"),
    [
        ("núcleo", "Os núcleos caíram.", False),
        ("núcleo", "O NÚCLEO caiu.", False),
        ("Green", "Zapytaj Greena.", False),
        ("Green", "Pergunte ao verde.", True),
        ("Green", "Pergunte ao green.", True),
        ("曲速核心", "我们的曲速核心坏了", False),
    ],
)
def test_a_term_is_found_with_another_ending(target: str, translation: str, *, lost: bool) -> None:
    term = Term("Core", target)
    assert missing([term], "The Core.", translation) == ((term,) if lost else ())


def test_the_glossary_of_the_direction_goes_before_the_one_of_all_and_both_before_choices() -> None:
    glossary = {"*": {"a": "all", "b": "all"}, "en-pt": {"b": "base"}, "en-pt-BR": {"c": "region"}}
    found = chosen(glossary, {"a": "chosen", "c": "chosen", "d": "chosen"}, EN, PT)
    assert {term.source: term.target for term in found} == {
        "a": "all",
        "b": "base",
        "c": "region",
        "d": "chosen",
    }
