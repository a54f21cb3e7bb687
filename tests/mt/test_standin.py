from collections.abc import Sequence
from pathlib import Path

from subtide.languages import Language
from subtide.mt.engine import Line, Term
from subtide.mt.engines import ENGINES
from subtide.mt.fake import FakeEngine
from subtide.mt.standin import StandInEngine

EN, PT = Language("en"), Language("pt")
TERMS = (
    Term("Will", "Will", homograph=True),
    Term("Hope", "Hope"),
    Term("warp core", "núcleo de dobra"),
)


def run(answers: dict[str, str], *texts: str) -> tuple[list[str], FakeEngine]:
    def answer(lines: Sequence[Line]) -> list[Line]:
        return [Line(line.id, answers[line.text]) for line in lines if line.text in answers]

    engine = FakeEngine(EN, PT, answer)
    lines = [Line(place, text) for place, text in enumerate(texts)]
    return [line.text for line in StandInEngine(engine, TERMS).translate(lines)], engine


def test_a_real_model_keeps_names_and_terms_that_it_loses_otherwise(
    firefox_files: dict[str, Path],
) -> None:
    model = ENGINES["firefox"](firefox_files, EN, PT, 1)
    lines = [
        Line(7, "Will, where are you going?"),
        Line(3, "Ask Hope."),
        Line(5, "We have to eject the warp core now."),
        Line(1, "Will you come tomorrow?"),
    ]
    bare = {line.id: line.text for line in model.translate(lines)}
    kept = {line.id: line.text for line in StandInEngine(model, TERMS).translate(lines)}
    assert "Will" not in bare[7]
    assert kept[7].startswith("Will, ")
    assert "Esperança" in bare[3]
    assert "Hope" in kept[3]
    assert "núcleo de dobra" in kept[5]
    assert kept[1] == bare[1], "it is no name here"


def test_lines_that_lost_nothing_are_asked_for_once() -> None:
    answers = {"Good night.": "Boa noite.", "Ask Hope.": "Pergunte a Hope."}
    texts, engine = run(answers, *answers)
    assert texts == list(answers.values())
    assert len(engine.asked) == 2


def test_a_sentence_keeps_its_capital() -> None:
    answers = {
        "Warp core breach!": "Warp core violação!",
        "Oliver breach!": "Oliver quebra!",
    }
    assert run(answers, "Warp core breach!")[0] == ["Núcleo de dobra quebra!"]


def test_an_answer_without_its_stand_in_or_with_two_is_not_used() -> None:
    for again in ("Pergunte.", "Oliver e Oliver.", ""):
        texts, _ = run({"Ask Hope.": "Esperança.", "Ask Oliver.": again}, "Ask Hope.")
        assert texts == ["Esperança."]
    texts, _ = run({"Ask Hope.": "Esperança."}, "Ask Hope.")
    assert texts == ["Esperança."]


def test_a_name_that_stands_in_the_line_is_no_stand_in() -> None:
    answers = {
        "Oliver and Hope.": "Oliver e Esperança.",
        "Oliver and Walter.": "Oliver e Walter.",
    }
    assert run(answers, "Oliver and Hope.")[0] == ["Oliver e Hope."]
