import pytest

from subtide.mt.guard import LineFault, line_faults


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
    ],
)
def test_bad_translations_are_found(source: str, translation: str, fault: LineFault) -> None:
    assert line_faults(source, translation) == (fault,)
