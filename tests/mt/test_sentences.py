import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtide.languages import Language
from subtide.mt.engine import Line
from subtide.mt.sentences import LONGEST, Fragment, by_sentence, divided, glue, joined, sentences

EN, PT, JA = Language("en"), Language("pt"), Language("ja")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hi. How are you? Fine!", ["Hi.", "How are you?", "Fine!"]),
        ("Dr. Smith met J. Jones at 3.30 today.", ["Dr. Smith met J. Jones at 3.30 today."]),
        ('He said "Go!" Then he left.', ['He said "Go!"', "Then he left."]),
        ("Well... maybe. No", ["Well... maybe.", "No"]),
        ("今日は。元気？はい。", ["今日は。", "元気？", "はい。"]),  # noqa: RUF001 - Japanese
        ("", []),
    ],
)
def test_a_text_is_cut_into_its_sentences(text: str, found: list[str]) -> None:
    assert sentences(text, EN) == found


@given(st.text(st.sampled_from("ab. ,?日。é"), max_size=900))
def test_no_sentence_is_too_long_and_nothing_is_lost(text: str) -> None:
    found = sentences(text, EN)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(len(sentence.encode()) <= LONGEST for sentence in found)


def test_a_sentence_runs_on_over_cues_until_it_ends() -> None:
    fragments = [
        Fragment("I think", 0, 1),
        Fragment("that we should go.", 1.1, 2),
        Fragment("Yes", 2.1, 3),
        Fragment("one two", 4.5, 5),
    ]
    assert joined(fragments) == [(0, 1), (2,), (3,)]


def test_a_sentence_has_at_most_three_cues() -> None:
    fragments = [Fragment("and", i, i + 0.9) for i in range(5)]
    assert joined(fragments) == [(0, 1, 2), (3, 4)]


def test_speakers_lines_and_cues_out_of_order_are_not_joined() -> None:
    alone = [Fragment("I", 0, 1, whole=False), Fragment("you", 0, 1, whole=False)]
    assert joined(alone) == [(0,), (1,)]
    assert joined([Fragment("late", 5, 6), Fragment("early", 1, 2)]) == [(0,), (1,)]


def test_a_translation_is_divided_by_share_and_at_a_good_break() -> None:
    text = "Ele não disse mais nada, porque não havia mais nada a dizer."
    assert divided(text, [28, 32], PT) == [
        "Ele não disse mais nada,",
        "porque não havia mais nada a dizer.",
    ]


def test_a_translation_too_short_for_its_cues_is_not_divided() -> None:
    assert divided("Sim", [10, 10], PT) is None
    assert divided("Incompreensivelmente a", [30, 30], PT) is None


def test_a_translation_without_spaces_is_divided_between_characters() -> None:
    parts = divided("今日はとてもいい天気ですね。", [20, 20], JA)
    assert parts is not None
    assert len(parts) == 2
    assert "".join(parts) == "今日はとてもいい天気ですね。"


@given(
    st.lists(st.text("abc,.", min_size=1, max_size=9), min_size=1, max_size=30),
    st.lists(st.integers(1, 60), min_size=1, max_size=3),
)
def test_a_division_gives_every_cue_text_and_loses_none(words: list[str], sizes: list[int]) -> None:
    parts = divided(" ".join(words), sizes, PT)
    if parts is not None:
        assert len(parts) == len(sizes)
        assert all(parts)
        assert " ".join(parts) == " ".join(words)


def test_lines_keep_their_ids_whatever_number_of_sentences_they_have() -> None:
    lines = [Line(9, "One. Two."), Line(1, ""), Line(4, "Three")]
    answers = by_sentence(lines, EN, PT, lambda texts: [text.upper() for text in texts])
    assert answers == [Line(9, "ONE. TWO."), Line(1, ""), Line(4, "THREE")]


@pytest.mark.parametrize(
    ("before", "after", "one"),
    [
        ("I never", "said that.", True),
        ("I was thinking...", "that we should go.", True),
        ("I was thinking...", "You never think.", False),
        ("I never", "I never did.", True),
        ("I was going to—", "What were you going to do?", False),
        ("I was going to--", "to tell you.", True),
        ("He was well-", "known in town.", True),
        ("I have to see Dr.", "Miller about it.", True),
        ("It is late.", "he said.", False),
        ("Wo ist", "der Mann?", True),
        ("Il est", "où ?", True),
        ("你在", "哪儿？", True),  # noqa: RUF001 - Chinese
        ("ลุกขึ้น", "ไปกันเถอะ", True),
        ("أين", "أنت؟", True),
    ],
)
def test_what_ends_one_cue_and_begins_the_next_tells_whether_it_is_one_sentence(
    before: str, after: str, *, one: bool
) -> None:
    pair = [Fragment(before, 0, 1), Fragment(after, 1.1, 2)]
    assert joined(pair) == ([(0, 1)] if one else [(0,), (1,)])


def test_another_speaker_style_or_language_begins_another_sentence() -> None:
    first = Fragment("I think", 0, 1)
    assert joined([first, Fragment("so do I.", 1.1, 2, opens=True)]) == [(0,), (1,)]
    assert joined([first, Fragment("so do I.", 1.1, 2, voice="{\\i1}")]) == [(0,), (1,)]


def test_without_full_stops_every_cue_is_a_sentence() -> None:
    bare = [Fragment("今日はいい天気ですね", i, i + 0.9) for i in range(30)]
    assert joined(bare) == [(place,) for place in range(30)]
    stopped = [Fragment(f"{f.text}{'。' if i % 2 else ''}", f.start, f.end)
               for i, f in enumerate(bare)]  # fmt: skip
    assert len(joined(stopped)) == 15


def test_a_word_that_went_over_to_another_line_is_whole_again() -> None:
    assert glue(["He was well-", "known"], EN) == "He was well-known"
    assert glue(["No -", "never"], EN) == "No - never"
    assert glue(["今日は", "いい天気"], JA) == "今日はいい天気"
    assert glue(["これはOK", "Google です"], JA) == "これはOK Google です"
    assert glue(["これは", "OK"], JA) == "これはOK"
