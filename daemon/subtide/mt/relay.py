"""The relay: lines go from engine to engine until each has an answer without a fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from subtide.errors import ModelMissing, RetryLater, StopAndTell
from subtide.mt.engine import Line, TranslationEngine
from subtide.mt.guard import Guard, LineFault, usable
from subtide.mt.pivot import unique

Progress = Callable[[int, int], None]
"""Told how many of how many lines are done; raises Stopped to end the work."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one line: its translation and engine, or its source; and the faults.

    A translation with faults has soft ones, and no engine did better.
    """

    text: str
    engine: str | None = None
    faults: tuple[LineFault, ...] = ()

    @property
    def good(self) -> bool:
        """Whether no other engine need be asked."""
        return self.engine is not None and not self.faults

    def beats(self, other: "Answer") -> bool:
        """Whether it is the better answer to the same line; of two bad ones the later is."""
        if self.engine is None or other.engine is None:
            return other.engine is None
        return len(self.faults) < len(other.faults)


class Tally:
    """How many lines are done, over all languages of a document."""

    def __init__(self, progress: Progress) -> None:
        """``progress`` is told after every batch."""
        self._progress = progress
        self._done = 0
        self._total = 0

    def expect(self, lines: int) -> None:
        """So many lines more are to be done."""
        self._total += lines

    def good(self, lines: int) -> None:
        """Of the lines at hand so many are done."""
        self._progress(self._done + lines, self._total)

    def done(self, lines: int) -> None:
        """All of the lines at hand are done."""
        self._done += lines
        self._progress(self._done, self._total)


class Relay:
    """Engines in the order of the policy. One that breaks down gets no more lines."""

    def __init__(self, engines: Sequence[TranslationEngine], guard: Guard, tally: Tally) -> None:
        """``guard``: of the document."""
        self._engines = list(engines)
        self._guard = guard
        self._tally = tally

    def run(self, lines: Sequence[Line], script: Sequence[Line] = ()) -> dict[int, Answer]:
        """An answer by id for every line; one that no engine translated is its source.

        ``script``: every line of the document in order, the lines among them.

        Raises the error of the last engine to break down when none is left, ModelMissing
        when there never was one, and what the progress raises.
        """
        if lines and not self._engines:
            raise ModelMissing("no engine translates between these languages", "pull a model")
        answers = {line.id: Answer(line.text) for line in lines}
        for engine in tuple(self._engines):
            pending = [line for line in lines if not answers[line.id].good]
            for start in range(0, len(pending), engine.batch):
                found = self._ask(engine, pending[start : start + engine.batch], script)
                if found is None:
                    break
                better = {name: one for name, one in found.items() if one.beats(answers[name])}
                answers.update(better)
                self._tally.good(sum(answer.good for answer in answers.values()))
        self._tally.done(len(lines))
        return answers

    def _ask(
        self, engine: TranslationEngine, batch: Sequence[Line], script: Sequence[Line]
    ) -> dict[int, Answer] | None:
        try:
            replies = unique(engine.translate(batch, script=script))
        except (RetryLater, StopAndTell):
            self._engines.remove(engine)
            if not self._engines:
                raise
            return None
        answers = {line.id: self._judged(line.text, replies.get(line.id), engine) for line in batch}
        used = {name: answer.text for name, answer in answers.items() if answer.engine}
        sources = {line.id: line.text for line in batch}
        astray = (LineFault.LANGUAGE,)
        return answers | {
            name: Answer(sources[name], None, astray) for name in self._guard.strays(used)
        }

    def _judged(self, source: str, reply: str | None, engine: TranslationEngine) -> Answer:
        if reply is None:
            return Answer(source, None, (LineFault.MISSING,))
        faults = self._guard.faults(source, reply)
        return (
            Answer(reply, engine.name, faults) if usable(faults) else Answer(source, None, faults)
        )
