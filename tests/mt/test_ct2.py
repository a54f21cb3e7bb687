from collections.abc import Callable
from pathlib import Path

import pytest

from subtide.errors import ModelDamaged
from subtide.languages import Language
from subtide.mt.ct2 import Ct2Engine
from subtide.mt.engine import Line
from subtide.mt.engines import ENGINES
from subtide.mt.families import FAMILIES, Hints

EN, PT = Language("en"), Language("pt")
HELLO = ["▁olá", "▁mundo"]


def test_lines_come_back_under_their_ids(make_model: Callable[..., Path]) -> None:
    engine = Ct2Engine(make_model(HELLO), EN, PT)
    lines = [Line(7, "hello world"), Line(3, "again"), Line(5, "")]
    assert engine.translate(lines) == [
        Line(7, "olá mundo"),
        Line(3, "olá mundo"),
        Line(5, ""),
    ]


def test_each_sentence_of_a_line_is_translated_for_itself(make_model: Callable[..., Path]) -> None:
    engine = Ct2Engine(make_model(HELLO, source_eos=True), EN, PT)
    (line,) = engine.translate([Line(1, "Hello world. Hello again!")])
    assert line.text == "olá mundo olá mundo"


def test_the_target_language_is_a_prefix_that_is_cut_off(make_model: Callable[..., Path]) -> None:
    folder = make_model(HELLO, start="__pt__")
    engine = ENGINES["m2m100"]({"model.bin": folder / "model.bin"}, EN, PT, 1)
    assert engine.name == "m2m100"
    assert engine.translate([Line(1, "hello")]) == [Line(1, "olá mundo")]


def test_a_language_that_the_model_does_not_know_is_refused(
    make_model: Callable[..., Path],
) -> None:
    with pytest.raises(ModelDamaged, match="__de__"):
        Ct2Engine(make_model(HELLO), EN, Language("de"), name="m2m100")


def test_a_model_without_tokenizer_is_refused(make_model: Callable[..., Path]) -> None:
    folder = make_model(HELLO)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json"):
        Ct2Engine(folder, EN, PT)


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_damaged_files_are_named(make_model: Callable[..., Path], name: str) -> None:
    folder = make_model(HELLO)
    (folder / name).write_bytes(b"junk")
    with pytest.raises(ModelDamaged):
        Ct2Engine(folder, EN, PT)


@pytest.mark.parametrize(
    ("family", "target", "hints"),
    [
        ("opus-mt", "pt", Hints()),
        ("opus-mt-many", "pt-BR", Hints((">>pt<<",))),
        ("m2m100", "pt-BR", Hints(("__en__",), ("__pt__",))),
        ("nllb", "pt-BR", Hints(("eng_Latn",), ("por_Latn",))),
        ("nllb", "zh-TW", Hints(("eng_Latn",), ("zho_Hant",))),
        ("nllb", "ar", Hints(("eng_Latn",), ("arb_Arab",))),
        ("madlad", "de", Hints(("<2de>",))),
    ],
)
def test_each_family_is_told_its_languages_in_its_own_way(
    family: str, target: str, hints: Hints
) -> None:
    assert FAMILIES[family](EN, Language(target)) == hints
