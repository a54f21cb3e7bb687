"""How well cues can be read: limits, by language, and times, against a script that is known.

Limits: the share of cues within each. Transcripts are the script's own words in their known times
(a sentence's time is shared among its words by their letters) and those that Whisper hears.
Translations are those of the Firefox models here; for other languages the sample film's story as
a person tells it, in the time the English voice takes (tale.py). Times: wherever a cue begins or
ends with a sentence of the script. People's subtitles: made by rule, with faults of their own;
before and after are measured by the target's limits.

Run: python -m bench.readability [--model tiny.en] [--short]; about 5 minutes on two cores.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.machine import arguments, describe, table, verdict
from bench.origins import ORIGINS
from bench.score import Timing, timing
from bench.spoken import Said, Spoken, spoken, told
from bench.tale import TALES, TaleEngine
from bench.weights import need
from subtide.asr.blocks import prepare
from subtide.asr.flac import read_flac
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language
from subtide.mt.engine import TranslationEngine
from subtide.mt.engines import ENGINES
from subtide.mt.translate import translate_cues
from subtide.playground.film import STORY
from subtide.subtitles.breaks import UNSPACED
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import Limits, ViolationKind, limits_for, violations
from subtide.subtitles.segment import cues_from_words

MINUTES, SHORT_MINUTES = 20.0, 3.0
SHARES = (0.55, 0.95)
GOAL, GOAL_SPEED = 1.0, 0.98
GOAL_MEDIAN, GOAL_HIGH = 0.1, 0.3
"""Seconds."""
KINDS = {
    "lines": {ViolationKind.TOO_MANY_LINES},
    "length": {ViolationKind.LINE_TOO_LONG},
    "duration": {ViolationKind.TOO_SHORT, ViolationKind.TOO_LONG},
    "gap": {ViolationKind.TOO_CLOSE, ViolationKind.OVERLAP},
    "speed": {ViolationKind.READING_SPEED},
}
"""What each column counts."""
GLYPH = re.compile(r"\s*\w[\u0300-\u036f\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]*[^\w\s]*|\s*[^\w\s]+")
"""What Whisper gives for a word in scripts without blanks: a letter and its marks."""
ENGLISH, PORTUGUESE = Language("en"), Language("pt")

Set = tuple[str, Language, Sequence[Cue]]
Timed = tuple[str, Timing]


def main(args: Sequence[str] | None = None) -> None:
    """Print limits, times and people's subtitles, each with its goals."""
    parser = arguments("How well cues can be read.")
    parser.add_argument("--model", default="tiny.en", help="what hears; a name, or a folder")
    options = parser.parse_args(args)
    into, back = _firefox(ENGLISH, PORTUGUESE), _firefox(PORTUGUESE, ENGLISH)
    ears = WhisperEngine(need(options.model).folder)
    sets: list[Set] = []
    timings: list[Timed] = []
    for share in SHARES:
        audio = spoken(SHORT_MINUTES if options.short else MINUTES, share)
        name = f"{audio.share:.0%} speech"
        for source, words in (("script", _of_script(audio)), (options.model, _heard(ears, audio))):
            cues = cues_from_words(words, ENGLISH, limits_for(ENGLISH))
            sets.append((f"{source}, {name}", ENGLISH, cues))
            timings.append((f"{source}, {name}", timing(audio.script, words, cues)))
        there = _ours(into, cues)
        sets.append((f"firefox en-pt, {name}", PORTUGUESE, there))
        sets.append((f"firefox pt-en of that, {name}", ENGLISH, _ours(back, there)))
    sets += _tales()
    print("readability: share of cues within each limit")
    _print_limits(sets)
    print("times: how far off, in seconds; ends count from the speech to 0.5 s after it")
    _print_times(timings)
    print("people's subtitles, firefox en-pt: faults by the target's limits, before and after")
    _print_origins(into)
    print(describe())


def _firefox(source: Language, target: Language) -> TranslationEngine:
    model = need(f"firefox-{source.tag}-{target.tag}")
    return ENGINES["firefox"](model.files, source, target, 1)


def _of_script(audio: Spoken) -> list[Word]:
    return [word for said in audio.script for word in words_of(said, ENGLISH)]


def words_of(said: Said, language: Language) -> Iterator[Word]:
    """Yield a sentence's words; each has its letters' share of the sentence's time."""
    texts = GLYPH.findall(said.text) if language.base in UNSPACED else said.text.split()
    a_letter = (said.end - said.start) / sum(map(len, texts))
    at = said.start
    for text in texts:
        end = at + len(text) * a_letter
        yield Word(at, end, text)
        at = end


