"""Notes for the hearing impaired: what goes, and what only looks like one."""

# ruff: noqa: RUF001 - full-width brackets are meant

import pytest

from subtide.subtitles.cues import Cue
from subtide.subtitles.notes import drop_notes, without_notes

NOTES = [
    "[door slams]",
    "[DOOR SLAMS]",
    "(sighs)",
    "(Sighs.)",
    "(MAN SHOUTS IN THE DISTANCE.)",
    "[speaking Spanish]",
    "[door\nslams]",
    "- [laughs]\n- [sighs]",
    "{\\i1}[thunder rumbling]{\\i0}",
    "{\\an8}(birds chirping)",
    "♪",
    "♪♪",
    "♪ ♪",
    "# #",
    "♪ [upbeat music] ♪",
    "♪ (jazz playing) ♪",
    "{\\i1}♪♪{\\i0}",
    "（ため息）",
    "（ドアの閉まる音）",
    "【掌声】",
    "［笑い声］",
    "JOHN:",
    "[John]:",
]

MIXED = [
    ("JOHN: Come here.", "Come here."),
    ("JOHN:\nCome here.", "Come here."),
    ("JOHN : Viens ici.", "Viens ici."),
    ("- JOHN: Come here.\n- MARY: No.", "- Come here.\n- No."),
    ("-JOHN: Come here.\n-No.", "-Come here.\n-No."),
    (">> JOHN: Come here.", ">> Come here."),
    ("[John] Come here.", "Come here."),
    ("[John]: Come here.", "Come here."),
    ("(JOHN) Come here.", "Come here."),
    ("JOHN (ON PHONE): Come here.", "Come here."),
    ("MAN ON THE RADIO: It will rain.", "It will rain."),
    ("WOMAN #2: It will rain.", "It will rain."),
    ("DR. McCOY: He's dead.", "He's dead."),
    ("MARY-ANN: He's dead.", "He's dead."),
    ("ИВАН: Иди сюда.", "Иди сюда."),
    ("ÉLODIE: Viens ici.", "Viens ici."),
    ("{\\i1}JOHN:{\\i0} Come here.", "Come here."),
    ("{\\i1}JOHN: Come here.{\\i0}", "{\\i1}Come here.{\\i0}"),
    ("{\\an8}JOHN: Come here.", "{\\an8}Come here."),
    ("(sighs) I know.", "I know."),
    ("I know. (sighs)", "I know."),
    ("I (sighs) know.", "I know."),
    ("I know (sighs).", "I know."),
    ("I know,\n[sighs] but still.", "I know,\nbut still."),
    ("- [door slams]\n- Who's there?", "Who's there?"),
    ("- Who's there?\n- [silence]", "Who's there?"),
    ("{\\i1}- [door slams]{\\i0}\n{\\i1}- Who?{\\i0}", "{\\i1}Who?{\\i0}"),
    ("[gasps] No!\n[sobbing]", "No!"),
    ("JOHN: ♪ La la la ♪", "♪ La la la ♪"),
    ("♪♪\nStay here.", "Stay here."),
    ("（太郎）こんにちは", "こんにちは"),
    ("（笑）ありがとう", "ありがとう"),
    ("（叹气）我知道。", "我知道。"),
    ("［スマホの着信音］もしもし", "もしもし"),
]

KEPT = [
    "I said: go",
    "Mr. Smith: the man",
    "It's 3:15.",
    "AT 3:15, SHARP.",
    "He said this: nothing at all.",
    "Two things: food and water.",
    "I: go",
    "Dear John: I am gone.",
    "WARNING: DO NOT ENTER",
    "CHAPTER ONE: THE LONG NIGHT",
    "See HTTP://EXAMPLE.ORG now",
    "♪ (I'm sorry) for it all ♪",
    "# Oh, (oh) my love #",
    "♪ Hello, it's me ♪",
    "{\\i1}♪ Hello, it's me ♪{\\i0}",
    "You're my #1 fan.",
    "Room #5",
    "(He doesn't know it yet.)",
    "(もう だめかもしれない…)",
    "（もうだめかもしれない…）",
    "«Come here»",
    "「助けて」",
    "- Yes.\n- No.",
    "...",
    "{\\an8}Look!",
    "He's  here .",
]


@pytest.mark.parametrize("text", NOTES)
def test_a_cue_of_notes_alone_goes(text: str) -> None:
    assert drop_notes(text) == ""


@pytest.mark.parametrize(("text", "left"), MIXED)
def test_only_the_note_goes_from_what_is_said(text: str, left: str) -> None:
    assert drop_notes(text) == left


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_a_note_stays_as_it_is(text: str) -> None:
    assert drop_notes(text) == text


def test_cues_keep_their_places_so_that_each_is_known_again() -> None:
    cues = (Cue(0, 1, "[music]"), Cue(1, 2, "MAN: Hi.", "fr"), Cue(2, 3, "Hello."))
    assert without_notes(cues) == (None, Cue(1, 2, "Hi.", "fr"), cues[2])


@pytest.mark.parametrize("text", [*NOTES, *(text for text, _ in MIXED), *KEPT])
def test_what_is_left_has_no_more_notes(text: str) -> None:
    left = drop_notes(text)
    assert drop_notes(left) == left
