"""Streams: what a probe finds in a media file or sidecar, and how a version tells it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from subtide.playground.cultures import find_culture, terminologic
from subtide.playground.flavour import Codes, Flavour
from subtide.playground.sidecars import read_name, words_of

TICKS = 10_000_000
"""Jellyfin's ticks a second."""
NAMES_OF_CODECS = {
    "dvd_subtitle": "DVDSUB",
    "dvb_subtitle": "DVBSUB",
    "dvb_teletext": "DVBTXT",
    "hdmv_pgs_subtitle": "PGSSUB",
}
IMAGES = frozenset(NAMES_OF_CODECS.values())
PICTURES = (
    ("144p", 256, 144),
    ("240p", 426, 240),
    ("360p", 640, 360),
    ("480p", 854, 480),
    ("720p", 1280, 962),
    ("1080p", 2560, 1440),
    ("4K", 4096, 3072),
)
"""What a picture of at most this size is called."""
GUESSED_AUDIO_RATE = 192_000
"""Bits a second that Jellyfin assumes for an AAC track that does not say."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a file, or a sidecar."""

    kind: str
    """Jellyfin's word: Video, Audio, Subtitle or EmbeddedImage."""
    codec: str
    language: str | None
    """As the file says it, or as the server stores it for a sidecar."""
    title: str | None
    default: bool = False
    forced: bool = False
    hearing_impaired: bool = False
    number: int = 0
    """The stream's place in its own file."""
    path: Path | None = None
    """The sidecar's file; None inside a container."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Further fields of this kind, as Jellyfin names them."""

    @property
    def text(self) -> bool:
        """Whether it is a subtitle made of text."""
        return self.kind == "Subtitle" and self.codec not in IMAGES


@dataclass(frozen=True, slots=True)
class Probe:
    """What a media file holds; a file that cannot be read has no streams and no ticks."""

    size: int
    container: str | None = None
    ticks: int | None = None
    bit_rate: int | None = None
    streams: tuple[Stream, ...] = ()


def probe(path: Path) -> Probe:
    """Read a media file's streams with FFmpeg's libraries."""
    import av  # noqa: PLC0415  # only a playground with media needs it

    size = path.stat().st_size
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            streams = tuple(_read(container))
            ticks = container.duration * 10 if container.duration else None
            rate = container.bit_rate or None
            return Probe(size, _container(container.format.name), ticks, rate, streams)
    except (av.error.FFmpegError, ValueError):
        return Probe(size)


def _container(name: str) -> str:
    return "mkv" if name.startswith("matroska") else name


def _read(container: Any) -> Iterator[Stream]:  # noqa: ANN401  # av is untyped here
    import av  # noqa: PLC0415

    flags = av.stream.Disposition
    for stream in container.streams:
        reader = {"video": _video, "audio": _audio, "subtitle": dict}.get(stream.type)
        if reader is None or stream.codec_context is None:
            continue
        facts = reader() if reader is dict else reader(stream, container)  # type: ignore[operator]
        picture = bool(stream.disposition & flags.attached_pic)
        codec = stream.codec_context.codec.canonical_name
        yield Stream(
            kind="EmbeddedImage" if picture else stream.type.capitalize(),
            codec=NAMES_OF_CODECS.get(codec, codec),
            language=stream.metadata.get("language"),
            title=stream.metadata.get("title"),
            default=bool(stream.disposition & flags.default),
            forced=bool(stream.disposition & flags.forced),
            hearing_impaired=bool(stream.disposition & flags.hearing_impaired),
            number=stream.index,
            facts={"TimeBase": str(stream.time_base), **facts},
        )


def _video(stream: Any, container: Any) -> dict[str, Any]:  # noqa: ANN401
    codec = stream.codec_context
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    shape = Fraction(codec.width or 1, codec.height or 1).limit_denominator(100)
    return {
        "VideoRange": "SDR",
        "VideoRangeType": "SDR",
        **({"NalLengthSize": "4", "IsAVC": True} if codec.name == "h264" else {}),
        "BitRate": codec.bit_rate or None,
        "WholeBitRate": container.bit_rate or None,
        "CodecTag": codec.codec_tag.strip("\0 ") or None,
        "BitDepth": 10 if "10" in (codec.pix_fmt or "") else 8,
        "RefFrames": 1,
        "Height": codec.height,
        "Width": codec.width,
        "AverageFrameRate": rate,
        "RealFrameRate": rate,
        "ReferenceFrameRate": rate,
        "Profile": codec.profile,
        "AspectRatio": f"{shape.numerator}:{shape.denominator}",
        "PixelFormat": codec.pix_fmt,
        "Level": codec.level,
        "IsAnamorphic": False,
    }


