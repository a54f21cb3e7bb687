"""A block's audio as a file: 16 kHz mono FLAC of 16 bits, a third of the samples' size.

Imported in child processes only.
"""

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np

from subtide.asr.mixdown import RATE, Mixer, Samples
from subtide.errors import MediaUnreadable

FULL_SCALE = 32767
"""The greatest sample of 16 bits."""


def to_16_bits(samples: Samples) -> bytes:
    """Return float samples (-1 to 1, clipped) as little-endian 16-bit ones."""
    return (np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype("<i2").tobytes()


def write_flac(path: Path, pieces: Iterable[bytes]) -> None:
    """Write 16-bit samples that come in pieces. Raises OSError when the disk does."""
    with path.open("wb") as file, av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        position = 0
        for piece in pieces:
            samples = np.frombuffer(piece, "<i2")
            frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
            frame.sample_rate = RATE
            frame.pts = position
            position += len(samples)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def read_flac(path: Path) -> Samples:
    """Return a block's samples. Raises MediaUnreadable for a damaged or foreign file."""
    mixer = Mixer()
    try:
        with path.open("rb") as file, av.open(file, "r", format="flac") as container:
            pieces = [mono for frame in container.decode(audio=0) for mono in mixer.mix(frame)]
    except (av.FFmpegError, IndexError) as error:
        raise MediaUnreadable(
            f"The audio block {path.name} is damaged", "Its prepare task has to run again."
        ) from error
    return np.concatenate([*pieces, *mixer.flush()])
