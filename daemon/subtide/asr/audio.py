"""Audio of a source: which tracks there are, and one of them as 16 kHz mono on the film's clock.

Imported in child processes only.
"""

import contextlib
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition

from subtide.asr.containers import FIX_COPY, damaged, open_media
from subtide.asr.mixdown import RATE, Mixer, Samples
from subtide.errors import MediaUnreadable, NoUsableAudio
from subtide.languages import Language

CHUNK_SECONDS = 30
"""Length of what decode hands out at once: 2 MB, and near a thousand frames for the VAD."""

DRIFT = 0.1
"""Seconds that samples and time stamps may differ before samples are moved: under what a
viewer notices, over what rounding and encoder delay make."""

LONGEST_GAP = 1800.0
"""Seconds of silence that a jump in the time stamps may stand for; more is a broken clock."""

LONGEST_GAP_LIVE = 10.0
"""The same where clocks restart in the middle (MPEG streams, Ogg), as FFmpeg decides it."""

LONGEST_OVERLAP = 1.0
"""Seconds that may be there twice; going back further is a clock that restarted."""

RESTARTING = 0x0200
"""FFmpeg's AVFMT_TS_DISCONT: containers whose clocks may restart."""

LONGEST = 24 * 3600.0
"""Seconds of audio that any film may have; a hostile file could claim years of silence."""

WHOLE = 0.9
"""Share of the stated duration that has to be there."""

FIRST_PICTURES = 8
"""Packets among which the earliest picture is: the order of decoding is not that of showing."""

TOLERATED = 0.1
"""Share of packets that may be beyond decoding."""

