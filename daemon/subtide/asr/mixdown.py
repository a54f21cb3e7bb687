"""From decoded frames of any rate and layout to the 16 kHz mono that speech models hear.

Imported in child processes only.
"""

from collections.abc import Iterator

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
"""Samples a second, as Whisper and Silero want them."""

CENTRE = 0.6
"""The centre's share where there is one: film dialogue is mixed there. The rest comes from
left and right, so that a film whose dialogue was put into those two is still heard."""

Samples = NDArray[np.float32]


class Mixer:
    """Turns frames into mono samples; a layout or rate may change in the middle (live TV)."""

    def __init__(self) -> None:
        self._resampler = _resampler()
        self._shape: tuple[str, str, int] | None = None

    def mix(self, frame: av.AudioFrame) -> Iterator[Samples]:
        """Yield what can be had so far; the resampler keeps a few milliseconds back."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:
            yield from self.flush()
            self._shape = shape
        frame.pts = None
        yield from map(_mono, self._resampler.resample(frame))

    def flush(self) -> Iterator[Samples]:
        """Yield what was kept back."""
        if self._shape:
            yield from map(_mono, self._resampler.resample(None))
            self._resampler, self._shape = _resampler(), None


def weights(channels: tuple[str, ...]) -> Samples:
    """Return each channel's share of the mono mix, by its FFmpeg name (FL, FR, FC, LFE ...)."""
    if "FC" in channels:
        sides = max(1, len({"FL", "FR"} & set(channels)))
        share = {"FC": CENTRE, "FL": (1 - CENTRE) / sides, "FR": (1 - CENTRE) / sides}
    elif "FL" in channels:
        share = {"FL": 0.5, "FR": 0.5}
    else:
        share = {name: 1.0 for name in channels if name != "LFE"}
    shares = [share.get(name, 0.0) for name in channels]
    mix = np.asarray(shares, dtype=np.float32)
    return mix / mix.sum() if mix.sum() else np.full(len(channels), 1 / len(channels), np.float32)


def _mono(frame: av.AudioFrame) -> Samples:
    names = tuple(channel.name for channel in frame.layout.channels)
    planes = frame.to_ndarray()
    if len(names) != len(planes):
        names = tuple("?" for _ in planes)
    return np.asarray(weights(names) @ planes, dtype=np.float32)


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="fltp", rate=RATE)
