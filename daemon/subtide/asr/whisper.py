"""Whisper on faster-whisper: a block's samples in, words on the film's clock out.

All windows of a block are decoded in batches. Batched decoding has no fallback and no
thresholds, and loses what follows its last time stamp; so windows that came out guessed,
repeating or short are decoded again, alone and with care. Imported in child processes only.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ctranslate2
from faster_whisper import BatchedInferencePipeline, WhisperModel

from subtide.asr.codes import WITHOUT_BLANKS, from_whisper, to_whisper
from subtide.asr.engine import Progress, Segment, in_order
from subtide.asr.hallucinations import guessed, spoken
from subtide.asr.mixdown import RATE, Samples
from subtide.asr.speech import Span, SpeechMap, find_speech
from subtide.asr.windows import cut_windows
from subtide.errors import LanguageUnknown, ModelDamaged, RetryLater, StopAndTell
from subtide.languages import Language
from subtide.subtitles.cues import Word

FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without the last, faster-whisper would fetch one from the network."""

BATCH = {"cpu": 4, "cuda": 16}
"""Windows decoded at once, by device; halved when memory is short."""

BEAM_BATCHED = 2
"""Beam search in batches: 1 is half as slow again, 5 gains little there."""

BEAM_CAREFUL = 5
"""Beam search for the windows that are decoded again; Whisper's default."""

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Tried in turn while a window comes out guessed or repeating."""

SILENCE_SKIPPED = 2.0
"""Seconds of silence around a suspect phrase that a careful decoding leaps over."""

UNHEARD = 2.0
"""Seconds of speech after a window's last word that mean words were lost."""

FRAMES = 100
"""Feature frames a second, by which faster-whisper counts."""

ALWAYS: dict[str, Any] = {
    "word_timestamps": True,
    "without_timestamps": False,
    "condition_on_previous_text": False,
    "vad_filter": False,
}


class WhisperEngine:
    """One Whisper model in memory. Not for several threads; VRAM returns with the process."""

    def __init__(
        self, folder: Path, *, device: str = "cpu", compute_type: str = "int8", threads: int = 0
    ) -> None:
        """Load a model from its CTranslate2 folder. ``threads`` 0 leaves the choice to it.

        Raises ModelDamaged for a folder that is not whole, StopAndTell for a device or compute
        type that this machine lacks, RetryLater when memory is short.
        """
        self.name = folder.name
        self._batch = BATCH.get(device, BATCH["cpu"])
        self._model = _load(folder, device, compute_type, threads)
        self._pipeline = BatchedInferencePipeline(self._model)

    @property
    def multilingual(self) -> bool:
        """False for a model that hears everything as English."""
        return bool(self._model.model.is_multilingual)

    def languages(self, samples: Samples) -> Mapping[Language, float]:
        """Return the probability of each language for up to 30 s of samples."""
        _, _, probabilities = self._model.detect_language(audio=samples)
        found: Counter[Language] = Counter()
        for code, probability in probabilities:
            if language := from_whisper(code):
                found[language] += probability
        return found

    def transcribe(
        self, samples: Samples, *, language: Language, offset: float, progress: Progress
    ) -> tuple[Word, ...]:
        """Return the block's words in the film's times, as SpeechEngine says."""
        code = self._code(language)
        speech = find_speech(samples)
        words: list[Word] = []
        for window, heard in self._batches(samples, cut_windows(speech, samples), code, progress):
            if any(map(guessed, heard)) or _lost(window, heard, speech):
                heard = self._careful(samples, window, code)  # noqa: PLW2901 - the better one
            for segment in spoken(heard, speech):
                words.extend(_on_speech(word, speech) for word in segment.words)
        return tuple(
            replace(word, start=word.start + offset, end=word.end + offset)
            for word in in_order(words, 0.0, speech.duration)
        )

    def _code(self, language: Language) -> str:
        code = to_whisper(language)
        if code not in self._model.supported_languages:
            raise LanguageUnknown(
                f"{self.name} does not know {language.name}",
                "Use a multilingual model, or correct the track's language.",
            )
        return code

    def _batches(
        self, samples: Samples, windows: Sequence[Span], code: str, progress: Progress
    ) -> Iterator[tuple[Span, list[Segment]]]:
        done = 0
        while done < len(windows):
            batch = windows[done : done + self._batch]
            try:
                heard = self._decode(samples, batch, code)
            except (RuntimeError, MemoryError) as error:
                if not _out_of_memory(error):
                    raise
                if self._batch == 1:
                    raise _too_large(self.name) from error
                self._batch //= 2
                continue
            yield from zip(batch, heard, strict=True)
            done += len(batch)
            progress(done / len(windows))

    def _decode(self, samples: Samples, windows: Sequence[Span], code: str) -> list[list[Segment]]:
        """Decode windows at once; give each its segments."""
        found, _ = self._pipeline.transcribe(
            samples,
            language=code,
            beam_size=BEAM_BATCHED,
            temperature=TEMPERATURES[0],
            batch_size=len(windows),
            clip_timestamps=[{"start": start, "end": end} for start, end in windows],
            **ALWAYS,
        )
        by_seek: dict[int, list[Any]] = {}
        for segment in found:
            by_seek.setdefault(segment.seek, []).append(segment)
        return [_segments(by_seek.get(_seek(start), []), 0.0, code) for start, _ in windows]

    def _careful(self, samples: Samples, window: Span, code: str) -> list[Segment]:
        """Decode one window alone, with fallback to higher temperatures."""
        start, end = window
        ctranslate2.set_random_seed(0)  # the same block gives the same words
        found, _ = self._model.transcribe(
            samples[round(start * RATE) : round(end * RATE)],
            language=code,
            beam_size=BEAM_CAREFUL,
            temperature=TEMPERATURES,
            hallucination_silence_threshold=SILENCE_SKIPPED,
            **ALWAYS,
        )
        return _segments(found, start, code)


