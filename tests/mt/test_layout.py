import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtide.languages import Language
from subtide.mt.layout import lay_ours, lay_theirs
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import LIMITS, ViolationKind, limits_for, violations

EN = Language("en")
ENGLISH = limits_for(EN)


def test_a_translation_too_long_for_its_cue_becomes_two_inside_its_own_time() -> None:
    text = "He said nothing else, because there was nothing else to say, and left the house at once"
    cues, origins = lay_ours([Cue(0, 7, text, "fr"), Cue(9, 11, "Yes.")], ENGLISH, EN)
    assert origins == (0, 0, 1)
    assert [cue.language for cue in cues] == ["fr", "fr", ""]
    assert cues[1].end <= 8
    assert violations(cues, ENGLISH) == ()


def test_a_translation_takes_what_it_needs_of_the_silence_after_its_cue() -> None:
    (cue, _), _ = lay_ours([Cue(0, 1, "x" * 30), Cue(9, 11, "Yes.")], ENGLISH, EN)
    assert cue.end == pytest.approx(1.5, abs=0.001)


def test_a_translation_stays_no_longer_than_a_second_after_its_cue() -> None:
    (cue, _), _ = lay_ours([Cue(0, 1, f"{'x' * 42} {'x' * 37}"), Cue(9, 11, "Yes.")], ENGLISH, EN)
    assert cue.end == pytest.approx(2, abs=0.001)


def test_a_translation_never_moves_the_start_of_the_next_cue_that_it_can_spare() -> None:
    cues, _ = lay_ours([Cue(0, 1, "x" * 40), Cue(1.5, 3, "Yes.")], ENGLISH, EN)
    assert [cue.start for cue in cues] == [0, 1.5]


def test_the_parts_of_a_translation_are_each_read_in_time_when_silence_allows() -> None:
    text = f"{'x' * 42} {'x' * 40}, {'y' * 42} {'y' * 40}."
    cues, _ = lay_ours([Cue(0, 8, text), Cue(12, 13, "Yes.")], ENGLISH, EN)
    assert len(cues) == 3
    assert violations(cues, ENGLISH) == ()


def test_the_parts_of_a_translation_share_what_time_there_is_before_the_next_cue() -> None:
    text = f"{'x' * 42} {'x' * 40}, {'y' * 42} {'y' * 40}."
    (one, other, following), _ = lay_ours([Cue(0, 5, text), Cue(5.2, 7, "Yes.")], ENGLISH, EN)
    assert one.duration == pytest.approx(other.duration, abs=0.003)
    assert following.start == 5.2


def test_a_persons_cues_keep_their_starts_and_their_number() -> None:
    origin = [Cue(0, 1, "word " * 30), Cue(4, 5, "- Yes.\n- No.", "fr")]
    cues = lay_theirs(origin, ENGLISH, EN)
    assert [(cue.start, cue.language) for cue in cues] == [(0, ""), (4, "fr")]
    assert cues[1].text == "- Yes.\n- No."
    assert max(ENGLISH.width(line) for line in cues[0].text.split("\n")) <= 42


SPOKEN = st.lists(
    st.tuples(
        st.floats(0.84, 7),
        st.floats(0.09, 3),
        st.text(st.sampled_from("ab1é,. 日本の。กี่한국مر"), min_size=1, max_size=150),
    ).filter(lambda cue: cue[2].strip()),
    max_size=12,
)


@settings(deadline=None)
@given(SPOKEN, st.sampled_from([Language(tag) for tag in (*LIMITS, "de")]))
def test_cues_of_ours_keep_every_limit_but_the_speed_in_every_language(
    spoken: list[tuple[float, float, str]], language: Language
) -> None:
    cues, start = [], 0.0
    for seconds, pause, text in spoken:
        cues.append(Cue(start, start + seconds, text))
        start += seconds + pause
    laid, origins = lay_ours(cues, limits_for(language), language)
    found = {violation.kind for violation in violations(laid, limits_for(language))}
    assert found <= {ViolationKind.READING_SPEED}
    assert len(origins) == len(laid)
    for place, cue in enumerate(cues):
        texts = [one.text for one, of in zip(laid, origins, strict=True) if of == place]
        assert re.sub(r"\s", "", "".join(texts)) == re.sub(r"\s", "", cue.text)
