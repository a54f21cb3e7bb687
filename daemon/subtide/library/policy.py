"""Policy: which subtitles every item should have, and what counts as having one."""

import re
from dataclasses import dataclass
from typing import Self

from subtide.jellyfin.items import Source, Track
from subtide.languages import Language
from subtide.pipeline.plan import Target
from subtide.settings import Settings

ASIDE = re.compile(
    r"[ck]om+ent|комментар|コメンタリー|de[sc][ck]ri|beschreib|narrat|visually|sing.?along|karaoke",
    re.IGNORECASE,
)
"""Titles of tracks that are no plain dialogue: commentary, audio description, karaoke."""
PARTIAL = re.compile(r"\bforced\b|\bsigns\b|\bforeign (?:parts|only)\b", re.IGNORECASE)
WHOLE = re.compile(r"\bfull\b|\bdialog|\bnon.forced\b|\bnot forced\b", re.IGNORECASE)
"""Many files carry "Forced" or "Signs & Songs" in the title alone, without the flag."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The wanted targets, most wanted first."""

    targets: tuple[Target, ...]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Read the policy of the house: full subtitles in each language."""
        tags = dict.fromkeys("en" if one == "auto" else one for one in settings.policy.languages)
        return cls(tuple(Target(language=tag) for tag in tags))


def covering(source: Source, target: Target) -> Track | None:
    """Return the track that already gives a viewer the target, or None.

    A full subtitle in the language covers it, as text or as images, for the hearing impaired
    or not, whoever made it. A forced one does not, nor one of a commentary.
    """
    for track in source.subtitles:
        served = track.language is not None and track.language.serves(target.tag)
        if served and is_forced(track) == target.forced and not is_aside(track):
            return track
    return None


def is_aside(track: Track) -> bool:
    """Whether a track's title says that it is no plain dialogue."""
    return bool(ASIDE.search(track.title))


def is_forced(track: Track) -> bool:
    """Whether a subtitle holds only some lines, by its flag or by its title."""
    by_title = PARTIAL.search(track.title) and not WHOLE.search(track.title)
    return track.forced or bool(by_title)


def spoken_tag(source: Source) -> Language | None:
    """Return the language that the tags give the main audio track, if any."""
    main = main_audio(source)
    return main.language if main else None


def main_audio(source: Source) -> Track | None:
    """Return the track with the dialogue: no commentary, the default one, else the first."""
    plain = [track for track in source.audio if not is_aside(track)]
    return next((track for track in plain if track.default), plain[0] if plain else None)
