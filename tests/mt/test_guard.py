import pytest

from subtide.languages import Language
from subtide.mt.engine import Term
from subtide.mt.guard import Guard, LineFault, line_faults, usable


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("Hello, how are you?", "Olá, como vai?"),
        ("He has 3 cars and 1,200 dollars.", "Ele tem três carros e 1.200 dólares."),
        ("Back in the 1980s.", "Nos anos 80."),
        ("New York", "New York"),
        ("No, no, no, no, no, no!", "Não, não, não, não, não, não!"),
        ("Hello, how are you doing today?", "你今天好吗？"),  # noqa: RUF001 - Chinese
        ("Room ٤٢ is here", "O quarto 42 é aqui"),
        ("{\\i1}Hi{\\i0}", "{\\i1}Oi{\\i0}"),
        ("At 10:30 it ends.", "Acaba às 10h30."),
        ("It cost 10,000 dollars.", "这花了1万美元。"),
        ("It cost 10,000 dollars.", "Custou 10 mil dólares."),
        ("Over 2,000,000 people live here.", "Plus de 2 millions de gens vivent ici."),
        ("It costs ١٢٬٠٠٠ pounds", "Custa 12.000 libras"),  # noqa: RUF001 - Arabic
        ("Nooooooooooooo!", "Nãoooooooooooo!"),
    ],
)
def test_good_translations_pass(source: str, translation: str) -> None:
    assert line_faults(source, translation) == ()


@pytest.mark.parametrize(
    ("source", "translation", "fault"),
    [
        ("Hello", "", LineFault.EMPTY),
        ("Hello", " ...♪", LineFault.EMPTY),
        ("A sentence of some length.", "Uma.", LineFault.LENGTH),
        ("A short one.", "Uma frase que não acaba nunca, e continua assim.", LineFault.LENGTH),
        ("Born in 1986.", "Nasceu faz tempo.", LineFault.NUMBERS),
        ("It cost 1,200 dollars.", "Custou 120 dólares.", LineFault.NUMBERS),
        ("This was not translated, sir.", "this was not translated sir", LineFault.ECHO),
        ("I do not know what he wants.", "Eu não sei não sei não sei não sei", LineFault.LOOP),
        ("{\\i1}Hi{\\i0}", "Oi", LineFault.TAGS),
        ("Hi", "{\\i1}Oi", LineFault.TAGS),
        ("Hi.", "Olá, meu caro amigo, como é que tens passado?", LineFault.LENGTH),
        ("I have nothing to say to him.", "Nãoooooooooooooooooooooooo", LineFault.LOOP),
        ("He is 20 years old.", "Ele tem vinte anos.", LineFault.SPELLED),
        ("He is 20 years old.", "Ele tem 30 anos.", LineFault.NUMBERS),
        ("There were 1,000 men.", "Havia mil homens.", LineFault.SPELLED),
        ("Give me 500 dollars.", "Me dê quinhentos dólares.", LineFault.SPELLED),
        ("There were 1,000 men.", "Havia 200 homens.", LineFault.NUMBERS),
    ],
)
def test_bad_translations_are_found(source: str, translation: str, fault: LineFault) -> None:
    assert line_faults(source, translation) == (fault,)


EN, PT, RU, ZH = (Language(tag) for tag in ("en", "pt", "ru", "zh-Hans"))
LONG_ENGLISH = "Well, the captain of the ship told all the men that they should go home at once."


@pytest.mark.parametrize(
    ("source", "translation", "target", "faults"),
    [
        ("Where is he?", "Where is he?", RU, (LineFault.ECHO, LineFault.SCRIPT)),
        ("Where is he?", "Onde ele está?", RU, (LineFault.SCRIPT,)),
        ("Where is he?", "Где он?", PT, (LineFault.SCRIPT,)),
        ("Where is he?", "他在哪儿？", ZH, ()),  # noqa: RUF001 - Chinese
        ("Call the FBI.", "Позвони в FBI.", RU, ()),
        ("NASA!", "NASA!", RU, ()),
        ("Peter Parker?", "Peter Parker?", RU, (LineFault.ECHO,)),
        ("The captain told the men to go home now.", LONG_ENGLISH, PT, (LineFault.LANGUAGE,)),
        ("Colour of the old neighbourhood", "Colour of the old neighbourhood", EN, ()),
    ],
)
def test_another_script_or_language_is_seen_where_it_can_be(
    source: str, translation: str, target: Language, faults: tuple[LineFault, ...]
) -> None:
    assert line_faults(source, translation, (EN, target)) == faults


def test_only_a_lost_term_or_a_number_in_words_may_be_used() -> None:
    guard = Guard(EN, PT, (Term("Green", "Green"),))
    assert guard.faults("Ask Green.", "Pergunta ao Verde.") == (LineFault.TERM,)
    assert usable((LineFault.TERM, LineFault.SPELLED))
    assert not any(usable((fault,)) for fault in set(LineFault) - {"term", "spelled"})


def test_lines_too_short_to_tell_are_told_together() -> None:
    texts = ("Where are you?", "In the house.", "What is it?", "Come over here.", "Who says so?")
    texts += ("I never told him.", "They will see.", "Go away now.", "He is dead.", "What else?")
    texts += ("You have to leave.", "Nobody knows that.", "We must go home.", "Is it true?")
    english = dict(enumerate(texts))
    guard = Guard(EN, PT)
    assert guard.strays(english) == set(english)
    assert guard.strays({1: "Where are you?"}) == set()
    assert guard.strays({**dict.fromkeys(range(19), "Onde é que estás?"), 19: "Come."}) == set()
