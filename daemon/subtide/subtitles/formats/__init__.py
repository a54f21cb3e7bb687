r"""Subtitle files: bytes to cues and back.

A new format is one small module and one entry in FORMATS. Cues carry the inline tags that
SubRip players know, written as pysubs2 writes them: ``{\i1}`` for i, b, u and s, and ``{\an8}``
for the place.
"""

from collections.abc import Sequence

import pysubs2

from subtide.errors import OriginUnreadable
from subtide.languages import Language
from subtide.subtitles.bidi import without_marks
from subtide.subtitles.cues import Cue
from subtide.subtitles.formats.base import FIX, Format, damaged
from subtide.subtitles.formats.decoding import decode
from subtide.subtitles.formats.document import JSON
from subtide.subtitles.formats.microdvd import MICRODVD
from subtide.subtitles.formats.reading import PLAIN
from subtide.subtitles.formats.sami import SAMI
from subtide.subtitles.formats.styled import Styled, styled_from
from subtide.subtitles.formats.subrip import SUBRIP
from subtide.subtitles.formats.substation import ASS, SSA
from subtide.subtitles.formats.ttml import TTML
from subtide.subtitles.formats.webvtt import WEBVTT
from subtide.subtitles.limits import TOLERANCE

FORMATS: dict[str, Format] = {
    "srt": SUBRIP,
    "vtt": WEBVTT,
    "ass": ASS,
    "ssa": SSA,
    "ttml": TTML,
    "smi": SAMI,
    "sub": MICRODVD,
    "txt": PLAIN,
    "json": JSON,
}
"""The formats by their file's ending."""
WRITTEN = tuple(name for name, known in FORMATS.items() if known.write)
"""Those that Subtide writes."""
OF_PYSUBS2 = {"sami": "smi", "microdvd": "sub"}
"""What pysubs2 calls by another name."""


def read(
    data: bytes,
    format: str | None = None,  # noqa: A002 - the word of the glossary
    *,
    language: Language | None = None,
    frame_rate: float | None = None,
) -> tuple[Cue, ...]:
    """Read a subtitle file; ``format`` None finds out which it is.

    Cues come in order of time, without drawings, comments, empty cues, the copies that carry a
    shadow, and marks of direction. ``language`` tells encodings from before Unicode apart,
    ``frame_rate`` is for formats that count frames. Raises OriginUnreadable with the reason.
    """
    text = decode(data, language)
    name = format or _guess(text)
    known = FORMATS.get(name)
    if known is None or known.read is None:
        raise OriginUnreadable(f"{name!r} is no format that Subtide reads", FIX)
    try:
        cues = known.read(text, frame_rate)
    except (
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
        RecursionError,
        pysubs2.exceptions.Pysubs2Error,
    ) as error:
        raise damaged(known.name, error) from error
    visible = dict.fromkeys(cue for cue in cues if cue.plain.strip() and cue.end > cue.start)
    if not visible:
        raise OriginUnreadable(f"the {known.name} subtitle has no cue with text", FIX)
    return tuple(sorted(visible, key=lambda cue: (cue.start, cue.end)))


def read_styled(data: bytes) -> Styled:
    """Read an ASS or SSA file so that it can be written with other texts.

    Its cues are those that ``read`` returns. Raises OriginUnreadable as ``read`` does.
    """
    try:
        return styled_from(decode(data))
    except (ValueError, LookupError) as error:
        raise damaged(ASS.name, error) from error


def _guess(text: str) -> str:
    head = text.lstrip()[:1000].casefold()
    if head.startswith("<sami"):
        return "smi"
    if head.startswith("<") and "<tt" in head:
        return "ttml"
    if head.startswith(("[script info]", "[v4")):
        return "ass" if "[v4+ styles]" in text.casefold() else "ssa"
    try:
        name: str = pysubs2.formats.autodetect_format(text)
    except pysubs2.exceptions.FormatAutodetectionError as error:
        raise OriginUnreadable("the file is in no subtitle format that Subtide knows", FIX) from (
            error
        )
    return OF_PYSUBS2.get(name, name)


def write(
    cues: Sequence[Cue],
    format: str = "srt",  # noqa: A002 - the word of the glossary
    language: Language | None = None,
) -> bytes:
    """A subtitle file of the cues: UTF-8 without a mark, lines ended by LF.

    SubRip, WebVTT and TTML keep milliseconds, ASS and SSA hundredths. Raises KeyError for a
    format that is not in WRITTEN.
    """
    writer = FORMATS[format].write
    if writer is None:
        raise KeyError(format)
    return writer(cues, language).encode()


def same(one: Sequence[Cue], other: Sequence[Cue], seconds: float = TOLERANCE) -> bool:
    """Whether both hold the same cues, whatever a server did to tags, white space and rounding.

    ``seconds``: how far times may lie apart.
    """
    return len(one) == len(other) and all(
        abs(a.start - b.start) <= seconds and abs(a.end - b.end) <= seconds and _read(a) == _read(b)
        for a, b in zip(one, other, strict=True)
    )


def _read(cue: Cue) -> str:
    return "".join(without_marks(cue.plain).split())
