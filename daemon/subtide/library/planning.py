"""Planning: the origin for a source's gaps, frozen into a plan with the settings that count."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self, TypeVar

from subtide.errors import SkipSource
from subtide.jellyfin.items import Item, Source
from subtide.jellyfin.media import stream_words
from subtide.languages import Language
from subtide.library.covering import Ours
from subtide.library.origins import Choice, choose_origin, texts_of
from subtide.library.policy import Policy, Rules
from subtide.pipeline.plan import (
    ChatOptions,
    Plan,
    PublishOptions,
    SecondAttempt,
    Shape,
    SpeechOptions,
    SubtitleOptions,
    Target,
    Tier,
    TranslationOptions,
    basis_of,
    options_text,
)
from subtide.settings import Chat, Settings
from subtide.storage.servers import KnownServer
from subtide.subtitles.limits import limits_for

MODELS: Mapping[str, Mapping[Tier, str]] = {
    "cpu": {"fast": "base", "balanced": "small", "best": "large-v3-turbo"},
    "cuda": {"fast": "small", "balanced": "large-v3-turbo", "best": "large-v3"},
}
"""By device and tier. On a CPU, small is the floor for languages other than English, and what
two cores can carry."""
Shaped = TypeVar("Shaped", bound=Shape)
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
        engines = wanted.engines or self.translation.engines
        speech = {"trust_audio_tag": wanted.trust_audio_tag}
        translation = {
            "engines": engines,
            "formality": wanted.formality,
            "glossary": wanted.glossary,
        }
        subtitles = {
            "notes": wanted.notes,
            "songs": wanted.songs,
            "bilingual": wanted.bilingual,
            "sync": wanted.sync,
        }
        changed: dict[str, Any] = {
            "speech": _changed(self.speech, speech),
            "translation": _changed(self.translation, translation),
            "subtitles": _changed(self.subtitles, subtitles),
        }
        # Most items have the policy of the house, and a scan asks for each of them.
        same = all(getattr(self, name) is value for name, value in changed.items())
        return self if same else replace(self, **changed)

    def basis(self, source: Source) -> str:
        """Return what an outcome of this source is true for: its media and these options."""
        media = [source.size, round(source.duration), *stream_words(source)]
        return basis_of(media, self._text)

    @cached_property
    def _text(self) -> str:
        return options_text(self.speech, self.translation, self.subtitles)


def _changed(options: Shaped, values: Mapping[str, object]) -> Shaped:
    """Return the options with these values; themselves when they have them."""
    new = {name: value for name, value in values.items() if getattr(options, name) != value}
    return options.model_copy(update=new) if new else options


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
        unfit: AbstractSet[str] = frozenset(),
    ) -> Plan:
        """Make the plan for gaps of one source; see ``choose_origin`` for those that wait.

        ``ours``: server paths of files that we made, which are never an origin. ``unfit``:
        origins that did not do, as ``origin_key`` names them.

        Raises:
            SkipSource: nothing here can be read or heard, and why.
        """
        several = len(item.sources) > 1
        options = self.options.under(policy)
        basis = options.basis(source)
        mine = Ours(options.publish.label, ours)
        texts = texts_of(source, policy, mine, basis, unfit)
        among = Choice(source, policy, options.translation, tuple(texts))
        origin, chosen = choose_origin(among, gaps)
        return Plan(
            server=server.id,
            server_name=server.name,
            item=item.id,
            source=source.id,
            title=f"{item.title} [{source.name}]" if several else item.title,
            path=source.path,
            container=source.container,
            duration=source.duration,
            origin=origin,
            targets=tuple(chosen),
            basis=basis,
            speech=options.speech,
            translation=options.translation,
            publish=options.publish,
            subtitles=options.subtitles,
            work=work_of(item),
            series=item.series_id,
        )


def work_of(item: Item) -> str:
    """Return a name of the film or episode that stays when its file is replaced by another.

    Empty for what has none: a nameless item, an episode without a number, a plain video.
    """
    if item.series and item.season is not None and item.episode is not None:
        return f"episode/{item.series.casefold()}/{item.season}/{item.episode}"
    if item.kind == "Movie" and item.name:
        return f"movie/{item.name.casefold()}/{item.year or ''}"
    return ""


def unsupported(source: Source, *, allow_remote: bool) -> SkipSource | None:
    """Return why a source is passed over without an outcome, or None when it is not."""
    if source.placeholder:
        return SkipSource("a placeholder, or still being recorded")
    if source.disc:
        return SkipSource("a disc folder or image")
    if source.remote and not allow_remote:
        return SkipSource("a remote source", "set allow_remote for this server to read it")
    return None
