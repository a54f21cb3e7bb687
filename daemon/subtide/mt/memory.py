"""The memory's keys: what has to be the same for a language model's answer to be true again."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from subtide.mt.engine import Term
from subtide.mt.terms import within
from subtide.subtitles.limits import DEFAULT

SHORT = 20
"""Width up to which a line means what stands around it: known within one series or film only."""


@dataclass(frozen=True, slots=True)
class Signature:
    """All that shapes an answer, but for the line itself."""

    engine: str
    model: str
    source: str
    """A language's tag, as is the target."""
    target: str
    formality: str
    prompt: int
    """The version of the prompt."""
    scope: str
    """The series or film, for lines that are short."""

    def key(self, text: str, terms: Sequence[Term]) -> str:
        """Return the key of a line's answer; of the terms those count that occur in it."""
        signed = asdict(self)
        if DEFAULT.width(text) > SHORT:
            del signed["scope"]
        signed["terms"] = sorted((term.source, term.target) for term in within(terms, text))
        written = json.dumps([signed, text], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(written.encode()).hexdigest()
