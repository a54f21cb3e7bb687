"""Media: makes small real media files, with the tracks that a test or the demo asks for."""

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[tuple[int], np.dtype[np.float32]]

RATE = 22_050
"""Hz of the samples, and of the audio tracks: what the voice speaks at."""
FRAME = 1024
WIDTH, HEIGHT, PICTURES = 320, 180, 10
"""A small picture, ten times a second."""
TONE = 220.0
"""Hz of the quiet tone that stands where nothing is to be heard."""
SAME_BYTES = {"fflags": "bitexact"}
"""The same tracks make the same file, byte by byte."""


@dataclass(frozen=True)
class AudioTrack:
    """An audio track; without samples it is a quiet tone."""

    language: str | None = None
    title: str | None = None
    default: bool = False
    samples: "Samples | None" = None
    """Mono, -1 to 1, at RATE."""
    channels: int = 1
    commentary: bool = False


@dataclass(frozen=True)
class SubtitleTrack:
    """A text track inside the file; ``text`` is a whole file of the suffix's format."""

    text: str
    language: str | None = None
    title: str | None = None
    suffix: str = ".srt"
    default: bool = False
    forced: bool = False


def make_media(
    path: Path,
    audio: Sequence[AudioTrack] = (AudioTrack(),),
    subtitles: Sequence[SubtitleTrack] = (),
    duration: float = 5.0,
    *,
    options: Mapping[str, str] | None = None,
) -> Path:
    """Write a media file; its suffix chooses the container. Return the path.

    ``duration`` in seconds is that of the picture and of every tone; an audio track with
    samples is as long as they are. ``options`` are the muxer's own.
    """
    import av  # noqa: PLC0415  # making media is not the daemon's work

    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part{path.suffix}")
    with av.open(str(unfinished), "w", options={**SAME_BYTES, **(options or {})}) as target:
        writers = [_pictures(target, duration)]
        writers += [_sound(target, track, duration) for track in audio]
        words = [_words(target, track) for track in subtitles]
        for packet in _by_time([*writers, *words]):
            target.mux(packet)
    unfinished.replace(path)
    return path


def _by_time(writers: list[Iterator[Any]]) -> Iterator[Any]:
    """Yield the packets of all tracks; containers want them roughly in the order of time."""
    heads = [(next(w, None), w) for w in writers]
    while waiting := [(h, w) for h, w in heads if h is not None]:
        first, _ = min(waiting, key=lambda pair: pair[0].dts * pair[0].time_base)
        yield first
        heads = [(next(w, None) if h is first else h, w) for h, w in waiting]


def _describe(stream: Any, language: str | None, title: str | None, flags: int) -> None:  # noqa: ANN401
    if language:
        stream.metadata["language"] = language
    if title:
        stream.metadata["title"] = title
    stream.disposition = flags


def _pictures(target: Any, duration: float) -> Iterator[Any]:  # noqa: ANN401
    stream = target.add_stream("libx264", rate=PICTURES, options={"preset": "ultrafast"})
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    _describe(stream, None, None, 0)
    return _encode_pictures(stream, math.ceil(duration * PICTURES))


def _encode_pictures(stream: Any, count: int) -> Iterator[Any]:  # noqa: ANN401
    import av  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    for number in range(count):
        plane = np.full((HEIGHT * 3 // 2, WIDTH), 16 + number % 200, np.uint8)
        plane[HEIGHT:] = 128
        frame = av.VideoFrame.from_ndarray(plane, format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, PICTURES)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def tone(duration: float) -> "Samples":
    """Return a quiet tone, ``duration`` seconds long."""
    import numpy as np  # noqa: PLC0415

    at = np.arange(round(duration * RATE), dtype=np.float32) / RATE
    return (0.02 * np.sin(2 * np.pi * TONE * at)).astype(np.float32)


def silence(duration: float) -> "Samples":
    """Return nothing to be heard, ``duration`` seconds long."""
    import numpy as np  # noqa: PLC0415

    return np.zeros(round(duration * RATE), np.float32)


def _sound(target: Any, track: AudioTrack, duration: float) -> Iterator[Any]:  # noqa: ANN401
    import av  # noqa: PLC0415

    stream = target.add_stream("aac", rate=RATE)
    stream.layout = {1: "mono", 2: "stereo", 6: "5.1"}[track.channels]
    flag = av.stream.Disposition
    flags = (flag.default if track.default else 0) | (flag.comment if track.commentary else 0)
    _describe(stream, track.language, track.title, flags)
    samples = tone(duration) if track.samples is None else track.samples
    return _encode_sound(stream, samples, track.channels)


def _encode_sound(stream: Any, samples: "Samples", channels: int) -> Iterator[Any]:  # noqa: ANN401
    import av  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    for start in range(0, len(samples), FRAME):
        block = np.tile(samples[start : start + FRAME], (channels, 1))
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(block), format="fltp", layout=stream.layout.name
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _words(target: Any, track: SubtitleTrack) -> Iterator[Any]:  # noqa: ANN401
    """Copy a subtitle file's packets, since FFmpeg's muxers take them as they are."""
    import av  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"track{track.suffix}"
        file.write_text(track.text, encoding="utf-8")
        with av.open(str(file)) as source:
            stream = target.add_stream_from_template(source.streams[0])
            packets = [p for p in source.demux(source.streams[0]) if p.dts is not None]
    flag = av.stream.Disposition
    flags = (flag.default if track.default else 0) | (flag.forced if track.forced else 0)
    _describe(stream, track.language, track.title, flags)
    for packet in packets:
        packet.stream = stream
    return iter(packets)
