"""Subtitles: read from sidecars and containers, and written in the formats Jellyfin serves.

Both versions' writers are rebuilt from what they answered: the older one writes byte-order
marks, a region line in WebVTT and leaves tags alone; the newer one understands tags.
"""

import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from subtide.playground.streams import Stream

TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
CUE = re.compile(rf"{TIME}[ \t]*-->[ \t]*{TIME}[^\n]*\n(.*?)(?=\n[ \t]*\n|\Z)", re.DOTALL)
OVERRIDE = re.compile(r"\{\\(/?[ibu])([01]?)[^}]*\}|\{[^}]*\}")
TAG = re.compile(r"</?([ibu])>")
FORMATS = frozenset({"srt", "subrip", "vtt", "webvtt", "ass", "ssa", "ttml", "json", "js"})
SAME = {"subrip": "srt", "webvtt": "vtt", "js": "json", "ssa": "ass"}
BOM = "\ufeff"
ASS_FORMAT = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold,"
    " Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow,"
    " Alignment, MarginL, MarginR, MarginV, Encoding"
)
BLACK = "&H00000000"
PLAIN = "0,0,0,0,100,100,0,0"
NEW_ASS = f"""[Script Info]
; This is an Advanced Sub Station Alpha v4+ script.
Title: untitled
ScriptType: v4.00+
PlayDepth: 0
ScaledBorderAndShadow: Yes

[V4+ Styles]
Format: {ASS_FORMAT}
Style: Default,Arial,20,&H00FFFFFF,&H0000FFFF,{BLACK},{BLACK},{PLAIN},1,1,1,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
OLD_ASS = f"""[Script Info]
Title: Jellyfin transcoded ASS subtitle
ScriptType: v4.00+

[V4+ Styles]
Format: {ASS_FORMAT}
Style: Default,Arial,20,&H00FFFFFF,&H00FFFFFF,&H19333333,&H910E0807,{PLAIN},0,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Text
"""
OLD_REGION = (
    "Region: id:subtitle width:80% lines:3 regionanchor:50%,100% viewportanchor:50%,90%\n\n"
)
OLD_TTML = """<?xml version="1.0" encoding="utf-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/2006/04/ttaf1#styling" lang="no">
<head>
<styling>
<style id="italic" tts:fontStyle="italic" />
</styling>
</head>
<body>
<div>
"""
NEW_TTML = """<?xml version="1.0" encoding="utf-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:timeBase="media" xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="en">
  <body>
    <div>
"""  # noqa: E501  # as the server writes it


@dataclass(frozen=True, slots=True)
class Line:
    """One cue: times in milliseconds, text with simple tags and real line breaks."""

    start: int
    end: int
    text: str


def decode(data: bytes) -> str:
    """Return a file's text: UTF-8 or UTF-16 with a mark, UTF-8, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def parse(text: str, codec: str) -> list[Line]:
    """Read a file's cues; ``codec`` is the stream's."""
    plain = text.lstrip(BOM).replace("\r\n", "\n").replace("\r", "\n")
    if codec in {"ass", "ssa"}:
        return [line for row in plain.split("\n") if (line := _dialogue(row))]
    return [
        Line(_ms(*m.groups()[:4]), _ms(*m.groups()[4:8]), m[9].strip("\n"))
        for m in CUE.finditer(plain)
    ]


def _ms(hours: str | None, minutes: str, seconds: str, rest: str) -> int:
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int(rest.ljust(3, "0"))


def _dialogue(row: str) -> Line | None:
    if not row.startswith("Dialogue:"):
        return None
    cells = row.removeprefix("Dialogue:").split(",", 9)
    times = [re.fullmatch(TIME, cell.strip()) for cell in cells[1:3]]
    if len(cells) < 10 or times[0] is None or times[1] is None:  # noqa: PLR2004  # columns
        return None
    return Line(_ms(*times[0].groups()), _ms(*times[1].groups()), _from_ass(cells[9]))


def _from_ass(text: str) -> str:
    def tag(match: re.Match[str]) -> str:
        word, on = match[1], match[2]
        return "" if word is None else f"<{word}>" if on == "1" else f"</{word}>"

    return OVERRIDE.sub(tag, text).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")


def extract(path: Path, stream: Stream) -> str:
    """Return an embedded text track as the file that FFmpeg would make of it."""
    import av  # noqa: PLC0415  # only a playground with media needs it

    with av.open(str(path)) as container:
        track: Any = container.streams[stream.number]
        head = track.codec_context.extradata or b""
        packets = [p for p in container.demux(track) if p.pts is not None]
        unit = float(track.time_base) * 1000
        cells = [(round(p.pts * unit), round((p.duration or 0) * unit), bytes(p)) for p in packets]
    if stream.codec in {"ass", "ssa"}:
        return _extracted_ass(head.decode(), cells)
    lines = [Line(start, start + long, data.decode()) for start, long, data in cells]
    return _srt(lines)


