"""Open media that may be hostile: what it is, is read from its first bytes, never asked of FFmpeg.

FFmpeg's own probing would take a text named ``film.mkv`` for a playlist and open the files and
addresses that it names. So the container is recognised here, against a short list that holds
no playlist; FFmpeg gets that demuxer by name and a Python file object without a name; its
doors to other files are shut; and no video decoder may run. Imported in child processes only.
"""

import functools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

import av
from av.container import InputContainer

from subtide.errors import MediaMissing, MediaUnreadable, RetryLater

HEAD = 4096
"""Bytes that are looked at; an MPEG transport stream needs TS_PACKETS whole packets of them."""

TS_PACKETS = 8
TS_SIZES = (188, 192, 204)
"""Packet lengths of MPEG transport streams: plain, with timestamps (M2TS), with parity."""

BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pnot")
"""The first boxes of MP4 and QuickTime files."""

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1a\x45\xdf\xa3", "matroska,webm"),
    *((4, box, "mov,mp4,m4a,3gp,3g2,mj2") for box in BOXES),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (8, b"AVI ", "avi"),
    (8, b"WAVE", "wav"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"FLV\x01", "flv"),
    (0, b"\xb7\xd8\x00\x20\x37\x49\xda\x11", "wtv"),
    (0, b".RMF", "rm"),
    (0, b"\x06\x0e\x2b\x34", "mxf"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (0, b"\x7f\xfe\x80\x01", "dts"),
)
"""Offset and bytes that name a container, with its demuxer's name in FFmpeg."""

PLAYLISTS = (b"#extm3u", b"ffconcat", b"[playlist]", b"<?xml", b"<mpd", b"v=0")
"""How texts begin that name other media: HLS, concat, PLS, DASH, SDP."""

FIX_COPY = "Replace the file with a whole copy; it is tried again when it changes."
FIX_ACCESS = "Check the path, the mount and that Subtide's user may read the file."


@contextmanager
def open_media(source: Path | BinaryIO, name: str) -> Iterator[InputContainer]:
    """Open a file, or a file object that can seek, as media; ``name`` is for the errors.

    Raises MediaMissing for a path that leads to no readable file, MediaUnreadable for what is
    empty, no media, a playlist, or damaged beyond opening, and RetryLater when reading fails.
    """
    with _opened(source, name) as file:
        reader = Reader(file, name)
        demuxer = sniff(reader, name)
        try:
            container = av.open(
                reader,
                "r",
                format=demuxer,
                container_options={
                    "protocol_whitelist": "none",
                    "format_whitelist": demuxer,
                    "codec_whitelist": _audio_decoders(),
                },
                metadata_errors="replace",
                io_open=functools.partial(_refuse, name),
            )
        except av.FFmpegError as error:
            raise damaged(name, error) from error
        with container:
            if not container.streams:
                raise MediaUnreadable(f"{name} is truncated or damaged: no tracks", FIX_COPY)
            yield container


class Reader:
    """A file object as FFmpeg may see it: it reads and seeks, and has no name to go by."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes. Raises RetryLater when the storage fails."""
        try:
            return self._file.read(size)[:size]
        except OSError as error:
            raise RetryLater(
                f"{self._name} could not be read on: {error}",
                "Check the disk or the mount that holds the file.",
            ) from error

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte and return where that is."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the byte that is read next."""
        return self._file.tell()


def sniff(reader: Reader, name: str) -> str:
    """Return the demuxer for what the first bytes show; raise MediaUnreadable for all else."""
    reader.seek(0)
    head = reader.read(HEAD)
    if head[:3] == b"ID3" and len(head) > 10:  # noqa: PLR2004 - an ID3v2 header has 10 bytes
        reader.seek(10 + _id3_size(head))
        tagged = reader.read(HEAD)
        reader.seek(0)
        return "flac" if tagged[:4] == b"fLaC" else "aac" if _is_adts(tagged) else "mp3"
    reader.seek(0)
    for offset, signature, demuxer in SIGNATURES:
        if head.startswith(signature, offset):
            return demuxer
    return _without_signature(head) or _unreadable(head, name)


def damaged(name: str, error: av.FFmpegError) -> MediaUnreadable:
    """Return the error for media that begins well and cannot be followed."""
    return MediaUnreadable(f"{name} is truncated or damaged: {error.strerror}", FIX_COPY)


@contextmanager
def _opened(source: Path | BinaryIO, name: str) -> Iterator[BinaryIO]:
    if not isinstance(source, Path):
        yield source
        return
    try:  # without O_NONBLOCK, a pipe in the library would hold us for ever
        handle = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise MediaMissing(f"{name} cannot be opened: {error.strerror}", FIX_ACCESS) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise MediaUnreadable(f"{name} is no regular file", "Only files are opened as media.")
    with os.fdopen(handle, "rb") as file:
        yield file


def _refuse(name: str, url: str, *_: object) -> NoReturn:
    raise MediaUnreadable(
        f"{name} asks to open another file: {url}", "Only media that stands alone is read."
    )


def _unreadable(head: bytes, name: str) -> NoReturn:
    if not head:
        raise MediaUnreadable(f"{name} is empty", FIX_COPY)
    if not any(head):
        raise MediaUnreadable(
            f"{name} begins with zeros only, as a download does that is not complete", FIX_COPY
        )
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(PLAYLISTS):
        raise MediaUnreadable(
            f"{name} is a playlist, no media", "Put the media itself into the library."
        )
    raise MediaUnreadable(
        f"{name} is no media that Subtide reads (or it is encrypted)",
        "Convert it to Matroska or MP4.",
    )


def _without_signature(head: bytes) -> str | None:
    if head[:2] == b"\x0b\x77":
        return "eac3" if len(head) > 5 and head[5] >> 3 > 10 else "ac3"  # noqa: PLR2004 - bsid
    if _is_adts(head):
        return "aac"
    if _is_mpeg_audio(head):
        return "mp3"
    return "mpegts" if _is_transport_stream(head) else None


def _is_transport_stream(head: bytes) -> bool:
    return any(
        set(head[start : start + size * TS_PACKETS : size]) == {0x47}
        and len(head) >= start + size * TS_PACKETS
        for size in TS_SIZES
        for start in range(size)
    )


def _is_adts(head: bytes) -> bool:
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0  # noqa: PLR2004 - sync


def _is_mpeg_audio(head: bytes) -> bool:
    """Layer II or III with a possible bit rate and sample rate behind the sync word."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - sync
        return False
    layer, bit_rate, sample_rate = head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return layer in (1, 2) and bit_rate not in (0, 15) and sample_rate != 3  # noqa: PLR2004


def _id3_size(head: bytes) -> int:
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return size


@functools.cache
def _audio_decoders() -> str:
    """Return every audio decoder's name: what FFmpeg may run while it looks at the streams."""
    return ",".join(sorted(name for name in av.codecs_available if _is_audio_decoder(name)))


def _is_audio_decoder(name: str) -> bool:
    try:
        return av.Codec(name, "r").type == "audio"
    except av.codec.codec.UnknownCodecError:
        return False
