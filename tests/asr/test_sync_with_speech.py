"""Sync against a real voice, as the real detector hears it: the times are known exactly."""

from random import Random

import numpy as np
import pytest
from sample_media import VOICE_RATE, Samples, resampled, silence

from subtide.asr.speech import SpeechMap, find_speech
from subtide.subtitles.cues import Cue
from subtide.subtitles.sync import Fit, align

pytestmark = pytest.mark.slow
TIMES = 18
"""How often the story is told: some sixteen minutes, five of them silence."""
Told = tuple[list[Cue], SpeechMap]


def tell(story: list[Samples], seed: int) -> tuple[list[Cue], Samples]:
    """Tell the sentences in any order with pauses of any length; a cue for each."""
    rng = Random(seed)  # noqa: S311 - for a test
    order = [sentence for _ in range(TIMES) for sentence in rng.sample(story, len(story))]
    pieces, cues, now = [], [], 0.0
    for sentence in order:
        pause = rng.choice([0.1, 0.4, 0.8, 2.0, 6.0]) * rng.uniform(0.7, 1.3)
        pieces += [silence(pause, VOICE_RATE), sentence]
        start = now + round(pause * VOICE_RATE) / VOICE_RATE
        now = start + len(sentence) / VOICE_RATE
        cues.append(Cue(start, now, "Words."))
    return cues, np.concatenate(pieces)


@pytest.fixture(scope="module")
def told(story: list[Samples]) -> Told:
    cues, samples = tell(story, 1)
    return cues, find_speech(resampled(samples))


def test_a_right_subtitle_stays_as_it_is(told: Told) -> None:
    cues, heard = told
    assert align(cues, heard.spans, heard.duration).fit is Fit.RIGHT


@pytest.mark.parametrize("ratio", [1.0, 25 / 24, 24_000 / 1001 / 25])
@pytest.mark.parametrize("offset", [0.3, -3.0, 20.0, 45.0])
def test_a_wrong_clock_is_mended_within_a_tenth_of_a_second(
    told: Told, offset: float, ratio: float
) -> None:
    cues, heard = told
    rng = Random(3)  # noqa: S311
    left = [cue for cue in cues if rng.random() > 0.3]
    wrong = [Cue((c.start + offset) / ratio, (c.end + offset) / ratio, c.text) for c in left]
    found = align(wrong, heard.spans, heard.duration)
    assert found.fit is Fit.MENDED
    errors = [
        abs(cue.start * found.drift + found.offset - was.start)
        for cue, was in zip(wrong, left, strict=True)
    ]
    assert max(errors) < 0.1


def test_the_subtitle_of_another_telling_is_refused(told: Told, story: list[Samples]) -> None:
    _, heard = told
    other, _ = tell(story, 2)
    assert align(other, heard.spans, heard.duration).fit is Fit.UNFIT
