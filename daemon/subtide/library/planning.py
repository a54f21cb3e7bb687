"""Planning: the origin for a source's gaps, frozen into a plan with the settings that count.

An existing text subtitle beats the ears, when we can translate it. Otherwise the main audio
track is heard once, for all targets.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from subtide.errors import MediaUnreadable, NoUsableAudio, SkipSource
from subtide.jellyfin.items import Item, Source, Track
from subtide.jellyfin.media import stream_words
from subtide.languages import Language
from subtide.library.policy import Policy, Rules
from subtide.library.tracks import is_aside, is_forced, is_ours, main_audio, spoken_tag
from subtide.pipeline.plan import (
    AudioOrigin,
    ChatOptions,
    Origin,
    Plan,
    PublishOptions,
    SecondAttempt,
    SpeechOptions,
    SubtitleOptions,
    Target,
    TextOrigin,
    Tier,
    TranslationOptions,
    basis_of,
    options_text,
)
from subtide.pipeline.translate import engine_models
from subtide.settings import Chat, Settings
from subtide.storage.servers import KnownServer
from subtide.subtitles.limits import limits_for

MODELS: Mapping[str, Mapping[Tier, str]] = {
    "cpu": {"fast": "base", "balanced": "small", "best": "large-v3-turbo"},
    "cuda": {"fast": "small", "balanced": "large-v3-turbo", "best": "large-v3"},
}
"""By device and tier. On a CPU, small is the floor for languages other than English, and what
two cores can carry."""
NEXT_TIER: Mapping[Tier, Tier] = {"fast": "balanced", "balanced": "best"}
"""What a second attempt is made with."""


@dataclass(frozen=True)
class Options:
    """The settings that shape every result, resolved for this machine."""

    speech: SpeechOptions
    translation: TranslationOptions
    publish: PublishOptions
    subtitles: SubtitleOptions = field(default_factory=SubtitleOptions)

    def under(self, policy: Policy) -> Self:
        """Return the options as an item's policy changes them."""
        wanted = policy.settings
        changed = replace(
            self,
            speech=self.speech.model_copy(update={"trust_audio_tag": wanted.trust_audio_tag}),
            translation=self.translation.model_copy(
                update={
                    "engines": wanted.engines or self.translation.engines,
                    "formality": wanted.formality,
                    "glossary": wanted.glossary,
                }
            ),
            subtitles=self.subtitles.model_copy(
                update={
                    "notes": wanted.notes,
                    "songs": wanted.songs,
                    "bilingual": wanted.bilingual,
                    "sync": wanted.sync,
                }
            ),
        )
        return self if changed == self else changed

    def basis(self, source: Source) -> str:
        """Return what an outcome of this source is true for: its media and these options."""
        media = [source.size, round(source.duration), *stream_words(source)]
        return basis_of(media, self._text)

    @cached_property
    def _text(self) -> str:
        return options_text(self.speech, self.translation, self.subtitles)


def options_from(settings: Settings, *, gpu: bool) -> Options:
    """Resolve ``auto`` for a machine with or without a GPU."""
    speech, tier = settings.speech, settings.speech.tier
    device = speech.device if speech.device != "auto" else ("cuda" if gpu else "cpu")
    compute = "float16" if device == "cuda" else "int8"

    def model_of(tier: Tier) -> str:
        return speech.model if speech.model != "auto" else MODELS[device][tier]

    stronger = NEXT_TIER.get(tier) if settings.subtitles.second_attempt else None
    return Options(
        SpeechOptions(
            tier=tier,
            vote_model=speech.vote_model if speech.vote_model != "auto" else model_of(tier),
            model=model_of(tier),
            models=speech.models,
            device=device,
            compute_type=speech.compute_type if speech.compute_type != "auto" else compute,
            block_seconds=speech.block_seconds,
            trust_audio_tag=settings.policy.trust_audio_tag,
            hotwords=speech.hotwords,
            second=SecondAttempt(tier=stronger, model=model_of(stronger)) if stronger else None,
        ),
        TranslationOptions(
            engines=settings.translation.engines,
            models=settings.translation.models,
            chat={name: _chat(chat) for name, chat in settings.translation.chat.items()},
            pivot=settings.translation.pivot,
            memory=settings.translation.memory,
        ),
        PublishOptions(
            label=settings.publish.label,
            patience_seconds=settings.publish.patience_seconds,
            viewers_seconds=settings.publish.viewers_seconds,
        ),
        SubtitleOptions(limits=_limits(settings), review_below=settings.subtitles.review_below),
    )


