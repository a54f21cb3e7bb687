"""prepare: decode one track once, mark its speech, and write the blocks that are transcribed.

Imported in child processes only.
"""

import errno
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from subtide.asr.audio import Progress, decode, probe
from subtide.asr.flac import to_16_bits, write_flac
from subtide.asr.mixdown import RATE
from subtide.asr.speech import Block, SpeechDetector, SpeechMap, plan_blocks
from subtide.errors import DiskFull

BLOCK_SECONDS = 300.0
"""Default length: a restart repeats at most this, and a film gives work to several workers."""

BYTES = 2
"""Bytes a sample in the spool."""

DECODING = 0.95
"""Share of the time that decoding and listening take; writing blocks is the rest."""


@dataclass(frozen=True, slots=True)
class BlockFile:
    """A block of the film, in seconds, and the FLAC file that holds its samples."""

    start: float
    end: float
    path: Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """What transcription needs to know of a track; no blocks when nobody speaks."""

    duration: float
    """Seconds of audio from the film's time 0."""
    frame_rate: float
    """Frames a second of the picture; 0 unknown."""
    speech: SpeechMap
    blocks: tuple[BlockFile, ...]


def prepare(
    source: Path | BinaryIO,
    ordinal: int,
    out_dir: Path,
    *,
    block_seconds: float = BLOCK_SECONDS,
    progress: Progress = lambda _: None,
) -> Prepared:
    """Write the track's blocks into ``out_dir`` as ``block-0000.flac`` and so on.

    Where to cut is known only at the end, so the samples wait in an unnamed file in
    ``out_dir`` (115 MB an hour); memory holds half a minute of them. Raises DiskFull, and as
    decode does.
    """
    info = probe(source)
    detector = SpeechDetector()
    try:
        with tempfile.TemporaryFile(dir=out_dir) as spool:
            for chunk in decode(source, ordinal, progress=lambda p: progress(p * DECODING)):
                detector.feed(chunk)
                spool.write(to_16_bits(chunk))
            speech = detector.finish()
            blocks = tuple(
                _write(spool, block, out_dir / f"block-{number:04}.flac")
                for number, block in enumerate(plan_blocks(speech, block_seconds))
            )
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            f"No room for the audio in {out_dir}", "Free about 250 MB for a film of two hours."
        ) from error
    progress(1.0)
    return Prepared(speech.duration, info.frame_rate, speech, blocks)


def listen(
    source: Path | BinaryIO, ordinal: int, *, progress: Progress = lambda _: None
) -> Prepared:
    """Mark a track's speech and write nothing; raises as decode does."""
    info = probe(source)
    detector = SpeechDetector()
    for chunk in decode(source, ordinal, progress=progress):
        detector.feed(chunk)
    speech = detector.finish()
    return Prepared(speech.duration, info.frame_rate, speech, ())


def _write(spool: BinaryIO, block: Block, path: Path) -> BlockFile:
    first, last = round(block.start * RATE), round(block.end * RATE)
    write_flac(path, _pieces(spool, first, last))
    return BlockFile(block.start, block.end, path)


def _pieces(spool: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    """Yield the samples from first to last, ten seconds at a time."""
    spool.seek(first * BYTES)
    left = (last - first) * BYTES
    while piece := spool.read(min(left, 10 * RATE * BYTES)):
        left -= len(piece)
        yield piece
