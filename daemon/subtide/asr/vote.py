"""Which language is spoken: a vote of several windows of speech, heard by a multilingual model.

The first half minute of a film is music, and one window alone is wrong too often. Imported in
child processes only.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from subtide.asr.blocks import BlockFile
from subtide.asr.flac import read_flac
from subtide.asr.mixdown import RATE, Samples
from subtide.asr.speech import Span, SpeechMap, find_speech
from subtide.asr.tiers import BALANCED, TIERS
from subtide.errors import ModelMissing
from subtide.languages import Language

WINDOW = 30.0
"""Seconds that Whisper hears at once."""

WINDOWS = TIERS[BALANCED].voters
"""Windows that vote: enough to outweigh a song or a foreign scene."""

LEAST_SPEECH = 1.5
"""Seconds of speech that a window needs to have a vote."""

SURE = 0.5
"""Mean probability from which the language is known, where several windows voted."""

SURE_ALONE = 0.7
"""The same for one window alone. Of 27 clips of one to five seconds, base was wrong on 4, at up
to 0.55, and right on 3 between 0.55 and 0.7."""


class LanguageModel(Protocol):
    """A model that tells languages apart."""

    @property
    def name(self) -> str:
        """What to call it in an error."""
        ...

    @property
    def multilingual(self) -> bool:
        """False for a model that knows one language and says so without listening."""
        ...

    def languages(self, samples: Samples) -> Mapping[Language, float]:
        """Return the probability of each language for up to 30 s of samples."""
        ...


@dataclass(frozen=True, slots=True)
class Vote:
    """The result; ``language`` is None when it is unknown.

    ``tally`` holds the highest mean probabilities, best first; ``windows`` counts the voters.
    """

    language: Language | None
    confidence: float
    tally: tuple[tuple[Language, float], ...]
    windows: int


def vote(model: LanguageModel, windows: Iterable[Samples]) -> Vote:
    """Ask the model about each window, and weigh all answers alike.

    Windows without speech have no vote; without voters, or where they are not sure, the
    language is unknown. Raises ModelMissing for a model that is not multilingual.
    """
    if not model.multilingual:
        raise ModelMissing(
            f"{model.name} knows one language only and cannot tell which one is spoken",
            "Use a multilingual model for the vote, such as base or small.",
        )
    sums: Counter[Language] = Counter()
    voters = 0
    for samples in windows:
        if find_speech(samples).speech_seconds >= LEAST_SPEECH:
            voters += 1
            sums.update(model.languages(samples))
    tally = tuple((language, total / voters) for language, total in sums.most_common(5))
    language, confidence = tally[0] if tally else (None, 0.0)
    sure = confidence >= (SURE if voters > 1 else SURE_ALONE)
    return Vote(language if sure else None, confidence, tally, voters)


def pick_windows(speech: SpeechMap, blocks: Sequence[Span], count: int = WINDOWS) -> list[Span]:
    """Choose windows spread over the film's blocks, each the fullest of its neighbourhood.

    The first window of speech is skipped where there are others: it is titles and songs.
    """
    slices = [window for block in blocks for window in _slices(block)]
    slices = slices[1:] if len(slices) > 1 else slices
    groups = [
        slices[len(slices) * n // count : len(slices) * (n + 1) // count] for n in range(count)
    ]
    return [max(group, key=lambda w: _speech(speech, w)) for group in groups if group]


def read_windows(
    speech: SpeechMap, blocks: Sequence[BlockFile], count: int = WINDOWS
) -> Iterator[Samples]:
    """Yield the samples of the windows that pick_windows chooses; one block is in memory."""
    chosen = pick_windows(speech, [(block.start, block.end) for block in blocks], count)
    for block in blocks:
        inside = [window for window in chosen if block.start <= window[0] < block.end]
        samples = read_flac(block.path) if inside else None
        for start, end in inside:
            if samples is not None:
                yield samples[
                    round((start - block.start) * RATE) : round((end - block.start) * RATE)
                ]


def _slices(block: Span) -> Iterator[Span]:
    start, end = block
    while start < end:
        yield start, min(start + WINDOW, end)
        start += WINDOW


def _speech(speech: SpeechMap, window: Span) -> float:
    return sum(end - start for start, end in speech.within(*window))
