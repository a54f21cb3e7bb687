"""The check before a file is published: there is text, in the right language, within limits."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from subtide.languages import Language
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import Limits, ViolationKind, violations

ENOUGH_TEXT = 200
"""Characters from which the language of a text is judged."""
SURE = 0.9
"""Probability from which a contrary vote counts."""
ENOUGH_SPEECH = 60.0
"""Seconds of speech from which cues must cover some of it."""
COVERED = 0.1
"""The share of the speech that cues cover at least."""

CONFUSED: tuple[frozenset[str], ...] = (
    frozenset({"no", "nb", "nn", "da"}),
    frozenset({"hr", "sr", "bs"}),
    frozenset({"id", "ms"}),
    frozenset({"pt", "gl"}),
    frozenset({"cs", "sk"}),
)
"""Base languages that are taken for each other, so that a vote between them proves nothing."""

Identify = Callable[[str], tuple[Language | None, float]]
"""Names the language of a text and how sure that is, 0-1; ``textlanguage.identify`` is one."""


class FaultKind(StrEnum):
    """Why a person should look at a file before it is published."""

    EMPTY = "empty"
    """There is nothing to read."""
    SPARSE = "sparse"
    """There is much less text than speech."""
    WRONG_LANGUAGE = "wrong-language"
    """The text is in another language."""
    BEYOND_LIMITS = "beyond-limits"
    """Cues cannot be read as they stand."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in a sentence for people."""

    kind: FaultKind
    text: str


def check(  # noqa: PLR0913 - one argument for each thing that is compared
    cues: Sequence[Cue],
    *,
    language: Language,
    limits: Limits | None,
    speech_seconds: float | None = None,
    identify: Identify | None = None,
    frame_rate: float = 24.0,
) -> tuple[Fault, ...]:
    """Everything that should hold a file for review; nothing when it may be published.

    ``language`` is what the text should be in. ``limits`` None leaves out the limits, for cues
    that keep a person's timing. Reading speed alone holds nothing: it is the speaker's.
    ``speech_seconds`` None: not known.
    """
    text = " ".join(cue.plain for cue in cues)
    if not text.strip():
        return (Fault(FaultKind.EMPTY, "there is no text in it"),)
    faults = [
        _sparse(cues, speech_seconds),
        _wrong_language(text, language, identify),
        _beyond(cues, limits, frame_rate),
    ]
    return tuple(fault for fault in faults if fault)


def _sparse(cues: Sequence[Cue], speech_seconds: float | None) -> Fault | None:
    covered = sum(cue.duration for cue in cues)
    if not speech_seconds or speech_seconds < ENOUGH_SPEECH or covered >= COVERED * speech_seconds:
        return None
    text = f"cues cover {covered:.0f} s of {speech_seconds:.0f} s of speech"
    return Fault(FaultKind.SPARSE, text)


def _wrong_language(text: str, expected: Language, identify: Identify | None) -> Fault | None:
    if identify is None or len(text) < ENOUGH_TEXT:
        return None
    found, probability = identify(text)
    if found is None or probability < SURE or _alike(found.base, expected.base):
        return None
    said = f"the text is {found.name} ({probability:.0%} sure), not {expected.name}"
    return Fault(FaultKind.WRONG_LANGUAGE, said)


def _alike(one: str, other: str) -> bool:
    return one == other or any({one, other} <= group for group in CONFUSED)


def _beyond(cues: Sequence[Cue], limits: Limits | None, frame_rate: float) -> Fault | None:
    if limits is None:
        return None
    found = violations(cues, limits, frame_rate)
    counts = Counter(v.kind for v in found if v.kind is not ViolationKind.READING_SPEED)
    if not counts:
        return None
    said = ", ".join(f"{kind.replace('-', ' ')} {count}x" for kind, count in counts.items())
    return Fault(FaultKind.BEYOND_LIMITS, f"cues go beyond the limits: {said}")
