"""A sample: which half minute is heard, and what a second of film is said to cost."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from subtide.asr.engine import Progress
from subtide.asr.mixdown import RATE as HEARD_RATE
from subtide.asr.mixdown import Samples
from subtide.asr.tiers import TIERS, Tier
from subtide.errors import MediaMissing, NoUsableAudio
from subtide.languages import Language
from subtide.pipeline import inside
from subtide.pipeline.sample import HEARD, STRETCH, read_stretch, time_sample
from subtide.playground.film import STORY, speak
from subtide.playground.media import RATE, AudioTrack, make_media, silence
from subtide.subtitles.cues import Word

KEYFRAMES = 25.0
"""Seconds from one keyframe of the test's films to the next, to which a search leads."""


class Ears:
    """Notes what it is given to hear."""

    def __init__(self, *, multilingual: bool = True) -> None:
        self.multilingual = multilingual
        self.heard: list[float] = []
        self.languages_heard: list[str] = []
        self.tiers: list[Tier] = []

    def languages(self, samples: Samples) -> Mapping[Language, float]:
        assert self.multilingual
        assert len(samples)
        return {Language("fr"): 0.2, Language("pt"): 0.7}

    def transcribe(  # noqa: PLR0913 - as the port has it
        self,
        samples: Samples,
        *,
        language: Language,
        offset: float,
        progress: Progress,
        tier: Tier = TIERS["balanced"],
        names: Sequence[str] = (),
    ) -> tuple[Word, ...]:
        assert not names
        self.tiers.append(tier)
        assert offset == 0.0
        progress(1.0)
        self.heard.append(len(samples) / HEARD_RATE)
        self.languages_heard.append(language.tag)
        return ()


TICKS = itertools.count()


def seconds() -> float:
    """Return a time that is a second later each time."""
    return float(next(TICKS))


@pytest.fixture(scope="session")
def story() -> Samples:
    """Somebody talking for about 20 s."""
    texts = [text for text, _ in STORY[:7]]
    said, _ = speak(texts, [0.3] * len(texts), 0.0)
    return np.asarray(said, np.float32)


def film(path: Path, story: Samples, begins: float, lasts: float) -> Path:
    """Make a film in which somebody talks from ``begins`` on."""
    sound = np.concatenate([silence(begins), story, silence(lasts)])[: round(lasts * RATE)]
    return make_media(path, [AudioTrack("eng", samples=sound)], duration=lasts)


def test_a_stretch_from_the_middle_is_decoded_without_what_is_before(
    tmp_path: Path, story: Samples
) -> None:
    path = film(tmp_path / "film.mkv", story, 100.0, 240.0)
    middle = read_stretch(path, 0, 90.0)
    assert len(middle) == STRETCH * HEARD_RATE
    loud = np.flatnonzero(np.abs(middle) > 0.1)[0] / HEARD_RATE
    assert 9.0 < loud < 10.0 + KEYFRAMES
    assert len(read_stretch(path, 0, 230.0)) < (10 + KEYFRAMES) * HEARD_RATE


def test_what_is_heard_is_the_half_minute_in_which_most_is_said(
    tmp_path: Path, story: Samples
) -> None:
    ears = Ears()
    path = film(tmp_path / "film.mkv", story, 60.0, 150.0)
    cost = time_sample(ears, path, 0, 150.0, clock=seconds)
    assert ears.heard == [pytest.approx(HEARD, abs=0.1)]
    assert ears.languages_heard == ["pt"]
    # One second to prepare two minutes, one to hear all that is said in them.
    assert cost == pytest.approx((1 + 1) / STRETCH, rel=0.01)


def test_where_nothing_is_said_in_the_middle_another_place_is_taken(
    tmp_path: Path, story: Samples
) -> None:
    ears = Ears()
    path = film(tmp_path / "film.mkv", story, 85.0, 400.0)
    began = seconds()
    assert time_sample(ears, path, 0, 400.0, clock=seconds) > 0
    assert len(ears.heard) == 1
    # Two places were prepared, and one was heard; each asks the clock twice.
    assert seconds() - began == 7


def test_a_film_in_which_nobody_speaks_is_no_sample(tmp_path: Path) -> None:
    path = make_media(tmp_path / "film.mkv", [AudioTrack(samples=silence(20.0))], duration=20.0)
    with pytest.raises(NoUsableAudio, match="too little is said"):
        time_sample(Ears(), path, 0, 20.0, clock=seconds)


def test_a_track_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = make_media(tmp_path / "film.mkv", duration=2.0)
    with pytest.raises(NoUsableAudio, match="no audio track 3"):
        read_stretch(path, 3, 0.0)
    with pytest.raises(MediaMissing):
        read_stretch(tmp_path / "gone.mkv", 0, 0.0)


def test_a_film_of_unknown_length_is_heard_from_its_beginning_also_by_english_ears(
    tmp_path: Path, story: Samples
) -> None:
    path = film(tmp_path / "film.mkv", story, 5.0, 60.0)
    ears = Ears()
    time_sample(ears, path, 0, 0.0, clock=seconds)
    assert len(ears.heard) == 1
    english = Ears(multilingual=False)
    time_sample(english, path, 0, 0.0, TIERS["best"], clock=seconds)
    assert english.tiers == [TIERS["best"]]
    assert english.languages_heard == ["en"]


def test_a_child_knows_the_call() -> None:
    assert inside.CALLS["sample"] is inside.sample_call
