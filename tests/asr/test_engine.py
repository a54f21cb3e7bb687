import numpy as np

from subtide.asr.codes import from_whisper, to_whisper
from subtide.asr.engine import ScriptedEngine, SpeechEngine, in_order
from subtide.languages import Language
from subtide.subtitles.cues import Word


def test_words_are_sorted_kept_apart_and_clipped_to_the_block_and_none_inside_is_lost() -> None:
    words = [
        Word(4.0, 5.5, "three"),
        Word(-0.5, 1.0, "one"),
        Word(0.8, 2.0, "two"),
        Word(0.9, 1.5, "swallowed"),
        Word(6.0, 7.0, "outside"),
    ]
    placed = in_order(words, 0.0, 5.0)
    assert [(w.start, w.end, w.text) for w in placed] == [
        (0.0, 1.0, "one"),
        (1.0, 2.0, "two"),
        (2.0, 2.02, "swallowed"),
        (4.0, 5.0, "three"),
    ]


def test_the_scripted_engine_hears_the_words_of_its_block() -> None:
    engine: SpeechEngine = ScriptedEngine((Word(1, 2, "early"), Word(11, 12, "late")))
    told: list[float] = []
    words = engine.transcribe(
        np.zeros(16_000 * 5, np.float32),
        language=Language("en"),
        offset=10,
        progress=told.append,
    )
    assert [word.text for word in words] == ["late"]
    assert told == [1.0]


def test_whispers_codes_become_languages_and_back() -> None:
    for code, tag in [("en", "en"), ("jw", "jv"), ("no", "nb"), ("tl", "fil"), ("yue", "yue")]:
        assert from_whisper(f"<|{code}|>") == Language(tag)
        assert to_whisper(Language(tag)) == code
    assert to_whisper(Language("pt-BR")) == "pt"
    assert to_whisper(Language("zh-Hant")) == "zh"
    assert from_whisper("??") is None


def test_a_word_without_time_at_the_very_end_is_kept() -> None:
    placed = in_order([Word(0, 1, "the"), Word(2, 2, "end")], 0, 2)
    assert [word.text for word in placed] == ["the", "end"]
    assert placed[-1].end == 2
