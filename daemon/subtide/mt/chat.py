"""A language model as a translation engine: asked in batches, believed line by line.

    all lines of a batch -> what is wrong again, with the reasons -> in halves, and so on down to
         single lines -> the rest is left out, for the next engine

An answer counts when it stands under its line's tag, copies that line's start, and passes the
guard. The neighbours of a line without an answer are asked again too: one of them may hold its
text. How often a batch may be asked is bounded, and a model that gives nothing of use is given up.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from subtide.languages import Language
from subtide.mt.chat_answer import read
from subtide.mt.chat_batch import Batch, Judged, is_choice, judge
from subtide.mt.chat_errors import Overlong, TookTooLong
from subtide.mt.chat_journal import Note, Usage, add_note, read_notes
from subtide.mt.chat_prompt import Prompt
from subtide.mt.chat_protocol import CONTEXT_TOKENS, Wanted
from subtide.mt.chat_server import ChatServer
from subtide.mt.engine import EngineFailed, Line, Term
from subtide.mt.guard import Guard, usable
from subtide.mt.terms import within

MOST_REQUESTS = 16
"""Requests for one batch."""
HOPELESS = 9
"""Requests, in whole batches without one usable line, after which the model is given up."""
MOST_BYTES_ASKED = CONTEXT_TOKENS
"""Bytes of one question: a token has two or more, so that half the context is left to answer."""
BUDGET_SECONDS = 3600.0
"""When a model whose budget is used up is asked again; each day, a day of the 30 falls out."""
RESTING_SECONDS = 300.0
"""How long Ollama keeps a model between two batches where it is told to unload at the end."""


class BudgetUsed(EngineFailed):
    """The language model has cost what it may cost."""


@dataclass(frozen=True, slots=True)
class ChatSetup:
    """One language model, and how it is to be used for one document."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    batch_lines: int = 20
    context_lines: int = 4
    temperature: float = 0.2
    timeout_seconds: float = 300.0
    keep_alive_seconds: float = 60.0
    unload: bool = False
    """Whether its server is told to give the memory back at the end."""
    price_in: float = 0.0
    """Cost of a million tokens sent, as ``price_out`` of those received."""
    price_out: float = 0.0
    left: float | None = None
    """What it may still cost; None: anything. The last request may go a little beyond."""
    title: str = ""
    formality: str = "auto"
    journal: str = ""
    """The path of a file for notes; empty: nothing is noted."""


def open_chat(
    name: str,
    request: Mapping[str, Any],
    source: Language,
    target: Language,
    *,
    terms: Sequence[Term],
) -> "ChatEngine":
    """Return a language model for one document.

    ``request``: the fields of ChatSetup, and ``known``: translations by language and line.
    """
    setup = ChatSetup(**{key: value for key, value in request.items() if key != "known"})
    known = request["known"].get(source.tag, {})
    return ChatEngine(name, _charged(name, setup), source, target, terms, known=known)


def _charged(name: str, setup: ChatSetup) -> ChatSetup:
    """Take off what the journal tells: the lines of another language were asked for before."""
    if setup.left is None or not setup.journal:
        return setup
    used = (n.usage for n in read_notes(Path(setup.journal)) if n.engine == name)
    cost = sum(usage.cost(setup.price_in, setup.price_out) for usage in used)
    return replace(setup, left=max(0.0, setup.left - cost))


