"""Covering: whether the tracks of a source already give a viewer what the policy wants."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from subtide.jellyfin.items import Source, Track
from subtide.library.policy import Policy
from subtide.library.tracks import (
    is_aside,
    is_for_the_deaf,
    is_forced,
    is_machine_made,
    is_ours,
)
from subtide.pipeline.plan import Target


@dataclass(frozen=True, slots=True)
class Ours:
    """How to know our own files beside a source."""

    label: str = ""
    paths: AbstractSet[str] = frozenset()
    """Where the ledger's files are."""
    outdated: AbstractSet[str] = frozenset()
    """Those of them that a person wants made anew: they cover nothing."""

    def made(self, track: Track) -> bool:
        """Whether we made a track."""
        return is_ours(track, self.paths, self.label)


@dataclass(frozen=True, slots=True)
class Considered:
    """A track in the wanted language, and what it does for the target."""

    track: Track
    ours: bool
    why_not: str
    """Why it does not cover the target; empty when it does."""


def consider(
    source: Source, target: Target, policy: Policy, ours: Ours, *, current: bool
) -> Sequence[Considered]:
    """Return every subtitle that serves the target's language, in the server's order.

    ``current``: what we made for the target was made by the settings of now.
    """
    return [
        Considered(track, ours.made(track), _why_not(track, target, policy, ours, current=current))
        for track in source.subtitles
        if track.language is not None and track.language.serves(target.tag)
    ]


def _why_not(track: Track, target: Target, policy: Policy, ours: Ours, *, current: bool) -> str:
    allowed = policy.settings.covered_by
    if is_aside(track):
        return "its title says that it is no plain dialogue"
    if target.forced and not is_forced(track):
        return "it holds every line, and only foreign passages are wanted"
    if not target.forced and is_forced(track) and "forced" not in allowed:
        return "it holds only some lines (forced)"
    kinds: tuple[tuple[str, bool, str], ...] = (
        ("own", not current, "it is ours, and other models or settings made it"),
        ("", track.path in ours.outdated, "it is ours and to be made anew"),
    )
    if not ours.made(track):
        kinds = (
            ("image", not track.text, "it is made of images"),
            ("sdh", is_for_the_deaf(track), "it is for the hearing impaired"),
            ("machine", is_machine_made(track), "a program made it"),
        )
    return next((why for word, true, why in kinds if true and word not in allowed), "")
