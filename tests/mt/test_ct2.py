import re
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


TOKENS = {
    "opus": {">>cmn_Hans<<", ">>cmn_Hant<<", ">>por<<", ">>srp_Latn<<", ">>nob<<"},
    "romance": {">>pt<<", ">>pt_br<<", ">>es<<"},
    "madlad": {"<2de>", "<2zh>"},
    "madlad with scripts": {"<2zh>", "<2zh_Hant>"},
}


@pytest.mark.parametrize(
    ("family", "known", "target", "hints"),
    [
        ("opus-mt", "", "pt", Hints()),
        ("opus-mt", "opus", "pt-BR", Hints((">>por<<",))),
        ("opus-mt", "opus", "zh-Hans", Hints((">>cmn_Hans<<",))),
        ("opus-mt", "opus", "zh-TW", Hints((">>cmn_Hant<<",))),
        ("opus-mt", "opus", "sr-Latn", Hints((">>srp_Latn<<",))),
        ("opus-mt", "opus", "no", Hints((">>nob<<",))),
        ("opus-mt-many", "romance", "pt-BR", Hints((">>pt_br<<",))),
        ("opus-mt-many", "romance", "pt", Hints((">>pt<<",))),
        ("opus-mt-many", "romance", "es-MX", Hints((">>es<<",))),
        ("m2m100", "", "pt-BR", Hints(("__en__",), ("__pt__",))),
        ("m2m100", "", "nb", Hints(("__en__",), ("__no__",))),
        ("nllb", "", "pt-BR", Hints(("eng_Latn",), ("por_Latn",))),
        ("nllb", "", "zh-TW", Hints(("eng_Latn",), ("zho_Hant",))),
        ("nllb", "", "zh-Hans", Hints(("eng_Latn",), ("zho_Hans",))),
        ("nllb", "", "ar", Hints(("eng_Latn",), ("arb_Arab",))),
        ("madlad", "madlad", "de", Hints(("<2de>",))),
        ("madlad", "madlad", "zh-Hans", Hints(("<2zh>",))),
        ("madlad", "madlad with scripts", "zh-Hant", Hints(("<2zh_Hant>",))),
    ],
)
def test_each_family_is_told_its_languages_in_its_own_way(
    family: str, known: str, target: str, hints: Hints
) -> None:
    assert FAMILIES[family](EN, Language(target), TOKENS.get(known, set())) == hints


@pytest.mark.parametrize(
    ("family", "known", "target", "said"),
    [
        ("opus-mt", "opus", "sr", ">>srp_Latn<<"),
        ("opus-mt-many", "romance", "de", "it knows >>es<<, >>pt<<, >>pt_br<<"),
        ("opus-mt-many", "", "de", "no language"),
        ("m2m100", "", "zh-Hant", "one script"),
        ("madlad", "madlad", "zh-Hant", "<2zh>"),
    ],
)
def test_a_language_or_script_that_a_family_does_not_write_is_refused_with_what_it_does(
    family: str, known: str, target: str, said: str
) -> None:
    with pytest.raises(ModelDamaged, match=re.escape(said)):
        FAMILIES[family](EN, Language(target), TOKENS.get(known, set()))


@pytest.mark.parametrize(
    ("family", "tag", "token"),
    [
        ("opus-mt", "zh-Hant", ">>cmn_Hant<<"),
        ("opus-mt-many", "pt-BR", ">>por<<"),
        ("madlad", "zh-Hans", "<2zh>"),
    ],
)
def test_a_real_translator_gets_the_token_of_the_target_before_the_text(
    make_model: Callable[..., Path], family: str, tag: str, token: str
) -> None:
    folder = make_model(HELLO, words=[token])
    engine = Ct2Engine(folder, EN, Language(tag), name=family)
    assert engine.translate([Line(1, "hello")]) == [Line(1, "olá mundo")]
    with pytest.raises(ModelDamaged, match=re.escape(token)):
        Ct2Engine(folder, EN, Language("ru"), name=family)


def test_a_real_translator_begins_its_answer_with_the_languages_code(
    make_model: Callable[..., Path],
) -> None:
    folder = make_model(HELLO, start="zho_Hant", words=["eng_Latn", "zho_Hant"])
    engine = Ct2Engine(folder, EN, Language("zh-Hant"), name="nllb")
    assert engine.translate([Line(1, "hello")]) == [Line(1, "olá mundo")]
    with pytest.raises(ModelDamaged, match="zho_Hans"):
        Ct2Engine(folder, EN, Language("zh-Hans"), name="nllb")
