"""The check of what real models made of real audio: good is told from each kind of bad."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import files
from pathlib import Path

import numpy as np
import pytest
from sample_media import Samples, resampled, silence

from subtide.asr.audio import decode
from subtide.asr.mixdown import RATE
from subtide.asr.speech import SpeechDetector, SpeechMap
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language
from subtide.subtitles.check import Facts, Kind, Report, check
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import limits_for
from subtide.subtitles.segment import cues_from_words
from subtide.subtitles.textlanguage import identify

pytestmark = pytest.mark.slow

EN = Language("en")
LIMITS = limits_for(EN)
PAUSES = (0.4, 2.9, 1.3, 0.7, 4.3)
"""Seconds between sentences, one after another."""
MORE = (
    "My grandmother kept bees behind the church for most of her life.",
    "The train to the coast leaves at half past seven.",
    "Please close the window before it starts to rain.",
    "They found an old map under the floor of the kitchen.",
    "Every spring the river rises and takes a few trees with it.",
    "I have never seen anybody eat so many pancakes.",
    "The captain folded the newspaper and looked at the clouds.",
    "Her brother plays the violin, though not very well.",
    "We should have turned left at the second bridge.",
    "Snow covered the fields, and the village was quiet again.",
)
LANGUAGES = ("es", "pt")


class Heard:
    """Audio, what a model heard in it, and the cues made from that."""

    def __init__(self, samples: Samples, model: Path) -> None:
        detector = SpeechDetector()
        for start in range(0, len(samples), RATE):
            detector.feed(samples[start : start + RATE])
        self.speech: SpeechMap = detector.finish()
        engine = WhisperEngine(model, device="cpu", compute_type="int8", threads=2)
        self.words: Sequence[Word] = engine.transcribe(
            samples, language=EN, offset=0.0, progress=lambda _share: None
        )
        self.cues = cues_from_words(self.words, EN, LIMITS, 24.0)

    def check(self, cues: Sequence[Cue]) -> Report:
        facts = Facts(EN, LIMITS, spans=self.speech.spans, words=self.words, identify=identify)
        return check(cues, facts)


@pytest.fixture(scope="module")
def heard(story: list[Samples], say: Callable[[str], Samples], tiny_en: Path) -> Heard:
    """The story, with some sentences more and pauses of many lengths."""
    more = [say(sentence) for sentence in MORE]
    spoken = [resampled(samples) for samples in (*story, *more)]
    pauses = [silence(seconds, RATE) for seconds in PAUSES]
    parts = [p for pair in zip(itertools.cycle(pauses), spoken, strict=False) for p in pair]
    return Heard(np.concatenate(parts), tiny_en)


def moved(cues: Sequence[Cue], seconds: float) -> list[Cue]:
    return [replace(c, start=c.start + seconds, end=c.end + seconds) for c in cues]


def shuffled(cues: Sequence[Cue]) -> list[Cue]:
    order = np.random.default_rng(4).permutation(len(cues))
    return [replace(cue, text=cues[place].text) for cue, place in zip(cues, order, strict=True)]


def looped(cues: Sequence[Cue]) -> list[Cue]:
    middle = len(cues) // 2
    return [*cues[:middle], *(replace(c, text=cues[middle].text) for c in cues[middle:])]


def test_a_good_transcript_scores_high(heard: Heard) -> None:
    report = heard.check(heard.cues)
    assert report.score > 0.9, report.findings


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        (Kind.TIMING, shuffled),
        (Kind.TIMING, lambda cues: moved(cues, 1.2)),
        (Kind.LOOPS, looped),
        (Kind.UNCOVERED, lambda cues: cues[: len(cues) // 2]),
        (Kind.UNCOVERED, lambda cues: cues[1::2]),
        (Kind.SILENCE, lambda cues: [*cues, *moved(cues, 300.0)]),
    ],
)
def test_a_spoilt_one_scores_below_one_half(
    heard: Heard, kind: Kind, spoil: Callable[[Sequence[Cue]], Sequence[Cue]]
) -> None:
    report = heard.check(spoil(heard.cues))
    assert report.score < 0.5, report.findings
    assert kind in {finding.kind for finding in report.findings}


def test_other_languages_heard_as_english_score_below_one_half(tiny_en: Path) -> None:
    clips = [
        Path(str(file.locate()))
        for file in files("pytest_audioeval") or []
        if file.suffix == ".wav" and file.parent.name in LANGUAGES
    ]
    assert len(clips) == 3 * len(LANGUAGES)
    parts: list[Samples] = []
    for clip in sorted(clips):
        parts += [silence(1.5, RATE), *decode(clip, 0)]
    foreign = Heard(np.concatenate(parts), tiny_en)
    report = foreign.check(foreign.cues)
    assert report.score < 0.5, report.findings
