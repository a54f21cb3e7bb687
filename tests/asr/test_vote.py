from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sample_media import VOICE_RATE, Clips, Samples, noise, silence, tone, write_media

from subtide.asr.blocks import prepare
from subtide.asr.speech import SpeechMap
from subtide.asr.vote import pick_windows, read_windows, vote
from subtide.asr.whisper import WhisperEngine
from subtide.errors import ModelMissing
from subtide.languages import Language

EN, DE = Language("en"), Language("de")


@dataclass
class ScriptedModel:
    """Answers what it was told to, one window after another."""

    answers: list[Mapping[Language, float]]
    multilingual: bool = True
    name: str = "scripted"
    asked: list[int] = field(default_factory=list)

    def languages(self, samples: Samples) -> Mapping[Language, float]:
        self.asked.append(len(samples))
        return self.answers[len(self.asked) - 1]


def test_windows_outvote_a_foreign_scene(speech16: Samples) -> None:
    model = ScriptedModel([{DE: 0.9, EN: 0.1}, {EN: 0.9, DE: 0.1}, {EN: 0.8, DE: 0.2}])
    result = vote(model, [speech16] * 3)
    assert result.language == EN
    assert result.confidence == pytest.approx(0.6)
    assert result.tally == ((EN, pytest.approx(0.6)), (DE, pytest.approx(0.4)))
    assert result.windows == 3


def test_below_one_half_the_language_is_unknown(speech16: Samples) -> None:
    result = vote(ScriptedModel([{DE: 0.45, EN: 0.3}]), [speech16])
    assert result.language is None
    assert result.confidence == 0.45


def test_one_window_alone_has_to_be_surer(speech16: Samples) -> None:
    short = {DE: 0.65, EN: 0.3}
    assert vote(ScriptedModel([short]), [speech16]).language is None
    assert vote(ScriptedModel([short, short]), [speech16] * 2).language == DE
    assert vote(ScriptedModel([{DE: 0.75}]), [speech16]).language == DE


@pytest.mark.parametrize("sound", [silence, noise, tone])
def test_windows_without_speech_have_no_vote(sound: Callable[[float, int], Samples]) -> None:
    model = ScriptedModel([{DE: 0.99}])
    result = vote(model, [sound(30, 16_000)])
    assert (result.language, result.confidence, result.windows) == (None, 0.0, 0)
    assert model.asked == []


def test_a_model_of_one_language_may_not_vote(speech16: Samples) -> None:
    with pytest.raises(ModelMissing, match="one language only"):
        vote(ScriptedModel([{EN: 1.0}], multilingual=False), [speech16])


def test_windows_are_spread_over_the_film_without_its_first() -> None:
    blocks = [(n * 300.0, n * 300.0 + 290) for n in range(20)]
    windows = pick_windows(SpeechMap(6000, tuple(blocks)), blocks)
    assert len(windows) == 8
    assert (0.0, 30.0) not in windows
    assert windows == sorted(windows)
    assert windows[0][0] < 900
    assert windows[-1][0] > 5000
    assert all(two[0] - one[0] > 300 for one, two in pairwise(windows))


def test_the_fullest_window_of_a_neighbourhood_is_chosen() -> None:
    speech = SpeechMap(120, ((0, 2), (31, 33), (60, 90), (95, 97)))
    assert pick_windows(speech, [(0.0, 120.0)], count=1) == [(60, 90)]


def test_the_only_window_is_not_skipped() -> None:
    assert pick_windows(SpeechMap(20, ((2, 18),)), [(2.0, 18.0)]) == [(2, 18)]
    assert pick_windows(SpeechMap(20, ()), []) == []


def test_windows_are_read_from_the_blocks(story: list[Samples], tmp_path: Path) -> None:
    film = write_media(tmp_path / "film.flac", np.concatenate(story), codec="flac", rate=VOICE_RATE)
    prepared = prepare(film, 0, tmp_path, block_seconds=20)
    windows = list(read_windows(prepared.speech, prepared.blocks))
    chosen = pick_windows(prepared.speech, [(b.start, b.end) for b in prepared.blocks])
    assert len(windows) == len(chosen) >= 1
    assert [len(w) / 16_000 for w in windows] == pytest.approx([b - a for a, b in chosen], abs=0.01)


def test_tiny_en_may_not_vote(tiny_en: Path, speech16: Samples) -> None:
    with pytest.raises(ModelMissing, match="one language only"):
        vote(WhisperEngine(tiny_en, threads=2), [speech16])


@pytest.mark.slow
def test_base_hears_english_and_nothing_in_silence(
    base: Path, story: list[Samples], tmp_path: Path
) -> None:
    film = write_media(tmp_path / "film.flac", np.concatenate(story), codec="flac", rate=VOICE_RATE)
    prepared = prepare(film, 0, tmp_path, block_seconds=20)
    model = WhisperEngine(base, threads=2)
    assert model.multilingual
    result = vote(model, read_windows(prepared.speech, prepared.blocks))
    assert result.language == EN
    assert result.confidence > 0.8
    assert vote(model, [silence(30, 16_000), noise(30, 16_000)]).language is None


@pytest.mark.slow
def test_of_short_clips_in_nine_languages_none_is_taken_for_another(
    base: Path, clips: Clips
) -> None:
    model = WhisperEngine(base, threads=2)
    votes = {name: vote(model, [samples]).language for name, (samples, _) in clips.items()}
    assert len(votes) == 27
    named = {name: language for name, language in votes.items() if language}
    assert len(named) >= 15
    assert {
        name: language.tag for name, language in named.items() if language.tag != name[:2]
    } == {}
