from itertools import pairwise

import numpy as np
import pytest
from bench.spoken import RATE, spoken


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.55, 0.9])
def test_sound_is_where_the_script_says_and_takes_its_share(share: float) -> None:
    audio = spoken(1.0, share)
    assert share - 0.1 < audio.share <= share
    assert all(one.end < two.start for one, two in pairwise(audio.script))
    loud = np.abs(audio.samples)
    for said in audio.script:
        first, last = round(said.start * RATE), round(said.end * RATE)
        assert loud[first : first + RATE // 20].max() > 0.004
        assert loud[first:last].max() > 0.4
    quiet = np.ones(len(loud), bool)
    for said in audio.script:
        quiet[round(said.start * RATE) : round(said.end * RATE)] = False
    assert loud[quiet].max() < 0.2
    assert np.array_equal(spoken(1.0, share).samples, audio.samples)
