"""A plan: one origin and its targets, frozen with the settings that shape the result.

It travels as JSON in the job's row, so it carries a version; workers read no policy.
"""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from subtide.languages import Language
from subtide.storage.outcomes import HASH


class Shape(BaseModel):
    """What all parts of a plan share: frozen, closed, plain JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(Shape):
    """One file to make."""

    kind: Literal["subtitle"] = "subtitle"
    language: str
    forced: bool = False
    hearing_impaired: bool = False
    format: str = "srt"
    destination: Literal["jellyfin"] = "jellyfin"

    @property
    def key(self) -> str:
        """The target as one word, for database keys and task parts.

        Such as ``subtitle/pt-BR/full/srt/jellyfin``.
        """
        flavour = "forced" if self.forced else "sdh" if self.hearing_impaired else "full"
        return f"{self.kind}/{self.language}/{flavour}/{self.format}/{self.destination}"

    @property
    def tag(self) -> Language:
        """Its language."""
        return Language(self.language)


class TextOrigin(Shape):
    """A text subtitle that is already there, named by its properties, never by an index."""

    kind: Literal["text"] = "text"
    language: str
    codec: str
    title: str
    external: bool
    hearing_impaired: bool
    path: str | None
    """The server's path of an external track."""
    ordinal: int
    """Which subtitle track inside the file, from 0; meaningless for an external one."""


class AudioOrigin(Shape):
    """An audio track inside the file."""

    kind: Literal["audio"] = "audio"
    ordinal: int
    """Which audio track, from 0."""
    language: str | None
    """What its tag says; a hint."""
    codec: str
    channels: int


Tier = Literal["fast", "balanced", "best"]
"""How much care a film is worth."""
Origin = Annotated[TextOrigin | AudioOrigin, Field(discriminator="kind")]


class SecondAttempt(Shape):
    """How a film is heard again when its subtitle fails the check."""

    tier: Tier
    model: str


class SpeechOptions(Shape):
    """How speech becomes words."""

    tier: Tier = "balanced"
    vote_model: str
    model: str
    models: dict[str, str]
    device: str
    compute_type: str
    block_seconds: float
    trust_audio_tag: bool
    hotwords: bool = True
    second: SecondAttempt | None = None

    def model_for(self, language: Language) -> str:
        """Return the model for a spoken language."""
        return self.models.get(language.tag) or self.models.get(language.base) or self.model


class ChatOptions(Shape):
    """What shapes the answers of a language model."""

    model: str
    batch_lines: int = 20
    context_lines: int = 4
    temperature: float = 0.2


class TranslationOptions(Shape):
    """How cues get into another language."""

    engines: tuple[str, ...]
    models: dict[str, dict[str, str]]
    """By engine and direction (``en-de``, or ``*`` for every one): the model's name."""
    chat: dict[str, ChatOptions] = {}
    """By engine, ``ollama`` or ``openai``; where it is and its key are no part of a plan."""
    pivot: bool = True
    """Go through English where no model leads there directly."""
    memory: bool = True
    """Remember what language models answered."""
    formality: Literal["auto", "formal", "informal"] = "auto"
    glossary: dict[str, dict[str, str]] = {}
    """By direction, or ``*``: words and their translations."""

    def named(self, engine: str, source: Language, target: Language) -> str | None:
        """Return the model that the settings name for a direction."""
        models = self.models.get(engine, {})
        return models.get(f"{source.base}-{target.base}") or models.get("*")


class SubtitleOptions(Shape):
    """What the cues have to be like."""

    limits: dict[str, dict[str, float]] = {}
    """By language: the fields of ``subtitles.limits.Limits`` that are other than usual."""
    notes: Literal["keep", "drop"] = "drop"
    songs: Literal["translate", "keep", "drop"] = "translate"
    bilingual: bool = False
    sync: Literal["external", "always", "never"] = "external"
    review_below: float = 0.5

    def limits_of(self, language: Language, *, translated: bool = False) -> dict[str, float]:
        """Return the limits that are other than usual for a language, or for its base.

        ``translated``: the cues are ours, and the original and its translation may share them,
        a line for each.
        """
        own = self.limits.get(language.tag) or self.limits.get(language.base) or {}
        return {**own, "lines": 1} if self.bilingual and translated else own


class PublishOptions(Shape):
    """How a subtitle gets into Jellyfin."""

    label: str
    patience_seconds: float
    viewers_seconds: float = 14_400.0
    """How long a finished subtitle waits while its item is being watched."""


class Plan(Shape):
    """One job's work: what to listen to or read, and what to make of it."""

    version: Literal[1] = 1
    server: str
    """The server's system Id."""
    server_name: str
    item: str
    source: str
    title: str
    path: str
    """The source's path as the server names it."""
    container: str
    duration: float
    """Seconds, as the server says; 0 when it does not know."""
    origin: Origin
    targets: tuple[Target, ...]
    basis: str
    """Hash of the media as listed, and of the options below: what an outcome was true for."""
    speech: SpeechOptions
    translation: TranslationOptions
    publish: PublishOptions
    subtitles: SubtitleOptions = SubtitleOptions()
    work: str = ""
    """The film or episode, whichever file holds it; empty when it is not known."""
    series: str = ""
    """The series' id; empty for anything but an episode."""


def origin_key(origin: Origin, basis: str) -> str:
    """Return an origin in words, with the media that it is an origin of.

    What is found out about an origin counts until the media changes. ``basis``: the plan's.
    """
    media = basis[HASH:]
    if isinstance(origin, AudioOrigin):
        return f"audio/{origin.ordinal}/{origin.codec}/{media}"
    place = origin.path if origin.external else origin.ordinal
    return f"text/{origin.language}/{origin.codec}/{media}/{place}"


def needs_speech(plan: Plan) -> bool:
    """Whether the media is listened to: as the origin, or to test a text against its speech.

    A text inside the file is in step by construction; one beside it may be another cut's.
    """
    if isinstance(plan.origin, AudioOrigin):
        return True
    sync = plan.subtitles.sync
    return sync == "always" or (sync == "external" and plan.origin.external)


def foreign_alone(plan: Plan, target: Target) -> bool:
    """Whether a target keeps only what is heard in another language than the film's."""
    return target.forced and isinstance(plan.origin, AudioOrigin)


def options_text(*options: Shape) -> str:
    """Return the options as ``basis_of`` takes them."""
    return _text([one.model_dump() for one in options])


def basis_of(media: object, options: str) -> str:
    """Return what an outcome is true for: a hash of media and options, then one of the media."""
    listed = _text(media)
    return _hash(f"[{listed}, {options}]") + _hash(listed)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH]
