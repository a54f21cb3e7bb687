from itertools import pairwise

import numpy as np
import pytest

from subtide.asr.speech import SpeechMap
from subtide.asr.windows import LONGEST, cut_windows

NONE = np.zeros(0, np.float32)


def test_near_spans_share_a_window() -> None:
    assert cut_windows(SpeechMap(30, ((1, 5), (6, 9), (11, 20))), NONE) == ((1, 20),)


def test_a_full_window_begins_another() -> None:
    speech = SpeechMap(60, ((0, 15), (16, 27), (28, 40)))
    assert cut_windows(speech, NONE) == ((0, 27), (28, 40))


def test_speech_without_pause_is_cut_at_its_quietest_moment() -> None:
    samples = np.ones(70 * 16_000, np.float32)
    samples[20 * 16_000 : 20 * 16_000 + 1600] = 0
    windows = cut_windows(SpeechMap(70, ((0, 70),)), samples)
    assert windows[0] == (0, pytest.approx(20.05, abs=0.06))
    assert windows[-1][1] == 70
    assert all(end - start <= LONGEST for start, end in windows)
    assert all(one[1] == two[0] for one, two in pairwise(windows))


def test_no_speech_is_no_window() -> None:
    assert cut_windows(SpeechMap(30, ()), NONE) == ()
