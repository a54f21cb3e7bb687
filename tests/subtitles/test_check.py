import pytest

from subtide.languages import Language
from subtide.subtitles.check import FaultKind, check
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import limits_for
from subtide.subtitles.textlanguage import identify

EN = Language("en")
LIMITS = limits_for(EN)
GOOD = [Cue(i * 3, i * 3 + 2, "This is a line of ordinary text.") for i in range(10)]


def vote(tag: str | None, probability: float):  # noqa: ANN201 - a small closure
    return lambda _text: (Language(tag) if tag else None, probability)


def test_good_cues_have_no_fault() -> None:
    found = check(GOOD, language=EN, limits=LIMITS, speech_seconds=25, identify=vote("en", 1))
    assert found == ()


@pytest.mark.parametrize("cues", [[], [Cue(0, 2, "{\\i1} {\\i0}")]])
def test_nothing_to_read_is_a_fault(cues: list[Cue]) -> None:
    assert [fault.kind for fault in check(cues, language=EN, limits=LIMITS)] == [FaultKind.EMPTY]


def test_a_sure_contrary_vote_is_a_fault_that_names_both_languages() -> None:
    (fault,) = check(GOOD, language=EN, limits=LIMITS, identify=vote("pt", 0.97))
    assert fault.kind is FaultKind.WRONG_LANGUAGE
    assert "Portuguese" in fault.text
    assert "English" in fault.text


@pytest.mark.parametrize(
    ("expected", "said", "probability", "count"),
    [
        ("en", "pt", 0.8, 10),
        ("en", "pt", 1.0, 3),
        ("en", None, 0.0, 10),
        ("pt-BR", "pt", 1.0, 10),
        ("nb", "da", 1.0, 10),
    ],
)
def test_an_unsure_vote_or_a_close_language_or_little_text_holds_nothing(
    expected: str, said: str | None, probability: float, count: int
) -> None:
    voter = vote(said, probability)
    language = Language(expected)
    assert check(GOOD[:count], language=language, limits=None, identify=voter) == ()


def test_cues_beyond_the_limits_are_counted_by_kind() -> None:
    cues = [*GOOD, Cue(40, 48, "x" * 50), Cue(47, 49, "y" * 50)]
    (fault,) = check(cues, language=EN, limits=LIMITS)
    assert fault.kind is FaultKind.BEYOND_LIMITS
    assert "line too long 2x" in fault.text
    assert "overlap 1x" in fault.text
    assert check(cues, language=EN, limits=None) == ()


def test_fast_speech_alone_holds_nothing() -> None:
    assert check([Cue(0, 1, "x" * 40)], language=EN, limits=LIMITS) == ()


def test_much_speech_with_hardly_any_text_is_a_fault() -> None:
    (fault,) = check(GOOD, language=EN, limits=LIMITS, speech_seconds=600)
    assert fault.kind is FaultKind.SPARSE


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("I never thought that we would find the old house again after all these years.", "en"),
        ("Nunca pensei que voltaríamos a encontrar a velha casa depois de tantos anos.", "pt"),
        ("今日はとてもいい天気ですね。明日は雨が降るかもしれません。", "ja"),
    ],
)
def test_the_language_of_a_text_is_named(text: str, tag: str) -> None:
    language, probability = identify(text)
    assert language is not None
    assert language.tag == tag
    assert 0.5 < probability <= 1


def test_a_text_without_letters_has_no_language() -> None:
    assert identify("♪ 1984 ♪") == (None, 0.0)
