import re

from bench.sentences import sentences


def test_no_sentence_repeats_and_the_same_seed_gives_the_same_ones() -> None:
    made = sentences(2000)
    assert len(set(made)) == 2000
    assert sentences(2000) == made
    assert sentences(50, seed=7) != made[:50]


def test_a_sentence_is_written_as_people_write_and_holds_nothing_with_two_spellings() -> None:
    for text in sentences(500):
        assert re.fullmatch(r"[A-Z][a-z ,]+[.?!]", text), text
