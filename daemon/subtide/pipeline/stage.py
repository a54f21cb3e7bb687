"""What a stage is: a function from one task's work, and the tools it may use, to a result.

The result is a small mapping of plain values and artifact keys: it goes into the task's row,
and what follows is decided from it. Big things are artifacts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.media import MediaAccess
from subtide.models.record import Model
from subtide.models.store import ModelStore
from subtide.pipeline.plan import Plan
from subtide.storage.artifacts import Artifacts
from subtide.storage.choices import Choices
from subtide.storage.ledger import Ledger
from subtide.storage.memory import TranslationMemory
from subtide.storage.spending import Spending

Result = dict[str, Any]
Reader = Callable[[int, int], bytes]
"""Gives up to so many bytes from an offset of a file that is elsewhere."""


def at_rest(_server: str) -> bool:
    """Say that nobody plays anything on a server."""
    return False


class Compute(Protocol):
    """Runs one call in the child process of this task's resource."""

    def __call__(
        self, call: str, request: Mapping[str, Any], *, read: Reader | None = None
    ) -> Result:
        """Run ``call`` (a name in inside.CALLS) and return its answer.

        Raises whatever SubtideError the call raised; ChildDied when the process ended without
        an answer; Stopped when the task was cancelled meanwhile (the process is gone then).
        """


@dataclass(frozen=True, slots=True)
class ChatAccess:
    """Where a language model is, and what it may cost. The key is shown to nobody."""

    url: str
    key: str = field(repr=False)
    timeout_seconds: float
    keep_alive_seconds: float
    price_in: float
    """Cost of a million tokens sent."""
    price_out: float
    """Cost of a million tokens received."""
    budget: float
    """The most that 30 days may cost; 0: no limit."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the daemon puts into a stage's hands."""

    artifacts: Artifacts
    ledger: Ledger
    models: ModelStore
    server: Callable[[str], Jellyfin]
    """The client for a server, by its system Id."""
    media: Callable[[str], MediaAccess]
    """The ways to a server's media, by its system Id."""
    threads: int
    """Threads that one model may use."""
    sleep: Callable[[float], None]
    """Waits; a test's clock need not."""
    memory: TranslationMemory
    choices: Choices
    spending: Spending
    chat: Mapping[str, ChatAccess] = field(default_factory=dict)
    """The language models by the engine's name."""
    busy: Callable[[str], bool] = at_rest
    """Whether anyone plays a video on a server, by its system Id."""


@dataclass(frozen=True, slots=True)
class Work:
    """One running task."""

    job: int
    plan: Plan
    part: str
    payload: Mapping[str, Any]
    compute: Compute
    report: Callable[[float], None]
    """Say how far it is, 0 to 1. Raises Stopped when the task is no longer ours."""
    still_ours: Callable[[], None]
    """Raises Stopped when the task is no longer ours; asked just before a write."""
    waited: float = 0.0
    """Seconds, at least, for which the task was put back because of viewers."""


Stage = Callable[[Work, Tools], Result]


def pulling(work: Work) -> Callable[[int, int], None]:
    """Return what shows a model's pull as the task's progress."""
    return lambda done, total: work.report(done / max(1, total))


def model_recipe(model: Model) -> Result:
    """Return what the recipe says of a model."""
    return {
        "name": model.name,
        "revision": model.revision,
        "fingerprint": model.fingerprint,
        "origin": str(model.origin),
    }


def artifact_paths(artifacts: Artifacts, keys: list[str]) -> list[str]:
    """Return where a child finds these artifacts."""
    return [str(artifacts.path(key)) for key in keys]
