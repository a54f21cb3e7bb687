"""Sync: cues find their place in the film's speech, or are told to have none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import pytest

from subtide.asr import speech
from subtide.errors import OriginUnfit
from subtide.subtitles.cues import Cue
from subtide.subtitles.sync import PADDING, RATIOS, Alignment, Fit, align, fitted

EPISODE = 1500.0
"""Seconds."""
Span = tuple[float, float]


def dialogue(seed: int, seconds: float = EPISODE) -> list[Span]:
    """When somebody speaks, as in a film: runs of talk, with quiet scenes between."""
    rng, spans, now = Random(seed), [], 20.0  # noqa: S311 - for a test
    while now < seconds - 15:
        length = rng.uniform(0.6, 5.5)
        spans.append((now, now + length))
        now += length + 0.08
        now += rng.expovariate(0.8) if rng.random() < 0.85 else rng.uniform(5, 60)
    return spans


def heard(spoken: Sequence[Span], seed: int = 1) -> list[Span]:
    """The speech map of it: padded, joined over short pauses, some missed, some music taken."""
    rng = Random(seed)  # noqa: S311
    found = [span for span in spoken if rng.random() > 0.05]
    for _ in range(len(spoken) // 20):
        at = rng.uniform(0, spoken[-1][1])
        found.append((at, at + rng.uniform(0.5, 6)))
    joined: list[Span] = []
    for start, end in sorted(found):
        begin, until = start + rng.gauss(0, 0.04) - PADDING, end + rng.gauss(0, 0.06) + PADDING
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(until, joined[-1][1])
        else:
            joined.append((max(0.0, begin), until))
    return joined


def written(spoken: Sequence[Span], missing: float = 0.1, seed: int = 2) -> list[Cue]:
    """A person's subtitle of it: not to the frame, lingering, long lines in two, with notes."""
    rng, cues = Random(seed), []  # noqa: S311
    for start, end in spoken:
        if rng.random() < missing:
            continue
        begin, until = start + rng.gauss(0, 0.1), end + rng.uniform(0, 0.6)
        middle = (begin + until) / 2
        halves = [(begin, middle), (middle + 0.08, until)] if until - begin > 4 else []
        cues += [Cue(*span, "Words.") for span in halves or [(begin, max(until, begin + 0.8))]]
    for _ in range(len(spoken) // 10):
        at = rng.uniform(0, spoken[-1][1])
        cues.append(Cue(at, at + 2, "[door creaks]"))
    return sorted(cues, key=lambda cue: cue.start)


def moved(cues: Sequence[Cue], at: Callable[[float], float]) -> list[Cue]:
    return [replace(cue, start=at(cue.start), end=at(cue.end)) for cue in cues]


def worst_error(found: Alignment, at: Callable[[float], float]) -> float:
    """How far a cue that ``at`` moved is from where it was, anywhere in the episode."""
    return max(abs(at(t) * found.drift + found.offset - t) for t in (0.0, EPISODE))


SPOKEN = dialogue(7)
HEARD = heard(SPOKEN)
CUES = written(SPOKEN)


def test_the_padding_is_that_of_the_speech_map() -> None:
    assert PADDING == speech.PAD


@pytest.mark.parametrize("seed", range(3))
def test_a_right_subtitle_stays_as_it_is(seed: int) -> None:
    spoken = dialogue(seed)
    cues = written(spoken)
    found = align(cues, heard(spoken), EPISODE)
    assert found.fit is Fit.RIGHT
    assert fitted(cues, found) == tuple(cues)


def test_cues_that_begin_a_little_early_are_a_matter_of_taste() -> None:
    found = align(moved(CUES, lambda t: t - 0.1), HEARD, EPISODE)
    assert found.fit is Fit.RIGHT


@pytest.mark.parametrize("offset", [0.3, -0.8, 2.5, -13.0, 45.0])
def test_an_offset_is_mended(offset: float) -> None:
    cues = written(SPOKEN, missing=0.3)
    found = align(moved(cues, lambda t: t + offset), HEARD, EPISODE)
    assert found.fit is Fit.MENDED
    assert found.drift == 1.0
    assert found.after > found.before
    assert worst_error(found, lambda t: t + offset) < 0.1


@pytest.mark.parametrize("ratio", RATIOS[1:])
def test_another_frame_rate_is_mended(ratio: float) -> None:
    found = align(moved(CUES, lambda t: (t + 1.7) / ratio), HEARD, EPISODE)
    assert found.fit is Fit.MENDED
    assert worst_error(found, lambda t: (t + 1.7) / ratio) < 0.1


def test_a_clock_that_is_slightly_wrong_is_mended() -> None:
    found = align(moved(CUES, lambda t: t * 0.9994), HEARD, EPISODE)
    assert found.fit is Fit.MENDED
    assert worst_error(found, lambda t: t * 0.9994) < 0.2


@pytest.mark.parametrize("minute", [0.0, 59.0], ids=["throughout", "but for a second a minute"])
@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_where_music_is_taken_for_speech_all_along_nothing_is_told(
    minute: float, shift: float
) -> None:
    spans = [(n * 60.0, n * 60 + minute) for n in range(90)] if minute else [(0.0, 5400.0)]
    for seed in range(4):
        cues = moved(written(dialogue(seed, 5400.0)), lambda t: t + shift)
        assert align(cues, spans, 5400.0).fit is Fit.UNSURE


def test_talk_without_a_pause_moves_nothing() -> None:
    for seed in range(12):
        rng, spoken, now = Random(seed), [], 0.1  # noqa: S311
        while now < 5400:
            spoken.append((now, now + rng.uniform(1, 5)))
            now = spoken[-1][1] + rng.uniform(0.05, 0.2)
        cues = written(spoken, missing=0.15)
        assert align(cues, [(0.0, spoken[-1][1])], 5400.0).fit is Fit.UNSURE


def test_mended_cues_stand_where_they_belong() -> None:
    off = moved(CUES, lambda t: t + 2.5)
    mended = fitted(off, align(off, HEARD, EPISODE))
    assert all(
        abs(cue.start - was.start) < 0.1 for cue, was in zip(mended, CUES, strict=True) if cue
    )


def test_a_cue_that_ends_before_the_film_begins_is_gone() -> None:
    cues = [Cue(1.0, 2.0, "Logo"), Cue(2.5, 6.0, "Hello"), Cue(9.0, 10.0, "there")]
    gone, cut, late = fitted(cues, Alignment(Fit.MENDED, offset=-3.0))
    assert gone is None
    assert cut == Cue(0.0, 3.0, "Hello")
    assert late == Cue(6.0, 7.0, "there")


@pytest.mark.parametrize("seed", [20, 24, 26])
def test_the_subtitle_of_another_film_is_refused(seed: int) -> None:
    found = align(written(dialogue(seed)), HEARD, EPISODE)
    assert found.fit is Fit.UNFIT
    with pytest.raises(OriginUnfit, match="does not fit"):
        fitted(CUES, found)


def test_a_recording_with_breaks_for_adverts_is_refused() -> None:
    found = align(moved(CUES, lambda t: t + 9 * (t // 400)), HEARD, EPISODE)
    assert found.fit is Fit.UNFIT


def test_a_cut_with_a_scene_less_is_refused() -> None:
    found = align(moved(CUES, lambda t: t if t < 0.7 * EPISODE else t - 12), HEARD, EPISODE)
    assert found.fit is Fit.UNFIT


@pytest.mark.parametrize("cues", [CUES[:20], written(dialogue(5, 100.0)), []])
def test_too_little_text_proves_nothing(cues: list[Cue]) -> None:
    assert align(cues, HEARD, EPISODE).fit in {Fit.UNSURE, Fit.RIGHT}


def test_no_speech_proves_nothing() -> None:
    assert align(CUES, [], EPISODE).fit is Fit.UNSURE


def test_what_the_recipe_says() -> None:
    mended = Alignment(Fit.MENDED, 2.5, 25 / 24, 0.1, 0.72)
    told = {"fit": "mended", "agreement": 0.72, "offset": 2.5, "drift": 1.041667}
    assert mended.told == told
    assert Alignment(Fit.RIGHT, after=0.6).told == {"fit": "right", "agreement": 0.6}
