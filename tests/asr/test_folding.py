"""Folding shortens silences for a model, and puts its words back to where they were said."""

import numpy as np
import pytest

from subtide.asr.folding import KEPT, fold
from subtide.asr.mixdown import RATE
from subtide.asr.speech import SpeechMap
from subtide.subtitles.cues import Word

SPANS = ((10.0, 12.0), (12.4, 14.0), (40.0, 41.0))
BLOCK = np.arange(60 * RATE, dtype=np.float32)
"""Samples that tell where they were."""
FOLDED = fold(BLOCK, SpeechMap(60.0, SPANS))


def test_a_long_silence_keeps_a_pause_and_a_short_one_stays() -> None:
    first, second, third = FOLDED.speech.spans
    assert second[0] - first[1] == pytest.approx(0.4)
    assert third[0] - second[1] == pytest.approx(KEPT)
    assert FOLDED.speech.duration == pytest.approx(5.0 + 2 * KEPT)


def test_the_speech_is_the_same_samples() -> None:
    for (start, end), (was, _) in zip(FOLDED.speech.spans, SPANS, strict=True):
        part = FOLDED.samples[round(start * RATE) : round(end * RATE)]
        assert part[0] == pytest.approx(was * RATE, abs=1)


def test_words_come_back_to_where_they_were_said() -> None:
    heard = [Word(*span, text) for span, text in zip(FOLDED.speech.spans, "abc", strict=True)]
    times = [(word.start, word.end) for word in FOLDED.unfolded(heard)]
    assert times == [pytest.approx(span) for span in SPANS]


def test_a_word_that_runs_over_a_silence_stays_on_the_side_of_its_middle() -> None:
    (_, second, third) = FOLDED.speech.spans
    (word,) = FOLDED.unfolded([Word(second[1] - 1.0, third[0] + 0.2, "over")])
    assert (word.start, word.end) == (pytest.approx(13.0), pytest.approx(14.0 + KEPT / 2))


def test_speech_at_both_edges_of_a_block_stays_inside_it() -> None:
    folded = fold(BLOCK[: 2 * RATE], SpeechMap(2.0, ((0.0, 2.0),)))
    assert len(folded.samples) == 2 * RATE
    (word,) = folded.unfolded([Word(0.0, 2.0, "all")])
    assert (word.start, word.end) == (0.0, 2.0)


def test_silence_alone_is_nothing() -> None:
    folded = fold(BLOCK, SpeechMap(60.0, ()))
    assert (len(folded.samples), folded.speech.spans) == (0, ())
