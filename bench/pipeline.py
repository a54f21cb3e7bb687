"""Speech to words: ours against plain faster-whisper as other tools run it.

The same model, audio, threads and machine, one after another in one run. Ours is all that a film
costs: decoding, the map of speech, the blocks on disk, the model, and the words' times, which
the others' defaults leave out. Theirs get the samples' file and run as they come: sequential with
beam 5 and without or with the filter for silence, and the batched pipeline with batches of 8.

Run: python -m bench.pipeline [--model base] [--short]; about 6 minutes on two cores.
"""

import tempfile
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel

from bench.machine import Cost, arguments, cores, describe, table, timed, verdict
from bench.score import word_error_rate
from bench.spoken import Spoken, spoken
from bench.weights import need
from subtide.asr.blocks import prepare
from subtide.asr.flac import read_flac
from subtide.asr.whisper import WhisperEngine
from subtide.languages import Language

MINUTES, SHORT_MINUTES = 20.0, 3.0
OURS, SEQUENTIAL, FILTERED, BATCHED = (
    "Subtide",
    "sequential, as it comes",
    "sequential, vad_filter",
    "batched, as it comes",
)
GOALS = {0.55: {SEQUENTIAL: 3.0, BATCHED: 1.3}, 0.95: {SEQUENTIAL: 2.0, BATCHED: 1.1}}
"""How many times as fast as others we want to be, by the share of speech."""
ROUNDING = 0.001
"""Word error rates are compared as they are printed."""

Way = Callable[[Path], str]


def main(args: Sequence[str] | None = None) -> None:
    """Measure both shares of speech and print each as a table."""
    options = _options(args)
    print(f"pipeline: {options.model}, int8, {options.threads} threads")
    ways = _ways(need(options.model).folder, options.threads)
    for share, goals in GOALS.items():
        audio = spoken(SHORT_MINUTES if options.short else MINUTES, share)
        with tempfile.TemporaryDirectory() as folder:
            _compare(ways, audio, audio.write(Path(folder, "film.flac")), goals)
    print(describe())


def _options(args: Sequence[str] | None) -> Namespace:
    parser = arguments("Speech to words, beside plain faster-whisper.")
    parser.add_argument("--model", default="tiny.en", help="a name, or a folder")
    parser.add_argument("--threads", type=int, default=cores())
    return parser.parse_args(args)


def _ways(folder: Path, threads: int) -> dict[str, Way]:
    engine = WhisperEngine(folder, threads=threads)
    theirs = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
    batched = BatchedInferencePipeline(theirs)
    return {
        OURS: lambda film: ours(engine, film),
        SEQUENTIAL: lambda film: _text(theirs.transcribe(str(film), language="en")),
        FILTERED: lambda film: _text(theirs.transcribe(str(film), language="en", vad_filter=True)),
        BATCHED: lambda film: _text(batched.transcribe(str(film), language="en")),
    }


def ours(engine: WhisperEngine, film: Path) -> str:
    """Return the text that the stages prepare and transcribe make of a film."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(film, 0, Path(folder))
        words = [
            word.text
            for block in prepared.blocks
            for word in engine.transcribe(
                read_flac(block.path),
                language=Language("en"),
                offset=block.start,
                progress=lambda _: None,
            )
        ]
    return " ".join(words)


def _text(answer: tuple[Any, Any]) -> str:
    return " ".join(segment.text for segment in answer[0])


def _compare(ways: dict[str, Way], audio: Spoken, film: Path, goals: dict[str, float]) -> None:
    costs: dict[str, Cost] = {}
    errors: dict[str, float] = {}
    for name, way in ways.items():
        with timed() as costs[name]:
            text = way(film)
        errors[name] = word_error_rate(audio.script, text)
    rows = [
        (
            name,
            f"{cost.wall:.1f}",
            f"{cost.cpu:.1f}",
            f"{audio.seconds / cost.wall:.1f}",
            f"{cost.wall / costs[OURS].wall:.2f}",
            f"{cost.cpu / costs[OURS].cpu:.2f}",
            f"{errors[name]:.4f}",
            _judged(goals.get(name), cost.wall / costs[OURS].wall, errors[OURS], errors[name]),
        )
        for name, cost in costs.items()
    ]
    print(f"{audio.seconds / 60:.0f} min, {audio.share:.0%} speech, {len(audio.script)} sentences")
    head = ("way", "s", "CPU s", "x real time", "we are", "by CPU", "WER", "goals")
    print(table(head, rows))


def _judged(goal: float | None, ratio: float, own: float, other: float) -> str:
    if goal is None:
        return ""
    speed = verdict(ratio, goal, holds=float.__ge__)
    words = verdict(own, other + ROUNDING, holds=float.__le__)
    return f"{goal}x {speed}, WER {words}"


if __name__ == "__main__":
    main()
