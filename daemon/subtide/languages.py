"""Language: a BCP-47 tag. Every other code is converted at an edge, never in here."""

import functools
from dataclasses import dataclass
from typing import Self

import langcodes
from langcodes.tag_parser import LanguageTagError

UNKNOWN_CODES = frozenset({"", "und", "mis", "mul", "zxx", "unknown"})
"""Codes that say "no language, or none known" in media files and in Jellyfin."""
SAME_WRITTEN = {"nb": "no"}
"""Bases that a reader takes for each other: files tagged ``no`` are Bokmål, not Nynorsk."""
SHORTEST_NAME = 4
"""Letters; anything shorter is a code, and an unknown one stays unknown."""


@dataclass(frozen=True, order=True, slots=True)
class Language:
    """A BCP-47 tag in canonical form: ``en``, ``pt-BR``, ``zh-Hans``."""

    tag: str

    @classmethod
    def parse(cls, code: str) -> Self:
        """Read any ISO 639 or BCP-47 code (``eng``, ``ger``, ``pt-br``, ``zh_CN``).

        Raises ValueError, with a suggestion where there is one, for what is no language.
        """
        tag = canonical(code)
        if tag is None:
            msg = f"{code!r} is no language: use a BCP-47 tag such as en, pt-BR or zh-Hans"
            raise ValueError(msg)
        return cls(tag)

    @classmethod
    def find(cls, code: str | None) -> Self | None:
        """Return parse's answer, or None for an unknown, absent or impossible code."""
        tag = canonical(code) if code else None
        return cls(tag) if tag else None

    @classmethod
    def named(cls, name: str) -> Self | None:
        """Return the language of a name (``German``, ``Deutsch``), or None for no known one."""
        if len(name) < SHORTEST_NAME:
            return None
        # The search through all languages misses a few English names, such as Ojibwa.
        for written_in in (None, "en"):
            try:
                return cls.find(langcodes.find(name, written_in).to_tag())
            except LookupError:
                continue
        return None

    @property
    def base(self) -> str:
        """The language without script and region: ``pt`` for ``pt-BR``."""
        return self.tag.split("-", 1)[0]

    @property
    def script(self) -> str:
        """The script it is written in, likely if not said: ``Hant`` for ``zh-TW``."""
        return _maximal(self.tag)[0]

    @property
    def region(self) -> str | None:
        """The region that the tag itself names: ``BR`` for ``pt-BR``, None for ``pt``."""
        return langcodes.Language.get(self.tag).territory

    @property
    def name(self) -> str:
        """The English name for people: ``Portuguese (Brazil)``."""
        return langcodes.Language.get(self.tag).display_name()

    def serves(self, wanted: Self) -> bool:
        """Whether a reader who wants ``wanted`` is served by this language.

        Base and script must agree; a region only where both name one. So ``en-US`` serves
        ``en``, ``pt`` serves ``pt-BR``, but ``pt-PT`` does not serve ``pt-BR``, nor
        ``zh-Hant`` ``zh-Hans``. ``no`` and ``nb`` serve each other, and so do ``cmn`` and
        ``zh``, or ``es-419`` and ``es-MX``.
        """
        same_base = _written(self.tag) == _written(wanted.tag)
        same_script = self.script == wanted.script
        return same_base and same_script and _regions_agree(self, wanted)

    def __str__(self) -> str:
        """Return the tag."""
        return self.tag


@functools.cache
def canonical(code: str) -> str | None:
    """Return the canonical BCP-47 tag of a code, or None if it is no known language."""
    code = code.strip().replace("_", "-")
    if code.lower() in UNKNOWN_CODES:
        return None
    try:
        if not langcodes.tag_is_valid(code):
            return None
        tag = langcodes.standardize_tag(code)
    except LanguageTagError:
        return None
    return None if tag in UNKNOWN_CODES else tag


def _regions_agree(one: Language, other: Language) -> bool:
    regions = {one.region, other.region} - {None}
    if len(regions) < 2:  # noqa: PLR2004 - two that are named and differ
        return True
    # es-419 is the Spanish of an area: of every country in it, but not of Spain itself.
    areas = [region for region in regions if region and region.isdigit()]
    return len(areas) == 1 and _maximal(one.base)[1] not in regions


@functools.cache
def _written(tag: str) -> str:
    """Return the base of the larger language that a tag belongs to: ``zh`` for ``cmn``."""
    base = langcodes.standardize_tag(tag, macro=True).split("-", 1)[0]
    return SAME_WRITTEN.get(base, base)


@functools.cache
def _maximal(tag: str) -> tuple[str, str]:
    full = langcodes.Language.get(tag).maximize()
    return full.script or "", full.territory or ""
