"""Which language is spoken: the vote on 27 short clips in nine languages, each for itself.

A vote may be unsure: then the language is unknown and a film waits for a person. It may not be
sure and wrong. One clip of a few seconds is harder than a film, of which eight windows vote.
Run: python -m bench.languages; about half a minute.
"""

import importlib.metadata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.machine import arguments, describe, table, verdict
from bench.weights import need
from subtide.asr.audio import decode
from subtide.asr.vote import Vote, vote
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language

PACKAGE = "pytest-audioeval"
RIGHT, UNKNOWN, WRONG = "right", "unknown", "confident mistake"
SHORT_CLIPS = 9


def main(args: Sequence[str] | None = None) -> None:
    """Vote on every clip, and print those that were not told."""
    parser = arguments("The language of short clips.")
    parser.add_argument("--model", default="base", help="a name, or a folder")
    options = parser.parse_args(args)
    engine = WhisperEngine(need(options.model).folder)
    results: Counter[tuple[str, str]] = Counter()
    missed = []
    for path in list(clips())[:: 27 // SHORT_CLIPS if options.short else 1]:
        said = Language(path.parent.name)
        told = vote(engine, decode(path, 0))
        result = _result(told, said)
        results[said.tag, result] += 1
        if result != RIGHT:
            missed.append(f"  {result}: {path.parent.name}/{path.stem}, heard {_heard(told)}")
    tags = sorted({tag for tag, _ in results})
    rows = [(tag, *(str(results[tag, each]) for each in (RIGHT, UNKNOWN, WRONG))) for tag in tags]
    totals = [sum(n for (_, r), n in results.items() if r == each) for each in (RIGHT, UNKNOWN)]
    wrong = sum(results.values()) - sum(totals)
    print(f"languages: {options.model}, {sum(results.values())} clips, each voted on alone")
    rows.append(("all", *map(str, totals), str(wrong)))
    print(table(("language", RIGHT, UNKNOWN, WRONG), rows))
    print("\n".join(missed))
    print(f"  {wrong} confident mistakes, goal 0 {verdict(wrong, 0, holds=int.__eq__)}")
    print(describe())


def clips() -> Iterator[Path]:
    """Yield the package's clips; its folders are named for languages. Nothing is imported."""
    for file in importlib.metadata.distribution(PACKAGE).files or ():
        if file.suffix == ".wav":
            yield Path(str(file.locate()))


def _result(told: Vote, said: Language) -> str:
    if told.language is None:
        return UNKNOWN
    return RIGHT if told.language.base == said.base else WRONG


def _heard(told: Vote) -> str:
    best = ", ".join(f"{language.tag} {share:.2f}" for language, share in told.tally[:2])
    return best or "no speech"


if __name__ == "__main__":
    main()
