# ruff: noqa: RUF001 - letters of other scripts are meant

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtide.errors import OriginUnreadable
from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats import FORMATS, WRITTEN, read, same, write

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


def test_a_cue_whose_name_begins_as_a_remark_does_is_read() -> None:
    cue = "00:01.000 --> 00:02.000\nHi"
    assert read(f"WEBVTT\n\nNOTEBOOK\n{cue}\n".encode()) == (Cue(1, 2, "Hi"),)


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
        (b"WEBVTT\n\n", "WebVTT subtitle has no cue with text"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n \n", "no cue with text"),
        (b"[V4+ Styles]\n[Events]\nDialogue: 0,never,0:00:02.50,Default,,0,0,0,,x", "damaged"),
        (b"{1}{2}frames", "nothing says how many"),
        (b"[00:00:01] x\n[1][2] x", "no format that Subtide reads"),
        (b"<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p>", "damaged"),
        (
            b"<tt xmlns='http://www.w3.org/ns/ttml'><body><p begin='1s'>x</p></body></tt>",
            "has no end",
        ),
        (
            b"<tt xmlns='http://www.w3.org/ns/ttml' frameRateMultiplier='1 0'><body/></tt>",
            "damaged",
        ),
        (
            b"<!DOCTYPE x [<!ENTITY a 'aa'>]><tt xmlns='http://www.w3.org/ns/ttml'/>",
            "document type",
        ),
        (b"<SAMI><BODY><SYNC><P>x</BODY></SAMI>", "SAMI subtitle is damaged"),
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


@settings(deadline=None)  # a busy machine proves nothing about the formats
@given(
    st.lists(
        st.tuples(st.integers(1, 9_000), st.integers(1, 7_000), st.text("ab 1é日.-", min_size=1)),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from([name for name in WRITTEN if FORMATS[name].read]),
)
def test_what_is_written_is_read_back(parts: list[tuple[int, int, str]], name: str) -> None:
    cues, start = [], 0
    for pause, length, text in parts:
        start += pause
        cues.append(Cue(start / 1000, (start + length) / 1000, f"{text.strip()}\n12"))
        start += length
    coarse = name in {"ass", "ssa"}
    tolerance = 0.0051 if coarse else 0.002
    written = [cue for cue in cues if not coarse or cue.duration > 0.02]
    if written:
        assert same(read(write(written, name)), written, tolerance)
        assert same(read(write(written, name), name), written, tolerance)


def test_cues_that_a_server_converted_are_the_same() -> None:
    converted = (Cue(1.001, 2.499, "<nothing>"), CUES[1])
    assert not same(CUES, converted)
    assert same(CUES, (Cue(1.001, 2.499, "{\\i1}Hello  there{\\i0}"), CUES[1]))
    assert not same(CUES, (Cue(1.01, 2.5, "Hello\nthere"), CUES[1]))
    assert not same(CUES, CUES[:1])


RUSSIAN = ("Кто оставил дверь открытой?", "Я не знаю, может быть, это был ветер.")


@pytest.mark.parametrize(
    ("language", "encoding", "lines"),
    [
        ("ru", "cp1251", RUSSIAN),
        ("ru", "koi8_r", RUSSIAN),
        ("pl", "cp1250", ("Kto zostawił otwarte drzwi?", "Żaden z nas. Może to był wiatr.")),
        ("cs", "cp1250", ("Kdo nechal otevřené dveře?", "Žádný z nás. Možná to byl vítr.")),
        ("pt", "cp1252", ("Quem deixou a porta aberta?", "Não sei, irmão. Ninguém sabe.")),
        ("de", "cp1252", ("Wer hat die Tür offen gelassen?", "Ich weiß es nicht. Schön war es.")),
        ("zh", "gbk", ("是谁把门打开了", "我不知道。也许是风。没有人知道。明天再来看看吧。")),
        ("ja", "shift_jis", ("誰がドアを開けたままにしたのですか", "わからない。風かもしれない。")),
        ("ko", "euc_kr", ("누가 문을 열어 두었습니까?", "모르겠어요. 바람이었을 수도 있어요.")),
    ],
)
def test_encodings_from_before_unicode_are_told_apart(
    language: str, encoding: str, lines: tuple[str, str]
) -> None:
    text = SRT.replace("Hello\nthere", lines[0]).replace("Bye", lines[1])
    cues = read(text.encode(encoding))
    assert tuple(cue.text for cue in cues) == lines
    assert read(text.encode(encoding), language=Language(language)) == cues


def test_a_language_settles_what_a_short_text_leaves_open() -> None:
    data = SRT.replace("Bye", "Até logo, irmão").encode("cp1250", "replace").replace(b"?", b"\xe3")
    assert read(data, language=Language("ro"))[1].text == "Até logo, irmăo"
    assert read(data, language=Language("pt"))[1].text == "Até logo, irmão"


def test_microdvd_counts_the_frames_of_its_video() -> None:
    body = "{24}{48}{y:i}Hello|there\n{72}{96}Bye\n"
    assert read(body.encode(), frame_rate=24) == (
        Cue(1, 2, "{\\i1}Hello\nthere"),
        Cue(3, 4, "Bye"),
    )
    assert read(f"{{1}}{{1}}12,0\n{body}".encode(), frame_rate=24)[1].start == 6


def test_sami_shows_a_cue_until_the_next_one() -> None:
    data = (
        b"<sami><head></head><body>\n<SYNC Start=1000><P Class=ENCC>Hello<br>there\n"
        b"<SYNC Start=2500><P Class=ENCC>&nbsp;\n<SYNC Start=3000><P Class=ENCC><i>Bye</i>\n"
        b"<SYNC Start=4000><P>&nbsp;\n</body></sami>"
    )
    assert read(data) == (Cue(1, 2.5, "Hello\nthere"), Cue(3, 4, "{\\i1}Bye{\\i0}"))


TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"
  xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:frameRate="25" ttp:tickRate="10000000">
 <tt:head><tt:styling><tt:style xml:id="it" tts:fontStyle="italic"/></tt:styling></tt:head>
 <tt:body begin="10s"><tt:div>
  <tt:p begin="20000000t" end="00:00:03:12">Later &amp; <tt:span style="it">so</tt:span>
   on<tt:br/>there</tt:p>
  <tt:p begin="500ms" dur="1.5s" style="it">Hello</tt:p>
  <tt:p begin="0.1m" end="0.001h"> </tt:p>
 </tt:div></tt:body></tt:tt>"""


def test_ttml_is_read_with_every_way_of_telling_times() -> None:
    assert read(TTML.encode()) == (
        Cue(10.5, 12, "{\\i1}Hello{\\i0}"),
        Cue(12, 13.48, "Later & {\\i1}so{\\i0} on\nthere"),
    )


@pytest.mark.parametrize("multiplier", ["1 2", "1:2"])
def test_ttml_counts_frames_of_another_length(multiplier: str) -> None:
    rate = f'frameRate="24" ttp:frameRateMultiplier="{multiplier}"'
    assert read(TTML.replace('frameRate="25"', rate).encode())[-1].end == 14


def test_ttml_is_written_with_language_place_and_looks() -> None:
    text = write(
        [Cue(1, 2.5, "{\\an8}{\\i1}A < B{\\i0}\nC\x07")], "ttml", Language("pt-BR")
    ).decode()
    assert 'xml:lang="pt-BR"' in text
    assert 'region="top" begin="00:00:01.000" end="00:00:02.500"' in text
    assert '<span tts:fontStyle="italic">A &lt; B</span><br /><span>C</span>' in text


def test_plain_text_is_paragraphs_with_a_line_for_each_speaker() -> None:
    cues = [
        Cue(1, 2, "{\\i1}Hello\nthere,{\\i0}"),
        Cue(2.5, 4, "friend."),
        Cue(8, 9, "- Yes.\n- No."),
    ]
    assert write(cues, "txt").decode() == "Hello there, friend.\n\n- Yes.\n- No.\n"
    assert write(cues[:2], "txt", Language("ja")).decode() == "Hellothere,friend.\n"


def test_json_holds_times_and_plain_texts() -> None:
    data = json.loads(write([Cue(1, 2.0004, "{\\i1}Olá{\\i0}\nmundo")], "json", Language("pt")))
    assert data == {"language": "pt", "cues": [{"start": 1, "end": 2, "text": "Olá\nmundo"}]}
    assert json.loads(write(CUES, "json"))["language"] is None


@pytest.mark.parametrize("name", ["smi", "sub"])
def test_what_is_only_read_is_not_written(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        write(CUES, name)


def test_marks_of_direction_are_left_out_of_what_is_read() -> None:
    marked = (Cue(1, 2, "\u202bשלום.\u202c"),)
    assert read(write(marked))[0].text == "שלום."
    assert same(marked, read(write(marked)))
