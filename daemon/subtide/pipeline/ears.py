"""Whisper as a translation engine: it hears the lines in the film, and writes them in English.

Imported in child processes only.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from subtide.asr.blocks import BlockFile
from subtide.asr.flac import read_flac
from subtide.asr.mixdown import RATE, Samples
from subtide.asr.windows import LONGEST
from subtide.errors import NoTranslation
from subtide.languages import Language
from subtide.mt.engine import Line
from subtide.pipeline.hearing import HOW, opened

ENGLISH = "en"
"""The one language that Whisper translates into."""

PAD = 0.3
"""Seconds heard before and after a line: cues end where the eye should leave, not the voice."""

BATCH = 8
"""Lines between two looks at whether the work is still wanted."""


class Hearing(Protocol):
    """What is needed of ``asr.whisper.WhisperEngine``."""

    def translate(self, pieces: Sequence[Samples], source: Language) -> list[str]:
        """Return in English what is said in each piece of at most 28 s; "" for nothing."""


class Ears:
    """Translates lines by hearing again what is said while they stand, as TranslationEngine."""

    name = "whisper"
    batch = BATCH

    def __init__(
        self, engine: Hearing, blocks: Sequence[BlockFile], source: Language, target: Language
    ) -> None:
        """``blocks``: the film's speech, in order, as prepare wrote it.

        Raises:
            NoTranslation: it is not into English, or out of it.
        """
        if target.base != ENGLISH or source.base == ENGLISH:
            raise NoTranslation(
                f"whisper translates only into English, not {source.tag} into {target.tag}",
                "let another engine do it",
            )
        self.source, self.target = source, target
        self._engine = engine
        self._blocks = tuple(blocks)
        self._open: tuple[Path, Samples] | None = None

    def translate(self, lines: Sequence[Line], *, script: Sequence[Line] = ()) -> list[Line]:  # noqa: ARG002 - it hears what stands around
        """Translate each line that has times; one in which nothing is heard is left out."""
        pieces = {line.id: list(self._pieces(line)) for line in lines}
        heard = self._engine.translate(
            [one for some in pieces.values() for one in some], self.source
        )
        texts = iter(heard)
        found = [
            Line(
                line.id,
                " ".join(filter(None, islice(texts, len(pieces[line.id])))),
                line.start,
                line.end,
            )
            for line in lines
        ]
        return [line for line in found if line.text]

    def _pieces(self, line: Line) -> Iterator[Samples]:
        """Yield the samples of a line, at most as long as the model hears at once."""
        for block in self._blocks:
            start, end = max(line.start - PAD, block.start), min(line.end + PAD, block.end)
            if end - start <= PAD or line.end <= line.start:
                continue
            samples = self._samples(block.path)
            for first in _steps(start, end):
                last = min(first + LONGEST, end)
                yield samples[
                    round((first - block.start) * RATE) : round((last - block.start) * RATE)
                ]

    def _samples(self, path: Path) -> Samples:
        if self._open is None or self._open[0] != path:
            self._open = path, read_flac(path)
        return self._open[1]


def open_ears(audio: Mapping[str, Any], source: Language, target: Language, threads: int) -> Ears:
    """Return the engine for a request's ``audio``: ``blocks``, ``model`` and how it is loaded.

    A block is ``{"start", "end", "path"}``. Raises as Ears does, and as WhisperEngine does.
    """
    engine = opened(audio["model"], {name: {**audio, "threads": threads}[name] for name in HOW})
    blocks = [BlockFile(one["start"], one["end"], Path(one["path"])) for one in audio["blocks"]]
    return Ears(engine, blocks, source, target)


def _steps(start: float, end: float) -> Iterator[float]:
    while start < end:
        yield start
        start += LONGEST