STATED = frozenset({"matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "avi", "flac", "flv"})
"""Containers that state a duration; for others FFmpeg guesses from bit rate or last packet."""

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """One audio track; ``ordinal`` counts the file's audio tracks from 0."""

    ordinal: int
    codec: str
    language: Language | None
    title: str
    channels: int
    default: bool
    commentary: bool
    described: bool
    """An audio description for the visually impaired."""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a file is: container as FFmpeg calls it, seconds (0 unknown), tracks."""

    container: str
    duration: float
    audio: tuple[AudioInfo, ...]
    frame_rate: float
    """Frames a second of the first real video track; 0 without one."""


def probe(source: Path | BinaryIO) -> MediaInfo:
    """Read what a file holds, without decoding it. Raises as open_media does.

    A file without audio gives no tracks here; decode raises NoUsableAudio for it.
    """
    with open_media(source, name_of(source)) as container:
        return MediaInfo(
            container.format.name,
            (container.duration or 0) / av.time_base,
            tuple(_audio_info(n, stream) for n, stream in enumerate(container.streams.audio)),
            _frame_rate(container),
        )


def lead(source: Path | BinaryIO, ordinal: int) -> float:
    """Return how many seconds after the film's time 0 the track begins.

    It reads the head of the file alone. Raises as decode does.
    """
    name = name_of(source)
    with open_media(source, name) as container:
        stream = _audio_stream(container, ordinal, name)
        begins = _seconds(stream.start_time, stream)
    return begins - _time_zero(source, name)


def decode(
    source: Path | BinaryIO, ordinal: int, *, progress: Progress = lambda _: None
) -> Iterator[Samples]:
    """Yield the track's samples, about 30 s at a time, in flat memory.

    The first sample is the film's time 0, where players and subtitles count from: audio that
    starts later is led in by silence, and holes in the time stamps are filled. A few damaged
    packets are passed over.

    Raises NoUsableAudio when there is no such track, MediaUnreadable when the audio is
    encrypted, ends before 90 % of its stated duration, or is mostly beyond decoding; and as
    open_media does.
    """
    name = name_of(source)
    zero = _time_zero(source, name)
    with open_media(source, name) as container:
        yield from _regrouped(_Track(container, ordinal, name, zero, progress).samples())
        progress(1.0)


def name_of(source: Path | BinaryIO) -> str:
    """Return what to call a source in an error: its path, or the file object's own name."""
    return str(source if isinstance(source, Path) else getattr(source, "name", "The stream"))


class _Track:
    """One audio track on its way to samples: how many went out, how many packets were bad."""

    def __init__(
        self,
        container: InputContainer,
        ordinal: int,
        name: str,
        zero: float,
        progress: Progress,
    ) -> None:
        self._container = container
        self._name = name
        self._progress = progress
        self._stream = _audio_stream(container, ordinal, name)
        self._stated = _stated_seconds(container, self._stream)
        self._origin = zero
        self._mixer = Mixer()
        self._given = 0
        self._surplus = 0
        self._packets = self._bad = 0

    def samples(self) -> Iterator[Samples]:
        for packet in self._demuxed():
            for frame in self._frames(packet):
                yield from self._silence(self._missing(frame))
                for mono in self._mixer.mix(frame):
                    yield self._trimmed(mono)
            self._report()
        for mono in self._mixer.flush():
            yield self._trimmed(mono)
        self._judge()

    def _demuxed(self) -> "Iterator[av.Packet[av.AudioStream]]":
        try:
            yield from self._container.demux(self._stream)
        except av.FFmpegError as error:  # what came before it may still be nearly all
            if not self._given:
                raise damaged(self._name, error) from error

    def _frames(self, packet: "av.Packet[av.AudioStream]") -> list[av.AudioFrame]:
        if packet.has_sidedata("encryption_info"):
            raise MediaUnreadable(
                f"The audio of {self._name} is encrypted", "Replace it with a copy without DRM."
            )
        self._packets += 1
        try:
            return list(self._stream.decode(packet))
        except av.FFmpegError:
            self._bad += 1
            return []

    def _missing(self, frame: av.AudioFrame) -> int:
        """Return the samples of silence before this frame, and note what is there twice."""
        if frame.time is None:
            return 0
        missing = round((frame.time - self._origin) * RATE) - self._given
        live = self._given and self._container.format.flags & RESTARTING
        most = LONGEST_GAP_LIVE if live else LONGEST_GAP
        if not -LONGEST_OVERLAP * RATE <= missing <= most * RATE:
            self._origin = frame.time - self._given / RATE
            return 0
        self._surplus = -missing if missing < -DRIFT * RATE else 0
        return missing if missing > DRIFT * RATE else 0

    def _silence(self, count: int) -> Iterator[Samples]:
        while count > 0:
            piece = min(count, CHUNK_SECONDS * RATE)
            yield self._trimmed(np.zeros(piece, np.float32))
            count -= piece

    def _trimmed(self, mono: Samples) -> Samples:
        cut = min(self._surplus, len(mono))
        self._surplus -= cut
        self._given += len(mono) - cut
        if self._given > LONGEST * RATE:
            raise MediaUnreadable(f"{self._name} is longer than a day", FIX_COPY)
        return mono[cut:]

    def _report(self) -> None:
        if self._stated:
            self._progress(min(1.0, self._given / RATE / self._stated))

    def _judge(self) -> None:
        seconds = self._given / RATE
        if not seconds or self._bad > TOLERATED * self._packets:
            raise MediaUnreadable(
                f"The audio of {self._name} is damaged: {self._bad} of {self._packets} packets"
                " cannot be decoded",
                FIX_COPY,
            )
        if seconds < WHOLE * self._stated:
            raise MediaUnreadable(
                f"{self._name} is truncated: {seconds:.0f} of {self._stated:.0f} s are there",
                FIX_COPY,
            )


def _regrouped(pieces: Iterator[Samples]) -> Iterator[Samples]:
    """Yield the same samples in chunks of CHUNK_SECONDS; the last one is what is left."""
    held: list[Samples] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= CHUNK_SECONDS * RATE:
            joined = np.concatenate(held)
            yield joined[: CHUNK_SECONDS * RATE]
            held = [joined[CHUNK_SECONDS * RATE :].copy()]
            size = len(held[0])
    if size:
        yield np.concatenate(held)


def _time_zero(source: Path | BinaryIO, name: str) -> float:
    """Return the time stamp, in seconds, that players show as 0: the first sound or picture.

    FFmpeg knows it of the sound. For pictures it would have to decode some, which nobody may
    here, and then takes the sound's; so it is read off the first packets.
    """
    with open_media(source, name) as container:
        sounds = [s for s in container.streams.audio if s.start_time is not None]
        starts = [_seconds(stream.start_time, stream) for stream in sounds]
        pictures = [stream for stream in container.streams.video if _is_picture(stream)]
        if pictures:
            packets = itertools.islice(container.demux(pictures[0]), FIRST_PICTURES)
            with contextlib.suppress(av.FFmpegError):  # decode tells what is wrong with the file
                starts += [_seconds(p.pts, p.stream) for p in packets if p.pts is not None]
        return min(starts, default=0.0)


def _seconds(stamp: int | None, stream: av.stream.Stream) -> float:
    return float((stamp or 0) * (stream.time_base or 0))


def _is_picture(stream: av.VideoStream) -> bool:
    return not stream.disposition & (Disposition.attached_pic | Disposition.still_image)


def _audio_stream(container: InputContainer, ordinal: int, name: str) -> av.AudioStream:
    tracks = container.streams.audio
    if not 0 <= ordinal < len(tracks):
        raise NoUsableAudio(
            f"{name} has no audio track {ordinal}: it has {len(tracks)}",
            "Choose another track, or read the item again if the file changed.",
        )
    return tracks[ordinal]


def _stated_seconds(container: InputContainer, stream: av.AudioStream) -> float:
    """Return the track's duration, else the file's, 0 where neither is stated."""
    if container.format.name not in STATED:
        return 0.0
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    try:  # what Matroska muxers write on each track: 01:42:07.123000000
        tagged = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        tagged = 0.0
    return tagged if math.isfinite(tagged) and tagged else (container.duration or 0) / av.time_base


def _audio_info(ordinal: int, stream: av.AudioStream) -> AudioInfo:
    flags = stream.disposition
    return AudioInfo(
        ordinal=ordinal,
        codec=stream.codec_context.name,
        language=Language.find(stream.language),
        title=stream.metadata.get("title", ""),
        channels=stream.codec_context.channels,
        default=bool(flags & Disposition.default),
        commentary=bool(flags & Disposition.comment),
        described=bool(flags & (Disposition.visual_impaired | Disposition.descriptions)),
    )


def _frame_rate(container: InputContainer) -> float:
    for stream in container.streams.video:
        if _is_picture(stream):
            return float(stream.average_rate or stream.guessed_rate or 0)
    return 0.0
