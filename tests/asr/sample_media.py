"""Small media files for the tests: tones, silence and speech in any container."""

import importlib.metadata
import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Clips = dict[str, tuple[Samples, str]]

RATE = 48_000

VOICE_RATE = 22_050
"""Samples a second of the voice that speaks in the tests."""

STORY = (
    "The old lighthouse stood at the edge of the village, where the road ended.",
    "Nobody had lived there for thirty years.",
    "One evening in October, a woman arrived with two suitcases and a small brown dog.",
    "She asked the baker for the key.",
    "He laughed and told her that the door had never been locked.",
    "That night the people saw a light in the tower for the first time since the war.",
    "What do you think she wants, asked the doctor.",
    "I believe she is waiting for somebody, said the teacher.",
    "In the morning the dog was sitting by the door, watching the water.",
    "A letter lay on the table of every house, and each of them said the same thing.",
)


def tone(seconds: float, rate: int = RATE, pitch: float = 440.0) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> Samples:
    return np.zeros(round(seconds * rate), np.float32)


def noise(seconds: float, rate: int = RATE) -> Samples:
    values = np.random.default_rng(7).normal(0, 0.1, round(seconds * rate))
    return values.astype(np.float32)


def music(seconds: float, rate: int = RATE) -> Samples:
    """Play plucked notes over chords, and a beat."""
    random = np.random.default_rng(5)
    scale = np.array([220, 246.9, 277.2, 293.7, 329.6, 370, 415.3, 440])
    played = np.zeros(round(seconds * rate))
    for number, begins in enumerate(np.arange(0, seconds, 0.4)):
        first = round(begins * rate)
        time = np.arange(min(round(0.8 * rate), len(played) - first)) / rate
        fading = np.exp(-3 * time) * np.minimum(1, time / 0.02)
        pitches = [(random.choice(scale) * n, 0.15 / n) for n in range(1, 6)]
        if number % 4 == 0:
            pitches += [(random.choice(scale) / 2 * n, 0.1) for n in (1, 1.25, 1.5)]
        for pitch, share in pitches:
            played[first : first + len(time)] += fading * share * np.sin(2 * np.pi * pitch * time)
        played[first : first + 800] += random.normal(0, 0.05, len(played[first : first + 800]))
    return (0.7 * played / np.abs(played).max()).astype(np.float32)


def write_media(  # noqa: PLR0913 - each is one property of a file
    path: Path,
    *tracks: Samples,
    codec: str = "aac",
    rate: int = RATE,
    layout: str = "mono",
    starts: float = 0.0,
    picture: float = 0.0,
    muxer: str | None = None,
    options: dict[str, str] | None = None,
    metadata: tuple[dict[str, str], ...] = (),
) -> Path:
    """Write tracks (1-D, or channels x samples) that begin at ``starts`` seconds, and a picture."""
    with av.open(str(path), "w", format=muxer, options=options or {}) as container:
        streams = [container.add_stream(codec, rate=rate, layout=layout) for _ in tracks]
        for stream, tags in zip(streams, metadata, strict=False):
            stream.metadata.update(tags)
        packets = [
            _encoded(stream, track, layout, rate, starts)
            for stream, track in zip(streams, tracks, strict=True)
        ]
        if picture:
            packets.append(_picture(container, picture))
        for some in itertools.zip_longest(*packets):
            container.mux([packet for packet in some if packet is not None])
    return path


def _encoded(stream: Any, track: Samples, layout: str, rate: int, starts: float) -> list[Any]:  # noqa: ANN401
    resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate)
    planes = np.atleast_2d(track)
    packets = []
    for at in range(0, planes.shape[1], 1024):
        piece = np.ascontiguousarray(planes[:, at : at + 1024])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
        frame.sample_rate = rate
        frame.pts = at + round(starts * rate)
        frame.time_base = Fraction(1, rate)
        for fitting in resampler.resample(frame):
            packets += stream.encode(fitting)
    return packets + stream.encode(None)


def _picture(container: Any, seconds: float) -> list[Any]:  # noqa: ANN401
    stream = container.add_stream("mpeg2video", rate=25)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuv420p"
    packets = []
    for number in range(round(25 * seconds)):
        image = np.full((64, 64, 3), number % 256, np.uint8)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts = number
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def loudness(samples: Samples, start: float, end: float, rate: int = 16_000) -> float:
    """Root mean square between two seconds."""
    part = samples[round(start * rate) : round(end * rate)]
    return float(np.sqrt(np.mean(np.square(part))))


def resampled(samples: Samples) -> Samples:
    """The voice's samples at the 16 kHz of the models."""
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="fltp", layout="mono")
    frame.sample_rate = VOICE_RATE
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=16_000)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])


def read_clips() -> Clips:
    """Read the clips of a package at 16 kHz, without importing it: it is a plugin of pytest."""
    package = importlib.metadata.distribution("pytest-audioeval")
    paths = [Path(str(package.locate_file(file))) for file in package.files or ()]
    return {
        f"{path.parent.name}/{path.stem}": (_decoded(path), path.with_suffix(".txt").read_text())
        for path in paths
        if path.suffix == ".wav"
    }


def _decoded(path: Path) -> Samples:
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=16_000)
    with av.open(str(path)) as container:
        frames = [*container.decode(audio=0), None]
        pieces = [piece for frame in frames for piece in resampler.resample(frame)]
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])
