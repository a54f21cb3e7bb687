"""The two protocols of language models' servers: Ollama's own, and the one of OpenAI.

Sources: https://github.com/ollama/ollama/blob/main/docs/api.md and
https://platform.openai.com/docs/api-reference/chat.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from subtide.mt.chat_journal import Usage
from subtide.mt.chat_prompt import SCHEMA

CONTEXT_TOKENS = 8192
"""What Ollama is asked to hold: it cuts off what goes beyond its own default, without a word.
Always the same, for another number loads the model anew."""
ANSWER_TOKENS = 4096
"""The most that one answer may have; a model that loops is stopped there."""
BYTES_A_TOKEN = 3
"""How many bytes make a token, roughly and rather few, where a server does not count."""


class NoMessage(Exception):
    """The answer has no message."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the model is to answer."""

    temperature: float
    keep_alive_seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said."""

    content: str
    tokens_in: int | None
    """None: the server does not count."""
    tokens_out: int | None

    def usage(self, bytes_sent: int) -> Usage:
        """Return what it took: as the server counts, else by the size of the texts."""
        guessed = (bytes_sent, len(self.content.encode(errors="replace")))
        counted = (self.tokens_in, self.tokens_out)
        tokens = [
            math.ceil(size / BYTES_A_TOKEN) if count is None else count
            for count, size in zip(counted, guessed, strict=True)
        ]
        return Usage(1, *tokens)


class ChatProtocol(Protocol):
    """How one kind of server is spoken to."""

    path: str
    models_path: str

    def address(self, url: str) -> str:
        """Return the address that the paths follow."""

    def body(
        self, model: str, messages: Sequence[Mapping[str, str]], wanted: Wanted
    ) -> dict[str, Any]:
        """Return what is posted."""

    def reply(self, answer: object) -> Reply:
        """Return the model's message. Raises NoMessage when there is none."""

    def models(self, answer: object) -> tuple[str, ...]:
        """Return the names of the models that the server has."""

    def give_way(self, words: str) -> bool:
        """Leave out what the server refuses, by its words; False: it cannot be that."""

    def farewell(self, model: str) -> dict[str, Any] | None:
        """Return what makes the server unload the model; None: it has no such thing."""


class Ollama:
    """Ollama's own protocol."""

    path = "/api/chat"
    models_path = "/api/tags"

    def address(self, url: str) -> str:
        """Return it as it is."""
        return url

    def body(
        self, model: str, messages: Sequence[Mapping[str, str]], wanted: Wanted
    ) -> dict[str, Any]:
        """Ask for one whole answer of the schema."""
        return {
            "model": model,
            "messages": list(messages),
            "format": SCHEMA,
            "stream": False,
            "keep_alive": wanted.keep_alive_seconds,
            "options": {
                "temperature": wanted.temperature,
                "num_ctx": CONTEXT_TOKENS,
                "num_predict": ANSWER_TOKENS,
            },
        }

    def reply(self, answer: object) -> Reply:
        """Return the message; what a model thought stands elsewhere."""
        counts = answer if isinstance(answer, dict) else {}
        return Reply(
            _text(answer),
            _count(counts.get("prompt_eval_count")),
            _count(counts.get("eval_count")),
        )

    def models(self, answer: object) -> tuple[str, ...]:
        """Return names with their tags; ``:latest`` is also named without."""
        names = _names(answer, "models", "name")
        return (*names, *(name.removesuffix(":latest") for name in names if ":latest" in name))

    def give_way(self, words: str) -> bool:  # noqa: ARG002 - it takes all that we send
        """It takes all that we send."""
        return False

    def farewell(self, model: str) -> dict[str, Any] | None:
        """Return a chat about nothing, not to be kept alive."""
        return {"model": model, "messages": [], "keep_alive": 0}


class OpenAI:
    """The protocol of OpenAI, which most other servers speak too, more or less of it."""

    path = "/chat/completions"
    models_path = "/models"

    def __init__(self) -> None:
        strict = {"name": "subtitles", "strict": True, "schema": SCHEMA}
        self._choices: list[tuple[tuple[str, ...], list[Mapping[str, Any]]]] = [
            (
                ("response_format", "json_schema", "json_object", "structured", "grammar"),
                [
                    {"response_format": {"type": "json_schema", "json_schema": strict}},
                    {"response_format": {"type": "json_object"}},
                    {},
                ],
            ),
            (
                ("max_tokens", "max_completion_tokens"),
                [{"max_tokens": ANSWER_TOKENS}, {"max_completion_tokens": ANSWER_TOKENS}, {}],
            ),
            (("temperature",), [{"temperature": None}, {}]),
        ]

    def address(self, url: str) -> str:
        """Return it with the version, which people write or leave out."""
        return url if url.endswith("/v1") or "/v1/" in url else f"{url}/v1"

    def body(
        self, model: str, messages: Sequence[Mapping[str, str]], wanted: Wanted
    ) -> dict[str, Any]:
        """Ask for one answer of the schema, as far as the server goes along."""
        chosen = {name: value for _, ways in self._choices for name, value in ways[0].items()}
        if "temperature" in chosen:
            chosen["temperature"] = wanted.temperature
        return {"model": model, "messages": list(messages), "stream": False, **chosen}

    def reply(self, answer: object) -> Reply:
        """Return the message of the only choice."""
        choices = answer.get("choices") if isinstance(answer, dict) else None
        usage = answer.get("usage") if isinstance(answer, dict) else None
        counts = usage if isinstance(usage, dict) else {}
        return Reply(
            _text(choices[0] if isinstance(choices, list) and choices else None),
            _count(counts.get("prompt_tokens")),
            _count(counts.get("completion_tokens")),
        )

    def models(self, answer: object) -> tuple[str, ...]:
        """Return their ids."""
        return _names(answer, "data", "id")

    def give_way(self, words: str) -> bool:
        """Go on to the next way to say what the server names; it is remembered."""
        for names, ways in self._choices:
            if len(ways) > 1 and any(name in words.lower() for name in names):
                del ways[0]
                return True
        return False

    def farewell(self, model: str) -> dict[str, Any] | None:  # noqa: ARG002 - it keeps it
        """Such a server looks after its memory itself."""
        return None


PROTOCOLS: Mapping[str, Callable[[], ChatProtocol]] = {"ollama": Ollama, "openai": OpenAI}
"""By the engine's name."""


def _text(answer: object) -> str:
    message = answer.get("message") if isinstance(answer, dict) else None
    if not isinstance(message, dict):
        raise NoMessage
    content = message.get("content")
    return content if isinstance(content, str) else ""  # a model that refuses says it elsewhere


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _names(answer: object, group: str, name: str) -> tuple[str, ...]:
    entries = answer.get(group) if isinstance(answer, dict) else None
    found = [entry.get(name) for entry in entries or [] if isinstance(entry, dict)]
    return tuple(one for one in found if isinstance(one, str))
