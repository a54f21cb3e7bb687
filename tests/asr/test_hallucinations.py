from dataclasses import replace

import pytest

from subtide.asr.engine import Segment
from subtide.asr.hallucinations import guessed, hallucinated, spoken
from subtide.asr.speech import SpeechMap
from subtide.subtitles.cues import Word

SPEECH = SpeechMap(30, ((0, 10),))


def segment(text: str, start: float = 0, end: float = 4, sure: float = 0.9) -> Segment:
    words = tuple(Word(start, end, word, sure) for word in text.split())
    return Segment(start, end, text, words, logprob=-0.3, no_speech=0.05, compression=1.2)


FINE = segment("The door had never been locked.")


def test_what_somebody_said_is_kept() -> None:
    assert spoken([FINE], SPEECH) == (FINE,)


def test_a_guess_in_silence_is_dropped() -> None:
    assert hallucinated(replace(FINE, no_speech=0.7, logprob=-1.1), SPEECH)


@pytest.mark.parametrize(("no_speech", "logprob"), [(0.9, -0.5), (0.1, -1.4)])
def test_one_sign_of_silence_alone_drops_nothing(no_speech: float, logprob: float) -> None:
    assert not hallucinated(replace(FINE, no_speech=no_speech, logprob=logprob), SPEECH)


def chorus(piled: int) -> Segment:
    """Return a phrase that repeats itself, with so many of its 20 words on one moment."""
    said = tuple(Word(n / 4, (n + 1) / 4, "fire") for n in range(20 - piled))
    loop = (Word(5, 5, "fire"),) * piled
    return replace(FINE, words=said + loop, compression=5.0)


def test_what_repeats_itself_is_kept_where_its_words_have_time() -> None:
    for piled in (0, 4):
        assert spoken([chorus(piled)], SPEECH) == (chorus(piled),)


def test_a_loop_whose_words_pile_up_is_dropped_with_its_window() -> None:
    assert spoken([FINE, chorus(14)], SPEECH) == ()
    assert spoken([replace(chorus(14), compression=2.0)], SPEECH)


def test_a_segment_without_words_is_dropped() -> None:
    assert hallucinated(replace(FINE, words=()), SPEECH)
    assert hallucinated(segment("..."), SPEECH)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching!",
        "Thank you.",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Продолжение следует...",
        "ご視聴ありがとうございました",
    ],
)
def test_a_known_phrase_is_dropped_only_where_hardly_anyone_speaks(text: str) -> None:
    assert not hallucinated(segment(text, 2, 5), SPEECH)
    assert hallucinated(segment(text, 20, 24), SPEECH)
    assert hallucinated(segment(text, 2, 5, sure=0.3), SPEECH)
    assert hallucinated(replace(segment(text, 2, 5), no_speech=0.8), SPEECH)


def test_a_phrase_inside_a_sentence_is_kept() -> None:
    assert not hallucinated(segment("Thanks for watching the children.", 20, 24), SPEECH)


@pytest.mark.parametrize(
    ("heard", "dropped"),
    [
        (segment("Anna, Bert.", 2, 5), []),
        (segment("Anna, Bert.", 2, 5, sure=0.3), []),
        (segment("Anna, where are you?", 20, 24), []),
        (segment("Anna, Bert.", 20, 24), ["dropped"]),
        (replace(segment("Bert, Bert.", 2, 5), logprob=-1.5), ["dropped"]),
        (replace(segment("Bert!", 2, 5), no_speech=0.7), ["dropped"]),
    ],
)
def test_nothing_but_names_that_were_told_is_dropped_where_hardly_anyone_speaks(
    heard: Segment, dropped: list[str]
) -> None:
    names = frozenset({"anna", "bert"})
    assert hallucinated(heard, SPEECH, names) == bool(dropped)
    assert not hallucinated(replace(heard, logprob=-0.3, no_speech=0.0), SPEECH)


def test_guessed_and_looping_windows_are_worth_another_try() -> None:
    assert not guessed(FINE)
    assert guessed(replace(FINE, logprob=-1.2))
    assert guessed(replace(FINE, compression=3.0))
