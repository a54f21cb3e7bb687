from itertools import pairwise

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model
from hypothesis import given
from hypothesis import strategies as st
from sample_media import Samples, noise, silence, tone

from subtide.asr.speech import (
    LATEST,
    LONG_SILENCE,
    Span,
    SpeechDetector,
    SpeechMap,
    find_speech,
    plan_blocks,
)

QUIET = silence(3, 16_000)


def test_speech_is_found_where_it_is(speech16: Samples) -> None:
    speech = find_speech(np.concatenate([QUIET, speech16, QUIET]))
    length = len(speech16) / 16_000
    assert speech.duration == pytest.approx(6 + length)
    assert speech.spans[0][0] == pytest.approx(3, abs=0.3)
    assert speech.spans[-1][1] == pytest.approx(3 + length, abs=0.6)
    assert speech.speech_seconds == pytest.approx(length, rel=0.2)


@pytest.mark.parametrize(
    "samples",
    [silence(40, 16_000), noise(40, 16_000), tone(40, 16_000)],
    ids=["silence", "noise", "tone"],
)
def test_where_nobody_speaks_is_no_speech_and_no_block(samples: Samples) -> None:
    speech = find_speech(samples)
    assert speech.spans == ()
    assert plan_blocks(speech, 300) == ()


@pytest.mark.parametrize("piece", [100, 511, 16_000, 480_000])
def test_the_length_of_the_pieces_does_not_show(piece: int, speech16: Samples) -> None:
    samples = np.concatenate([speech16, QUIET, speech16[: 16_000 * 3]])
    detector = SpeechDetector()
    for at in range(0, len(samples), piece):
        detector.feed(samples[at : at + piece])
    assert detector.finish() == find_speech(samples)


def test_probabilities_are_those_of_the_whole_file(speech16: Samples) -> None:
    whole = speech16[: len(speech16) // 512 * 512]
    expected = get_vad_model()(whole.copy()).reshape(-1)
    detector = SpeechDetector()
    half = len(whole) // 1024 * 512
    streamed = [*detector._probabilities(whole[:half]), *detector._probabilities(whole[half:])]  # noqa: SLF001 - what the model says is not shown
    # faster-whisper blanks the end of the last frame
    assert np.allclose(streamed[:-1], expected[:-1], atol=1e-4)


def test_no_samples_are_no_speech() -> None:
    assert SpeechDetector().finish() == SpeechMap(0.0, ())


def test_a_map_knows_its_part_between_two_times() -> None:
    speech = SpeechMap(20, ((1, 3), (5, 9), (12, 14)))
    assert speech.within(2, 12.5) == ((2, 3), (5, 9), (12, 12.5))
    assert speech.share(2, 6) == 0.5
    assert speech.share(6, 6) == 0
    assert speech.speech_seconds == 8


def test_a_block_is_cut_at_the_longest_silence_near_the_target() -> None:
    spans: tuple[Span, ...] = tuple((n * 10.0, n * 10 + 9.5) for n in range(40))
    wide = tuple((a + 2, b + 2) if a >= 260 else (a, b) for a, b in spans)
    blocks = plan_blocks(SpeechMap(402, wide), 300)
    assert [(block.start, block.end) for block in blocks] == [(0, 259.5), (262, 401.5)]


def test_a_long_silence_is_in_no_block() -> None:
    speech = SpeechMap(1000, ((10, 20), (25, 40), (500, 520)))
    assert [(b.start, b.end) for b in plan_blocks(speech, 300)] == [(10, 40), (500, 520)]


def test_speech_without_any_pause_is_cut_all_the_same() -> None:
    blocks = plan_blocks(SpeechMap(1000, ((0, 1000),)), 300)
    assert len(blocks) == 3
    assert [b.start for b in blocks[1:]] == pytest.approx([b.end for b in blocks[:-1]])


def test_three_minutes_in_blocks_of_twenty_seconds_are_at_least_six() -> None:
    spans = tuple((n * 4.5, n * 4.5 + 4.2) for n in range(40))
    assert len(plan_blocks(SpeechMap(180, spans), 20)) >= 6


@st.composite
def speech_maps(draw: st.DrawFn) -> SpeechMap:
    lengths = draw(st.lists(st.tuples(st.floats(0.1, 90), st.floats(0.2, 900)), max_size=40))
    now, spans = 0.0, []
    for gap, length in lengths:
        spans.append((now + gap, now + gap + length))
        now += gap + length
    return SpeechMap(now, tuple(spans))


@given(speech=speech_maps(), target=st.floats(20, 600))
def test_blocks_cover_all_speech_in_order_and_stay_short(speech: SpeechMap, target: float) -> None:
    blocks = plan_blocks(speech, target)
    covered = sum(b - a for block in blocks for a, b in speech.within(block.start, block.end))
    assert covered == pytest.approx(speech.speech_seconds)
    assert all(one.end <= two.start + 1e-6 for one, two in pairwise(blocks))
    assert all(block.end - block.start <= target * LATEST + 1e-6 for block in blocks)
    for block in blocks:
        parts = speech.within(block.start, block.end)
        pauses = [two[0] - one[1] for one, two in pairwise(parts)]
        assert all(pause < LONG_SILENCE for pause in pauses)
