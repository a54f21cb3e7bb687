"""Families of multilingual models: how each is told which languages it works between."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import langcodes

from subtide.languages import Language

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


def opus(_source: Language, _target: Language) -> Hints:
    """A model of one direction needs no hint."""
    return Hints()


def opus_many(_source: Language, target: Language) -> Hints:
    """An OPUS-MT model with several target languages, such as ``opus-mt-en-ROMANCE``."""
    return Hints(source=(f">>{target.base}<<",))


def m2m(source: Language, target: Language) -> Hints:
    """M2M-100."""
    return Hints((f"__{source.base}__",), (f"__{target.base}__",))


def nllb(source: Language, target: Language) -> Hints:
    """NLLB-200."""
    return Hints((flores(source),), (flores(target),))


def madlad(_source: Language, target: Language) -> Hints:
    """MADLAD-400."""
    return Hints(source=(f"<2{target.base}>",))


def flores(language: Language) -> str:
    """The FLORES-200 code: ``por_Latn``, ``zho_Hans``, ``arb_Arab``."""
    alpha3 = FLORES.get(language.base) or langcodes.Language.get(language.base).to_alpha3()
    return f"{alpha3}_{language.script}"


FAMILIES: Mapping[str, Callable[[Language, Language], Hints]] = {
    "opus-mt": opus,
    "opus-mt-many": opus_many,
    "m2m100": m2m,
    "nllb": nllb,
    "madlad": madlad,
}
"""The families by the engine's name."""
