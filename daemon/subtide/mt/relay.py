"""The relay: lines go from engine to engine until each has an answer without a fault."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from subtide.errors import ModelMissing, RetryLater, StopAndTell
from subtide.mt.engine import Line, TranslationEngine
from subtide.mt.guard import LineFault, line_faults

Progress = Callable[[int, int], None]
"""Told how many of how many lines are done; raises Stopped to end the work."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one line: its translation and engine, or its source and the faults."""

    text: str
    engine: str | None = None
    faults: tuple[LineFault, ...] = ()


class Relay:
    """Engines in the order of the policy. One that breaks down gets no more lines."""

    def __init__(self, engines: Sequence[TranslationEngine], progress: Progress) -> None:
        """``progress`` is told after every batch."""
        self._engines = list(engines)
        self._progress = progress
        self._done = 0
        self._total = 0

    def run(self, lines: Sequence[Line]) -> dict[int, Answer]:
        """An answer by id for every line; one that no engine translated is its source.

        Raises the error of the last engine to break down when none is left, ModelMissing
        when there never was one, and what the progress raises.
        """
        if lines and not self._engines:
            raise ModelMissing("no engine translates between these languages", "pull a model")
        self._total += len(lines)
        answers = {line.id: Answer(line.text) for line in lines}
        for engine in tuple(self._engines):
            pending = [line for line in lines if not answers[line.id].engine]
            for start in range(0, len(pending), engine.batch):
                found = self._ask(engine, pending[start : start + engine.batch])
                if found is None:
                    break
                answers.update(found)
                good = sum(bool(answer.engine) for answer in answers.values())
                self._progress(self._done + good, self._total)
        self._done += len(lines)
        self._progress(self._done, self._total)
        return answers

    def _ask(self, engine: TranslationEngine, batch: Sequence[Line]) -> dict[int, Answer] | None:
        try:
            replies = engine.translate(batch)
        except (RetryLater, StopAndTell):
            self._engines.remove(engine)
            if not self._engines:
                raise
            return None
        count = Counter(reply.id for reply in replies)
        texts = {reply.id: reply.text for reply in replies if count[reply.id] == 1}
        return {line.id: _judged(line.text, texts.get(line.id), engine.name) for line in batch}


def _judged(source: str, reply: str | None, engine: str) -> Answer:
    if reply is None:
        return Answer(source, faults=(LineFault.MISSING,))
    text = " ".join(reply.split())
    faults = line_faults(source, text)
    return Answer(source, faults=faults) if faults else Answer(text, engine)
