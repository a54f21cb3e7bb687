r"""Subtitle files: bytes to cues and back.

A new format is one entry in FORMATS. Cues carry the inline tags that SubRip players know,
written as pysubs2 writes them: ``{\i1}`` for i, b, u and s, and ``{\an8}`` for the place.
"""

import html
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pysubs2

from subtide.errors import OriginUnreadable
from subtide.subtitles.cues import TAG, Cue
from subtide.subtitles.limits import TOLERANCE

ENCODINGS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
"""Byte order marks. Without one, a text is UTF-8, and Latin-1 when that fails."""

KEPT = re.compile(r"\\(?:[ibus][01]|an[1-9])(?![0-9a-z])")
"""The tags that a cue keeps."""
BLOCK = re.compile(r"\{[^}]*\}")
DRAWING = re.compile(r"\\p(\d+)")
VTT_TIME = re.compile(r"^\s*(?:\d+:)?\d\d:\d\d\.\d{2,3}\s+-->\s+\S")
FIX = "choose another subtitle, or repair this one"


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of subtitle file differs from the others."""

    prepare: Callable[[str], str]
    """Mends a file's text before pysubs2 reads it."""
    text: Callable[[str], str]
    """A cue's text from an event's."""
    dress: Callable[[str], str]
    """An event's text from a cue's."""


def _srt_ready(text: str) -> str:
    # The reader takes a number on the last line for the next cue's, so there is always one.
    return text.rstrip() + "\n\n0\n"


def _vtt_ready(text: str) -> str:
    """Only cues, each under a number: the reader knows no notes, styles and names of cues."""
    blocks = ["WEBVTT"]
    for block in re.split(r"\n[ \t]*\n+", text.strip()):
        lines = block.split("\n")
        times = [place for place, line in enumerate(lines[:2]) if VTT_TIME.match(line)]
        if times and not lines[0].startswith("NOTE"):
            blocks.append("\n".join([str(len(blocks)), *lines[times[0] :]]))
    return "\n\n".join([*blocks, "0\n"])


def _vtt_text(text: str) -> str:
    return html.unescape(_srt_text(re.sub(r"<[\d:.]+>", "", text)))


def _srt_text(text: str) -> str:
    """Without what a player never shows; a brace that is no tag is text."""
    return TAG.sub(lambda block: _reduce(block[0]), text)


def _ass_text(text: str) -> str:
    """Without drawings, comments and every tag that SubRip does not know."""
    shown, position, drawing = "", 0, False
    for block in BLOCK.finditer(text):
        shown += "" if drawing else text[position : block.start()]
        shown += _reduce(block[0])
        for scale in DRAWING.findall(block[0]):
            drawing = int(scale) > 0
        position = block.end()
    return shown + ("" if drawing else text[position:])


def _reduce(block: str) -> str:
    return "".join(f"{{{tag}}}" for tag in KEPT.findall(block))


def _srt_dress(text: str) -> str:
    places = "".join(re.findall(r"\{\\an[1-9]\}", text))
    return places + _html(re.sub(r"\{\\an[1-9]\}", "", text))


def _vtt_dress(text: str) -> str:
    parts = re.split(f"({TAG.pattern})", text)
    escaped = "".join(part if TAG.fullmatch(part) else html.escape(part, False) for part in parts)  # noqa: FBT003 - the library's positional flag
    return _html(re.sub(r"\{\\an[1-9]\}", "", escaped))


def _html(text: str) -> str:
    """HTML tags for i, b, u and s, each closed in the order that HTML wants."""
    opened: list[str] = []
    written = ""
    for part in re.split(r"(\{\\[ibus][01]\})", text):
        if not re.fullmatch(r"\{\\[ibus][01]\}", part):
            written += part
            continue
        name = part[2]
        inner = opened[opened.index(name) :] if name in opened else []
        written += "".join(f"</{tag}>" for tag in reversed(inner))
        opened = opened[: len(opened) - len(inner)] + inner[1:]
        written += "".join(f"<{tag}>" for tag in inner[1:])
        if part[3] == "1":
            opened.append(name)
            written += f"<{name}>"
    return written + "".join(f"</{tag}>" for tag in reversed(opened))


