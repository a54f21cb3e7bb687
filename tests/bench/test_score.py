import pytest
from bench.score import timing, word_error_rate
from bench.spoken import Said

from subtide.subtitles.cues import Cue, Word

SCRIPT = (Said(1.0, 2.0, "Wait for me."), Said(3.0, 4.0, "Where is the key?"))


def words(*parts: tuple[float, float, str]) -> list[Word]:
    return [Word(*part) for part in parts]


HEARD = words(
    (1.05, 1.4, "Wait"),
    (1.4, 1.6, "for"),
    (1.6, 1.9, "me."),
    (3.2, 3.4, "Where"),
    (3.4, 3.5, "is"),
    (3.5, 3.6, "the"),
    (3.6, 4.1, "key?"),
)


def cues(second_end: float = 4.3) -> list[Cue]:
    return [Cue(1.05, 2.6, "Wait for me."), Cue(3.2, second_end, "Where is\nthe key?")]


def test_case_and_punctuation_are_no_word_errors_but_a_lost_word_is() -> None:
    assert word_error_rate(SCRIPT, "wait for me where IS the key") == 0
    assert word_error_rate(SCRIPT, "wait for me where is key") == pytest.approx(1 / 7)
    assert word_error_rate(SCRIPT, "") == 1


def test_a_cue_that_begins_with_a_sentence_is_measured_against_it() -> None:
    start = timing(SCRIPT, HEARD, cues()).start
    assert (start.count, start.median) == (2, pytest.approx(0.125))


def test_a_cue_may_stay_half_a_second_after_its_speech_and_no_longer() -> None:
    end = timing(SCRIPT, HEARD, cues()).end
    assert end.count == 2
    assert end.high == pytest.approx(0.095)
    assert timing(SCRIPT, HEARD, cues(second_end=5.0)).end.high == pytest.approx(0.48)


@pytest.mark.parametrize(("misheard", "starts"), [("Late", 1), ("Wait", 2)])
def test_a_sentence_whose_first_word_was_misheard_says_nothing_of_starts(
    misheard: str, starts: int
) -> None:
    heard = [Word(1.05, 1.4, misheard), *HEARD[1:]]
    shown = [Cue(1.05, 2.6, f"{misheard} for me."), cues()[1]]
    assert timing(SCRIPT, heard, shown).start.count == starts


def test_cues_of_other_words_are_refused() -> None:
    with pytest.raises(AssertionError, match="not made of these words"):
        timing(SCRIPT, HEARD, [Cue(0, 1, "Something else")])
