"""Families of multilingual models: how each is told which languages it works between."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import langcodes

from subtide.errors import ModelDamaged
from subtide.languages import Language

OPUS_TOKEN = re.compile(r">>\w+<<")
LANGUAGE_TOKEN = re.compile(r">>\w+<<|<2\w+>|__\w+__")
OPUS = {"ar": "ara", "no": "nob", "zh": "cmn"}
"""OPUS-MT names the language of a group where BCP-47 names the group."""
REGIONAL = {"pt-BR": ("pob",)}
M2M = {"fil": "tl", "nb": "no"}
"""M2M-100 has codes of its own for these."""

FLORES = {
    "ar": "arb", "az": "azj", "et": "est", "fa": "pes", "lv": "lvs", "mg": "plt", "mn": "khk",
    "ms": "zsm", "ne": "npi", "no": "nob", "or": "ory", "ps": "pbt", "sq": "als", "sw": "swh",
    "uz": "uzn", "yi": "ydd",
}  # fmt: skip
"""NLLB names the language of a group where BCP-47 names the group; from the FLORES-200 list."""


@dataclass(frozen=True, slots=True)
class Hints:
    """The tokens that tell a model its languages."""

    source: tuple[str, ...] = ()
    """Before the source text."""
    target: tuple[str, ...] = ()
    """What the answer must begin with; cut off again."""


def opus(source: Language, target: Language, known: Collection[str]) -> Hints:
    """OPUS-MT: one direction, which needs no hint, unless its vocabulary names its targets.

    ``opus-mt-en-zh`` is such a one: it writes Chinese in either script.
    """
    named = any(OPUS_TOKEN.fullmatch(token) for token in known)
    return opus_many(source, target, known) if named else Hints()


def opus_many(_source: Language, target: Language, known: Collection[str]) -> Hints:
    """An OPUS-MT model with several target languages, such as ``opus-mt-en-ROMANCE``."""
    codes = [*_regional(target), *_codes(target)]
    return Hints(source=(_first([f">>{code}<<" for code in codes], known, target),))


def m2m(source: Language, target: Language, _known: Collection[str]) -> Hints:
    """M2M-100, which writes every language in its usual script alone."""
    if target.script != Language(target.base).script:
        text = f"M2M-100 does not write {target.name}: it knows one script of a language"
        raise ModelDamaged(text, f"name another engine for {target}")
    return Hints(
        (f"__{M2M.get(source.base, source.base)}__",), (f"__{M2M.get(target.base, target.base)}__",)
    )


def nllb(source: Language, target: Language, _known: Collection[str]) -> Hints:
    """NLLB-200."""
    return Hints((flores(source),), (flores(target),))


def madlad(_source: Language, target: Language, known: Collection[str]) -> Hints:
    """MADLAD-400."""
    codes = [f"{target.base}_{target.script}", *_bare(target, target.base)]
    return Hints(source=(_first([f"<2{code}>" for code in codes], known, target),))


def _first(tokens: Sequence[str], known: Collection[str], target: Language) -> str:
    """The first of these tokens that the model knows."""
    for token in tokens:
        if token in known:
            return token
    there = sorted(token for token in known if LANGUAGE_TOKEN.fullmatch(token))
    found = ", ".join(there) or "no language"
    raise ModelDamaged(
        f"the model knows none of {', '.join(tokens)}; it knows {found}",
        f"choose a model that writes {target.name}",
    )


def _codes(target: Language) -> list[str]:
    """How OPUS-MT may name a language: ``cmn_Hans``, ``por``, ``pt``."""
    alpha3 = langcodes.Language.get(target.base).to_alpha3()
    names = dict.fromkeys([OPUS.get(target.base, alpha3), alpha3, target.base])
    scripted = [f"{name}_{target.script}" for name in names]
    return [*scripted, *_bare(target, *names)]


def _regional(target: Language) -> list[str]:
    """How OPUS-MT may name the language of a region: ``pt_BR``, ``pob``, ``zh_tw``."""
    regions = {"Hans": "CN", "Hant": "TW"}
    region = target.region or (regions.get(target.script) if target.base == "zh" else None)
    if region is None:
        return []
    pairs = [f"{target.base}_{region}", f"{target.base}_{region.lower()}"]
    return [*pairs, *REGIONAL.get(f"{target.base}-{region}", ())]


def _bare(target: Language, *names: str) -> tuple[str, ...]:
    """Names without a script, which stand for the usual one."""
    return names if target.script == Language(target.base).script else ()


def flores(language: Language) -> str:
    """The FLORES-200 code: ``por_Latn``, ``zho_Hans``, ``arb_Arab``."""
    alpha3 = FLORES.get(language.base) or langcodes.Language.get(language.base).to_alpha3()
    return f"{alpha3}_{language.script}"


FAMILIES: Mapping[str, Callable[[Language, Language, Collection[str]], Hints]] = {
    "opus-mt": opus,
    "opus-mt-many": opus_many,
    "m2m100": m2m,
    "nllb": nllb,
    "madlad": madlad,
}
"""The families by the engine's name: from two languages and the model's vocabulary to the hints.

Each raises ModelDamaged for a language that the model does not write.
"""
