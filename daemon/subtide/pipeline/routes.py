"""Routes: the ways from one language into another that the settings leave open."""

from collections.abc import Iterator
from dataclasses import dataclass

from subtide.languages import Language
from subtide.models.catalog import firefox_name
from subtide.pipeline.chat import CHAT
from subtide.pipeline.plan import TranslationOptions

PIVOT = Language("en")
"""What leads into and out of every other language."""
NORWEGIAN = {"no": "nb"}
"""Firefox models name the written form."""
WHISPER = "whisper"


@dataclass(frozen=True, slots=True)
class Leg:
    """One engine between two languages."""

    engine: str
    model: str
    """The name of its model's files; empty for a language model at a server."""
    source: Language
    target: Language


@dataclass(frozen=True, slots=True)
class Route:
    """One leg, or two by way of a third language."""

    legs: tuple[Leg, ...]
    via: str = ""
    """The tag of the language between the legs; empty for a direct way."""

    @property
    def engine(self) -> str:
        """Its engines in a word, as the translation's lines name them."""
        return "+".join(dict.fromkeys(leg.engine for leg in self.legs))

    def __str__(self) -> str:
        """Say it for people."""
        steps = ", ".join(
            f"{leg.engine} ({leg.model})" if leg.model else leg.engine for leg in self.legs
        )
        return f"{steps} through {Language(self.via).name}" if self.via else steps


def engine_models(
    options: TranslationOptions,
    source: Language,
    target: Language,
    spoken_model: str | None = None,
) -> list[Route]:
    """Return the ways to try, in the order of the engines; empty when there is none.

    Those through English are left out where a direct one exists. ``spoken_model``: what the
    film's speech is heard with, when the cues come from it: it may translate them, too.
    """
    return direct(options, source, target, spoken_model) or through_english(
        options, source, target, spoken_model
    )


def direct(
    options: TranslationOptions, source: Language, target: Language, spoken_model: str | None = None
) -> list[Route]:
    """Return the ways of one leg.

    Firefox models are named by their direction, unless the settings name another; an engine of
    another kind is left out where the settings name no model for it.
    """
    legs = _legs(options, source, target, spoken_model)
    return [Route((leg,)) for leg in legs]


def through_english(
    options: TranslationOptions, source: Language, target: Language, spoken_model: str | None = None
) -> list[Route]:
    """Return the ways of two legs: each first one, with a second of its own kind if it can be.

    Language models need none: they lead everywhere.
    """
    if not options.pivot or PIVOT.base in {source.base, target.base} or source.base == target.base:
        return []
    models = options.model_copy(update={"chat": {}})
    onward = list(_legs(models, PIVOT, target, None))
    return [
        Route((leg, next((o for o in onward if o.engine == leg.engine), onward[0])), PIVOT.tag)
        for leg in _legs(models, source, PIVOT, spoken_model)
        if onward
    ]


def _legs(
    options: TranslationOptions, source: Language, target: Language, spoken_model: str | None
) -> Iterator[Leg]:
    for engine in options.engines:
        if engine in CHAT:
            name = "" if engine in options.chat else None
        elif engine == WHISPER:
            name = _hearing_model(spoken_model, source, target)
        elif source.base == target.base or (engine == "m2m100" and not _usual(target)):
            name = None  # no model leads into another region or script of the same language
        else:
            name = options.named(engine, source, target)
            if name is None and engine == "firefox":
                name = _firefox_model(source, target)
        if name is not None:
            yield Leg(engine, name, source, target)


def _firefox_model(source: Language, target: Language) -> str | None:
    """Return the Firefox model for a direction: they lead into and out of English.

    They know languages without regions, and write each in its usual script alone.
    """
    if not _usual(target) or "en" not in {source.base, target.base}:
        return None
    return firefox_name(*(Language(NORWEGIAN.get(t.base, t.base)) for t in (source, target)))


def _usual(language: Language) -> bool:
    """Whether a language is written as most write it: all that Firefox and M2M-100 models do."""
    return Language(language.base).script == language.script


def _hearing_model(name: str | None, source: Language, target: Language) -> str | None:
    """Return the Whisper model, if it translates: from other languages into English.

    English-only ones know no other, and turbo models were trained without translation.
    """
    able = name is not None and not name.endswith(".en") and "turbo" not in name
    return name if able and source.base != "en" and target.base == "en" else None
