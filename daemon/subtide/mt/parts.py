"""Parts: the lines of cues that are translated for themselves."""

import dataclasses
import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from subtide.languages import Language
from subtide.mt.marks import Bare, bare
from subtide.mt.sentences import Fragment, glue, runs_on
from subtide.subtitles.cues import TAG, Cue
from subtide.subtitles.lines import SPEAKER, speakers
from subtide.subtitles.music import HASHES, SIGNS

DOTS = re.compile(r"(?:\.\.\.?|…)$")
"""At the end of what goes on in the next cue."""
DASH = re.compile(r"[-‐–—]\s*$")  # noqa: RUF001 - meant so


@dataclass(frozen=True, slots=True)
class Part:
    """All of a cue, or what one of several speakers says in it."""

    bare: Bare
    fragment: Fragment
    tag: str
    """That of its cue's language; empty for the language of the film."""
    asked: bool
    """Whether engines are asked for it."""


def parts_of(
    cues: Sequence[Cue], languages: Mapping[str, Language], still: Collection[int] = ()
) -> list[list[Part]]:
    """Cut cues into parts, for each cue.

    ``languages``: those that are translated, by the tag of their cues; ``still``: the places of
    cues that are not, whatever their language.
    """
    found = [
        _cut(cue, None if place in still else languages.get(cue.language))
        for place, cue in enumerate(cues)
    ]
    for before, after in itertools.pairwise(found):
        before[-1] = _without_dots(before[-1], after[0])
    return found


def _cut(cue: Cue, language: Language | None) -> list[Part]:
    several = speakers(cue.text)
    turns: list[list[str]] = []
    for line in cue.text.split("\n"):
        if not turns or (several and SPEAKER.match(line)):
            turns.append([])
        turns[-1].append(line)
    return [_part(cue, turn, language, alone=several) for turn in turns]


def _part(cue: Cue, lines: list[str], language: Language | None, *, alone: bool) -> Part:
    found = bare(glue(lines, language) if language else "\n".join(lines))
    sung = any(sign in found.before + found.after for sign in SIGNS + HASHES)
    described = found.text.startswith(("[", "("))
    fragment = Fragment(
        found.text,
        cue.start,
        cue.end,
        whole=not (alone or sung or described),  # lines of a song are sentences of their own
        opens=bool(DASH.search(found.before)),
        voice=" ".join([cue.language, *TAG.findall(found.before)]),
    )
    return Part(found, fragment, cue.language, asked=language is not None and found.speaks)


def _without_dots(before: Part, after: Part) -> Part:
    """Take the dots off a part that goes on in the next; they stand there again in the end."""
    dots = DOTS.search(before.bare.text)
    if not dots or not runs_on(before.fragment, after.fragment):
        return before
    text = before.bare.text[: dots.start()]
    marks = dataclasses.replace(before.bare, text=text, after=dots[0] + before.bare.after)
    return dataclasses.replace(
        before, bare=marks, fragment=dataclasses.replace(before.fragment, text=text)
    )
