# ruff: noqa: E501 - lines of a file
"""ASS: what stands in a file comes out as it went in; only texts change."""

import time
from dataclasses import replace

import pytest

from subtide.languages import Language
from subtide.pipeline.rendition import dressed
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import read, read_styled
from subtide.subtitles.formats.restyled import write_styled
from subtide.subtitles.formats.tags import SECOND

PT = Language("pt")
HEAD = r"""[Script Info]
; a remark
ScriptType: v4.00+
PlayResX: 1920
Odd key without colon

[Aegisub Extradata]
Data: 1,x,y

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold
Style: Sign,Impact,60,&H000000FF,0
Style: Main,Gill Sans,72.5,&H00FFFFFF,0

[Fonts]
fontname: a.ttf
!!!!!

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
EVENTS = r"""Dialogue: 1,0:00:01.00,0:00:02.50,Main,Ann,0,0,10,,{\fad(100,100)}Hello {\b1}there{\b0}, Ann
Dialogue: 0,0:00:01.00,0:00:02.50,Main,Ann,0,0,10,,{\fad(100,100)\bord9\blur3}Hello there, Ann
Comment: 0,0:00:01.00,0:00:02.50,Main,,0,0,0,,Hello there, Ann
Dialogue: 0,0:00:03.00,0:00:03.04,Sign,,0,0,0,,{\pos(10,20)\frz3}STATION
Dialogue: 0,0:00:03.04,0:00:03.08,Sign,,0,0,0,,{\pos(11,20)\frz3}STATION
Dialogue: 0,0:00:03.00,0:00:03.08,Sign,,0,0,0,,{\p1}m 0 0 l 100 0{\p0}
Dialogue: 0,0:00:05.00,0:00:06.00,Main,,0,0,0,,{\k20}Ki{\kf30}mi {\K15\i1}ga
Dialogue: 0,0:00:05.00,0:00:05.20,Main,,0,0,0,fx,{\pos(1,1)}Ki
Dialogue: 0,0:00:08.00,0:00:09.00,Main,,0,0,0,,One,\Ntwo{a note}
"""
FILE = (HEAD + EVENTS).encode()
CUES = (
    Cue(1, 2.5, "Hello there, Ann"),
    Cue(3, 3.08, "STATION"),
    Cue(5, 6, "♪ Kimi {\\i1}ga ♪"),
    Cue(8, 9, "One,\ntwo"),
)


def to_portuguese(text: str, translation: str) -> str:
    return dressed(text, translation, PT)


def rewritten(changes: dict[int, Cue], data: bytes = FILE) -> list[str]:
    """The lines of the file that differ from the original's."""
    before = data.decode().split("\n")
    cues = dict(enumerate(read_styled(data).cues)) | changes
    after = write_styled(read_styled(data), cues, to_portuguese).decode().split("\n")
    assert len(before) == len(after)
    return [new for old, new in zip(before, after, strict=True) if old != new]


def test_layers_and_frames_are_one_cue_and_karaoke_is_a_song() -> None:
    cues = read(FILE)
    assert [(c.start, c.end, c.plain) for c in cues] == [(c.start, c.end, c.plain) for c in CUES]
    assert cues == read_styled(FILE).cues


def test_nothing_changes_where_no_text_does() -> None:
    assert rewritten({}) == []


def test_every_layer_gets_the_translation_with_its_own_tags() -> None:
    assert rewritten({0: Cue(1, 2.5, "Olá pessoa, Ana")}) == [
        r"Dialogue: 1,0:00:01.00,0:00:02.50,Main,Ann,0,0,10,,{\fad(100,100)}Olá {\b1}pessoa,{\b0} Ana",
        r"Dialogue: 0,0:00:01.00,0:00:02.50,Main,Ann,0,0,10,,{\fad(100,100)\bord9\blur3}Olá pessoa, Ana",
    ]


def test_a_sign_is_translated_in_each_frame() -> None:
    assert rewritten({1: Cue(3, 3.08, "ESTAÇÃO")}) == [
        r"Dialogue: 0,0:00:03.00,0:00:03.04,Sign,,0,0,0,,{\pos(10,20)\frz3}ESTAÇÃO",
        r"Dialogue: 0,0:00:03.04,0:00:03.08,Sign,,0,0,0,,{\pos(11,20)\frz3}ESTAÇÃO",
    ]


def test_karaoke_that_is_translated_loses_the_times_of_its_syllables() -> None:
    assert rewritten({2: Cue(5, 6, "♪ Você {\\i1}é ♪")}) == [
        r"Dialogue: 0,0:00:05.00,0:00:06.00,Main,,0,0,0,,Você {\i1}é"
    ]


def test_lines_and_comments_inside_a_text_stay() -> None:
    assert rewritten({3: Cue(8, 9.5, "Um,\ndois")}) == [
        r"Dialogue: 0,0:00:08.00,0:00:09.50,Main,,0,0,0,,Um,\Ndois{a note}"
    ]