def _load(folder: Path, device: str, compute_type: str, threads: int) -> WhisperModel:
    for name in FILES:
        if not (folder / name).is_file():
            raise ModelDamaged(f"The model in {folder} lacks {name}", "Pull the model again.")
    try:
        model = WhisperModel(
            str(folder), device=device, compute_type=compute_type, cpu_threads=threads
        )
    except (RuntimeError, ValueError, MemoryError) as error:
        if _out_of_memory(error):
            raise _too_large(folder.name) from error
        if isinstance(error, ValueError) or "CUDA" in str(error):
            raise StopAndTell(
                f"{folder.name} cannot run on {device} as {compute_type}: {error}",
                "Choose another device or compute type.",
            ) from error
        raise ModelDamaged(
            f"The model in {folder} cannot be loaded: {error}", "Pull the model again."
        ) from error
    if model.model.n_mels != model.feature_extractor.mel_filters.shape[0]:
        raise ModelDamaged(
            f"The model in {folder} lacks preprocessor_config.json", "Pull the model again."
        )
    return model


def _segments(found: Iterable[Any], start: float, code: str) -> list[Segment]:
    """Read faster-whisper's segments of one window, whose times begin at ``start``."""
    found = list(found)
    repeats = _compression("".join(segment.text for segment in found))
    return [
        Segment(
            start=float(start + segment.start),
            end=float(start + segment.end),
            text=segment.text.strip(),
            words=_words(segment.words or (), start, code),
            logprob=float(segment.avg_logprob),
            no_speech=float(segment.no_speech_prob),
            compression=max(repeats, float(segment.compression_ratio)),
        )
        for segment in found
    ]


def _words(found: Iterable[Any], start: float, code: str) -> tuple[Word, ...]:
    """Read a segment's words; parts without a blank before them (3 .5, old -fashioned) join."""
    words: list[Word] = []
    for part in found:
        text, end = part.word.strip(), float(start + part.end)
        sure = min(1.0, float(part.probability))
        if words and not part.word.startswith(" ") and code not in WITHOUT_BLANKS:
            last = words.pop()
            sure = min(sure, last.probability)
            words.append(Word(last.start, end, last.text + text, sure))
        elif text:
            words.append(Word(float(start + part.start), end, text, sure))
    return tuple(words)


def _on_speech(word: Word, speech: SpeechMap) -> Word:
    """Trim a word that was stretched over silence to the span of speech that holds most of it."""
    inside = speech.within(word.start, word.end)
    if not inside:
        return word
    start, end = max(inside, key=lambda span: span[1] - span[0])
    return replace(word, start=start, end=end)


def _lost(window: Span, heard: Sequence[Segment], speech: SpeechMap) -> bool:
    """Whether people speak on for a while after the last word of a window."""
    last = max((word.end for segment in heard for word in segment.words), default=window[0])
    return sum(end - start for start, end in speech.within(last, window[1])) > UNHEARD


def _seek(start: float) -> int:
    """Return the feature frame by which faster-whisper names a window that begins here."""
    return int(int(start * RATE) / RATE * FRAMES)


def _compression(text: str) -> float:
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def _out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower()


def _too_large(name: str) -> RetryLater:
    return RetryLater(
        f"There is not enough memory for {name}",
        "Choose a smaller model or int8, or free memory on the device.",
    )
