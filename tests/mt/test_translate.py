import codecs
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtide.errors import ModelDamaged, ModelMissing, Stopped
from subtide.languages import Language
from subtide.mt.engine import EngineFailed, Line, Term
from subtide.mt.engines import ENGINES
from subtide.mt.fake import FakeEngine, rotate
from subtide.mt.guard import LineFault
from subtide.mt.translate import Fault, Translation, Way, sentences_of, translate_cues
from subtide.subtitles.cues import TAG, Cue
from subtide.subtitles.limits import ViolationKind, limits_for, violations

EN, PT = Language("en"), Language("pt")
LIMITS = limits_for(PT)

Answer = Callable[[Sequence[Line]], list[Line]]

CUES = (
    Cue(0, 2.5, "I never thought that we would\nfind the old house again"),
    Cue(2.6, 5, "after so many years in the city."),
    Cue(6, 8, "{\\i1}Hello, my friend.{\\i0}"),
    Cue(8.1, 10, "- Where are you going?\n- Nowhere, my dear."),
    Cue(11, 13, "♪ Here comes the sun ♪"),
    Cue(13.1, 14, "♪♪"),
    Cue(15, 16, "Dr. Smith was born in 1986."),
    Cue(17, 18, "It cost {\\i1}twelve thousand{\\i0} dollars."),
    Cue(20, 21, "Yes."),
    Cue(21.1, 23, "[door opens]"),
    Cue(23.5, 26, "He said nothing else, because there"),
    Cue(26.1, 28, "was nothing else to say."),
)


