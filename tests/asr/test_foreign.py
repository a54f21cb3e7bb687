"""Other languages inside a film, with real models on real voices."""

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from sample_media import Clips, Samples, resampled, silence

from subtide.asr.tiers import TIERS
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language
from subtide.subtitles.cues import Word

pytestmark = pytest.mark.slow

PAUSE = 0.6
"""Seconds between two people."""


@pytest.fixture(scope="module")
def engine(base: Path) -> WhisperEngine:
    return WhisperEngine(base, threads=2)


@pytest.fixture(scope="module")
def english(story: list[Samples]) -> list[Samples]:
    return [resampled(sentence) for sentence in story]


def dialogue(*parts: Samples) -> Samples:
    pause = silence(PAUSE, 16_000)
    return np.concatenate([piece for part in parts for piece in (part, pause)])


def heard(engine: WhisperEngine, samples: Samples, tier: str = "balanced") -> tuple[Word, ...]:
    return engine.transcribe(
        samples,
        language=Language("en"),
        offset=0,
        progress=lambda _: None,
        tier=TIERS[tier],
    )


def order(words: Sequence[Word]) -> list[str]:
    return [language for language, _ in groupby(words, key=lambda word: word.language)]


@pytest.mark.parametrize("clip", ["fr/comptage", "ja/pangrama", "zh/pangrama", "pt/pangrama"])
def test_a_foreign_sentence_is_marked_wherever_it_stands(
    clip: str, engine: WhisperEngine, english: list[Samples], clips: Clips
) -> None:
    foreign, (one, two) = clips[clip][0], english[:2]
    language = clip[:2]
    for order_wanted, parts in [
        ([language, ""], (foreign, one, two)),
        (["", language, ""], (one, foreign, two)),
        (["", language], (one, two, foreign)),
    ]:
        assert order(heard(engine, dialogue(*parts))) == order_wanted


def test_a_foreign_sentence_is_written_in_its_own_language_and_time(
    engine: WhisperEngine, english: list[Samples], clips: Clips
) -> None:
    foreign, said = clips["pt/pangrama"]
    words = heard(engine, dialogue(english[0], foreign, english[1]))
    begins = len(english[0]) / 16_000 + PAUSE
    marked = [word for word in words if word.language]
    texts = {word.text.strip(".,").lower() for word in marked}
    assert len(texts & set(re.findall(r"\w+", said.lower()))) >= 6
    assert all(begins - 0.3 < word.start < begins + len(foreign) / 16_000 for word in marked)
    assert "lighthouse" in {word.text for word in words if not word.language}


def test_a_film_of_one_language_has_no_foreign_words(
    engine: WhisperEngine, english: list[Samples]
) -> None:
    for tier in TIERS:
        assert order(heard(engine, dialogue(*english), tier)) == [""]


MEANINGS = {
    "pt/contagem": "one two three four five six seven eight nine ten",
    "fr/comptage": "1 2 3 4 5 6 7 8 9 10",
    "fr/pangrama": "bring this old whisky whiskey to the blond judge who smokes",
    "fr/bonjour_monde": "hello good morning the world",
    "ja/konnichiwa_sekai": "hello world",
    "pt/ola_mundo": "hello world",
}
"""English words that mean what a clip says."""


def test_what_is_said_in_another_language_is_written_in_english(
    engine: WhisperEngine, clips: Clips
) -> None:
    assert engine.translates
    for name, meaning in MEANINGS.items():
        (text,) = engine.translate([clips[name][0]], Language(name[:2]))
        words = set(re.findall(r"\w+", text.lower()))
        assert len(words & set(meaning.split())) > len(words) / 2, (name, text)


def test_every_piece_has_a_translation_of_its_own_and_silence_none(
    engine: WhisperEngine, clips: Clips
) -> None:
    pieces = [clips["pt/contagem"][0], silence(2, 16_000), clips["pt/ola_mundo"][0]]
    one, nothing, two = engine.translate(pieces, Language("pt"))
    assert (one[:3], nothing, two[:5]) == ("One", "", "Hello")
