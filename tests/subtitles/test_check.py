"""The check's score: good files stay high, and each thing that spoils one takes it below half."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from subtide.languages import Language
from subtide.subtitles.check import Facts, Kind, Report, check
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import limits_for
from subtide.subtitles.segment import cues_from_words
from subtide.subtitles.textlanguage import identify

EN, PT = Language("en"), Language("pt")
LIMITS = limits_for(EN)
GOOD, BAD = 0.8, 0.5
NOUNS = (
    "lighthouse letter doctor baker village window garden teacher harbour kitchen river dog ship"
    " sister tower morning question story road winter candle captain market station bridge horse"
    " picture song neighbour church hill key suitcase table night farmer island coat summer boat"
)
VERBS = (
    "watched opened painted forgot described carried repaired answered remembered followed sold"
    " built found loved missed borrowed counted trusted washed feared kept lost mended hid"
)
KINDS = "old small quiet broken yellow strange empty heavy lonely bright wooden famous cold"
SENTENCES = (
    "The {0} {3} the {5} {1} before {2}.",
    "Nobody {3} my {1}, because the {0} was {5}.",
    "What do you think {0} and {1} {3} in the {2}?",
    "I {3} her {5} {0} near the {1} and {4} it.",
    "She never {3} a {0} without the {6} {1}, said the {2}.",
    "One {6} {0} {3} us while we {4} their {1}.",
)
PORTUGUESE = (
    "O velho farol ficava na beira da aldeia, onde a estrada terminava.",
    "Ninguém vivia ali há trinta anos, nem mesmo os pescadores.",
    "Numa noite de outubro chegou uma mulher com duas malas.",
    "Ela perguntou ao padeiro onde estava a chave da torre.",
    "Naquela noite o povo viu uma luz na torre pela primeira vez.",
)


class Film:
    """What was said in a film of some minutes, and when."""

    def __init__(self, sentences: int = 60, seed: int = 3) -> None:
        dice = random.Random(seed)  # noqa: S311 - no secret
        self.words: list[Word] = []
        self.spans: list[tuple[float, float]] = []
        at = 2.0
        for _ in range(sentences):
            began = at
            for text in self._sentence(dice).split():
                seconds = 0.07 * len(text) + 0.05
                self.words.append(Word(at, at + seconds, text, dice.uniform(0.75, 1.0)))
                at += seconds
            self.spans.append((began - 0.2, at + 0.2))
            at += dice.choice([0.6, 1.7, 2.6, 4.1])
        self.cues = cues_from_words(self.words, EN, LIMITS, 24.0)

    @staticmethod
    def _sentence(dice: random.Random) -> str:
        words = [
            w
            for some, n in ((NOUNS, 3), (VERBS, 2), (KINDS, 2))
            for w in dice.sample(some.split(), n)
        ]
        return dice.choice(SENTENCES).format(*words)

    def check(self, cues: Sequence[Cue] | None = None, **facts: object) -> Report:
        told = Facts(EN, LIMITS, spans=self.spans, words=self.words, identify=identify)
        changed = replace(told, **facts)  # type: ignore[arg-type]
        return check(self.cues if cues is None else cues, changed)


@pytest.fixture(scope="module")
def film() -> Film:
    return Film()


def worst(report: Report) -> Kind | None:
    return report.findings[0].kind if report.findings else None


def said(cues: Sequence[Cue], text: str, every: int = 1) -> list[Cue]:
    return [cue if n % every else replace(cue, text=text) for n, cue in enumerate(cues)]


def moved(cues: Sequence[Cue], seconds: float) -> list[Cue]:
    return [replace(c, start=c.start + seconds, end=c.end + seconds) for c in cues]


def shuffled(cues: Sequence[Cue]) -> list[Cue]:
    texts = [cue.text for cue in cues]
    random.Random(5).shuffle(texts)  # noqa: S311 - no secret
    return [replace(cue, text=text) for cue, text in zip(cues, texts, strict=True)]


def portuguese(cues: Sequence[Cue]) -> list[Cue]:
    return [replace(c, text=PORTUGUESE[n % 5]) for n, c in enumerate(cues)]


def half(change: Callable[[Sequence[Cue]], list[Cue]]) -> Callable[[Sequence[Cue]], list[Cue]]:
    return lambda cues: [*cues[: len(cues) // 2], *change(cues[len(cues) // 2 :])]


@pytest.mark.parametrize("seed", range(8))
def test_a_good_transcript_scores_high_whatever_is_said(seed: int) -> None:
    film = Film(seed=seed)
    report = film.check()
    assert report.score > GOOD, report.findings
    assert not report.holds


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        (Kind.UNCOVERED, half(lambda _cues: [])),
        (Kind.UNCOVERED, lambda cues: list(cues[::2])),
        (Kind.TIMING, lambda cues: moved(cues, 1.0)),
        (Kind.TIMING, lambda cues: moved(cues, -1.3)),
        (Kind.TIMING, shuffled),
        (Kind.LOOPS, half(lambda cues: said(cues, "I do not know what to say."))),
        (Kind.LOOPS, lambda cues: said(cues, "You")),
        (Kind.PHRASES, lambda cues: said(cues, "Thanks for watching!", every=4)),
        (Kind.LANGUAGE, portuguese),
        (Kind.LANGUAGE, half(portuguese)),
        (Kind.LIMITS, lambda cues: [replace(c, text=c.text * 3) for c in cues]),
    ],
)
def test_what_spoils_a_transcript_takes_it_below_one_half_and_is_named(
    film: Film, kind: Kind, spoil: Callable[[Sequence[Cue]], list[Cue]]
) -> None:
    report = film.check(spoil(film.cues))
    assert report.score < BAD, report.findings
    assert kind in {finding.kind for finding in report.findings if finding.cost >= 0.3}


def test_text_over_silence_takes_it_below_one_half(film: Film) -> None:
    later = film.spans[-1][1] + 5.0
    sung = [Cue(later + 4 * n, later + 4 * n + 2, c.text) for n, c in enumerate(Film(30, 9).cues)]
    report = film.check([*film.cues, *sung])
    assert report.score < BAD
    assert worst(report) is Kind.SILENCE
    assert set(report.findings[0].cues) == set(range(len(film.cues), len(film.cues) + len(sung)))


def test_a_recogniser_that_was_not_sure_takes_it_below_one_half(film: Film) -> None:
    words = [replace(w, probability=w.probability * 0.5) for w in film.words]
    report = film.check(words=words)
    assert report.score < BAD
    assert worst(report) is Kind.DOUBTFUL


def test_the_cues_of_unsure_words_are_named(film: Film) -> None:
    first = film.cues[4]
    words = [
        replace(w, probability=0.1) if first.start <= w.start < first.end else w for w in film.words
    ]
    words = [replace(w, probability=w.probability * 0.75) for w in words]
    (doubtful,) = [f for f in film.check(words=words).findings if f.kind is Kind.DOUBTFUL]
    assert doubtful.cues == (4,)


def test_a_little_of_anything_costs_little(film: Film) -> None:
    cues = list(film.cues)
    cues[3] = replace(cues[3], text="Thanks for watching!")
    cues[9] = replace(cues[9], text=cues[8].text)
    del cues[20]
    assert film.check(cues).score > GOOD


def test_a_refrain_is_no_loop(film: Film) -> None:
    cues = said(film.cues, "No. No. No. No.", every=25)
    assert film.check(cues).score > GOOD


def test_a_loop_is_found_where_words_have_no_blanks_between() -> None:
    lines = [Cue(n * 3, n * 3 + 2, "今日はとてもいい天気ですね") for n in range(30)]
    ja = Facts(Language("ja"))
    assert check(lines, ja).score < BAD
    other = "山川空海花鳥風月春夏秋冬東西南北父母兄弟姉妹朝昼夜星雲雨雪"
    dice = random.Random(1)  # noqa: S311 - no secret
    good = [replace(c, text="".join(dice.sample(other, 13))) for c in lines]
    assert check(good, ja).score > GOOD


# -- what holds by itself -----------------------------------------------------------------


@pytest.mark.parametrize("cues", [[], [Cue(0, 2, "{\\i1} {\\i0}")]])
def test_nothing_to_read_scores_nothing_and_holds(cues: list[Cue]) -> None:
    report = check(cues, Facts(EN))
    assert (report.score, report.holds, worst(report)) == (0.0, True, Kind.EMPTY)


ORDINARY = [Cue(i * 3, i * 3 + 2, "This is a line of ordinary text.") for i in range(10)]


def vote(tag: str | None, probability: float):  # noqa: ANN201 - a small closure
    return lambda _text: (Language(tag) if tag else None, probability)


def language_of(cues: Sequence[Cue], expected: str, voter: object) -> list[str]:
    found = check(cues, Facts(Language(expected), identify=voter))  # type: ignore[arg-type]
    return [finding.text for finding in found.findings if finding.kind is Kind.LANGUAGE]


def test_a_sure_contrary_vote_holds_and_names_both_languages() -> None:
    report = check(ORDINARY, Facts(EN, identify=vote("pt", 0.97)))
    assert report.holds
    (text,) = language_of(ORDINARY, "en", vote("pt", 0.97))
    assert "Portuguese" in text
    assert "English" in text


@pytest.mark.parametrize(
    ("expected", "named", "probability", "count"),
    [
        ("en", "pt", 0.8, 10),
        ("en", "pt", 1.0, 3),
        ("en", None, 0.0, 10),
        ("pt-BR", "pt", 1.0, 10),
        ("nb", "da", 1.0, 10),
    ],
)
def test_an_unsure_vote_or_a_close_language_or_little_text_holds_nothing(
    expected: str, named: str | None, probability: float, count: int
) -> None:
    assert language_of(ORDINARY[:count], expected, vote(named, probability)) == []


def test_passages_that_are_marked_as_foreign_are_not_in_the_wrong_language(film: Film) -> None:
    cues = half(portuguese)(film.cues)
    wrong = [f.kind for f in film.check(cues, limits=None).findings]
    assert Kind.LANGUAGE in wrong
    marked = [c if c.text not in PORTUGUESE else replace(c, language="pt") for c in cues]
    assert Kind.LANGUAGE not in [f.kind for f in film.check(marked, limits=None).findings]


# -- translations -------------------------------------------------------------------------

LONG = [" ".join(c.text for c in Film(5, seed).cues) for seed in range(100, 160)]


def translation_of(cues: Sequence[Cue]) -> list[Cue]:
    """Other words of about the same length, each line its own."""
    return [replace(c, text=c.text[::-1]) for c in cues]


def test_a_whole_translation_scores_high(film: Film) -> None:
    report = check(translation_of(film.cues), Facts(PT, source=film.cues))
    assert report.score > GOOD, report.findings


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        (Kind.LENGTH, half(lambda _cues: [])),
        (Kind.LENGTH, half(lambda cues: [replace(c, text=c.text[:3]) for c in cues])),
        (
            Kind.LENGTH,
            half(lambda cues: [replace(c, text=c.text + LONG[n]) for n, c in enumerate(cues)]),
        ),
    ],
)
def test_a_translation_that_lost_half_or_runs_on_scores_below_one_half(
    film: Film, kind: Kind, spoil: Callable[[Sequence[Cue]], list[Cue]]
) -> None:
    report = check(spoil(translation_of(film.cues)), Facts(PT, source=film.cues))
    assert report.score < BAD, report.findings
    assert worst(report) is kind


def test_lines_that_stayed_as_they_were_take_it_below_one_half_and_are_named(film: Film) -> None:
    done = translation_of(film.cues)
    done[::3] = film.cues[::3]
    report = check(done, Facts(PT, source=film.cues))
    assert report.score < BAD
    assert worst(report) is Kind.UNTRANSLATED
    assert report.findings[0].cues == tuple(range(0, len(done), 3))


def test_lines_that_no_engine_could_translate_count_too(film: Film) -> None:
    facts = Facts(PT, source=film.cues, untranslated=len(film.cues) // 4)
    assert check(translation_of(film.cues), facts).score < BAD


def test_songs_may_stay_as_they_are(film: Film) -> None:
    source = [replace(c, text=f"♪ {c.text} ♪") if n % 3 else c for n, c in enumerate(film.cues)]
    kept = [c if "♪" in c.text else replace(c, text=c.text[::-1]) for c in source]
    assert check(kept, Facts(PT, source=source)).score > GOOD


def test_chinese_says_as_much_in_fewer_characters(film: Film) -> None:
    done = [replace(c, text="说" * max(1, len(c.plain) // 3)) for c in film.cues]
    found = {f.kind for f in check(done, Facts(Language("zh"), source=film.cues)).findings}
    assert Kind.LENGTH not in found


# -- limits and reports -------------------------------------------------------------------


def test_cues_beyond_the_limits_are_counted_by_kind() -> None:
    cues = [*ORDINARY, Cue(40, 48, "x" * 50), Cue(47, 49, "y" * 50)]
    (found,) = [f for f in check(cues, Facts(EN, LIMITS)).findings if f.kind is Kind.LIMITS]
    assert "line too long 2x" in found.text
    assert "overlap 1x" in found.text
    assert found.cues == (10, 11)
    kept = check(cues, Facts(EN)).findings
    assert Kind.LIMITS not in {f.kind for f in kept}


def test_fast_speech_costs_little() -> None:
    cues = [Cue(n * 2, n * 2 + 1, f"{n} " + "x" * 36) for n in range(40)]
    report = check(cues, Facts(EN, LIMITS))
    assert worst(report) is Kind.READING_SPEED
    assert report.score > GOOD


@pytest.mark.parametrize(
    ("texts", "sure"),
    [
        (["Yes."], 0.9),
        (["Huh?"], 0.45),
        (["No.", "No.", "No."], 0.9),
        (["Ha ha ha ha ha ha ha.", "Stop it!"], 0.9),
        (["Where are you?", "Here.", "Subscribe!", "See you then."], 0.9),
    ],
)
def test_a_file_of_few_cues_is_not_held_for_one_of_them(texts: list[str], sure: float) -> None:
    cues = [Cue(4.0 * n, 4.0 * n + 2, text) for n, text in enumerate(texts)]
    words = [Word(c.start, c.end, text, sure) for c in cues for text in c.text.split()]
    spans = [(cue.start, cue.end) for cue in cues]
    assert check(cues, Facts(EN, LIMITS, spans=spans, words=words)).score > BAD


def test_a_name_that_is_all_there_is_need_not_be_translated() -> None:
    cues = [Cue(1, 3, "Anna Katharina Meyer")]
    assert check(cues, Facts(PT, source=cues)).score > BAD


def test_a_file_of_nothing_but_a_made_up_phrase_is_held() -> None:
    cues = [Cue(1, 3, "Thanks for watching!")]
    assert check(cues, Facts(EN)).score < BAD


def test_little_speech_is_not_compared() -> None:
    report = check([Cue(1, 3, "Good evening, everyone.")], Facts(EN, spans=[(0.8, 12.0)]))
    assert report.score == 1.0


def test_what_costs_most_comes_first_and_the_longest_silence_of_text_is_named(film: Film) -> None:
    cues = [c for c in film.cues if not 60 <= c.start < 150]
    report = film.check(cues, words=[])
    costs = [finding.cost for finding in report.findings]
    assert costs == sorted(costs, reverse=True)
    assert "longest from 0:0" in next(f.text for f in report.findings if f.kind is Kind.UNCOVERED)


def test_a_report_is_plain_for_json(film: Film) -> None:
    report = film.check(half(lambda _cues: [])(film.cues))
    plain = report.plain()
    assert plain["score"] == report.score
    assert plain["holds"] is False
    assert plain["findings"][0] == [report.findings[0].kind.value, report.findings[0].text, []]


# -- the language of a text ---------------------------------------------------------------


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
