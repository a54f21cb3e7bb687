"""Origins: which text or audio track the gaps of a source are made from, and which of them at once.

An existing text subtitle beats the ears, when we can translate it and it was not found unfit.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from subtide.errors import MediaUnreadable, NoUsableAudio, SkipSource
from subtide.jellyfin.items import Source, Track
from subtide.languages import Language
from subtide.library.covering import Ours
from subtide.library.policy import Policy
from subtide.library.tracks import is_aside, is_forced, main_audio, spoken_tag
from subtide.pipeline.plan import (
    AudioOrigin,
    Origin,
    Plan,
    Target,
    TextOrigin,
    TranslationOptions,
    origin_key,
)
from subtide.pipeline.routes import engine_models
from subtide.storage.unfit import Unfit


@dataclass(frozen=True, slots=True)
class Choice:
    """What origins are chosen among."""

    source: Source
    policy: Policy
    translation: TranslationOptions
    texts: Sequence[Track]
    """The subtitles that may be the origin of some target."""


def texts_of(
    source: Source, policy: Policy, ours: Ours, basis: str, unfit: AbstractSet[str]
) -> Iterator[Track]:
    """Yield the subtitles that may be an origin of some target.

    ``unfit``: keys of origins that did not do, for media of this ``basis``.
    """
    for track in source.subtitles:
        allowed = ("external" if track.external else "embedded") in policy.settings.origins
        plain = track.text and track.language is not None and not is_aside(track)
        if not (allowed and plain) or ours.made(track):
            continue
        if origin_key(_text_origin(track), basis) not in unfit:
            yield track


def passed_over(source: Source, unfit: Sequence[Unfit], basis: str) -> Iterator[tuple[Track, str]]:
    """Yield the subtitles that were tried as an origin for this media, and why they did not do."""
    reasons = {one.origin: one.reason for one in unfit}
    for track in source.subtitles:
        key = origin_key(_text_origin(track), basis) if track.language else ""
        if key in reasons:
            yield track, reasons[key]


def choose_origin(among: Choice, gaps: Sequence[Target]) -> tuple[Origin, Sequence[Target]]:
    """Return the best origin, and those of the gaps that are made from it.

    Raises:
        SkipSource: nothing here can be read or heard, and why.
    """
    chosen, source = at_once(gaps), among.source
    text = _best(among, chosen)
    if text is not None:
        return _text_origin(text), chosen
    if "speech" not in among.policy.settings.origins:
        kind = "forced text" if chosen[0].forced else "text"
        raise SkipSource(
            f"{source.name} has no {kind} that could be translated, and its speech may not be used",
            "add speech to policy.origins if it may",
        )
    return _audio_origin(source), [gap for gap in gaps if gap in chosen or not _best(among, [gap])]


def at_once(gaps: Sequence[Target]) -> Sequence[Target]:
    """Return the gaps that one plan is for; forced ones come last, from texts of their own.

    Forced ones without such a text are heard together with whatever else is heard.
    """
    return [gap for gap in gaps if not gap.forced] or gaps


def is_for(plan: Plan, gaps: Sequence[Target]) -> bool:
    """Whether a plan makes what would be made of these gaps, as far as can be told cheaply."""
    made, due = ({one.key for one in some} for some in (plan.targets, at_once(gaps)))
    forced = {one.key for one in gaps if one.forced}
    return made == due or (plan.origin.kind == "audio" and due - forced <= made <= due | forced)


def _best(among: Choice, gaps: Sequence[Target]) -> Track | None:
    """Return the best text that leads to all of the gaps, which are all forced or all full."""
    leading = [
        track
        for track in among.texts
        if is_forced(track) == gaps[0].forced
        and all(_leads_to(track, gap, among.translation) for gap in gaps)
    ]
    spoken = spoken_tag(among.source)
    return min(leading, key=lambda track: _rank(track, spoken, among.policy), default=None)


def _leads_to(track: Track, gap: Target, translation: TranslationOptions) -> bool:
    language = track.language
    return language is not None and bool(engine_models(translation, language, gap.tag))


def _rank(track: Track, spoken: Language | None, policy: Policy) -> tuple[bool, int, bool, int]:
    """Order origins: the spoken language, then the policy's order, plain before SDH."""
    assert track.language  # noqa: S101 - checked by texts_of
    wanted = [Language(tag).base for tag in policy.languages]
    base = track.language.base
    place = wanted.index(base) if base in wanted else len(wanted)
    return (spoken is None or base != spoken.base, place, track.hearing_impaired, track.index)


def _text_origin(track: Track) -> TextOrigin:
    assert track.language  # noqa: S101 - the caller's branch
    return TextOrigin(
        language=track.language.tag,
        codec=track.codec,
        title=track.title,
        external=track.external,
        hearing_impaired=track.hearing_impaired,
        path=track.path,
        ordinal=track.ordinal,
    )


def _audio_origin(source: Source) -> AudioOrigin:
    if not source.tracks:
        raise MediaUnreadable(
            f"Jellyfin found no streams in {source.name}",
            "the file is damaged, empty or encrypted: replace it, then scan the library",
        )
    if not source.audio:
        raise NoUsableAudio(f"{source.name} has no audio track", "there is nothing to listen to")
    track = main_audio(source)
    if track is None:
        titles = ", ".join(t.title for t in source.audio)
        raise NoUsableAudio(
            f"{source.name} has only commentary or description tracks ({titles})",
            "rename the track if that is wrong",
        )
    return AudioOrigin(
        ordinal=track.ordinal,
        language=track.language.tag if track.language else None,
        codec=track.codec,
        channels=track.channels,
    )