def test_what_fades_keeps_its_own_end() -> None:
    assert all("0:00:02.50" in line for line in rewritten({0: Cue(1, 2.9, "Olá")}))


def test_all_that_stands_in_the_file_moves_with_its_cues() -> None:
    later = {n: Cue(c.start + 2, c.end + 2, c.text) for n, c in enumerate(read_styled(FILE).cues)}
    lines = rewritten(later)
    assert [line.split(",")[1:3] for line in lines] == [
        [start.replace("0:00:0", "0:00:0"), end]
        for start, end in (
            ("0:00:03.00", "0:00:04.50"),
            ("0:00:03.00", "0:00:04.50"),
            ("0:00:03.00", "0:00:04.50"),
            ("0:00:05.00", "0:00:05.04"),
            ("0:00:05.04", "0:00:05.08"),
            ("0:00:05.00", "0:00:05.08"),
            ("0:00:07.00", "0:00:08.00"),
            ("0:00:07.00", "0:00:07.20"),
            ("0:00:10.00", "0:00:11.00"),
        )
    ]


def test_a_cue_that_is_dropped_takes_its_layers_along() -> None:
    file = read_styled(FILE)
    cues = {n: cue for n, cue in enumerate(file.cues) if n}
    text = write_styled(file, cues, to_portuguese).decode()
    assert text.count("Hello") == 1, "the comment"
    assert "\nComment: 0,0:00:01.00" in text
    assert read(text.encode()) == file.cues[1:]


def test_a_second_language_has_a_style_made_from_the_one_that_is_used_most() -> None:
    file = read_styled(FILE)
    cues = dict(enumerate(file.cues))
    cues[3] = Cue(8, 9, f"Um, dois\n{SECOND}One, two")
    cues[1] = Cue(3, 3.08, f"ESTAÇÃO\n{SECOND}STATION")
    text = write_styled(file, cues, to_portuguese).decode()
    assert "\nStyle: Original,Gill Sans,58,&H00BEBEBE,0\n" in text
    assert r",,Um, dois{a note}\N{\rOriginal}One, two" in text
    assert r"{\pos(10,20)\frz3}ESTAÇÃO" + "\n" in text, "a sign has no room for two"


def test_columns_are_found_by_their_names() -> None:
    data = b"[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,a, b\n"
    assert read(data, "ass") == (Cue(1, 2, "a, b"),)


def test_ssa_with_its_marks_is_read_too() -> None:
    data = (
        b"[V4 Styles]\nFormat: Name\nStyle: x\n[Events]\n"
        b"Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        b"Dialogue: Marked=0,0:00:01.00,0:00:02.00,x,,0,0,0,,Hello\n"
    )
    assert read(data) == (Cue(1, 2, "Hello"),)


@pytest.mark.parametrize(
    ("text", "translation", "wanted"),
    [
        (r"{\i1}Go{\i0}", "{\\i1}Vai{\\i0}", r"{\i1}Vai{\i0}"),
        (r"{\an8}A{\i1}\NB{\i0}", "Um\ndois", "{\\an8}Um{\\i1}\ndois{\\i0}"),
        (r"plain", "simples", "simples"),
        (r"{\c&HFF&}red{\c} and not", "vermelho e não", r"{\c&HFF&}vermelho{\c} e não"),
        (r"{\p1}m 0 0 l 9 9{\p0}Go home", "Vai já", r"{\p1}m 0 0 l 9 9{\p0}Vai já"),
        (
            r"{\pos(1,2)}Go {\p2}m 0{\c&HFF&} l 9",
            "Vai já",
            r"{\pos(1,2)}Vai já{\p2}m 0{\c&HFF&} l 9",
        ),
    ],
)
def test_tags_keep_their_place_in_a_translation(text: str, translation: str, wanted: str) -> None:
    assert dressed(text, translation, PT) == wanted


def test_what_only_looks_like_an_event_stays_while_the_others_move() -> None:
    remarks = ["Comment: a, b", "Comment: 0,,,Main,,0,0,0,,later"]
    data = FILE + "\n".join(remarks).encode()
    file = read_styled(data)
    later = {n: replace(c, start=c.start + 1, end=c.end + 1) for n, c in enumerate(file.cues)}
    assert write_styled(file, later, to_portuguese).decode().split("\n")[-2:] == remarks


def test_a_file_of_thousands_of_cues_is_written_in_no_time() -> None:
    line = "Dialogue: 0,0:{:02}:{:02}.00,0:{:02}:{:02}.90,Main,,0,0,0,,Line {}\n"
    events = "".join(line.format(*divmod(n, 60) * 2, n) for n in range(3600))
    file = read_styled((HEAD + events).encode())
    began = time.process_time()
    write_styled(file, dict(enumerate(file.cues)), to_portuguese)
    assert time.process_time() - began < 0.1
