"""What faster-whisper writes, as words of our own."""

from types import SimpleNamespace

import pytest

from subtide.asr.names import ROOM, fitting
from subtide.asr.placing import placed
from subtide.asr.reading import read_segments
from subtide.asr.speech import SpeechMap
from subtide.subtitles.cues import Word


def read(*parts: str, code: str = "en") -> list[tuple[str, bool]]:
    """Read a segment whose parts have a second each; give texts and turns."""
    words = [
        SimpleNamespace(word=part, start=n, end=n + 1, probability=0.9)
        for n, part in enumerate(parts)
    ]
    found = SimpleNamespace(
        start=0,
        end=len(parts),
        text="".join(parts),
        words=words,
        avg_logprob=-0.3,
        no_speech_prob=0.0,
        compression_ratio=1.0,
    )
    (segment,) = read_segments([found], 10.0, code)
    assert all(word.start >= 10 for word in segment.words)
    return [(word.text, word.turn) for word in segment.words]


@pytest.mark.parametrize(
    ("parts", "texts"),
    [
        ((" well", "-known"), [("well-known", False)]),
        ((" 3", ".5"), [("3.5", False)]),
        ((" -Yes.", " -No."), [("Yes.", True), ("No.", True)]),
        ((" - Yes.", " - No."), [("Yes.", True), ("No.", True)]),
        ((" -", " Yes."), [("Yes.", True)]),
        ((" >>", " Yes,", " he"), [("Yes,", True), ("he", False)]),
        ((" Wait", " >> No."), [("Wait", False), ("No.", True)]),
        ((" \u2013S\u00ed.",), [("S\u00ed.", True)]),
        ((" -5", " degrees"), [("-5", False), ("degrees", False)]),
        ((" He", " - stopped"), [("He", False), ("- stopped", False)]),
    ],
)
def test_dashes_that_begin_anothers_words_are_marked_and_no_others(
    parts: tuple[str, ...], texts: list[tuple[str, bool]]
) -> None:
    assert read(*parts) == texts


def test_parts_of_a_language_without_blanks_stay_apart() -> None:
    assert read("你", "好", code="zh") == [("你", False), ("好", False)]


SPEECH = SpeechMap(20, ((0, 3), (5, 8), (12, 20)))
"""Padded by 0.2 s: somebody speaks from 5.2 to 7.8."""


@pytest.mark.parametrize(
    ("word", "lies"),
    [
        ((5.05, 5.6), (5.2, 5.6)),
        ((5.4, 5.9), (5.2, 5.9)),
        ((3.5, 5.6), (5.2, 5.6)),
        ((7.3, 7.95), (7.3, 7.8)),
        ((7.2, 7.6), (7.2, 7.8)),
        ((6.0, 6.5), (6.0, 6.5)),
        ((0.1, 0.5), (0.1, 0.5)),
        ((19.5, 19.9), (19.5, 19.9)),
        ((9.0, 9.5), (9.0, 9.5)),
        ((5.0, 5.22), (5.0, 5.22)),
    ],
    ids=[
        "begins too early",
        "too late",
        "stretched over silence",
        "ends too late",
        "too early",
        "far from a pause",
        "at the first sample",
        "at the last",
        "in silence",
        "too short",
    ],
)
def test_words_at_a_pause_begin_and_end_with_the_speech(
    word: tuple[float, float], lies: tuple[float, float]
) -> None:
    (one,) = placed([Word(*word, "word")], SPEECH)
    assert (one.start, one.end) == pytest.approx(lies)


def test_only_the_words_at_the_pauses_are_moved() -> None:
    words = [Word(5.1, 5.3, "a"), Word(5.3, 5.5, "b"), Word(7.5, 7.7, "c"), Word(7.7, 7.9, "d")]
    assert [(w.start, w.end) for w in placed(words, SPEECH)] == [
        (5.2, 5.3),
        (5.3, 5.5),
        (7.5, 7.7),
        (7.7, 7.8),
    ]


def test_as_many_names_are_told_as_there_is_room_for_the_first_ones() -> None:
    names = [f"name{n}" for n in range(500)]
    told = fitting(names, lambda text: len(text.split()))
    assert told == tuple(names[:ROOM])
    assert fitting(["Anna ", "", "Anna", "Bert  Blank"], len) == ("Anna", "Bert Blank")