def _audio(stream: Any, container: Any) -> dict[str, Any]:  # noqa: ANN401, ARG001
    codec = stream.codec_context
    return {
        "ChannelLayout": codec.layout.name,
        "BitRate": codec.bit_rate or GUESSED_AUDIO_RATE,
        "CodecTag": codec.codec_tag.strip("\0 ") or None,
        "Channels": codec.layout.nb_channels,
        "SampleRate": codec.rate,
        "Profile": codec.profile,
    }


def probe_sidecar(video: Path, file: Path, codes: Codes) -> Stream | None:
    """Read a sidecar; None when it holds no subtitle, as with an empty file."""
    inside = [s for s in probe(file).streams if s.kind == "Subtitle"]
    words = words_of(video.stem, file)
    if not inside or words is None:
        return None
    name = read_name(words, codes)
    return Stream(
        kind="Subtitle",
        codec=inside[0].codec,
        language=name.language,
        title=name.title,
        default=name.default,
        forced=name.forced,
        hearing_impaired=name.hearing_impaired,
        path=file,
        facts={"TimeBase": "1/1000"},
    )


def to_json(stream: Stream, index: int, flavour: Flavour, shown: str | None) -> dict[str, Any]:
    """Return a MediaStream; ``shown`` is the sidecar's path as the server tells it."""
    code = terminologic(stream.language, flavour.codes)
    return {
        "Codec": stream.codec,
        "Language": code,
        "Title": stream.title,
        "VideoRange": "Unknown",
        "VideoRangeType": "Unknown",
        "AudioSpatialFormat": "None",
        **_localized(stream, code, flavour),
        "DisplayTitle": _display_title(stream, code, flavour),
        "IsInterlaced": False,
        "IsDefault": stream.default,
        "IsForced": stream.forced,
        "IsHearingImpaired": stream.hearing_impaired,
        **_of_version(stream, flavour),
        "Type": stream.kind,
        "Index": index,
        "IsExternal": stream.path is not None,
        "IsTextSubtitleStream": stream.text,
        "SupportsExternalStream": stream.text or stream.codec == "PGSSUB",
        "Path": shown,
    }


def _of_version(stream: Stream, flavour: Flavour) -> dict[str, Any]:
    """Return the fields that differ: 10.11 fills the numbers of other kinds with nought."""
    facts = dict(stream.facts)
    whole = facts.pop("WholeBitRate", None)
    if flavour.new_fields:
        facts.pop("CodecTag", None)
        return {**facts, "IsOriginal": False}
    if stream.kind == "Video":
        return {**facts, "BitRate": facts.get("BitRate") or whole}
    sizes = {"Height": 0, "Width": 0} if stream.kind == "Subtitle" else {}
    return {**facts, "IsAVC": False, "Level": 0, **sizes}


def _localized(stream: Stream, code: str | None, flavour: Flavour) -> dict[str, str]:
    if stream.kind not in {"Audio", "Subtitle"}:
        return {}
    words = {"LocalizedDefault": "Default", "LocalizedExternal": "External"}
    if stream.kind == "Subtitle":
        words |= {
            "LocalizedUndefined": "Undefined",
            "LocalizedForced": "Forced",
            "LocalizedHearingImpaired": "Hearing Impaired",
        }
    if flavour.new_fields:
        words |= {"LocalizedOriginal": "Original"} if stream.kind == "Audio" else {}
        words |= {"LocalizedLanguage": _language_name(code, flavour)} if code else {}
    return words


def _language_name(code: str, flavour: Flavour) -> str:
    culture = find_culture(code, flavour.codes)
    name = culture.display if culture else code
    return name if not flavour.new_fields else name.split(";")[0].split(",")[0]


def _display_title(stream: Stream, code: str | None, flavour: Flavour) -> str:
    facts, codec = stream.facts, stream.codec.upper()
    default = "Default" if stream.default else None
    language = _language_name(code, flavour) if code else None
    if stream.title and language and language.lower() in stream.title.lower():
        language = None
    if stream.kind == "Subtitle":
        impaired = "Hearing Impaired" if stream.hearing_impaired else None
        forced = "Forced" if stream.forced else None
        outside = "External" if stream.path else None
        named = language or (None if code else "Undefined")
        parts = [stream.title, named, impaired, default, forced, codec, outside]
    elif stream.kind == "Audio":
        spoken = None if code == "und" else language
        layout = str(facts["ChannelLayout"]).capitalize()
        parts = [stream.title, spoken, codec, layout, default]
    else:
        return f"{_lines(facts['Width'], facts['Height'])} {codec} SDR"
    return " - ".join(part for part in parts if part)


def _lines(width: int, height: int) -> str:
    return next((name for name, w, h in PICTURES if width <= w and height <= h), "8K")
