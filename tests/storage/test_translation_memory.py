"""Translation memory: an answer is asked for once."""

from storage_fixtures import pass_time
from subtide.storage.database import Database
from subtide.storage.memory import AT_ONCE, KEPT_SECONDS, TranslationMemory


def test_what_was_remembered_is_recalled_and_nothing_else(database: Database) -> None:
    memory = TranslationMemory(database)
    memory.remember({"a": "Olá.", "b": "Adeus."})
    assert memory.recall({"a", "c"}) == {"a": "Olá."}
    assert memory.recall(()) == {}


def test_a_newer_answer_takes_the_place_of_an_older_one(database: Database) -> None:
    memory = TranslationMemory(database)
    memory.remember({"a": "Olá.", "b": "Adeus."})
    memory.remember({"a": "Oi."})
    assert memory.recall(["a", "b"]) == {"a": "Oi.", "b": "Adeus."}


def test_a_whole_film_is_recalled_at_once(database: Database) -> None:
    memory = TranslationMemory(database)
    film = {f"k{n}": f"linha {n}" for n in range(2 * AT_ONCE + 1)}
    memory.remember(film)
    assert memory.recall(film) == film


def test_what_nobody_needed_for_a_year_goes(database: Database) -> None:
    memory = TranslationMemory(database)
    memory.remember({"old": "Olá."})
    pass_time(database, KEPT_SECONDS - 60)
    memory.remember({"newer": "Oi."})
    pass_time(database, 120)
    memory.remember({"newest": "Ei."})
    assert memory.recall(["old", "newer", "newest"]) == {"newer": "Oi.", "newest": "Ei."}


def test_what_is_needed_again_is_kept_for_another_year(database: Database) -> None:
    memory = TranslationMemory(database)
    memory.remember({"needed": "Olá.", "idle": "Oi."})
    pass_time(database, KEPT_SECONDS - 60)
    assert memory.recall(["needed"]) == {"needed": "Olá."}
    pass_time(database, 120)
    memory.remember({"newest": "Ei."})
    assert memory.recall(["needed", "idle"]) == {"needed": "Olá."}


def test_nothing_to_remember_is_no_question(database: Database) -> None:
    TranslationMemory(database).remember({})
    assert TranslationMemory(database).recall(["a"]) == {}