def _extracted_ass(head: str, cells: list[tuple[int, int, bytes]]) -> str:
    rows = [head.replace("\r\n", "\n").rstrip("\n")]
    for start, long, data in cells:
        _, layer, rest = data.decode().split(",", 2)
        rows.append(f"Dialogue: {layer},{_centi(start)},{_centi(start + long)},{rest}")
    return BOM + "\r\n".join("\n".join(rows).split("\n")) + "\r\n"


def stored_format(stream: Stream) -> str:
    """Return the format in which a stream is stored: srt, vtt, ass, or another codec's name."""
    known = {"subrip": "srt", "mov_text": "srt", "text": "srt", "webvtt": "vtt", "ssa": "ass"}
    return known.get(stream.codec, stream.codec)


def serve(text: str, stream: Stream, wanted: str, *, anew: bool) -> str:
    """Return a track's text in a format; ``anew`` takes the newer writer.

    A track that is stored in that format is returned as it is.
    """
    wanted = SAME.get(wanted, wanted)
    if wanted == stored_format(stream):
        return text if anew or stream.path is None else text.lstrip(BOM)
    lines = parse(text, "ass" if stored_format(stream) == "ass" else "subrip")
    return {"srt": _as_srt, "vtt": _vtt, "ass": _ass, "ttml": _ttml, "json": _json}[wanted](
        lines, anew
    )


def _clock(ms: int, mark: str) -> str:
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{rest:03}"


def _centi(ms: int) -> str:
    hundredths = (ms + 5) // 10
    seconds, rest = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:02}"


def _srt(lines: list[Line]) -> str:
    return "".join(
        f"{n}\n{_clock(c.start, ',')} --> {_clock(c.end, ',')}\n{c.text}\n\n"
        for n, c in enumerate(lines, 1)
    )


def _as_srt(lines: list[Line], anew: bool) -> str:  # noqa: FBT001  # one shape for all writers
    return ("" if anew else BOM) + _srt(lines)


def _vtt(lines: list[Line], anew: bool) -> str:  # noqa: FBT001
    times = [f"{_clock(c.start, '.')} --> {_clock(c.end, '.')}" for c in lines]
    if anew:
        cues = [f"{t}\n{c.text}" for t, c in zip(times, lines, strict=True)]
        return "WEBVTT\n\n" + "\n\n".join(cues)
    old = (f"{t} region:subtitle line:90%\n{c.text}\n\n" for t, c in zip(times, lines, strict=True))
    return f"{BOM}WEBVTT\n\n{OLD_REGION}{''.join(old)}"


def _ass(lines: list[Line], anew: bool) -> str:  # noqa: FBT001
    if anew:
        return NEW_ASS + "".join(
            f"Dialogue: 0,{_centi(c.start)},{_centi(c.end)},Default,,0,0,0,,{_to_ass(c.text)}\n"
            for c in lines
        )
    return f"{BOM}{OLD_ASS}" + "".join(
        f"Dialogue: 0,{_clock(c.start, '.')[:-1]},{_clock(c.end, '.')[:-1]},Default,"
        + c.text.replace("\n", "\\n")
        + "\n"
        for c in lines
    )


def _to_ass(text: str) -> str:
    def override(match: re.Match[str]) -> str:
        return f"{{\\{match[1]}{0 if match[0].startswith('</') else 1}}}"

    return TAG.sub(override, text).replace("\n", "\\N")


def _ttml(lines: list[Line], anew: bool) -> str:  # noqa: FBT001
    if anew:
        rows = (
            f'      <p begin="{c.start / 1000:.3f}s" xml:id="p{n}" end="{c.end / 1000:.3f}s">'
            f"{escape(c.text)}</p>\n"
            for n, c in enumerate(lines)
        )
        return f"{NEW_TTML}{''.join(rows)}    </div>\n  </body>\n</tt>"
    old = (
        f'<p begin="{c.start * 10_000}" dur="{(c.end - c.start) * 10_000}">{escape(c.text)}</p>\n'
        for c in lines
    )
    return f"{BOM}{OLD_TTML}{''.join(old)}</div>\n</body>\n</tt>\n"


def _json(lines: list[Line], anew: bool) -> str:  # noqa: ARG001, FBT001  # both write the same
    events = [
        {
            "Id": str(n),
            "Text": c.text,
            "StartPositionTicks": c.start * 10_000,
            "EndPositionTicks": c.end * 10_000,
        }
        for n, c in enumerate(lines, 1)
    ]
    return json.dumps({"TrackEvents": events}, ensure_ascii=False)
