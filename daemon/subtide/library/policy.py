"""Policy: which subtitles every item should have, and what counts as having one."""

import re
from dataclasses import dataclass
from typing import Self

from subtide.jellyfin.items import Source, Track
from subtide.languages import Language
from subtide.pipeline.plan import Target
from subtide.settings import Settings

ASIDE = re.compile(
    r"comment|kommentar|comentari|commento|descri|audiodescri|narrat|visually|sing.?along|karaoke",
    re.IGNORECASE,
)
"""Titles of tracks that are no plain dialogue: commentary, audio description, karaoke."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The wanted targets, most wanted first."""

    targets: tuple[Target, ...]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Read the policy of the house: full subtitles in each language."""
        tags = dict.fromkeys(settings.policy.languages)
        return cls(tuple(Target(language=tag) for tag in tags))


def covering(source: Source, target: Target) -> Track | None:
    """Return the track that already gives a viewer the target, or None.

    A full subtitle in the language covers it, as text or as images, for the hearing impaired
    or not, whoever made it. A forced one does not, nor one of a commentary.
    """
    for track in source.subtitles:
        served = track.language is not None and track.language.serves(target.tag)
        if served and track.forced == target.forced and not is_aside(track):
            return track
    return None


def is_aside(track: Track) -> bool:
    """Whether a track's title says that it is no plain dialogue."""
    return bool(ASIDE.search(track.title))


def spoken_tag(source: Source) -> Language | None:
    """Return the language that the tags give the main audio track, if any."""
    main = main_audio(source)
    return main.language if main else None


def main_audio(source: Source) -> Track | None:
    """Return the track with the dialogue: no commentary, the default one, else the first."""
    plain = [track for track in source.audio if not is_aside(track)]
    return next((track for track in plain if track.default), plain[0] if plain else None)
