import json
import re
from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sample_media import (
    STORY,
    VOICE_RATE,
    Samples,
    music,
    noise,
    resampled,
    silence,
    tone,
    write_media,
)

from subtide.asr.blocks import prepare
from subtide.asr.decoding import Asking, Decoder
from subtide.asr.flac import read_flac
from subtide.asr.loading import Seat, open_listener
from subtide.asr.speech import SpeechMap
from subtide.asr.tiers import TIERS
from subtide.asr.whisper import WhisperEngine
from subtide.errors import LanguageUnknown, ModelMissing
from subtide.languages import Language
from subtide.subtitles.cues import Word

EN = Language("en")
BEST = TIERS["best"]


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


def test_a_window_that_is_decoded_alone_stands_in_its_place(
    tiny_en: Path, speech16: Samples
) -> None:
    decoder = Decoder(tiny_en, Seat("cpu", "int8"), 2, open_listener)
    samples = np.concatenate([silence(40, 16_000), speech16])
    window = (40.0, len(samples) / 16_000)
    words = [w for s in decoder.careful(samples, window, Asking("en", BEST)) for w in s.words]
    (lighthouse,) = [word for word in words if word.text == "lighthouse"]
    assert lighthouse.start == pytest.approx(40.7, abs=0.3)
    assert words[-1].end == pytest.approx(window[1], abs=0.5)


def test_silence_between_sentences_is_not_joined_over(
    engine: WhisperEngine, speech16: Samples
) -> None:
    samples = np.concatenate([speech16, silence(20, 16_000), speech16])
    words = engine.transcribe(samples, language=EN, offset=0, progress=quiet)
    first = len(speech16) / 16_000
    assert not [w for w in words if first + 0.5 < w.start < first + 19.5]
    assert max(w.end - w.start for w in words) < 2


def test_what_is_said_three_times_on_end_is_kept(engine: WhisperEngine, speech16: Samples) -> None:
    samples = np.concatenate([speech16, silence(5, 16_000)] * 3)
    words = engine.transcribe(samples, language=EN, offset=0, progress=quiet)
    assert [word.text for word in words].count("lighthouse") == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "times", "heard"),
    [("Fire in the hole!", 11, "hole"), ("I will never let you go.", 9, "never")],
)
def test_a_chorus_is_heard_as_often_as_it_is_sung(
    line: str, times: int, heard: str, engine: WhisperEngine, say: Callable[[str], Samples]
) -> None:
    samples = np.concatenate([resampled(say(line)), silence(0.6, 16_000)] * times)
    words = engine.transcribe(samples, language=EN, offset=0, progress=quiet)
    counted = plain(" ".join(word.text for word in words)).count(heard)
    assert times - 2 <= counted <= times + 1


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


def test_a_model_of_english_marks_no_other_language_and_does_not_translate(
    engine: WhisperEngine, speech16: Samples
) -> None:
    words = engine.transcribe(speech16, language=EN, offset=0, progress=quiet)
    assert {word.language for word in words} == {""}
    assert not engine.translates
    with pytest.raises(ModelMissing, match="cannot translate"):
        engine.translate([speech16], Language("de"))


@pytest.mark.parametrize(
    ("taught", "mels", "layers"),
    [("yes", 80, 4), ("yes", 80, 32), ("yes", 128, 32), ("no", 128, 4), ("no", 80, 2)],
    ids=["tiny", "large-v2", "large-v3", "turbo", "distilled"],
)
def test_a_model_with_few_decoder_layers_was_not_taught_to_translate(
    taught: str, mels: int, layers: int, tmp_path: Path
) -> None:
    heads = [[layers // 2, 0], [layers - 1, 3]]
    (tmp_path / "config.json").write_text(json.dumps({"alignment_heads": heads}))
    inner = SimpleNamespace(is_multilingual=True, n_mels=mels)
    model = SimpleNamespace(model=inner)
    decoder = Decoder(tmp_path, Seat("cpu", "int8"), 1, lambda *_: model)  # type: ignore[arg-type,return-value]
    assert decoder.translates == (taught == "yes")


def test_names_help_to_write_them_and_are_not_invented(
    engine: WhisperEngine, say: Callable[[str], Samples]
) -> None:
    samples = resampled(say("Good morning, said Aoife, and she went to see Siobhan."))

    def heard(*names: str) -> str:
        words = engine.transcribe(samples, language=EN, offset=0, progress=quiet, names=names)
        return " ".join(word.text for word in words)

    assert "Aoife" not in heard()
    told = heard("Aoife Byrne", "Siobhan Kelly", "Ignatius Vandermeer")
    assert "Aoife" in told
    assert "Ignatius" not in told


@pytest.mark.slow
@pytest.mark.parametrize("model", ["tiny_en", "base"])
def test_words_at_pauses_stand_where_they_are_spoken(
    model: str, request: pytest.FixtureRequest, story: list[Samples]
) -> None:
    engine = WhisperEngine(request.getfixturevalue(model), threads=2)
    pauses = np.random.default_rng(3).choice([0.5, 0.8, 1.2, 2.0, 4.0], len(story))
    parts, spans, now = [], [], 0.0
    for sentence, pause in zip(story, pauses, strict=True):
        spoken = sounding(resampled(sentence))
        parts += [silence(pause, 16_000), spoken]
        spans.append((now + pause, now + pause + len(spoken) / 16_000))
        now = spans[-1][1]
    parts.append(silence(1, 16_000))
    words = engine.transcribe(np.concatenate(parts), language=EN, offset=0, progress=quiet)
    starts = [min(abs(word.start - start) for word in words) for start, _ in spans]
    ends = [min(abs(word.end - end) for word in words) for _, end in spans]
    for errors in (starts, ends):
        assert np.median(errors) < 0.1
        assert np.quantile(errors, 0.95) < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("model", ["tiny_en", "base"])
@pytest.mark.parametrize("sound", [silence, noise, music])
def test_a_minute_of_no_speech_gives_no_word_even_if_it_is_taken_for_speech(
    model: str, sound: Callable[[float, int], Samples], request: pytest.FixtureRequest
) -> None:
    engine = WhisperEngine(
        request.getfixturevalue(model),
        threads=2,
        listen=lambda samples: SpeechMap(len(samples) / 16_000, ((0, len(samples) / 16_000),)),
    )
    for names in ((), ("Anna Kelly", "Old Joe", "The Baker", "Captain Harlock", "Sauron")):
        words = engine.transcribe(
            sound(60, 16_000), language=EN, offset=0, progress=quiet, names=names
        )
        assert words == ()


def sounding(samples: Samples) -> Samples:
    """Return a sentence without the silence before and after it."""
    frames = np.square(samples[: len(samples) // 160 * 160].reshape(-1, 160)).mean(1) ** 0.5
    loud = np.flatnonzero(frames > 0.03 * frames.max())
    return samples[loud[0] * 160 : (loud[-1] + 1) * 160]
