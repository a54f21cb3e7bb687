"""The chat engine: what it shows the model, what it keeps, when it ends."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from subtide.languages import Language
from subtide.mt.chat import BudgetUsed, ChatEngine, ChatSetup, open_chat
from subtide.mt.chat_batch import is_choice
from subtide.mt.chat_errors import TookTooLong
from subtide.mt.chat_journal import Note, Usage, add_note, read_notes
from subtide.mt.engine import Line, Term
from subtide.playground.chat import ChatStandIn
from subtide.playground.chat_faults import answer_of
from subtide.playground.chat_film import film, translated

EN, PT = Language("en"), Language("pt-BR")
LINES = [Line(n * 7, text) for n, text in enumerate(film(40, Random(1)))]  # noqa: S311 - repeatable


@pytest.fixture
def stand_in() -> Iterator[ChatStandIn]:
    with ChatStandIn(translated) as server:
        yield server


def engine(server: ChatStandIn, name: str = "ollama", **changes: Any) -> ChatEngine:  # noqa: ANN401 - fields
    given = {key: changes.pop(key) for key in ("terms", "known") if key in changes}
    setup = ChatSetup(server.url, "stand-in", **changes)
    rng = Random(1)  # noqa: S311 - repeatable
    return ChatEngine(name, setup, EN, PT, sleep=lambda _seconds: None, rng=rng, **given)


def shown(request: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request["messages"][-1]["content"])
    return found


def texts(answers: Sequence[Line]) -> dict[int, str]:
    return {line.id: line.text for line in answers}


def right(lines: Sequence[Line]) -> dict[int, str]:
    return {line.id: translated(line.text) for line in lines}


def test_a_line_is_shown_with_those_around_it(stand_in: ChatStandIn) -> None:
    chat = engine(stand_in, context_lines=2, title="The Long Night")
    asked = [LINES[3], LINES[10]]
    assert texts(chat.translate(asked, script=LINES)) == right(asked)
    request = shown(stand_in.requests[0])
    assert request["title"] == "The Long Night"
    assert [line["text"] for line in request["lines"]] == [
        line.text for line in (*LINES[1:6], *LINES[8:13])
    ]
    tagged = [line["text"] for line in request["lines"] if "tag" in line]
    assert tagged == [line.text for line in asked]


def test_the_languages_and_the_way_to_address_people_are_named(stand_in: ChatStandIn) -> None:
    engine(stand_in, formality="formal").translate(LINES[:1])
    rules = stand_in.requests[0]["messages"][0]["content"]
    assert "from English (en) into Portuguese (Brazil) (pt-BR)" in rules
    assert "People address each other formally" in rules


def test_tags_are_no_running_numbers_and_differ_from_request_to_request(
    stand_in: ChatStandIn,
) -> None:
    chat = engine(stand_in)
    chat.translate(LINES[:20])
    chat.translate(LINES[:20])
    tags = [{line["tag"] for line in shown(request)["lines"]} for request in stand_in.requests]
    assert len(tags[0]) == 20
    assert not any(tag.isdigit() and len(tag) < 4 for tag in tags[0])
    assert tags[0] != tags[1]


def test_only_the_terms_of_the_lines_are_told(stand_in: ChatStandIn) -> None:
    name = LINES[0].text.split()
    there = next(word for word in name[1:] if word[0].isupper())
    chat = engine(stand_in, terms=[Term(there, there), Term("Gandalf", "Gandalf")])
    chat.translate(LINES[:5])
    assert shown(stand_in.requests[0])["terms"] == [{"source": there, "target": there}]


def test_a_bad_line_is_asked_again_with_what_was_wrong(stand_in: ChatStandIn) -> None:
    stand_in.faults = lambda _asked, _rng: "left-out" if len(stand_in.requests) == 1 else "none"
    assert texts(engine(stand_in).translate(LINES[:20], script=LINES)) == right(LINES[:20])
    again = shown(stand_in.requests[1])
    wrong = [fault for faults in again["wrong_before"].values() for fault in faults]
    assert 3 <= len(wrong) <= 6
    assert wrong.count("no answer under its tag") == 2
    assert len(again["wrong_before"]) == sum("tag" in line for line in again["lines"])


def test_what_was_answered_before_is_not_asked_again(stand_in: ChatStandIn) -> None:
    known = {line.text: f"{translated(line.text)} Sim." for line in LINES[:19]}
    known[LINES[19].text] = LINES[19].text
    answers = texts(engine(stand_in, known=known).translate(LINES[:20]))
    assert answers[LINES[0].id].endswith(" Sim.")
    assert answers[LINES[19].id] == translated(LINES[19].text)
    (request,) = stand_in.requests
    assert [line["text"] for line in shown(request)["lines"]] == [LINES[19].text]


def test_an_answer_of_another_language_is_not_taken(stand_in: ChatStandIn) -> None:
    german = [
        "Der Hauptmann hat das noch nie gesehen.",
        "Mein Bruder sucht immer noch nach ihm.",
        "Die alte Frau glaubt nicht an Gespenster.",
        "Wir wollten uns gestern hinter der Kirche treffen.",
        "Niemand hier wird sich an den Krieg erinnern.",
        "Der Arzt sprach im Garten von dem vielen Geld.",
    ]
    lines = [line for line in LINES if ", in " not in line.text][:6]
    stand_in.translate = lambda line: german[[one.text for one in lines].index(line)]
    engine(stand_in).translate(lines)
    wrong = shown(stand_in.requests[1])["wrong_before"].values()
    assert list(wrong) == [["text is not in the language asked for"]] * 6


def test_a_slow_model_gets_shorter_questions(stand_in: ChatStandIn) -> None:
    stand_in.pauses = [1.0]
    chat = engine(stand_in, timeout_seconds=0.3)
    assert texts(chat.translate(LINES[:20], script=LINES)) == right(LINES[:20])
    chat.translate(LINES[20:])
    sizes = [sum("tag" in n for n in shown(one)["lines"]) for one in stand_in.requests]
    assert sizes == [20, 10, 10, 10, 10]


def test_a_model_that_stays_too_slow_is_given_up(stand_in: ChatStandIn) -> None:
    stand_in.pauses = [0.5, 0.5]
    with pytest.raises(TookTooLong):
        engine(stand_in, timeout_seconds=0.05).translate(LINES[:20])
    assert len(stand_in.requests) == 2


def test_a_question_too_long_for_the_model_is_cut(stand_in: ChatStandIn) -> None:
    stand_in.answers.append((400, {}, {"error": {"message": "context length exceeded"}}))
    assert texts(engine(stand_in, "openai").translate(LINES[:20])) == right(LINES[:20])
    assert len(stand_in.requests) == 3


def test_a_question_is_never_longer_than_the_context_that_is_asked_for(
    stand_in: ChatStandIn,
) -> None:
    long = [Line(n, f"{line.text[:-1]} and {'so ' * 150}on.") for n, line in enumerate(LINES)]
    engine(stand_in, batch_lines=30).translate(long, script=long)
    sizes = [sum(len(m["content"]) for m in one["messages"]) for one in stand_in.requests]
    assert max(sizes) <= 8192


def test_nothing_is_asked_beyond_the_budget(stand_in: ChatStandIn) -> None:
    chat = engine(stand_in, price_in=0.0, price_out=1e6, left=100.0)
    chat.translate(LINES[:20])
    assert chat.usage.tokens_out > 100
    with pytest.raises(BudgetUsed, match="the budget of ollama is used up") as used:
        chat.translate(LINES[20:])
    assert used.value.after == 3600.0
    assert len(stand_in.requests) == 1


def test_two_languages_of_one_document_share_the_budget(
    stand_in: ChatStandIn, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    add_note(journal, Note("openai", "fr", Usage(1, 0, 100)))
    add_note(journal, Note("ollama", "fr", Usage(1, 0, 900)))
    request = {
        "url": stand_in.url,
        "model": "stand-in",
        "price_out": 1e6,
        "left": 100.0,
        "journal": str(journal),
        "known": {},
    }
    with pytest.raises(BudgetUsed):
        open_chat("openai", request, EN, PT, terms=()).translate(LINES[:1])
    assert stand_in.requests == []


def test_a_journal_tells_what_was_used_and_learned(stand_in: ChatStandIn, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    stand_in.faults = lambda _asked, _rng: "left-out" if len(stand_in.requests) == 1 else "none"
    chat = engine(stand_in, journal=str(journal))
    chat.translate(LINES[:20])
    notes = read_notes(journal)
    assert sum((note.usage for note in notes), Usage()) == chat.usage
    assert len(notes) == 2
    learned = {text: answer for note in notes for text, answer in note.learned.items()}
    assert learned == {line.text: translated(line.text) for line in LINES[:20]}
    assert {(note.engine, note.source) for note in notes} == {("ollama", "en")}


@pytest.mark.parametrize(
    "bad",
    ["\0" * 60, "{}", "[1]", '{"engine": "openai", "sour{"'],
    ids=["nothing", "empty", "list", "torn"],
)
def test_a_line_of_a_journal_that_cannot_be_read_is_passed_over(tmp_path: Path, bad: str) -> None:
    journal = tmp_path / "journal"
    notes = [Note("openai", "en", Usage(1, 2, 3), {"Yes.": text}) for text in ("Sim.", "Pois.")]
    add_note(journal, notes[0])
    with journal.open("a", encoding="utf-8") as file:
        file.write(f"{bad}\n")
    add_note(journal, notes[1])
    assert read_notes(journal) == notes


@pytest.mark.parametrize(
    ("term", "line"),
    [
        (("I", "Eu"), ("When I came home", "Quando Eu vim")),
        (("I'm", "Estou"), ("So I'm here", "Então Estou aqui")),
        (("Where", "Onde"), ("Hello. Where is he?", "Olá. Onde está ele?")),
        (("Ann", "Ana"), ("I met Annabel", "Encontrei a Anabela")),
        (("ring", "anel"), ("It is the ring", "É o anel")),
    ],
)
def test_a_word_that_is_no_name_is_no_choice(term: tuple[str, str], line: tuple[str, str]) -> None:
    assert not is_choice(*term, [line])
    assert is_choice("Ann", "Ana", [("So Ann came", "Então a Ana veio")])


def test_a_journal_whose_writer_was_killed_keeps_its_whole_lines(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    assert read_notes(journal) == []
    add_note(journal, Note("ollama", "en", Usage(1, 2, 3), {"Yes.": "Sim."}, {"Ann": "Ana"}))
    whole = journal.read_bytes()
    journal.write_bytes(whole + whole[:-5])
    assert read_notes(journal) == [
        Note("ollama", "en", Usage(1, 2, 3), {"Yes.": "Sim."}, {"Ann": "Ana"})
    ]


def test_names_that_the_model_chose_are_kept_for_the_next_batch(
    stand_in: ChatStandIn, tmp_path: Path
) -> None:
    lines = [
        Line(1, "I have never seen Winterfell before the war."),
        Line(2, "Garden of the old king, and nobody in it."),
        Line(3, "We wanted to meet the Hand at Winterfell."),
    ]
    own = {
        lines[0].text: "Eu nunca vi Invernália antes da guerra.",
        lines[1].text: "Jardim do velho rei, e ninguém nele.",
        lines[2].text: "Queríamos encontrar a Mão em Invernália.",
    }
    chosen = {
        "Winterfell": "Invernália",
        "Garden": "Jardim",
        "war": "guerra",
        "Hand": "Mano",
        "Ned": "Ned",
    }
    stand_in.translate = lambda line: own[line]
    stand_in.says = lambda entries: answer_of(entries, chosen)
    journal = tmp_path / "journal"
    chat = engine(stand_in, journal=str(journal), terms=[Term("Hand", "Mão")])
    chat.translate(lines[:2])
    chat.translate(lines[2:])
    assert read_notes(journal)[0].chosen == {"Winterfell": "Invernália"}
    assert shown(stand_in.requests[1])["terms"] == [
        {"source": "Hand", "target": "Mão"},
        {"source": "Winterfell", "target": "Invernália"},
    ]


@pytest.mark.parametrize(("unload", "expected"), [(True, 2), (False, 1)])
def test_ollama_gives_its_memory_back_only_when_it_is_to(
    stand_in: ChatStandIn,
    unload: bool,  # noqa: FBT001 - a parameter
    expected: int,
) -> None:
    chat = engine(stand_in, unload=unload, keep_alive_seconds=0.0)
    chat.translate(LINES[:2])
    chat.close()
    assert len(stand_in.requests) == expected
    assert stand_in.requests[0]["keep_alive"] == (300.0 if unload else 0.0)
    if unload:
        assert stand_in.requests[1]["keep_alive"] == 0


def test_a_model_that_was_never_asked_is_not_unloaded(stand_in: ChatStandIn) -> None:
    engine(stand_in, unload=True).close()
    assert stand_in.requests == []