def _heard(engine: WhisperEngine, audio: Spoken) -> list[Word]:
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(audio.write(Path(folder, "film.flac")), 0, Path(folder))
        return [
            word
            for block in prepared.blocks
            for word in engine.transcribe(
                read_flac(block.path),
                language=ENGLISH,
                offset=block.start,
                progress=lambda _: None,
            )
        ]


def _ours(engine: TranslationEngine, cues: Sequence[Cue]) -> Sequence[Cue]:
    limits = limits_for(engine.target)
    return translate_cues(cues, engine.source, engine.target, [engine], limits, ours=True).cues


def _tales() -> Iterator[Set]:
    """The story in each language: heard in that language, and translated from the English."""
    script = told([text for text, _ in STORY], [pause for _, pause in STORY])
    words = [word for said in script for word in words_of(said, ENGLISH)]
    english = cues_from_words(words, ENGLISH, limits_for(ENGLISH))
    for tag, tale in TALES.items():
        language = Language(tag)
        own = [
            word
            for said, text in zip(script, tale, strict=True)
            for word in words_of(Said(said.start, said.end, text), language)
        ]
        yield f"story told in {tag}", language, cues_from_words(own, language, limits_for(language))
        yield f"story, en-{tag}", language, _ours(TaleEngine(language), english)


def _print_limits(sets: Sequence[Set]) -> None:
    rows, worst = [], dict.fromkeys(KINDS, 1.0)
    for name, language, cues in sets:
        limits = limits_for(language)
        most = f"{limits.reading_speed:.0f}"
        found = violations(cues, limits)
        shares = {
            column: 1 - len({v.index for v in found if v.kind in kinds}) / len(cues)
            for column, kinds in KINDS.items()
        }
        worst = {column: min(share, worst[column]) for column, share in shares.items()}
        percent = (f"{share:.1%}" for share in shares.values())
        rows.append((name, str(len(cues)), *percent, f"{_pace(cues, limits):.1f}", most))
    goals = {column: GOAL_SPEED if column == "speed" else GOAL for column in KINDS}
    met = (verdict(worst[column], goals[column], holds=float.__ge__) for column in KINDS)
    rows.append(("goal", "", *(f"{goal:.0%}" for goal in goals.values()), "", ""))
    rows.append(("the worst line", "", *met, "", ""))
    print(table(("cues of", "cues", *KINDS, "chars/s", "limit"), rows))


def _pace(cues: Sequence[Cue], limits: Limits) -> float:
    """Characters a second of all cues together: above the limit, no layout can keep it."""
    return sum(limits.width(cue.text) for cue in cues) / sum(cue.duration for cue in cues)


def _print_times(timings: Sequence[Timed]) -> None:
    rows = []
    for name, found in timings:
        for what, errors in (
            ("cue start", found.start),
            ("end of speech", found.speech_end),
            ("cue end", found.end),
        ):
            rows.append(
                (
                    f"{name}: {what}",
                    str(errors.count),
                    f"{errors.median:.3f}",
                    f"{errors.high:.3f}",
                    verdict(errors.median, GOAL_MEDIAN, holds=float.__lt__),
                    verdict(errors.high, GOAL_HIGH, holds=float.__lt__),
                )
            )
    goals = f"median < {GOAL_MEDIAN}", f"95 % < {GOAL_HIGH}"
    print(table(("cues of", "places", "median", "95 %", *goals), rows))


def _print_origins(engine: TranslationEngine) -> None:
    limits, rows, added_in_all = limits_for(PORTUGUESE), [], 0
    for name, make in ORIGINS.items():
        origin = make()
        done = translate_cues(origin, ENGLISH, PORTUGUESE, [engine], limits, ours=False).cues
        before, after = (
            {(v.index, v.kind) for v in violations(cues, limits)} for cues in (origin, done)
        )
        added = Counter(kind for _, kind in after - before)
        speed = added.pop(ViolationKind.READING_SPEED, 0)
        added_in_all += added.total()
        rows.append(
            (
                name,
                str(len(origin)),
                str(len(before)),
                str(len(after)),
                ", ".join(f"{kind} {count}" for kind, count in added.items()) or "none",
                str(speed),
            )
        )
    print(table(("origin", "cues", "before", "after", "added", "added: speed"), rows))
    print(f"  {added_in_all} added, goal 0 {verdict(added_in_all, 0, holds=int.__eq__)}")


if __name__ == "__main__":
    main()
