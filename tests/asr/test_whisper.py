import re
import shutil
from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sample_media import STORY, VOICE_RATE, Samples, noise, resampled, silence, tone, write_media

from subtide.asr.blocks import prepare
from subtide.asr.flac import read_flac
from subtide.asr.whisper import WhisperEngine
from subtide.errors import LanguageUnknown, ModelDamaged, RetryLater, StopAndTell
from subtide.languages import Language
from subtide.subtitles.cues import Word

EN = Language("en")


@pytest.fixture(scope="module")
def engine(tiny_en: Path) -> WhisperEngine:
    return WhisperEngine(tiny_en, threads=2)


def quiet(_: float) -> None:
    """Listen to no progress."""


def plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def word_errors(said: list[str], heard: list[str]) -> float:
    """Word error rate by Levenshtein distance."""
    row = list(range(len(heard) + 1))
    for n, one in enumerate(said, 1):
        last, row[0] = row[0], n
        for m, two in enumerate(heard, 1):
            last, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, last + (one != two))
    return row[-1] / len(said)


def test_a_sentence_is_heard_in_the_films_time(engine: WhisperEngine, speech16: Samples) -> None:
    told: list[float] = []
    words = engine.transcribe(speech16, language=EN, offset=100.0, progress=told.append)
    assert word_errors(plain(" ".join(STORY[:2])), plain(" ".join(w.text for w in words))) < 0.15
    assert words[-1].text == "years."
    assert all(isinstance(word, Word) and type(word.start) is float for word in words)
    assert all(100 <= w.start < w.end <= 100 + len(speech16) / 16_000 for w in words)
    assert all(one.end <= two.start for one, two in pairwise(words))
    assert told[-1] == 1.0


@pytest.mark.parametrize("sound", [silence, noise, tone])
def test_where_nobody_speaks_no_word_is_heard(
    engine: WhisperEngine, sound: Callable[[float, int], Samples]
) -> None:
    assert engine.transcribe(sound(30, 16_000), language=EN, offset=0, progress=quiet) == ()


def test_a_model_of_english_refuses_another_language(engine: WhisperEngine) -> None:
    with pytest.raises(LanguageUnknown, match="German"):
        engine.transcribe(silence(1, 16_000), language=Language("de"), offset=0, progress=quiet)


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json"])
def test_a_folder_that_is_not_whole_is_damaged(missing: str, tiny_en: Path, tmp_path: Path) -> None:
    for file in tiny_en.iterdir():
        if file.name != missing:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(ModelDamaged, match=missing):
        WhisperEngine(tmp_path)


def test_weights_that_are_cut_off_are_damaged(tiny_en: Path, tmp_path: Path) -> None:
    for file in tiny_en.iterdir():
        shutil.copy(file, tmp_path / file.name)
    with (tmp_path / "model.bin").open("r+b") as weights:
        weights.truncate(1_000_000)
    with pytest.raises(ModelDamaged, match="Pull the model again"):
        WhisperEngine(tmp_path, threads=2)


def test_a_device_that_is_not_there_tells_the_admin(tiny_en: Path) -> None:
    with pytest.raises(StopAndTell, match="another device"):
        WhisperEngine(tiny_en, device="abacus")


class Crowded(WhisperEngine):
    """A device that holds only so many windows at once."""

    room = 1

    def _decode(self, samples, windows, code):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if len(windows) > self.room:
            raise RuntimeError("CUDA failed with error out of memory")
        return super()._decode(samples, windows, code)


def two_windows(speech16: Samples) -> Samples:
    return np.concatenate([speech16, silence(5, 16_000), speech16])


def test_short_memory_makes_smaller_batches(tiny_en: Path, speech16: Samples) -> None:
    engine = Crowded(tiny_en, threads=2)
    words = engine.transcribe(two_windows(speech16), language=EN, offset=0, progress=quiet)
    assert [word.text for word in words].count("lighthouse") == 2


def test_memory_too_short_for_one_window_is_told(tiny_en: Path, speech16: Samples) -> None:
    engine = Crowded(tiny_en, threads=2)
    engine.room = 0
    with pytest.raises(RetryLater, match="smaller model"):
        engine.transcribe(speech16, language=EN, offset=0, progress=quiet)


class Forgetful(WhisperEngine):
    """A batch that loses all it heard."""

    def _decode(self, samples, windows, code):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG002
        return [[] for _ in windows]


def test_speech_that_a_batch_lost_is_decoded_again_in_its_place(
    tiny_en: Path, speech16: Samples
) -> None:
    engine = Forgetful(tiny_en, threads=2)
    words = engine.transcribe(two_windows(speech16), language=EN, offset=0, progress=quiet)
    times = [word.start for word in words if word.text == "lighthouse"]
    assert times[1] - times[0] == pytest.approx(len(speech16) / 16_000 + 5, abs=0.2)


def test_silence_between_sentences_is_not_joined_over(
    engine: WhisperEngine, speech16: Samples
) -> None:
    samples = np.concatenate([speech16, silence(20, 16_000), speech16])
    words = engine.transcribe(samples, language=EN, offset=0, progress=quiet)
    first = len(speech16) / 16_000
    assert not [w for w in words if first + 0.5 < w.start < first + 19.5]
    assert max(w.end - w.start for w in words) < 2


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["flac", "aac"])
def test_a_story_in_blocks_is_heard_with_few_errors(
    codec: str, engine: WhisperEngine, story: list[Samples], tmp_path: Path
) -> None:
    samples = np.concatenate([part for s in story for part in (s, silence(0.6, VOICE_RATE))])
    film = write_media(tmp_path / "film.mkv", samples, codec=codec, rate=VOICE_RATE)
    prepared = prepare(film, 0, tmp_path, block_seconds=20)
    assert len(prepared.blocks) >= 2
    words = [
        word
        for block in prepared.blocks
        for word in engine.transcribe(
            read_flac(block.path), language=EN, offset=block.start, progress=quiet
        )
    ]
    said, heard = plain(" ".join(STORY)), plain(" ".join(word.text for word in words))
    assert word_errors(said, heard) < 0.15
    assert all(one.end <= two.start for one, two in pairwise(words))
    assert SequenceMatcher(None, said, heard).ratio() > 0.85


@pytest.mark.slow
def test_words_stand_where_they_are_spoken(engine: WhisperEngine, story: list[Samples]) -> None:
    parts, starts, now = [], [], 0.0
    for sentence in story[:4]:
        spoken = resampled(sentence)
        parts += [spoken, silence(1.5, 16_000)]
        starts.append(now)
        now += len(spoken) / 16_000 + 1.5
    words = engine.transcribe(np.concatenate(parts), language=EN, offset=0, progress=quiet)
    after_pause = [two.start for one, two in pairwise(words) if two.start - one.end > 1]
    assert [words[0].start, *after_pause] == pytest.approx(starts, abs=0.35)