def _same(text: str) -> str:
    return text


FORMATS: dict[str, Format] = {
    "srt": Format(_srt_ready, _srt_text, _srt_dress),
    "vtt": Format(_vtt_ready, _vtt_text, _vtt_dress),
    "ass": Format(_same, _ass_text, _same),
    "ssa": Format(_same, _ass_text, _same),
}
"""The formats by pysubs2's name, which is also the file's ending."""


def read(data: bytes, format: str | None = None) -> tuple[Cue, ...]:  # noqa: A002 - the word of the glossary
    """Read a subtitle file; ``format`` None finds out which it is.

    Cues come in order of time, without drawings, comments, empty cues and the copies that
    carry a shadow. Raises OriginUnreadable with the reason for anything else.
    """
    text = _decode(data)
    name = format or _guess(text)
    known = FORMATS.get(name)
    if known is None:
        raise OriginUnreadable(f"{name!r} is no format that Subtide reads", FIX)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            events = pysubs2.SSAFile.from_string(known.prepare(text), name)
    except (ValueError, IndexError, KeyError, TypeError, pysubs2.exceptions.Pysubs2Error) as error:
        raise OriginUnreadable(f"the {name} subtitle is damaged: {error}", FIX) from error
    cues = [_cue(event, known) for event in events if not event.is_comment]
    visible = dict.fromkeys(cue for cue in cues if cue.plain.strip() and cue.end > cue.start)
    if not visible:
        raise OriginUnreadable(f"the {name} subtitle has no cue with text", FIX)
    return tuple(sorted(visible, key=lambda cue: (cue.start, cue.end)))


def _decode(data: bytes) -> str:
    if not data.strip():
        raise OriginUnreadable("the subtitle is empty", FIX)
    marks = (name for mark, name in ENCODINGS.items() if data.startswith(mark))
    encoding = next(marks, "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise OriginUnreadable(f"the subtitle is not the {encoding} it says", FIX) from error
        text = data.decode("latin-1")
    if "\x00" in text:
        raise OriginUnreadable("the subtitle is no text", FIX)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guess(text: str) -> str:
    try:
        name: str = pysubs2.formats.autodetect_format(text)
    except pysubs2.exceptions.FormatAutodetectionError as error:
        raise OriginUnreadable("the file is in no subtitle format that Subtide knows", FIX) from (
            error
        )
    return name


def _cue(event: pysubs2.SSAEvent, known: Format) -> Cue:
    text = event.text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u00a0")
    lines = (line.strip() for line in known.text(text).split("\n"))
    return Cue(event.start / 1000, event.end / 1000, "\n".join(line for line in lines if line))


def write(cues: Sequence[Cue], format: str = "srt") -> bytes:  # noqa: A002 - the word of the glossary
    """A subtitle file of the cues: UTF-8 without a mark, lines ended by LF.

    SubRip and WebVTT keep milliseconds, ASS and SSA hundredths. Raises KeyError for a format
    that is not in FORMATS.
    """
    known = FORMATS[format]
    file = pysubs2.SSAFile()
    for cue in cues:
        text = known.dress(cue.text).replace("\n", "\\N")
        start, end = round(cue.start * 1000), round(cue.end * 1000)
        file.append(pysubs2.SSAEvent(start=start, end=end, text=text))
    options = {"keep_ssa_tags": True} if format in {"srt", "vtt"} else {}
    return file.to_string(format, **options).encode()


def same(one: Sequence[Cue], other: Sequence[Cue], seconds: float = TOLERANCE) -> bool:
    """Whether both hold the same cues, whatever a server did to tags, white space and rounding.

    ``seconds``: how far times may lie apart.
    """
    return len(one) == len(other) and all(
        abs(a.start - b.start) <= seconds and abs(a.end - b.end) <= seconds and _read(a) == _read(b)
        for a, b in zip(one, other, strict=True)
    )


def _read(cue: Cue) -> str:
    return "".join(cue.plain.split())
