import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtide.languages import Language
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import Limits, ViolationKind, limits_for, violations
from subtide.subtitles.segment import cues_from_words

EN = Language("en")
PAUSES = {".": 0.5, "?": 0.5, ",": 0.2}


def speak(text: str, start: float = 0.0) -> list[Word]:
    """Words at the pace of ordinary speech, with pauses at punctuation."""
    words = []
    for word in text.split():
        end = start + 0.06 * len(word) + 0.05
        words.append(Word(start, end, f" {word}"))
        start = end + PAUSES.get(word[-1], 0.03)
    return words


def cut(words: list[Word], language: Language = EN) -> tuple[Cue, ...]:
    return cues_from_words(words, language, limits_for(language))


def hard(cues: tuple[Cue, ...], limits: Limits) -> list[ViolationKind]:
    """The violations that segmentation promises away: all but the speaker's own speed."""
    found = [violation.kind for violation in violations(cues, limits)]
    return [kind for kind in found if kind is not ViolationKind.READING_SPEED]


def visible(text: str) -> str:
    return re.sub(r"\s", "", text)


STORY = """I never thought that we would find the old house again. It had been standing there,
behind the trees, for more than a hundred years. When Mr. Smith came to New York in 1986, he had
1 000 dollars and a suitcase. Where are you going? she asked. He said nothing else, because there
was nothing else to say, and the train was already leaving the station without the man."""


def test_ordinary_speech_breaks_no_limit_at_all() -> None:
    cues = cut(speak(STORY))
    assert violations(cues, limits_for(EN)) == ()
    assert visible("".join(cue.text for cue in cues)) == visible(STORY)


def test_cues_end_where_sentences_end() -> None:
    first = cut(speak(STORY))[0]
    assert (
        first.text.replace("\n", " ") == "I never thought that we would find the old house again."
    )


def test_no_words_make_no_cues() -> None:
    assert cut([]) == ()
    assert cut([Word(0, 1, " ")]) == ()


def test_a_long_silence_always_splits() -> None:
    cues = cut([Word(0, 0.4, " One"), Word(2.0, 2.4, " two"), Word(2.6, 3.0, " three")])
    assert [cue.text for cue in cues] == ["One", "two three"]
    assert cues[1].start == 2.0


def test_a_cue_lingers_after_its_speech_but_not_long() -> None:
    (cue,) = cut([Word(1.0, 2.0, " Wonderful.")])
    assert (cue.start, cue.end) == (1.0, 2.5)


def test_a_word_of_no_duration_still_stands_long_enough() -> None:
    (cue,) = cut([Word(3.0, 3.0, " Go!")])
    assert cue.duration >= 5 / 6


def test_a_word_that_lasts_too_long_is_cut_off() -> None:
    (cue,) = cut([Word(0.0, 30.0, " Ooooh")])
    assert cue.duration <= 7


def test_a_word_wider_than_a_cue_is_split_over_its_own_time() -> None:
    cues = cut([Word(0.0, 6.0, " " + "x" * 120)])
    assert len(cues) > 1
    assert "".join(visible(cue.text) for cue in cues) == "x" * 120
    assert hard(cues, limits_for(EN)) == []


def test_thirty_words_in_a_second_are_shown_one_after_another() -> None:
    words = [Word(i / 30, (i + 1) / 30, f" word{i}") for i in range(30)]
    cues = cut([*words, *speak("Much later.", 20.0)])
    assert hard(cues, limits_for(EN)) == []
    assert cues[-1].start == 20.0


def test_pieces_without_a_leading_space_stay_with_their_word() -> None:
    words = [Word(0, 0.5, " Well"), Word(0.5, 1.0, "-known:"), Word(1.0, 1.4, " 3")]
    (cue,) = cut([*words, Word(1.4, 1.9, ".5%")])
    assert cue.text == "Well-known: 3.5%"


def test_words_without_any_leading_space_are_parted_by_spaces() -> None:
    (cue,) = cut([Word(0, 0.5, "Good"), Word(0.5, 1.0, "evening.")])
    assert cue.text == "Good evening."


def test_japanese_words_are_joined_without_spaces() -> None:
    ja = Language("ja")
    words = [Word(0, 0.5, "今日は"), Word(0.5, 1.0, "いい"), Word(1.0, 2.0, "天気です。")]
    (cue,) = cut(words, ja)
    assert cue.text.replace("\n", "") == "今日はいい天気です。"


LETTERS = st.sampled_from("abcdefg1,.!?-'日本のกี่é")
WORDS = st.builds(
    lambda start, length, text, lead: Word(start, start + length, lead + text),
    st.floats(0, 60),
    st.one_of(st.just(0.0), st.floats(0, 0.6), st.floats(-1, 20)),
    st.one_of(st.text(LETTERS, max_size=12), st.text("x", min_size=50, max_size=130)),
    st.sampled_from(["", " "]),
)


def by_time(words: list[Word]) -> list[Word]:
    return sorted(words, key=lambda word: word.start)


@settings(deadline=None)
@given(
    st.one_of(st.lists(WORDS, max_size=60), st.lists(WORDS, max_size=60).map(by_time)),
    st.sampled_from([Language(tag) for tag in ("en", "pt", "ja", "th", "zh-Hans", "ko")]),
    st.sampled_from([{}, {"lines": 1}]),
)
def test_every_promise_holds_for_any_words(
    words: list[Word], language: Language, overrides: dict[str, float]
) -> None:
    limits = limits_for(language, overrides)
    cues = cues_from_words(words, language, limits)
    assert hard(cues, limits) == []
    assert visible("".join(c.text for c in cues)) == visible("".join(w.text for w in words))


@settings(deadline=None)
@given(st.lists(st.floats(0, 4), min_size=1, max_size=40))
def test_cues_start_with_their_speech_when_it_leaves_time(pauses: list[float]) -> None:
    start, words = 0.0, []
    for pause in pauses:
        words.append(Word(start, start + 0.9, " wonderful"))
        start += 0.9 + pause + 0.1
    spoken = {word.start for word in words}
    for cue in cut(words):
        assert min(abs(cue.start - start) for start in spoken) == pytest.approx(0, abs=0.001)
