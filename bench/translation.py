"""Translation by a Firefox model, end to end: cues a second of one core.

End to end is all that a target costs: joining cues into sentences, the model, the guard, dividing
sentences over their cues, and the layout. The same cues with silence between them join into no
sentence, so every cue is translated alone.
Run: python -m bench.translation [--short]; about 2 minutes.
"""

import dataclasses
from collections.abc import Sequence

from bench.machine import Cost, arguments, describe, table, timed
from bench.sentences import sentences
from bench.weights import need
from subtide.languages import Language
from subtide.mt.engine import Line, TranslationEngine
from subtide.mt.engines import ENGINES
from subtide.mt.sentences import LONGEST_GAP
from subtide.mt.translate import translate_cues
from subtide.subtitles.cues import Cue, Word
from subtide.subtitles.limits import limits_for
from subtide.subtitles.segment import cues_from_words

CUES, SHORT_CUES = 2000, 200
SECONDS_A_LETTER = 1 / 15
"""How fast the words are said."""
PAUSE = 0.4
"""Seconds between two sentences."""
ENGLISH, PORTUGUESE = Language("en"), Language("pt")


def main(args: Sequence[str] | None = None) -> None:
    """Measure both ways and the model alone."""
    options = arguments("Translation, in cues a second.").parse_args(args)
    cues = make_cues(SHORT_CUES if options.short else CUES)
    model = need("firefox-en-pt")
    with timed() as load:
        engine = ENGINES["firefox"](model.files, ENGLISH, PORTUGUESE, 1)
        engine.translate([Line(0, "Good evening.")])
    texts = [Line(number, cue.plain.replace("\n", " ")) for number, cue in enumerate(cues)]
    with timed() as alone:
        engine.translate(texts)
    joined, left = _translated(engine, cues)
    apart, left_apart = _translated(engine, _apart(cues))
    rows = [
        _row("the model alone, by cue", alone, len(cues), 0),
        _row("end to end, sentences joined", joined, len(cues), left),
        _row("end to end, by cue", apart, len(cues), left_apart),
    ]
    print(f"translation: firefox en-pt, {len(cues)} cues, loaded in {load.wall:.2f} s")
    print(table(("way", "s", "CPU s", "cues/s", "cues/CPU s", "untranslated"), rows))
    print(f"  joined costs {joined.cpu / apart.cpu:.2f} times as much as by cue;", end=" ")
    print(f"all around the model takes {max(0.0, 1 - alone.cpu / apart.cpu):.0%} of the time")
    print(describe())


def make_cues(count: int) -> list[Cue]:
    """Return English cues as the segmenter makes them."""
    words: list[Word] = []
    at = 0.0
    for sentence in sentences(count):
        for text in sentence.split():
            end = at + (len(text) + 1) * SECONDS_A_LETTER
            words.append(Word(at, end, text))
            at = end
        at += PAUSE
    return list(cues_from_words(words, ENGLISH, limits_for(ENGLISH)))[:count]


def _apart(cues: Sequence[Cue]) -> list[Cue]:
    shift = LONGEST_GAP + 0.5
    return [
        dataclasses.replace(cue, start=cue.start + n * shift, end=cue.end + n * shift)
        for n, cue in enumerate(cues)
    ]


def _translated(engine: TranslationEngine, cues: Sequence[Cue]) -> tuple[Cost, int]:
    limits = limits_for(PORTUGUESE)
    with timed() as cost:
        done = translate_cues(cues, ENGLISH, PORTUGUESE, [engine], limits, ours=True)
    return cost, len(done.faults)


def _row(name: str, cost: Cost, count: int, left: int) -> tuple[str, ...]:
    rates = f"{count / cost.wall:.0f}", f"{count / cost.cpu:.0f}"
    return name, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", *rates, str(left)


if __name__ == "__main__":
    main()
