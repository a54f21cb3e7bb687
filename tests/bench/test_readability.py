import pytest
from bench.origins import ORIGINS
from bench.readability import words_of
from bench.spoken import Said
from bench.tale import TALES, TaleEngine

from subtide.languages import Language
from subtide.mt.engine import Line
from subtide.playground.film import STORY
from subtide.subtitles.limits import ViolationKind, limits_for, violations

BROKEN = {
    "within every limit": None,
    "one long line": ViolationKind.LINE_TOO_LONG,
    "three lines": ViolationKind.TOO_MANY_LINES,
    "cues that flash": ViolationKind.TOO_SHORT,
    "cues that stand for 9 s": ViolationKind.TOO_LONG,
    "cues that touch": ViolationKind.TOO_CLOSE,
    "cues that overlap": ViolationKind.OVERLAP,
    "hurried": ViolationKind.READING_SPEED,
}


@pytest.mark.parametrize("name", ORIGINS)
def test_each_origin_breaks_the_limit_that_it_is_named_for(name: str) -> None:
    found = {v.kind for v in violations(ORIGINS[name](), limits_for(Language("en")))}
    assert (BROKEN[name] in found) if BROKEN[name] else not found


@pytest.mark.parametrize("tag", TALES)
def test_the_story_is_told_whole_in_every_language(tag: str) -> None:
    engine = TaleEngine(Language(tag))
    texts = [text for text, _ in STORY]
    lines = [Line(7, texts[0]), Line(3, " ".join(texts[2:4])), Line(5, texts[1][:-3])]
    tale = TALES[tag]
    assert engine.translate(lines) == [Line(7, tale[0]), Line(3, f"{tale[2]} {tale[3]}")]
    assert len(tale) == len(STORY)


@pytest.mark.parametrize("tag", ["en", "ja", "th", "zh"])
def test_words_fill_the_time_of_their_sentence_and_keep_its_text(tag: str) -> None:
    text = "Nobody lived there, he said." if tag == "en" else TALES[tag][3]
    words = list(words_of(Said(2.0, 5.0, text), Language(tag)))
    assert (words[0].start, words[-1].end) == (2.0, pytest.approx(5.0))
    assert len(words) > 3
    assert "".join(word.text for word in words) == (text.replace(" ", "") if tag == "en" else text)
