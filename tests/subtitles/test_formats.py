import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtide.errors import OriginUnreadable
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import FORMATS, read, same, write

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\nthere\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"
CUES = (Cue(1, 2.5, "Hello\nthere"), Cue(3, 4, "Bye"))

ASS = r"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,Later
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\pos(1,2)\i1}Hello{\i0}\Nthere{a comment}
Dialogue: 1,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\i1\bord2}Hello{\i0}\Nthere
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\p1}m 0 0 l 100 0{\p0}
Comment: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,hidden
"""

VTT = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE a remark
that goes on

intro
00:01.000 --> 00:02.500 align:start
<v Roger>Fish &amp; <c.yellow>chips</c>
in <00:00:02.000>1984

00:00:03.000 --> 00:00:04.000
Bye

NOTE 00:00 the end
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_srt_is_read_in_any_line_ending_and_unicode_encoding(ending: str, encoding: str) -> None:
    assert read(SRT.replace("\n", ending).encode(encoding)) == CUES


def test_a_file_that_is_no_utf8_is_read_as_latin_1() -> None:
    assert read(SRT.replace("Bye", "Adiós").encode("latin-1"))[1].text == "Adiós"


def test_a_last_line_that_is_a_number_is_text() -> None:
    assert read(SRT.replace("Bye", "It was\n1984").encode())[1].text == "It was\n1984"


def test_html_tags_become_inline_tags_and_others_go() -> None:
    data = SRT.replace(
        "Bye", '<font color="red"><i>Bye</i></font> {\\an8}{\\pos(1,2)}{hm}'
    ).encode()
    assert read(data)[1].text == "{\\i1}Bye{\\i0} {\\an8}{hm}"


def test_vtt_is_read_without_notes_styles_names_and_voices() -> None:
    cues = read(VTT.encode())
    assert cues == (Cue(1, 2.5, "Fish & chips\nin 1984"), Cue(3, 4, "Bye"))


def test_ass_is_read_in_order_without_drawings_comments_and_shadow_copies() -> None:
    assert read(ASS.encode()) == (Cue(1, 2.5, "{\\i1}Hello{\\i0}\nthere"), Cue(5, 6, "Later"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\x00\x01\x02subtitle", "is no text"),
        (b"\xff\xfe\x00", "not the utf-16"),
        (b"just some text", "no subtitle format"),
        (b"WEBVTT\n\n", "no cue with text"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n \n", "no cue with text"),
        (b"[V4+ Styles]\n[Events]\nDialogue: 0,never,0:00:02.50,Default,,0,0,0,,x", "damaged"),
        (b"{1}{2}frames", "no format that Subtide reads"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(OriginUnreadable, match=reason):
        read(data)


def test_a_file_is_utf8_without_mark_and_ends_lines_with_lf() -> None:
    data = write([Cue(1, 2.5, "Olá\nmundo")])
    assert data == "1\n00:00:01,000 --> 00:00:02,500\nOlá\nmundo\n\n".encode()


def test_srt_keeps_the_place_and_closes_tags() -> None:
    assert b"{\\an8}<i>Hello</i>\n" in write([Cue(1, 2, "{\\an8}{\\i1}Hello")])


def test_html_tags_are_nested_even_when_inline_tags_are_not() -> None:
    data = write([Cue(1, 2, "{\\i1}a{\\b1}b{\\i0}c{\\b0}")])
    assert b"<i>a<b>b</b></i><b>c</b>" in data


def test_vtt_escapes_what_would_be_markup() -> None:
    cues = (Cue(1, 2, "a < b & {\\i1}c{\\i0}"),)
    assert b"a &lt; b &amp; <i>c</i>" in write(cues, "vtt")
    assert read(write(cues, "vtt")) == cues


@given(
    st.lists(
        st.tuples(st.integers(1, 9_000), st.integers(1, 7_000), st.text("ab 1é日.-", min_size=1)),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from(sorted(FORMATS)),
)
def test_what_is_written_is_read_back(parts: list[tuple[int, int, str]], name: str) -> None:
    cues, start = [], 0
    for pause, length, text in parts:
        start += pause
        cues.append(Cue(start / 1000, (start + length) / 1000, f"{text.strip()}\n12"))
        start += length
    tolerance = 0.002 if name in {"srt", "vtt"} else 0.0051
    written = [cue for cue in cues if name in {"srt", "vtt"} or cue.duration > 0.02]
    if written:
        assert same(read(write(written, name)), written, tolerance)
        assert same(read(write(written, name), name), written, tolerance)


def test_cues_that_a_server_converted_are_the_same() -> None:
    converted = (Cue(1.001, 2.499, "<nothing>"), CUES[1])
    assert not same(CUES, converted)
    assert same(CUES, (Cue(1.001, 2.499, "{\\i1}Hello  there{\\i0}"), CUES[1]))
    assert not same(CUES, (Cue(1.01, 2.5, "Hello\nthere"), CUES[1]))
    assert not same(CUES, CUES[:1])
