"""The daemon's half of a language model's work: what it may use, what it knows, what it cost.

The child asks the model; it has neither the database nor the settings. So it is given what it
needs, and writes a journal, which is read here however it ended.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

from subtide.languages import Language
from subtide.mt.chat_journal import Note, read_notes
from subtide.mt.chat_prompt import VERSION
from subtide.mt.chat_protocol import PROTOCOLS
from subtide.mt.memory import Signature
from subtide.mt.terms import chosen
from subtide.pipeline.plan import Plan
from subtide.pipeline.stage import ChatAccess, Tools, Work
from subtide.storage.artifacts import artifact_key

CHAT = tuple(PROTOCOLS)
"""The engines that are language models at a server."""

log = structlog.get_logger()


def scope_of(plan: Plan) -> str:
    """Return where names and terms stay the same: a series, or a film, of a server."""
    return f"{plan.server}/{plan.series or plan.work or plan.item}"


@contextmanager
def chat_requests(
    work: Work,
    tools: Tools,
    engines: Sequence[str],
    target: Language,
    texts: Mapping[str, Sequence[str]],
) -> Iterator[dict[str, dict[str, Any]]]:
    """Give what the child needs for each language model; keep what it did when it has ended.

    ``engines``: those of the routes; others than language models are passed over, and so is one
    that the settings no longer have. ``texts``: the lines to translate by the tag of their
    language, for the memory.

    What was spent, learned and chosen is kept at the end, also when the work failed or was
    stopped; what a killed daemon left is kept at the start of the next try.
    """
    options = work.plan.translation.chat
    paid = _Paid(work, tools, target)
    paid.settle()
    requests = {
        name: paid.request(name, texts)
        for name in dict.fromkeys(engines)
        if name in tools.chat and name in options
    }
    try:
        yield requests
    finally:
        paid.settle()


class _Paid:
    """What one task has of language models."""

    def __init__(self, work: Work, tools: Tools, target: Language) -> None:
        self._plan = work.plan
        self._tools = tools
        self._target = target
        inputs = [work.plan.server, work.plan.source, work.part]
        key = artifact_key("journal", 1, inputs, {"target": target.tag})
        self._journal = tools.artifacts.path(key)

    def request(self, engine: str, texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return what the child needs to ask a model."""
        access = self._tools.chat[engine]
        cuda = self._plan.speech.device == "cuda"
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        return {
            **self._plan.translation.chat[engine].model_dump(),
            "url": access.url,
            "key": access.key,
            "timeout_seconds": access.timeout_seconds,
            "keep_alive_seconds": access.keep_alive_seconds,
            "unload": cuda or access.keep_alive_seconds == 0,
            "price_in": access.price_in,
            "price_out": access.price_out,
            "left": self._left(engine, access),
            "title": self._plan.title,
            "formality": self._plan.translation.formality,
            "journal": str(self._journal),
            "known": {source: self._recall(engine, source, of) for source, of in texts.items()},
        }

    def settle(self) -> None:
        """Keep what the journal tells, and end it."""
        for note in read_notes(self._journal):
            self._keep(note)
        self._journal.unlink(missing_ok=True)

    def _left(self, engine: str, access: ChatAccess) -> float | None:
        """Return the money that is left of the budget, None for any amount."""
        if not access.budget:
            return None
        left = access.budget - self._tools.spending.cost(engine)
        if left <= 0:
            log.warning(
                "the budget of a language model is used up", engine=engine, budget=access.budget
            )
        return max(0.0, left)

    def _recall(self, engine: str, source: str, lines: Sequence[str]) -> dict[str, str]:
        if not self._plan.translation.memory:
            return {}
        keys = {line: self._key(engine, source, line) for line in lines}
        known = self._tools.memory.recall(set(keys.values()))
        return {line: known[key] for line, key in keys.items() if key in known}

    def _keep(self, note: Note) -> None:
        access = self._tools.chat.get(note.engine)
        options = self._plan.translation.chat.get(note.engine)
        if access is None or options is None:
            return
        self._tools.spending.add(
            note.engine,
            options.model,
            requests=note.usage.requests,
            tokens_in=note.usage.tokens_in,
            tokens_out=note.usage.tokens_out,
            cost=note.usage.cost(access.price_in, access.price_out),
        )
        scope = scope_of(self._plan)
        self._tools.choices.keep(scope, note.source, self._target.tag, note.chosen)
        if self._plan.translation.memory:
            learned = note.learned.items()
            self._tools.memory.remember(
                {self._key(note.engine, note.source, line): text for line, text in learned}
            )

    def _key(self, engine: str, source: str, line: str) -> str:
        options = self._plan.translation
        signature = Signature(
            engine=engine,
            model=options.chat[engine].model,
            source=source,
            target=self._target.tag,
            formality=options.formality,
            prompt=VERSION,
            scope=scope_of(self._plan),
        )
        # What was chosen earlier is no part: it follows from the answers themselves.
        return signature.key(line, chosen(options.glossary, {}, Language(source), self._target))