def _chat(chat: Chat) -> ChatOptions:
    return ChatOptions(
        model=chat.model,
        batch_lines=chat.batch_lines,
        context_lines=chat.context_lines,
        temperature=chat.temperature,
    )


def _limits(settings: Settings) -> dict[str, dict[str, float]]:
    """Return the limits that are set. Raises SettingsError for those that no cue can keep."""
    found = {
        tag: limits.model_dump(exclude_none=True)
        for tag, limits in settings.subtitles.limits.items()
    }
    for tag, limits in found.items():
        limits_for(Language(tag), limits)
    return found


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans with one set of options."""

    rules: Rules
    options: Options

    def plan(  # noqa: PLR0913 - whose, what, how, and what may not be its origin
        self,
        server: KnownServer,
        item: Item,
        source: Source,
        gaps: Sequence[Target],
        policy: Policy,
        *,
        ours: AbstractSet[str],
    ) -> Plan:
        """Make the plan for the gaps of one source; forced ones wait until the others are made.

        ``ours``: server paths of files that we made, which are never an origin.

        Raises:
            SkipSource: nothing here can be read or heard, and why.
        """
        several = len(item.sources) > 1
        options = self.options.under(policy)
        chosen = at_once(gaps)
        return Plan(
            server=server.id,
            server_name=server.name,
            item=item.id,
            source=source.id,
            title=f"{item.title} [{source.name}]" if several else item.title,
            path=source.path,
            container=source.container,
            duration=source.duration,
            origin=_origin(source, chosen, policy, options, ours),
            targets=tuple(chosen),
            basis=options.basis(source),
            speech=options.speech,
            translation=options.translation,
            publish=options.publish,
            subtitles=options.subtitles,
            work=work_of(item),
            series=item.series_id,
        )


def at_once(gaps: Sequence[Target]) -> Sequence[Target]:
    """Return the gaps that one plan is for: forced ones have other origins, and come last."""
    return [gap for gap in gaps if not gap.forced] or gaps


def work_of(item: Item) -> str:
    """Return a name of the film or episode that stays when its file is replaced by another.

    Empty for what has none: a nameless item, an episode without a number, a plain video.
    """
    if item.series and item.season is not None and item.episode is not None:
        return f"episode/{item.series.casefold()}/{item.season}/{item.episode}"
    if item.kind == "Movie" and item.name:
        return f"movie/{item.name.casefold()}/{item.year or ''}"
    return ""


def _origin(
    source: Source,
    gaps: Sequence[Target],
    policy: Policy,
    options: Options,
    ours: AbstractSet[str],
) -> Origin:
    allowed = policy.settings.origins
    forced = all(gap.forced for gap in gaps)
    texts = [
        track
        for track in source.subtitles
        if ("external" if track.external else "embedded") in allowed
        and track.text
        and not is_aside(track)
        and is_forced(track) == forced
        and not is_ours(track, ours, options.publish.label)
        and all(_leads_to(track, gap, options) for gap in gaps)
    ]
    if texts:
        spoken = spoken_tag(source)
        return _text_origin(min(texts, key=lambda t: _rank(t, spoken, policy)))
    if forced:
        raise SkipSource(
            f"{source.name} has no forced text that could be translated",
            "forced subtitles are made from such texts alone",
        )
    if "speech" not in allowed:
        raise SkipSource(
            f"{source.name} has no text that could be translated, and its speech may not be used",
            "add speech to policy.origins if it may",
        )
    return _audio_origin(source)


def _leads_to(track: Track, gap: Target, options: Options) -> bool:
    language = track.language
    return language is not None and bool(engine_models(options.translation, language, gap.tag))


def _rank(track: Track, spoken: Language | None, policy: Policy) -> tuple[bool, int, bool, int]:
    """Order origins: the spoken language, then the policy's order, plain before SDH."""
    assert track.language  # noqa: S101 - checked by _leads_to
    wanted = [Language(tag).base for tag in policy.languages]
    base = track.language.base
    place = wanted.index(base) if base in wanted else len(wanted)
    return (spoken is None or base != spoken.base, place, track.hearing_impaired, track.index)


def _text_origin(track: Track) -> TextOrigin:
    assert track.language  # noqa: S101 - checked by _leads_to
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


def unsupported(source: Source, *, allow_remote: bool) -> SkipSource | None:
    """Return why a source is passed over without an outcome, or None when it is not."""
    if source.placeholder:
        return SkipSource("a placeholder, or still being recorded")
    if source.disc:
        return SkipSource("a disc folder or image")
    if source.remote and not allow_remote:
        return SkipSource("a remote source", "set allow_remote for this server to read it")
    return None
