"""Translation of cues: sentence by sentence, each guarded, each under its own id.

    cues -> bare fragments -> sentences -> engine -> guard -> next engine for what failed
         -> back over the cues -> marks on again -> layout

What every engine fails as a sentence is tried again cue by cue; what fails even so keeps its
source text and is named in the faults.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from subtide.languages import Language
from subtide.mt.engine import Line, TranslationEngine
from subtide.mt.guard import LineFault
from subtide.mt.layout import lay_ours, lay_theirs
from subtide.mt.marks import Bare, bare
from subtide.mt.relay import Answer, Progress, Relay
from subtide.mt.sentences import Fragment, divided, glue, joined
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import DEFAULT, Limits
from subtide.subtitles.lines import SPEAKER, speakers

MUSIC = "♩♪♫♬#"
"""Signs of a sung line, which is never one sentence with the next."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The source cue at ``cue`` has text that no engine translated, for these reasons."""

    cue: int
    kinds: tuple[LineFault, ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """Translated cues, laid out."""

    cues: tuple[Cue, ...]
    origins: tuple[int, ...]
    """For each cue, the source cue that it came from: a long one may become several."""
    faults: tuple[Fault, ...]
    """The source cues that a person should look at; they kept their source text."""
    engine_by_cue: tuple[str | None, ...]
    """For each source cue, the engine that translated it; None where there was nothing to."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A line of a cue that is translated for itself: all of it, or one speaker's line."""

    bare: Bare
    fragment: Fragment


def translate_cues(  # noqa: PLR0913 - what stands in a recipe
    cues: Sequence[Cue],
    source: Language,
    target: Language,
    engines: Sequence[TranslationEngine],
    limits: Limits,
    *,
    ours: bool,
    progress: Progress = lambda done, total: None,  # noqa: ARG005 - nobody listens
    frame_rate: float = 24.0,
) -> Translation:
    """Translate cues with the first engine, and what it fails with the next ones.

    ``limits`` are the target's. ``ours``: the cues were cut from speech by Subtide, so every
    limit is kept, in more cues where needed; a person's cues keep their number and starts.
    Raises the last engine's error when no engine works at all, and what ``progress`` raises.
    """
    parts = [_parts(cue, source) for cue in cues]
    spoken = [part for found in parts for part in found if part.bare.speaks]
    answers = iter(_answers(spoken, source, target, Relay(engines, progress)))
    done = [[next(answers) if p.bare.speaks else Answer(p.bare.text) for p in of] for of in parts]
    translated = [_dressed(*cue, target) for cue in zip(cues, parts, done, strict=True)]
    if ours:
        laid, origins = lay_ours(translated, limits, target, frame_rate)
    else:
        laid = lay_theirs(translated, limits, target, frame_rate)
        origins = tuple(range(len(cues)))
    kinds = [tuple(kind for answer in of for kind in answer.faults) for of in done]
    faults = tuple(Fault(place, found) for place, found in enumerate(kinds) if found)
    used = tuple(next((a.engine for a in of if a.engine), None) for of in done)
    return Translation(laid, origins, faults, used)


def _parts(cue: Cue, source: Language) -> list[_Part]:
    lines = cue.text.split("\n")
    several = speakers(cue.text)
    if several:
        turns: list[list[str]] = []
        for line in lines:
            if SPEAKER.match(line) or not turns:
                turns.append([])
            turns[-1].append(line)
        texts = [glue(turn, source) for turn in turns]
    else:
        texts = [glue(lines, source)]
    return [_part(cue, bare(text), alone=several) for text in texts]


def _part(cue: Cue, found: Bare, *, alone: bool) -> _Part:
    sung = any(sign in found.before + found.after for sign in MUSIC)
    described = found.text.startswith(("[", "("))
    whole = not (alone or sung or described)
    return _Part(found, Fragment(found.text, cue.start, cue.end, whole))


def _answers(
    parts: Sequence[_Part], source: Language, target: Language, relay: Relay
) -> list[Answer]:
    """An answer for every part, in their order."""
    fragments = [part.fragment for part in parts]
    groups = joined(fragments)
    lines = [
        Line(name, glue([fragments[place].text for place in group], source))
        for name, group in enumerate(groups)
    ]
    whole = relay.run(lines)
    answers: dict[int, Answer] = {}
    for name, group in enumerate(groups):
        answer = whole[name]
        sizes = [DEFAULT.width(fragments[place].text) for place in group]
        texts = divided(answer.text, sizes, target) if answer.engine else None
        if texts:
            found = (Answer(text, answer.engine) for text in texts)
            answers.update(zip(group, found, strict=True))
        elif len(group) == 1:
            answers[group[0]] = answer
    left = [Line(p, f.text) for p, f in enumerate(fragments) if p not in answers]
    answers.update(relay.run(left))
    return [answers[place] for place in range(len(parts))]


def _dressed(cue: Cue, parts: Sequence[_Part], answers: Sequence[Answer], target: Language) -> Cue:
    """The cue with its translation; just as it was when nothing in it was translated."""
    if not any(answer.engine for answer in answers):
        return cue
    lines = [
        part.bare.dress(answer.text, target) for part, answer in zip(parts, answers, strict=True)
    ]
    return dataclasses.replace(cue, text="\n".join(lines))
