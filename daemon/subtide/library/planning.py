"""Planning: the origin for a source's gaps, frozen into a plan with the settings that count.

An existing text subtitle beats the ears, when we can translate it. Otherwise the main audio
track is heard once, for all targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from subtide.errors import MediaUnreadable, NoUsableAudio, SkipSource
from subtide.jellyfin.items import Item, Source, Track
from subtide.jellyfin.media import stream_words
from subtide.languages import Language
from subtide.library.policy import Policy, is_aside, is_forced, main_audio, spoken_tag
from subtide.pipeline.plan import (
    AudioOrigin,
    Origin,
    Plan,
    PublishOptions,
    SpeechOptions,
    Target,
    TextOrigin,
    TranslationOptions,
    basis_of,
)
from subtide.pipeline.translate import engine_models
from subtide.settings import Settings
from subtide.storage.servers import KnownServer

CPU_MODEL = "small"
"""The floor for languages other than English, and what a two-core machine can carry."""
GPU_MODEL = "large-v3-turbo"


@dataclass(frozen=True, slots=True)
class Options:
    """The settings that shape every result, resolved for this machine."""

    speech: SpeechOptions
    translation: TranslationOptions
    publish: PublishOptions

    def basis(self, source: Source) -> str:
        """Return what an outcome of this source is true for: its media and these options."""
        media = [source.size, round(source.duration), *stream_words(source)]
        return basis_of(media, self.speech, self.translation)


def options_from(settings: Settings, *, gpu: bool) -> Options:
    """Resolve ``auto`` for a machine with or without a GPU."""
    speech = settings.speech
    device = speech.device if speech.device != "auto" else ("cuda" if gpu else "cpu")
    model = speech.model
    if model == "auto":
        model = GPU_MODEL if device == "cuda" else CPU_MODEL
    compute = "float16" if device == "cuda" else "int8"
    return Options(
        SpeechOptions(
            vote_model=speech.vote_model if speech.vote_model != "auto" else model,
            model=model,
            models=speech.models,
            device=device,
            compute_type=speech.compute_type if speech.compute_type != "auto" else compute,
            block_seconds=speech.block_seconds,
            trust_audio_tag=settings.policy.trust_audio_tag,
        ),
        TranslationOptions(
            engines=settings.translation.engines, models=settings.translation.models
        ),
        PublishOptions(
            label=settings.publish.label, patience_seconds=settings.publish.patience_seconds
        ),
    )


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes plans under one policy with one set of options."""

    policy: Policy
    options: Options

    def plan(
        self,
        server: KnownServer,
        item: Item,
        source: Source,
        gaps: Sequence[Target],
        *,
        ours: frozenset[str],
    ) -> Plan:
        """Make the plan for all gaps of one source.

        ``ours``: server paths of files that we made, which are never an origin.

        Raises:
            SkipSource: nothing here can be read or heard, and why.
        """
        several = len(item.sources) > 1
        return Plan(
            server=server.id,
            server_name=server.name,
            item=item.id,
            source=source.id,
            title=f"{item.title} [{source.name}]" if several else item.title,
            path=source.path,
            container=source.container,
            duration=source.duration,
            origin=self._origin(source, gaps, ours),
            targets=tuple(gaps),
            basis=self.options.basis(source),
            speech=self.options.speech,
            translation=self.options.translation,
            publish=self.options.publish,
        )

    def _origin(self, source: Source, gaps: Sequence[Target], ours: frozenset[str]) -> Origin:
        texts = [
            track
            for track in source.subtitles
            if _is_whole_text(track)
            and not self._is_ours(track, ours)
            and all(self._leads_to(track, gap) for gap in gaps)
        ]
        if not texts:
            return _audio_origin(source)
        spoken = spoken_tag(source)
        return _text_origin(min(texts, key=lambda t: _rank(t, spoken, self.policy)))

    def _is_ours(self, track: Track, ours: frozenset[str]) -> bool:
        """Whether we made it: by the ledger, or by our label where a ledger was lost."""
        label = self.options.publish.label
        # The server names a second file of one name "subtide.0".
        words = track.title.lower().replace(".", " ").split()
        labelled = track.external and label != "" and label in words
        return track.path in ours or labelled

    def _leads_to(self, track: Track, gap: Target) -> bool:
        language = track.language
        return language is not None and bool(
            engine_models(self.options.translation, language, gap.tag)
        )


def _is_whole_text(track: Track) -> bool:
    return track.text and not is_forced(track) and not is_aside(track)


def _rank(track: Track, spoken: Language | None, policy: Policy) -> tuple[bool, int, bool, int]:
    """Order origins: the spoken language, then the policy's order, plain before SDH."""
    assert track.language  # noqa: S101 - checked by _leads_to
    wanted = [t.tag.base for t in policy.targets]
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