class ChatEngine:
    """Translates by asking a language model at an Ollama or OpenAI-compatible server."""

    def __init__(  # noqa: PLR0913 - what it is, and the world around
        self,
        name: str,
        setup: ChatSetup,
        source: Language,
        target: Language,
        terms: Sequence[Term] = (),
        *,
        known: Mapping[str, str] = MappingProxyType({}),
        sleep: Callable[[float], object] = time.sleep,
        rng: Random | None = None,
    ) -> None:
        """``name``: ollama or openai. ``known``: what it answered before, by line.

        ``rng`` draws the tags of lines.
        """
        self.name = name
        self.source = source
        self.target = target
        self.batch = setup.batch_lines
        self._setup = setup
        self._known = known
        self._terms = tuple(terms)
        self._chosen: dict[str, str] = {}
        self._guard = Guard(source, target, self._terms)
        self._rng = rng or Random()  # noqa: S311 - tags are no secrets
        self._prompt = Prompt(source, target, setup.title, setup.formality, setup.context_lines)
        self._server = ChatServer(
            name,
            setup.url,
            model=setup.model,
            key=setup.key,
            timeout_seconds=setup.timeout_seconds,
            sleep=sleep,
        )
        resting = RESTING_SECONDS if setup.unload else setup.keep_alive_seconds
        self._wanted = Wanted(setup.temperature, resting)
        self._size = setup.batch_lines
        self._late = 0
        self._fruitless = 0

    @property
    def usage(self) -> Usage:
        """What all its requests took."""
        return self._server.usage

    def translate(self, lines: Sequence[Line], *, script: Sequence[Line] = ()) -> list[Line]:
        """Translate; a line that it cannot is left out.

        Raises:
            BudgetUsed: nothing may be asked any more.
            EngineFailed, StopAndTell: as ``ChatServer.ask``, or nothing of use ever came.
        """
        batch = Batch(lines)
        for line in lines:
            known = self._known.get(line.text)
            if known is not None and usable(self._guard.faults(line.text, known)):
                batch.texts[line.id] = known
        if batch.pending:
            self._solve(batch, script)
        return [Line(line.id, batch.texts[line.id]) for line in lines if line.id in batch.texts]

    def close(self) -> None:
        """End the work: the server gives the model's memory back, if it is to."""
        if self._setup.unload and self.usage.requests:
            self._server.unload()
        self._server.close()

    def _solve(self, batch: Batch, script: Sequence[Line]) -> None:
        first, size = len(batch.pending), self._size
        self._round(batch, size, script)
        self._round(batch, size, script)
        batch.take_spare()
        if len(batch.pending) == first:
            self._ask(batch, batch.pending[:1], ())  # one chance more for a model that fails all
            batch.take_spare()
        size = min(size, len(batch.pending))
        while 0 < len(batch.pending) < first:
            size = (size + 1) // 2
            self._round(batch, size, script if size > 1 else ())
            batch.take_spare()
            if size == 1:
                break
        self._fruitless = self._fruitless + batch.requests if len(batch.pending) == first else 0
        if self._fruitless >= HOPELESS:
            raise EngineFailed(
                f"{self.name} gave nothing of use in {self._fruitless} answers",
                f"try another translation.chat.{self.name}.model",
            )

    def _round(self, batch: Batch, size: int, script: Sequence[Line]) -> None:
        pending = batch.pending
        for start in range(0, len(pending), size):
            self._ask(batch, pending[start : start + size], script)

    def _ask(self, batch: Batch, group: Sequence[Line], script: Sequence[Line]) -> None:
        if batch.requests >= MOST_REQUESTS:
            return
        self._afford()
        chosen = (Term(*both) for both in self._chosen.items())
        terms = within((*self._terms, *chosen), "\n".join(line.text for line in group))
        question = self._prompt.question(group, script, terms, batch.faults, self._rng)
        if question.size > MOST_BYTES_ASKED and len(group) + bool(script) > 1:
            self._smaller(batch, group, script)
            return
        batch.requests += 1
        before = self.usage
        try:
            reply = self._server.ask(question.messages, self._wanted)
        except Overlong:
            self._smaller(batch, group, script)
            return
        except TookTooLong:
            self._late += 1
            if len(group) == 1 or self._late > 1:
                raise
            self._size = (len(group) + 1) // 2
            self._smaller(batch, group, script)
            return
        self._late = 0
        reading = read(reply.content, question.lines)
        judged = judge(group, reading, self._guard)
        batch.add(judged)
        self._note(before, judged, self._choices(reading.terms, judged, group))

    def _smaller(self, batch: Batch, group: Sequence[Line], script: Sequence[Line]) -> None:
        """Ask in halves, or for a single line with nothing around it."""
        if len(group) == 1:
            if script:
                self._ask(batch, group, ())
            return
        half = (len(group) + 1) // 2
        self._ask(batch, group[:half], script)
        self._ask(batch, group[half:], script)

    def _afford(self) -> None:
        """Raise BudgetUsed when nothing is left."""
        left = self._setup.left
        if left is not None and self._cost() >= left:
            raise BudgetUsed(
                f"the budget of {self.name} is used up",
                f"raise translation.chat.{self.name}.budget, or name another engine behind it",
                BUDGET_SECONDS,
            )

    def _cost(self) -> float:
        return self.usage.cost(self._setup.price_in, self._setup.price_out)

    def _choices(
        self, terms: Mapping[str, str], judged: Judged, group: Sequence[Line]
    ) -> dict[str, str]:
        """Return those that it chose just now, and hold them from now on."""
        good = [(line.text, judged.good[line.id]) for line in group if line.id in judged.good]
        given = {term.source for term in self._terms} | self._chosen.keys()
        found = {
            source: target
            for source, target in terms.items()
            if source not in given and is_choice(source, target, good)
        }
        self._chosen |= found
        return found

    def _note(self, before: Usage, judged: Judged, chosen: Mapping[str, str]) -> None:
        if not self._setup.journal:
            return
        texts = {line.text: judged.good[line.id] for line in judged.lines if line.id in judged.good}
        used = self.usage - before
        note = Note(self.name, self.source.tag, used, texts, chosen)
        add_note(Path(self._setup.journal), note)
