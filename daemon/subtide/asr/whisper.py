"""Whisper: a block's samples in, words on the film's clock out. Or speech in, English out.

Imported in child processes only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from subtide.asr.codes import to_whisper
from subtide.asr.decoding import Asking, Decoder
from subtide.asr.engine import Progress, in_order
from subtide.asr.folding import fold
from subtide.asr.hallucinations import guessed, void
from subtide.asr.listening import Block, hear
from subtide.asr.loading import OpenModel, Seat, open_listener
from subtide.asr.mixdown import RATE, Samples
from subtide.asr.names import fitting, joined
from subtide.asr.placing import placed
from subtide.asr.speech import SpeechMap, find_speech
from subtide.asr.tiers import BALANCED, TIERS, Tier
from subtide.errors import LanguageUnknown, ModelMissing
from subtide.languages import Language
from subtide.subtitles.cues import Word
from subtide.subtitles.madeup import normal

AFTER = np.zeros(RATE, np.float32)
"""Silence after the last piece: faster-whisper does not bear windows that fill the samples."""


class WhisperEngine:
    """One Whisper model in memory. Not for several threads; VRAM returns with the process."""

    def __init__(  # noqa: PLR0913 - as many as a loaded model has sides
        self,
        folder: Path,
        *,
        device: str = "cpu",
        compute_type: str = "int8",
        threads: int = 0,
        listen: Callable[[Samples], SpeechMap] = find_speech,
        open_model: OpenModel = open_listener,
    ) -> None:
        """Load a model from its CTranslate2 folder. ``threads`` 0 leaves the choice to it.

        Where memory is short, batches are halved, then smaller number formats are taken, and
        the CPU at last; ``done_with`` tells. ``listen`` marks where somebody speaks.

        Raises ModelDamaged for a folder that is not whole, StopAndTell for a device or compute
        type that this machine lacks, RetryLater when memory is too short for all of them.
        """
        self.name = folder.name
        self._listen = listen
        self._decoder = Decoder(folder, Seat(device, compute_type), threads, open_model)

    @property
    def multilingual(self) -> bool:
        """False for a model that hears everything as English."""
        return self._decoder.multilingual

    @property
    def translates(self) -> bool:
        """Whether the model was taught to translate into English."""
        return self._decoder.translates

    @property
    def done_with(self) -> dict[str, str | int]:
        """What the work is done with now: ``device``, ``compute_type`` and ``batch``."""
        return self._decoder.done_with

    def was_short(self) -> bool:
        """Whether memory was found short since this was last asked."""
        return self._decoder.was_short()

    def languages(self, samples: Samples) -> Mapping[Language, float]:
        """Return the probability of each language for up to 30 s of samples."""
        return self._decoder.languages(samples)

    def transcribe(  # noqa: PLR0913 - as the port has it
        self,
        samples: Samples,
        *,
        language: Language,
        offset: float,
        progress: Progress,
        tier: Tier = TIERS[BALANCED],
        names: Sequence[str] = (),
    ) -> tuple[Word, ...]:
        """Return the block's words in the film's times, as SpeechEngine says."""
        told = joined(fitting(names, self._decoder.tokens))
        asking = Asking(self._code(language), tier, told)
        speech = self._listen(samples)
        folded = fold(samples, speech)
        known = frozenset(normal(told).split())
        block = Block(folded.samples, folded.speech, language, asking, known)
        heard = [word for segment in hear(self._decoder, block, progress) for word in segment.words]
        words = folded.unfolded(heard)
        return tuple(
            replace(word, start=word.start + offset, end=word.end + offset)
            for word in in_order(placed(words, speech), 0.0, speech.duration)
        )

    def translate(
        self, pieces: Sequence[Samples], source: Language, tier: Tier = TIERS[BALANCED]
    ) -> list[str]:
        """Return in English what is said in each piece of at most 28 s; "" for nothing.

        Raises ModelMissing for a model that was not taught to, LanguageUnknown for a language
        that it does not know, RetryLater when memory is short.
        """
        if not self.translates:
            raise ModelMissing(
                f"{self.name} cannot translate: it only writes what it hears",
                "Use a model that was taught to, such as small or large-v3; turbo was not.",
            )
        asking = Asking(self._code(source), tier, task="translate")
        samples = np.concatenate([*pieces, AFTER])
        edges = [0.0, *(np.cumsum([len(piece) for piece in pieces]) / RATE).tolist()]
        windows = list(pairwise(edges))
        texts = []
        for window, segments, _ in self._decoder.batches(samples, windows, asking, lambda _: None):
            if any(guessed(segment, tier.doubt) for segment in segments):
                segments = self._decoder.careful(samples, window, asking)  # noqa: PLW2901 - better
            texts.append(" ".join(one.text for one in segments if not void(one)).strip())
        said = [self._listen(piece).spans for piece in pieces]
        return [text if spans else "" for text, spans in zip(texts, said, strict=True)]

    def _code(self, language: Language) -> str:
        code = to_whisper(language)
        if code not in self._decoder.codes:
            raise LanguageUnknown(
                f"{self.name} does not know {language.name}",
                "Use a multilingual model, or correct the track's language.",
            )
        return code
