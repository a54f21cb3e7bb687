import dataclasses
import re
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtide.languages import Language
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import LIMITS, Limits, ViolationKind, limits_for, violations
from subtide.subtitles.phrases import phrases
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


def test_a_cue_starts_and_ends_with_its_speech() -> None:
    (cue,) = cut([Word(1.0, 2.0, " Wonderful.")])
    assert (cue.start, cue.end) == (1.0, 2.0)


def test_fast_speech_before_a_pause_stays_until_it_is_read() -> None:
    words = [Word(n * 0.45, n * 0.45 + 0.45, " wonderful") for n in range(5)]
    cues = cut([*words, *speak("Much later.", 5.0)])
    assert violations(cues, limits_for(EN)) == ()
    assert cues[0].end > 2.25


def turn(words: list[Word]) -> list[Word]:
    return [dataclasses.replace(words[0], turn=True), *words[1:]]


def test_two_speakers_in_one_cue_have_a_line_and_a_dash_each() -> None:
    (cue,) = cut([*speak("Are you?"), *turn(speak("Yes.", 0.6))])
    assert cue.text == "- Are you?\n- Yes."


def test_a_dash_that_was_heard_is_not_doubled() -> None:
    (cue,) = cut([*speak("- Are you?"), *turn(speak("-Yes.", 0.8))])
    assert cue.text == "- Are you?\n-Yes."


def test_a_speaker_alone_in_a_cue_has_no_dash() -> None:
    cues = cut([*speak("Are you coming with me tonight?"), *turn(speak("Yes, of course.", 3.2))])
    assert [cue.text for cue in cues] == ["Are you coming with me tonight?", "Yes, of course."]


def test_a_third_speaker_begins_another_cue() -> None:
    words = [*speak("Are you?"), *turn(speak("Yes.", 0.6)), *turn(speak("No.", 0.95))]
    cues = cut(words)
    assert len(cues) == 2
    assert all(cue.text.count("- ") in {0, 2} for cue in cues)


def test_two_speakers_never_share_a_cue_of_one_line() -> None:
    limits = limits_for(EN, {"lines": 1})
    words = [*speak("Are you?"), *turn(speak("Yes.", 0.6))]
    assert [cue.text for cue in cues_from_words(words, EN, limits)] == ["Are you?", "Yes."]


def test_speakers_whose_words_need_more_than_a_line_each_are_parted() -> None:
    question = speak("Do you really remember what it was that you said to me?")
    cues = cut([*question, *turn(speak("Yes.", question[-1].end + 0.02))])
    assert cues[-1].text == "Yes."
    assert "- " not in cues[0].text


def test_a_change_of_language_ends_a_cue_and_is_written_on_it() -> None:
    words = speak("He said hasta la vista and left.")
    foreign = [dataclasses.replace(word, language="es") for word in words[2:5]]
    cues = cut([*words[:2], *foreign, *words[5:]])
    assert [(cue.text, cue.language) for cue in cues] == [
        ("He said", ""),
        ("hasta la vista", "es"),
        ("and left.", ""),
    ]


JAPANESE = "昨日東京の友達と一緒に新しいレストランへ行きましたがあまり美味しくなかったです"


@pytest.mark.parametrize(("film", "passage"), [("ja", ""), ("en", "ja")])
def test_japanese_cues_and_lines_end_where_phrases_end(film: str, passage: str) -> None:
    text = JAPANESE * 3
    words = [Word(n * 0.2, n * 0.2 + 0.2, char, language=passage) for n, char in enumerate(text)]
    edges = set(accumulate(map(len, phrases(text, Language("ja")) or [])))
    cues = cut(words, Language(film))
    lines = "\n".join(cue.text for cue in cues).split("\n")
    assert len(lines) > len(cues) > 1
    assert set(accumulate(map(len, lines))) <= edges


LETTERS = st.sampled_from("abcdefg1,.!?-'日本のกี่éمر")
WORDS = st.builds(
    lambda start, length, text, lead, language, turn: Word(
        start, start + length, lead + text, language=language, turn=turn
    ),
    st.floats(0, 60),
    st.one_of(st.just(0.0), st.floats(0, 0.6), st.floats(-1, 20)),
    st.one_of(st.text(LETTERS, max_size=12), st.text("x", min_size=50, max_size=130)),
    st.sampled_from(["", " "]),
    st.sampled_from(["", "", "", "", "ja", "es"]),
    st.sampled_from([False, False, True]),
)


def by_time(words: list[Word]) -> list[Word]:
    return sorted(words, key=lambda word: word.start)


def letters(text: str) -> str:
    """What is seen of a text but dashes, because cues give them to speakers."""
    return visible(text).replace("-", "")


@settings(deadline=None)
@given(
    st.one_of(st.lists(WORDS, max_size=60), st.lists(WORDS, max_size=60).map(by_time)),
    st.sampled_from([Language(tag) for tag in (*LIMITS, "pt", "zh-Hant", "km")]),
    st.sampled_from([{}, {"lines": 1}, {"line_chars": 4}]),
)
def test_every_promise_holds_for_any_words(
    words: list[Word], language: Language, overrides: dict[str, float]
) -> None:
    limits = limits_for(language, overrides)
    cues = cues_from_words(words, language, limits)
    assert hard(cues, limits) == []
    text = "".join(cue.text for cue in cues)
    assert letters(text) == letters("".join(word.text for word in words))


SPOKEN = st.lists(
    st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0, 1), st.integers(1, 9)),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(SPOKEN)
def test_two_speakers_never_share_a_line(spoken: list[tuple[str, bool, float, int]]) -> None:
    words, start, speaker = [], 0.0, 0
    for letter, another, pause, size in spoken:
        speaker += another
        start += pause
        words.append(Word(start, start + 0.2, f" {letter * size}{speaker}", turn=another))
        start += 0.2
    for cue in cut(words):
        lines = [set(re.findall(r"\d+", line)) for line in cue.text.split("\n")]
        everyone = set().union(*lines)
        assert len(everyone) == 1 or all(len(line) == 1 for line in lines)
        assert (len(everyone) == 2) == cue.text.startswith("- ")


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
