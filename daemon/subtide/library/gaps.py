"""Gaps: the targets that the policy wants and a source lacks, and why the others are none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from subtide.jellyfin.items import Source, Track
from subtide.languages import Language
from subtide.library.covering import Considered, Ours, consider
from subtide.library.policy import Policy
from subtide.library.tracks import is_machine_made
from subtide.pipeline.plan import Target
from subtide.storage.coverage import Standing
from subtide.storage.ledger import EntryState, Put
from subtide.storage.outcomes import Outcome, OutcomeState, language_of, same_basis, same_media


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target of one source, and why it stands so."""

    target: Target
    standing: Standing
    why: str
    retry_at: datetime | None = None
    """When a closed one opens again by itself."""
    by_hand: bool = False
    """A subtitle that no program made covers it."""
    deleted: bool = False
    """Our file for it was there and is there no more: somebody removed it."""
    tracks: tuple[Considered, ...] = ()
    """The subtitles in its language, and what each does for it."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a source from before."""

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """By target."""
    put: Sequence[Put] = ()
    """What we put out for it."""
    label: str = ""
    """The word that marks our files."""
    earlier: Sequence[Outcome] = ()
    """What was published or refused for files of the same film or episode that are gone."""

    @property
    def ours(self) -> Ours:
        """How to know our files."""
        return Ours(
            label=self.label,
            paths=frozenset(one.path for one in self.put),
            outdated=frozenset(one.path for one in self.put if one.state is EntryState.OUTDATED),
        )

    def is_current(self, target: Target, basis: str) -> bool:
        """Whether what we made for a target was made by the settings of now."""
        outcome = self.outcomes.get(target.key)
        made = outcome is not None and outcome.state is OutcomeState.PUBLISHED
        return not made or (outcome is not None and same_basis(outcome.basis, basis))

    def moved(self, source: Source, basis: str) -> Iterator[tuple[Outcome, str]]:
        """Yield what lies beside a renamed file: how it ended for the old one, and its path now."""
        known = {one.target for one in self.put} | self.outcomes.keys()
        ours = self.ours
        taken: dict[str, tuple[Outcome, str]] = {}
        for one in self.earlier:
            if one.target in known:
                continue
            if one.target in taken and not same_media(one.basis, basis):
                continue
            tag = Language(language_of(one.target))
            for track in source.subtitles:
                served = track.language is not None and track.language.serves(tag)
                if served and track.path and ours.made(track):
                    taken[one.target] = one, track.path
                    break
        yield from taken.values()

    def standing(self, target: Target) -> list[str]:
        """Return where our verified files for a target should be."""
        mine = (one for one in self.put if one.target == target.key)
        return [one.path for one in mine if one.state is EntryState.VERIFIED]


def judge(
    source: Source, policy: Policy, past: Past, basis: str, now: datetime
) -> tuple[Verdict, ...]:
    """Judge every target that the policy names for a source.

    ``basis``: what an outcome must have been true for.
    """
    ours = past.ours
    verdicts = []
    for want in policy.wants(source):
        current = past.is_current(want.target, basis)
        tracks = tuple(consider(source, want.target, policy, ours, current=current))
        there = any(not one.why_not for one in tracks)
        if there and not want.unwanted:
            verdict = _covered(want.target, tracks, current=current)
        elif there:
            # Covered, and that is all: nothing of it is taken away or made anew.
            why = _covered(want.target, tracks, current=True).why
            verdict = Verdict(want.target, Standing.COVERED, why)
        elif want.unwanted:
            verdict = Verdict(want.target, Standing.UNWANTED, want.unwanted)
        else:
            closed = _closed(source, want.target, past, basis, now)
            verdict = closed or Verdict(want.target, Standing.GAP, _reasons(tracks))
        verdicts.append(replace(verdict, tracks=tracks))
    return tuple(verdicts)


def _closed(
    source: Source, target: Target, past: Past, basis: str, now: datetime
) -> Verdict | None:
    """Return why a target that is lacking is not to be made, or None when it is."""
    outcome = past.outcomes.get(target.key)
    stayed = outcome is not None and same_media(outcome.basis, basis)
    published = outcome is not None and outcome.state is OutcomeState.PUBLISHED
    if published and stayed and _is_missing(source, past.standing(target)):
        why = "our file was removed; to have it again: subtide redo ITEM"
        return Verdict(target, Standing.CLOSED, why, deleted=True)
    if outcome and outcome.closed(basis, now):
        if outcome.state is OutcomeState.NEEDLESS:
            return Verdict(target, Standing.UNWANTED, outcome.reason)
        why = f"{outcome.state}: {outcome.reason}".rstrip(": ")
        return Verdict(target, Standing.CLOSED, why, outcome.retry_at)
    if any(one.target == target.key and one.state is OutcomeState.REFUSED for one in past.earlier):
        why = "it was refused for an earlier file of this; to have it: subtide redo ITEM"
        return Verdict(target, Standing.CLOSED, why)
    return None


def _reasons(tracks: Sequence[Considered]) -> str:
    return "; ".join(f"{told(one)}: {one.why_not}" for one in tracks) or "no such subtitle"


def _covered(target: Target, tracks: Sequence[Considered], *, current: bool) -> Verdict:
    covering = [one for one in tracks if not one.why_not]
    by_others = [one for one in covering if not one.ours]
    if not by_others and not current:
        why = "ours, made by other models or settings; to make it anew: subtide redo ITEM"
        return Verdict(target, Standing.OUTDATED, why)
    by_hand = [one for one in by_others if not is_machine_made(one.track)]
    best = (by_hand or by_others or covering)[0]
    return Verdict(target, Standing.COVERED, told(best), by_hand=bool(by_hand))


def _is_missing(source: Source, paths: Sequence[str]) -> bool:
    there = {track.path for track in source.subtitles}
    return bool(paths) and not there.intersection(paths)


def told(one: Considered) -> str:
    """Say in a few words which track it is: ``en subrip inside the file``."""
    return f"{described(one.track)}{', ours' if one.ours else ''}"


def described(track: Track) -> str:
    """Say in a few words which subtitle it is."""
    where = "beside the file" if track.external else "inside the file"
    return f"{track.language} {track.codec} {where}"