def run(
    *answers: Answer, cues: Sequence[Cue] = CUES, ours: bool = False, **more: object
) -> Translation:
    engines = [FakeEngine(EN, PT, answer, f"fake-{i}") for i, answer in enumerate(answers)]
    return translate_cues(cues, EN, PT, engines, LIMITS, ours=ours, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("ours", [False, True])
def test_a_real_model_translates_cues_and_keeps_times_tags_and_limits(
    firefox_files: dict[str, Path], *, ours: bool
) -> None:
    engine = ENGINES["firefox"](firefox_files, EN, PT, 0)
    result = translate_cues(CUES, EN, PT, [engine], LIMITS, ours=ours)
    texts = [" ".join(cue.text.split()) for cue in result.cues]
    assert result.faults == ()
    assert len(result.cues) == len(CUES)
    assert [cue.start for cue in result.cues] == [cue.start for cue in CUES]
    assert texts[:3] == [
        "Eu nunca pensei que encontraríamos a antiga casa",
        "depois de tantos anos na cidade.",
        "{\\i1}Olá, meu amigo.{\\i0}",
    ]
    assert result.cues[3].text.split("\n")[0].startswith("- Onde")
    assert texts[4] == "♪ Aqui vem o sol ♪"
    assert texts[5] == "♪♪"
    assert result.engine_by_cue == ("firefox",) * 5 + (None,) + ("firefox",) * 6
    broken = {violation.kind for violation in violations(result.cues, LIMITS)}
    assert broken <= {ViolationKind.READING_SPEED}


def test_a_good_engine_leaves_nothing_for_the_next() -> None:
    spare = FakeEngine(EN, PT)
    result = translate_cues(CUES, EN, PT, [FakeEngine(EN, PT), spare], LIMITS, ours=False)
    assert spare.asked == []
    assert result.faults == ()
    assert read(result.cues) == [codecs.encode(text, "rot13") for text in read(CUES)]


def test_only_bare_sentences_are_sent() -> None:
    engine = FakeEngine(EN, PT)
    translate_cues(CUES, EN, PT, [engine], LIMITS, ours=False)
    sent = [line.text for line in engine.asked]
    assert sent[0] == (
        "I never thought that we would find the old house again after so many years in the city."
    )
    assert sent[1:4] == ["Hello, my friend.", "Where are you going?", "Nowhere, my dear."]
    assert not any("{" in text or "♪" in text or text.startswith("-") for text in sent)
    assert len({line.id for line in engine.asked}) == len(engine.asked)


def read(cues: Sequence[Cue]) -> list[str]:
    return [cue.plain.replace("\n", " ") for cue in cues]


def drop(lines: Sequence[Line]) -> list[Line]:
    return rotate(lines)[1:]


def swap(lines: Sequence[Line]) -> list[Line]:
    return rotate(lines)[::-1]


def renumber(lines: Sequence[Line]) -> list[Line]:
    return [Line(line.id + 1000, line.text) for line in rotate(lines)]


def double(lines: Sequence[Line]) -> list[Line]:
    return [*rotate(lines), *rotate(lines)]


def merge(lines: Sequence[Line]) -> list[Line]:
    return [Line(lines[0].id, " ".join(line.text for line in rotate(lines)))]


def empty(lines: Sequence[Line]) -> list[Line]:
    return [Line(line.id, "") for line in lines]


def echo(lines: Sequence[Line]) -> list[Line]:
    return list(lines)


def loop(lines: Sequence[Line]) -> list[Line]:
    return [Line(line.id, "não sei " * 5) for line in lines]


def crash(lines: Sequence[Line]) -> list[Line]:
    raise EngineFailed("it broke")


FAULTY: list[Answer] = [drop, swap, renumber, double, merge, empty, loop, crash]


def good(lines: Sequence[Line]) -> list[Line]:
    return [Line(line.id, f"<{line.text}>") for line in rotate(lines)]


@pytest.mark.parametrize("faulty", FAULTY)
def test_what_one_engine_fails_the_next_one_translates(faulty: Answer) -> None:
    result = run(faulty, rotate)
    assert result.faults == ()
    assert read(result.cues) == [codecs.encode(text, "rot13") for text in read(CUES)]


def test_an_untranslated_line_goes_to_the_next_engine() -> None:
    result = run(echo, good, cues=[CUES[0], CUES[8]])
    assert "<" in result.cues[0].text
    assert result.engine_by_cue == ("fake-1", "fake-0"), "Yes may be a name"


@given(st.lists(st.sampled_from([*FAULTY[:-1], rotate, good]), min_size=1, max_size=3))
def test_count_order_starts_and_tags_are_equal_whatever_engines_do(answers: list[Answer]) -> None:
    result = run(*answers)
    assert [cue.start for cue in result.cues] == [cue.start for cue in CUES]
    assert [TAG.findall(cue.text) for cue in result.cues] == [TAG.findall(c.text) for c in CUES]
    assert result.origins == tuple(range(len(CUES)))
    assert len(result.engine_by_cue) == len(CUES)


def test_what_every_engine_fails_keeps_its_source_and_is_named() -> None:
    result = run(empty, drop, cues=CUES[6:7])
    assert result.cues[0].text.replace("\n", " ") == CUES[6].text
    assert result.faults == (Fault(0, (LineFault.MISSING,)),)
    assert result.engine_by_cue == (None,)


def test_a_sentence_that_fails_is_tried_cue_by_cue() -> None:
    def short_only(lines: Sequence[Line]) -> list[Line]:
        return [line for line in rotate(lines) if len(line.text) < 60]

    result = run(short_only, cues=CUES[:2])
    assert result.faults == ()
    assert result.cues[1].text == "nsgre fb znal lrnef va gur pvgl."


def test_an_engine_that_breaks_down_gets_no_more_lines() -> None:
    engine = FakeEngine(EN, PT, crash)
    many = [Cue(i * 3, i * 3 + 2, f"Sentence number {i + 100}.") for i in range(40)]
    result = translate_cues(many, EN, PT, [engine, FakeEngine(EN, PT)], LIMITS, ours=False)
    assert len(engine.asked) < len(many)
    assert result.faults == ()


def test_no_working_engine_is_an_error_and_not_an_untranslated_file() -> None:
    def damaged(_lines: Sequence[Line]) -> list[Line]:
        raise ModelDamaged("gone")

    with pytest.raises(EngineFailed):
        run(damaged, crash)
    with pytest.raises(ModelMissing):
        run()


def test_work_can_be_stopped_between_batches() -> None:
    engine = FakeEngine(EN, PT)
    many = [Cue(i * 3, i * 3 + 2, f"Sentence number {i}.") for i in range(100)]

    def stop(done: int, total: int) -> None:
        raise Stopped(f"{done} of {total}")

    with pytest.raises(Stopped, match="of 100"):
        translate_cues(many, EN, PT, [engine], LIMITS, ours=False, progress=stop)
    assert len(engine.asked) < 100


def test_progress_ends_at_the_total() -> None:
    told: list[tuple[int, int]] = []
    run(rotate, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 0
    assert told == sorted(told)


def test_nothing_to_translate_needs_no_engine() -> None:
    result = run(cues=[Cue(0, 1, "♪♪")])
    assert result.cues[0].text == "♪♪"


def lengthy(factor: int) -> Answer:
    return lambda lines: [
        Line(line.id, " ".join([line.text.upper()] * factor)) for line in rotate(lines)
    ]


HARD = set(ViolationKind) - {ViolationKind.READING_SPEED}


def test_a_text_too_long_for_our_cue_becomes_two_in_its_own_time() -> None:
    text = "This is a rather long sentence which fills the two lines of its cue."
    result = run(lengthy(2), cues=[Cue(1, 6, text), Cue(7, 9, "Good.")], ours=True)
    assert result.origins == (0, 0, 1)
    assert result.cues[0].start == 1
    assert result.cues[1].end <= 7
    assert result.cues[2].start == 7
    assert not HARD & {violation.kind for violation in violations(result.cues, LIMITS)}


@given(
    st.lists(
        st.tuples(
            st.floats(0.09, 3),
            st.floats(0.84, 7),
            st.text(st.sampled_from("abc ,.日{"), min_size=1, max_size=80),
        ),
        max_size=20,
    ),
    st.integers(1, 3),
    st.sampled_from(["pt", "ja", "zh-Hans", "th"]),
)
def test_our_cues_keep_every_limit_in_every_language(
    parts: list[tuple[float, float, str]], factor: int, tag: str
) -> None:
    cues, start = [], 0.0
    for pause, length, text in parts:
        start += pause
        cues.append(Cue(start, start + length, f"x {text}"))
        start += length
    target = Language(tag)
    limits = limits_for(target)
    engine = FakeEngine(EN, target, lengthy(factor))
    result = translate_cues(cues, EN, target, [engine], limits, ours=True)
    assert not HARD & {violation.kind for violation in violations(result.cues, limits)}
    assert sorted(set(result.origins)) == list(range(len(cues)))


def test_a_persons_cue_keeps_its_start_and_grows_only_into_the_gap() -> None:
    cues = [Cue(1, 1.5, "A rather long text, too fast."), Cue(2.2, 4, "Next one.")]
    result = run(rotate, cues=cues)
    assert [cue.start for cue in result.cues] == [1, 2.2]
    assert 1.5 < result.cues[0].end < 2.2


def test_two_speakers_too_long_for_our_cue_get_a_cue_each() -> None:
    cue = Cue(1, 6, "- Where have you been all day?\n- I was at the house of a friend.")
    result = run(lengthy(2), cues=[cue], ours=True)
    assert [c.text.replace("\n", " ")[:7] for c in result.cues] == ["- JURER", "- V JNF"]


def foreign(text: str, start: float = 0.0) -> Cue:
    return Cue(start, start + 2, text, "fr")


def test_each_language_is_translated_from_its_own() -> None:
    english, french = FakeEngine(EN, PT), FakeEngine(Language("fr"), PT, good, "french")
    cues = [Cue(0, 2, "I think"), foreign("je ne sais pas", 2.1), Cue(4.2, 6, "he is gone.")]
    way = Way(Language("fr"), [french])
    result = translate_cues(cues, EN, PT, [english], LIMITS, ours=False, foreign={"fr": way})
    assert [line.text for line in french.asked] == ["je ne sais pas"]
    assert result.engine_by_cue == ("fake", "french", "fake")
    assert [cue.language for cue in result.cues] == ["", "", ""]


def test_a_passage_without_a_way_keeps_its_text_and_is_no_fault() -> None:
    result = run(rotate, cues=[Cue(0, 2, "Where is he?"), foreign("Je ne sais pas.", 3)])
    assert result.cues[1].text == "Je ne sais pas."
    assert result.cues[1].language == "fr"
    assert result.faults == ()


def test_what_is_in_the_targets_language_already_stays() -> None:
    engine = FakeEngine(EN, PT)
    cues = [Cue(0, 2, "Where is he?"), Cue(3, 5, "Onde estás?", "pt-BR")]
    way = Way(Language("pt-BR"), [FakeEngine(PT, PT)])
    result = translate_cues(cues, EN, PT, [engine], LIMITS, ours=False, foreign={"pt-BR": way})
    assert result.cues[1].text == "Onde estás?"


def test_foreign_passages_of_a_film_in_the_targets_language_are_all_that_is_translated() -> None:
    way = Way(Language("fr"), [FakeEngine(Language("fr"), PT)])
    cues = [Cue(0, 2, "Onde estás?"), foreign("Je suis là.", 3)]
    result = translate_cues(cues, PT, PT, [], LIMITS, ours=False, foreign={"fr": way})
    assert read(result.cues) == ["Onde estás?", codecs.encode("Je suis là.", "rot13")]


SONG = (Cue(0, 2, "Good evening."), Cue(3, 5, "♪ Here comes the sun ♪"), Cue(6, 8, "Thank you."))


def test_songs_are_kept_in_their_language() -> None:
    result = run(rotate, cues=SONG, songs="keep")
    assert result.cues[1].text == "♪ Here comes the sun ♪"
    assert result.origins == (0, 1, 2)
    assert result.faults == ()


def test_songs_are_dropped_and_every_cue_still_knows_its_own() -> None:
    result = run(rotate, cues=SONG, songs="drop")
    assert read(result.cues) == ["Tbbq riravat.", "Gunax lbh."]
    assert result.origins == (0, 2)
    assert result.engine_by_cue == ("fake-0", None, "fake-0")


def test_faults_name_the_places_of_the_source_when_songs_are_dropped() -> None:
    result = run(lambda lines: rotate(lines)[:1], cues=SONG, songs="drop")
    assert result.faults == (Fault(2, (LineFault.MISSING,)),)


GREEN = (Term("Green", "Green"),)


def test_a_line_that_lost_its_term_goes_on_and_the_best_answer_is_taken() -> None:
    def keeps(lines: Sequence[Line]) -> list[Line]:
        return [Line(line.id, "Boa noite, Green.") for line in lines]

    cues = [Cue(0, 2, "Good evening, Green.")]
    assert read(run(rotate, keeps, cues=cues, terms=GREEN).cues) == ["Boa noite, Green."]
    lost = run(rotate, empty, cues=cues, terms=GREEN)
    assert read(lost.cues) == ["Tbbq riravat, Terra."]
    assert lost.faults == ()
    assert lost.doubts == (Fault(0, (LineFault.TERM,)),)


def test_short_lines_that_are_together_in_the_sources_language_go_to_the_next_engine() -> None:
    def reworded(lines: Sequence[Line]) -> list[Line]:
        return [Line(line.id, f"Well, {line.text.lower()}") for line in lines]

    texts = ("Where are you?", "In the house.", "What is it?", "Nothing at all.", "Come here.")
    texts += ("I will not.", "You have to.", "Who says so?", "The captain.", "He is dead now.")
    cues = [Cue(i * 3, i * 3 + 2, text) for i, text in enumerate(texts)]
    assert run(reworded, rotate, cues=cues).engine_by_cue == ("fake-1",) * len(cues)


def test_engines_see_the_whole_document_and_when_it_is_said() -> None:
    seen: list[Sequence[Line]] = []

    class Reader(FakeEngine):
        def translate(self, lines: Sequence[Line], *, script: Sequence[Line] = ()) -> list[Line]:
            seen.append(script)
            return super().translate(lines, script=script)

    cues = [Cue(i * 3, i * 3 + 2, f"Sentence number {i + 100}.") for i in range(40)]
    translate_cues(cues, EN, PT, [Reader(EN, PT)], LIMITS, ours=False)
    assert {len(script) for script in seen} == {40}
    assert seen[0][3] == Line(3, "Sentence number 103.", 9, 11)


def test_the_texts_that_will_be_asked_for_are_known_before() -> None:
    engine = FakeEngine(EN, PT)
    translate_cues(CUES, EN, PT, [engine], LIMITS, ours=False)
    known = sentences_of(CUES, {"": EN})[""]
    assert {line.text for line in engine.asked} < set(known)
    assert sentences_of(SONG, {"": EN}, "keep") == {"": ["Good evening.", "Thank you."]}


def test_the_parts_of_a_sentence_whose_translation_does_not_divide_are_known_before() -> None:
    def fused(lines: Sequence[Line]) -> list[Line]:
        return [Line(line.id, line.text.replace(" ", "").upper()) for line in lines]

    cues = [Cue(0, 2, "Never in"), Cue(2.1, 4, "our life.")]
    engine = FakeEngine(EN, PT, fused)
    translate_cues(cues, EN, PT, [engine], LIMITS, ours=False)
    asked = [line.text for line in engine.asked]
    assert asked == ["Never in our life.", "Never in", "our life."]
    assert sentences_of(cues, {"": EN}) == {"": asked}


def test_dots_between_two_parts_of_a_sentence_stay_where_they_are() -> None:
    engine = FakeEngine(EN, PT)
    cues = [Cue(0, 2, "I always thought..."), Cue(2.1, 4, "...that you were dead.")]
    result = translate_cues(cues, EN, PT, [engine], LIMITS, ours=False)
    assert [line.text for line in engine.asked] == ["I always thought that you were dead."]
    assert result.cues[0].text.endswith("...")
    assert result.cues[1].text.startswith("...")


def test_of_two_answers_that_are_as_good_the_earlier_is_taken() -> None:
    cues = [Cue(0, 2, "Good evening, Green.")]
    result = run(rotate, good, cues=cues, terms=GREEN)
    assert result.engine_by_cue == ("fake-0",)


def test_what_a_person_wrote_and_nobody_translated_keeps_its_line_breaks() -> None:
    cues = [Cue(0, 2, "Où\nest-il ?", "fr"), Cue(3, 5, "♪ Here\ncomes the sun ♪")]
    result = run(rotate, cues=cues, songs="keep")
    assert [cue.text for cue in result.cues] == [cue.text for cue in cues]
