"""TTML (.ttml): the text profile of IMSC 1.1, for stations and streaming services.

Read are times on any element, in clock or offset form, italics and bold, and lines. Written is
one paragraph a cue, below or above in the picture. A document type declaration is refused: it
could hold entities that fill the memory.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from subtide.languages import Language
from subtide.subtitles.cues import TAG, Cue
from subtide.subtitles.formats.base import Format, cue_of
from subtide.subtitles.formats.tags import PLACE, SECOND

TT = "http://www.w3.org/ns/ttml"
PARAMETER, STYLING = f"{TT}#parameter", f"{TT}#styling"
PROFILE = f"{TT}/profile/imsc1.1/text"
XML = "http://www.w3.org/XML/1998/namespace"

CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)(?:(\.\d+)|:(\d+)(?:\.\d+)?)?")
OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|m|s|ms|f|t)")
UNREADABLE = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""
UPPER = ("{\\an7}", "{\\an8}", "{\\an9}")
LOOKS = {
    "i": {"fontStyle": "italic"},
    "b": {"fontWeight": "bold"},
    "u": {"textDecoration": "underline"},
    "s": {"textDecoration": "lineThrough"},
}
"""What each tag of a cue is in TTML."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """How a document counts."""

    frame_rate: float
    tick_rate: float

    def seconds(self, text: str) -> float:
        """Return the seconds of a time expression. Raises ValueError for none."""
        if found := CLOCK.fullmatch(text.strip()):
            hours, minutes, seconds, part, frames = found.groups()
            whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
            return whole + float(part or 0) + int(frames or 0) / self.frame_rate
        if found := OFFSET.fullmatch(text.strip()):
            units = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
            units |= {"f": 1 / self.frame_rate, "t": 1 / self.tick_rate}
            return float(found[1]) * units[found[2]]
        raise ValueError(f"{text!r} is no time")


def _read(text: str, _frame_rate: float | None) -> list[Cue]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it declares a document type, which no subtitle needs")
    try:
        root = ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314 - no types
    except ET.ParseError as error:
        raise ValueError(str(error)) from error
    styles = {
        element.get(f"{{{XML}}}id", ""): _tags(element, {})
        for element in root.iter()
        if _name(element.tag) == "style"
    }
    found: list[Cue] = []
    for body in root:
        if _name(body.tag) == "body":
            found += _cues(body, 0.0, None, _clock(root), styles)
    return found


def _clock(root: ET.Element) -> _Clock:
    values = {_name(key): value for key, value in root.attrib.items()}
    # Drafts of the standard had a colon between the two.
    above, _, below = values.get("frameRateMultiplier", "1 1").replace(":", " ").partition(" ")
    rate = float(values.get("frameRate", 30)) * float(above) / float(below or 1)
    ticks = float(values.get("tickRate", rate if "frameRate" in values else 1))
    if rate <= 0 or ticks <= 0:
        raise ValueError("its frames or ticks have no length")
    return _Clock(rate, ticks)


def _cues(
    element: ET.Element,
    base: float,
    until: float | None,
    clock: _Clock,
    styles: Mapping[str, str],
) -> Iterator[Cue]:
    """Yield the cues of an element whose times count from ``base`` and end by ``until``."""
    if element.get("timeContainer") == "seq":
        raise ValueError("its cues follow each other without times of their own")
    start = base + clock.seconds(element.get("begin", "0s"))
    ends = [] if until is None else [until]
    if "end" in element.attrib:
        ends.append(base + clock.seconds(element.attrib["end"]))
    if "dur" in element.attrib:
        ends.append(start + clock.seconds(element.attrib["dur"]))
    end = min(ends, default=None)
    if _name(element.tag) == "p":
        if end is None:
            raise ValueError("a cue has no end")
        yield cue_of(round(start * 1000), round(end * 1000), _text(element, styles))
        return
    for child in element:
        if _name(child.tag) in {"div", "p"}:
            yield from _cues(child, start, end, clock, styles)


def _text(element: ET.Element, styles: Mapping[str, str]) -> str:
    """Return the text of an element with the tags of its spans."""
    tags = _tags(element, styles)
    written = tags + _spaced(element.text)
    for child in element:
        name = _name(child.tag)
        written += "\n" if name == "br" else _text(child, styles) if name == "span" else ""
        written += _spaced(child.tail)
    return written + tags.replace("1}", "0}")


def _tags(element: ET.Element, styles: Mapping[str, str]) -> str:
    """Return the tags that an element's own attributes and its styles ask for."""
    looks = {_name(key): value for key, value in element.attrib.items()}
    named = "".join(styles.get(name, "") for name in looks.get("style", "").split())
    own = [
        f"{{\\{tag}1}}"
        for tag, wanted in LOOKS.items()
        if all(looks.get(name) == value for name, value in wanted.items())
    ]
    return "".join(dict.fromkeys([*TAG.findall(named), *own]))


def _spaced(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _name(tag: str) -> str:
    """Return a name without its namespace; there were several over the years."""
    return tag.rpartition("}")[2]


def _write(cues: Sequence[Cue], language: Language | None) -> str:
    for prefix, space in (("", TT), ("ttp", PARAMETER), ("tts", STYLING)):
        ET.register_namespace(prefix, space)
    root = ET.Element(f"{{{TT}}}tt", {f"{{{XML}}}lang": language.tag if language else ""})
    root.set(f"{{{PARAMETER}}}contentProfiles", PROFILE)
    root.set(f"{{{PARAMETER}}}timeBase", "media")
    layout = _below(_below(root, "head"), "layout")
    for name, align in (("bottom", "after"), ("top", "before")):
        places = {"origin": "10% 10%", "extent": "80% 80%", "displayAlign": align}
        _below(layout, "region", {f"{{{XML}}}id": name}, {**places, "textAlign": "center"})
    div = _below(_below(root, "body"), "div")
    for number, cue in enumerate(cues, 1):
        upper = any(place in UPPER for place in PLACE.findall(cue.text))
        times = {"begin": _time(cue.start), "end": _time(cue.end)}
        own = {f"{{{XML}}}id": f"c{number}", "region": "top" if upper else "bottom"}
        _fill(_below(div, "p", {**own, **times}), cue.text)
    ET.indent(layout)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _below(
    parent: ET.Element,
    name: str,
    attributes: Mapping[str, str] | None = None,
    looks: Mapping[str, str] | None = None,
) -> ET.Element:
    styling = {f"{{{STYLING}}}{key}": value for key, value in (looks or {}).items()}
    return ET.SubElement(parent, f"{{{TT}}}{name}", {**(attributes or {}), **styling})


def _fill(paragraph: ET.Element, text: str) -> None:
    """Put a cue's lines and tags into its paragraph, as spans one after another."""
    on: dict[str, bool] = {}
    clean = UNREADABLE.sub("", text).replace(SECOND, "{\\i1}")
    for part in re.split(rf"({TAG.pattern}|\n)", clean):
        if part == "\n":
            _below(paragraph, "br")
        elif TAG.fullmatch(part):
            if part[2] in LOOKS:
                on[part[2]] = part[3] == "1"
        elif part:
            looks = {k: v for tag, is_on in on.items() if is_on for k, v in LOOKS[tag].items()}
            _below(paragraph, "span", looks=looks).text = part


def _time(seconds: float) -> str:
    rest, milliseconds = divmod(max(0, round(seconds * 1000)), 1000)
    return f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{milliseconds:03}"


TTML = Format("TTML", _read, _write)
