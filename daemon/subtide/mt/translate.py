"""Translation of cues: sentence by sentence, each guarded, each under its own id.

    cues -> bare fragments -> sentences -> engine -> guard -> next engine for what failed
         -> back over the cues -> marks on again -> layout

What every engine fails as a sentence is tried again cue by cue; what fails even so keeps its
source text and is named in the faults.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from subtide.languages import Language
from subtide.mt.engine import Line, Term, TranslationEngine
from subtide.mt.guard import Guard, LineFault
from subtide.mt.layout import lay_ours, lay_theirs
from subtide.mt.parts import Part, parts_of
from subtide.mt.relay import Answer, Progress, Relay, Tally
from subtide.mt.sentences import divided, glue, joined
from subtide.mt.songs import sung
from subtide.subtitles.cues import Cue
from subtide.subtitles.limits import DEFAULT, Limits

Songs = Literal["translate", "keep", "drop"]
"""What becomes of sung cues: they stay as they are, or are left out."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the translation of the source cue at ``cue``."""

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
    doubts: tuple[Fault, ...]
    """Those that are translated, but not quite as they should be."""
    engine_by_cue: tuple[str | None, ...]
    """For each source cue, the engine that translated it; None where there was nothing to."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one language is translated."""

    source: Language
    engines: Sequence[TranslationEngine]
    """In the order in which a line is offered to them."""
    terms: tuple[Term, ...] = ()


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
    terms: tuple[Term, ...] = (),
    songs: Songs = "translate",
    foreign: Mapping[str, Way] = {},
) -> Translation:
    """Translate cues with the first engine, and what it fails with the next ones.

    ``limits`` are the target's. ``ours``: the cues were cut from speech by Subtide, so every
    limit is kept, in more cues where needed; a person's cues keep their number and starts.
    ``foreign``: the ways of cues in other languages, by the tag that they have; those without
    one stay as they are, and so do all that are in the target's language already.

    Raises the last engine's error when no engine works at all, and what ``progress`` raises.
    """
    ways = {"": Way(source, engines, terms), **foreign}
    ways = {tag: way for tag, way in ways.items() if not way.source.serves(target)}
    kept, parts = _kept(cues, {tag: way.source for tag, way in ways.items()}, songs)
    shown = [cues[place] for place in kept]
    spoken = [part for of in parts for part in of if part.asked]
    answers = iter(_answers(spoken, ways, target, Tally(progress)))
    done = [[next(answers) if p.asked else Answer(p.bare.text) for p in of] for of in parts]
    translated = [_dressed(*cue, target) for cue in zip(shown, parts, done, strict=True)]
    if ours:
        laid, origins = lay_ours(translated, limits, target, frame_rate)
    else:
        laid = _as_it_was(shown, done, lay_theirs(translated, limits, target, frame_rate))
        origins = tuple(range(len(shown)))
    used = dict(zip(kept, map(_engine, done), strict=True))
    return Translation(
        cues=laid,
        origins=tuple(kept[place] for place in origins),
        faults=_faults(kept, done, lambda answer: answer.engine is None),
        doubts=_faults(kept, done, lambda answer: answer.engine is not None),
        engine_by_cue=tuple(used.get(place) for place in range(len(cues))),
    )


def _as_it_was(
    cues: Sequence[Cue], answers: Sequence[Sequence[Answer]], laid: Sequence[Cue]
) -> tuple[Cue, ...]:
    """The cues laid out, but the lines of those that were not translated as a person broke them."""
    return tuple(
        after if _engine(of) else dataclasses.replace(after, text=cue.text)
        for cue, of, after in zip(cues, answers, laid, strict=True)
    )


def sentences_of(
    cues: Sequence[Cue], ways: Mapping[str, Language], songs: Songs = "translate"
) -> dict[str, list[str]]:
    """Return the texts that engines may be asked for, by the tag that their cues have.

    That is every sentence, and each part of one: its translation may not divide over its cues.
    ``ways``: the languages that are translated, by that tag.
    """
    _, parts = _kept(cues, ways, songs)
    asked = [part for of in parts for part in of if part.asked]
    found: dict[str, list[str]] = {tag: [] for tag in ways}
    for group in joined([part.fragment for part in asked]):
        tag = asked[group[0]].tag
        found[tag].append(_sentence([asked[place] for place in group], ways[tag]))
        if len(group) > 1:
            found[tag] += [asked[place].fragment.text for place in group]
    return found


