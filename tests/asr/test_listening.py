"""Which windows of a block are decoded again, with what care, and in which language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from sample_media import Samples

from subtide.asr.decoding import Asking, Decoder, Heard
from subtide.asr.engine import Progress, Segment
from subtide.asr.listening import Block, hear
from subtide.asr.speech import Span, SpeechMap
from subtide.asr.tiers import TIERS
from subtide.languages import Language
from subtide.subtitles.cues import Word

EN, DE = Language("en"), Language("de")
Shares = Mapping[Language, float]
ENGLISH: Shares = {EN: 0.99, DE: 0.01}
GERMAN: Shares = {EN: 0.05, DE: 0.9}
UNCLEAR: Shares = {EN: 0.6, DE: 0.4}


def segment(
    start: float, end: float, text: str, sure: float = 0.9, logprob: float = -0.3
) -> Segment:
    """Return a segment with one word in every half second."""
    words = tuple(Word(t, t + 0.5, text, sure) for t in np.arange(start, end, 0.5).tolist())
    return Segment(start, end, text, words, logprob, no_speech=0.0, compression=1.2)


LOOP = replace(segment(0, 8, "loop"), words=(Word(2, 2, "loop"),) * 90, compression=20.0)
"""Far more words than there is time for."""


@dataclass
class ScriptedDecoder(Decoder):
    """Hears one window as it was told to, and again, with care, as "again"."""

    segments: list[Segment]
    shares: Shares = field(default_factory=dict)
    parts: dict[float, Shares] = field(default_factory=dict)
    """What is said of the part that is so many seconds long."""
    again: list[tuple[Span, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    asked: int = 0

    def batches(
        self,
        samples: Samples,  # noqa: ARG002
        windows: Sequence[Span],
        asking: Asking,  # noqa: ARG002
        progress: Progress,  # noqa: ARG002
    ) -> Iterator[Heard]:
        (window,) = windows
        yield window, self.segments, self.shares

    def languages(self, samples: Samples) -> Shares:
        self.asked += 1
        return self.parts[len(samples) / 16_000]

    def careful(self, samples: Samples, window: Span, asking: Asking) -> list[Segment]:  # noqa: ARG002
        self.again.append((window, asking.code))
        self.told.append(asking.names)
        return [segment(*window, "again")]


def heard(
    decoder: ScriptedDecoder, *spans: Span, tier: str = "balanced", names: str = ""
) -> list[Word]:
    speech = SpeechMap(20, spans)
    asking = Asking("en", TIERS[tier], names)
    block = Block(np.zeros(20 * 16_000, np.float32), speech, EN, asking, frozenset(names.split()))
    return [word for one in hear(decoder, block, lambda _: None) for word in one.words]


def test_a_window_that_is_all_right_is_heard_once() -> None:
    decoder = ScriptedDecoder([segment(0, 8, "fine")], ENGLISH)
    assert {word.text for word in heard(decoder, (0, 8))} == {"fine"}
    assert decoder.again == []
    assert decoder.asked == 0


@pytest.mark.parametrize(("tier", "times"), [("fast", 0), ("balanced", 1), ("best", 1)])
@pytest.mark.parametrize(
    "segments",
    [[segment(0, 8, "guessed", logprob=-1.1)], [segment(0, 5, "lost")], [segment(3, 8, "lost")]],
    ids=["guessed", "lost at its end", "lost at its beginning"],
)
def test_a_doubtful_window_is_heard_again_unless_it_has_to_be_fast(
    segments: list[Segment], tier: str, times: int
) -> None:
    decoder = ScriptedDecoder(segments)
    heard(decoder, (0, 8), tier=tier)
    assert len(decoder.again) == times


def test_a_loop_is_heard_again_in_every_tier() -> None:
    for tier in TIERS:
        decoder = ScriptedDecoder([LOOP])
        assert {word.text for word in heard(decoder, (0, 8), tier=tier)} == {"again"}


def test_the_best_tier_doubts_sooner() -> None:
    for tier, again in [("balanced", False), ("best", True)]:
        decoder = ScriptedDecoder([segment(0, 8, "vague", logprob=-0.8)])
        heard(decoder, (0, 8), tier=tier)
        assert bool(decoder.again) is again


def test_a_second_hearing_that_loses_as_much_does_not_count() -> None:
    class Deaf(ScriptedDecoder):
        def careful(self, *_args: object) -> list[Segment]:
            return []

    words = heard(Deaf([segment(0, 5, "some")]), (0, 8))
    assert {word.text for word in words} == {"some"}


class Circling(ScriptedDecoder):
    """Goes round in circles when it hears a window alone."""

    def careful(self, samples: Samples, window: Span, asking: Asking) -> list[Segment]:
        (found,) = super().careful(samples, window, asking)
        return [replace(LOOP, start=found.start, end=found.end)]


def test_what_was_said_again_and_again_is_believed_at_once() -> None:
    decoder = Circling([replace(segment(0, 8, "fire"), compression=5.0)])
    assert {word.text for word in heard(decoder, (0, 8))} == {"fire"}
    assert decoder.again == []


def test_a_loop_that_stays_one_is_dropped() -> None:
    assert heard(Circling([LOOP]), (0, 8)) == []


def test_a_second_hearing_that_loops_does_not_count_for_lost_speech() -> None:
    words = heard(Circling([segment(0, 5, "some")]), (0, 8))
    assert {word.text for word in words} == {"some"}


def test_a_loop_in_one_language_drops_nothing_of_the_other() -> None:
    class German(Circling):
        def careful(self, samples: Samples, window: Span, asking: Asking) -> list[Segment]:
            if asking.code == "de":
                return super().careful(samples, window, asking)
            return ScriptedDecoder.careful(self, samples, window, asking)

    decoder = German([segment(0, 8, "all")], UNCLEAR, {4.0: ENGLISH, 3.0: GERMAN})
    assert {word.text for word in heard(decoder, (0, 4), (5, 8))} == {"again"}


def test_a_sentence_that_nobody_understood_is_heard_in_its_own_language() -> None:
    decoder = ScriptedDecoder(
        [segment(0, 4, "fine"), segment(9, 12, "fine")], ENGLISH, {3.0: GERMAN}
    )
    words = heard(decoder, (0, 4), (5, 8), (9, 12))
    assert decoder.again == [((0, 4), "en"), ((5, 8), "de"), ((9, 12), "en")]
    assert {(word.language, 5 <= word.start < 8) for word in words} == {("", False), ("de", True)}


def test_weak_words_may_be_another_language_taken_for_the_films() -> None:
    decoder = ScriptedDecoder(
        [segment(0, 4, "fine"), segment(5, 8, "weak", 0.4)], ENGLISH, {3.0: GERMAN}
    )
    assert {word.language for word in heard(decoder, (0, 4), (5, 8))} == {"", "de"}


def test_in_a_window_of_mixed_languages_every_part_is_asked() -> None:
    segments = [segment(0, 4, "fine"), segment(5, 8, "invented")]
    decoder = ScriptedDecoder(segments, UNCLEAR, {4.0: ENGLISH, 3.0: GERMAN})
    assert {word.language for word in heard(decoder, (0, 4), (5, 8))} == {"", "de"}
    assert decoder.asked == 2


@pytest.mark.parametrize("shares", [{DE: 0.75, EN: 0.2}, {}, {EN: 0.5, DE: 0.3}])
def test_an_unsure_answer_leaves_a_part_to_the_film(shares: Shares) -> None:
    decoder = ScriptedDecoder([segment(0, 4, "fine")], UNCLEAR, {4.0: shares})
    assert {word.language for word in heard(decoder, (0, 4))} == {""}
    assert decoder.again == []


def test_a_short_part_is_of_the_language_around_it() -> None:
    parts = {4.0: ENGLISH, 3.0: GERMAN}
    decoder = ScriptedDecoder([segment(0, 16, "all")], UNCLEAR, parts)
    heard(decoder, (0, 4), (4.5, 5.5), (6, 9), (9.5, 10.5), (11, 14))
    assert decoder.again == [((0, 5.5), "en"), ((6, 14), "de")]


def test_a_model_of_one_language_is_not_asked_for_others() -> None:
    decoder = ScriptedDecoder([segment(0, 4, "weak", 0.3)])
    heard(decoder, (0, 4))
    assert decoder.asked == 0


def test_a_neighbour_that_sounds_alike_is_no_other_language() -> None:
    nynorsk = {Language("nn"): 0.9, Language("nb"): 0.1}
    decoder = ScriptedDecoder([segment(0, 4, "fine", 0.3)], nynorsk, {4.0: nynorsk})
    block = Block(
        np.zeros(20 * 16_000, np.float32),
        SpeechMap(20, ((0, 4),)),
        Language("nb"),
        Asking("no", TIERS["balanced"]),
        frozenset(),
    )
    words = [word for one in hear(decoder, block, lambda _: None) for word in one.words]
    assert {word.language for word in words} == {""}


def test_names_that_come_back_where_nobody_speaks_are_dropped() -> None:
    for spans, kept in [(((0.0, 4.0),), True), (((0.0, 0.5),), False)]:
        decoder = ScriptedDecoder([segment(0, 4, "anna")])
        assert bool(heard(decoder, *spans, names="anna bert")) is kept


def test_what_is_heard_again_is_heard_without_the_names() -> None:
    guess = ScriptedDecoder([segment(0, 8, "anna", logprob=-1.1)])
    heard(guess, (0, 8), names="anna")
    lost = ScriptedDecoder([segment(0, 5, "some")])
    heard(lost, (0, 8), names="anna")
    assert (guess.told, lost.told) == ([""], [""])