def _kept(
    cues: Sequence[Cue], languages: Mapping[str, Language], songs: Songs
) -> tuple[list[int], list[list[Part]]]:
    """The places of the cues that are shown, and their parts."""
    songs_at = [] if songs == "translate" else [p for p, song in enumerate(sung(cues)) if song]
    gone = frozenset(songs_at if songs == "drop" else ())
    kept = [place for place in range(len(cues)) if place not in gone]
    still = frozenset(songs_at if songs == "keep" else ())
    return kept, parts_of([cues[place] for place in kept], languages, still)


def _sentence(parts: Sequence[Part], language: Language) -> str:
    return glue([part.fragment.text for part in parts], language)


def _answers(
    parts: Sequence[Part], ways: Mapping[str, Way], target: Language, tally: Tally
) -> list[Answer]:
    """An answer for every part, in their order."""
    groups = joined([part.fragment for part in parts])
    lines, tags = [], []
    for name, group in enumerate(groups):
        first, last = parts[group[0]], parts[group[-1]]
        text = _sentence([parts[place] for place in group], ways[first.tag].source)
        lines.append(Line(name, text, first.fragment.start, last.fragment.end))
        tags.append(first.tag)
    relays = {
        tag: Relay(way.engines, Guard(way.source, target, way.terms), tally)
        for tag, way in ways.items()
    }
    whole = _run(relays, lines, tags, range(len(lines)), tally)
    answers: dict[int, Answer] = {}
    for name, group in enumerate(groups):
        answers.update(_shared([parts[place] for place in group], group, whole[name], target))
    left = [place for place in range(len(parts)) if place not in answers]
    own = [Line(p, f.text, f.start, f.end) for p, f in enumerate(p.fragment for p in parts)]
    answers.update(_run(relays, own, [part.tag for part in parts], left, tally))
    return [answers[place] for place in range(len(parts))]


def _run(
    relays: Mapping[str, Relay],
    script: Sequence[Line],
    tags: Sequence[str],
    wanted: Sequence[int],
    tally: Tally,
) -> dict[int, Answer]:
    """Ask for the wanted lines of a script, each language's by its own relay."""
    tally.expect(len(wanted))
    found: dict[int, Answer] = {}
    for tag, relay in relays.items():
        lines = [script[place] for place in wanted if tags[place] == tag]
        if lines:
            found.update(relay.run(lines, script))
    return found


def _shared(
    parts: Sequence[Part], places: Sequence[int], answer: Answer, target: Language
) -> dict[int, Answer]:
    """The answer to a sentence shared out over its parts; nothing where that cannot be done."""
    if len(parts) == 1:
        return {places[0]: answer}
    sizes = [DEFAULT.width(part.fragment.text) for part in parts]
    texts = divided(answer.text, sizes, target) if answer.engine else None
    answers = [dataclasses.replace(answer, text=text) for text in texts or ()]
    return dict(zip(places, answers, strict=False))


def _faults(
    places: Sequence[int],
    answers: Sequence[Sequence[Answer]],
    wanted: Callable[[Answer], bool],
) -> tuple[Fault, ...]:
    kinds = [tuple(k for answer in of if wanted(answer) for k in answer.faults) for of in answers]
    return tuple(Fault(place, found) for place, found in zip(places, kinds, strict=True) if found)


def _engine(answers: Sequence[Answer]) -> str | None:
    return next((answer.engine for answer in answers if answer.engine), None)


def _dressed(cue: Cue, parts: Sequence[Part], answers: Sequence[Answer], target: Language) -> Cue:
    """The cue with its translation; just as it was when nothing in it was translated."""
    if not any(answer.engine for answer in answers):
        return cue
    lines = [
        part.bare.dress(answer.text, target) for part, answer in zip(parts, answers, strict=True)
    ]
    return dataclasses.replace(cue, text="\n".join(lines), language="")
