"""Cultures: the languages that Jellyfin itself knows, and the codes it stores for them.

``iso639.txt`` holds the table. A version differs in which rows it knows and which column
it stores: see ``Codes``.
"""

import functools
from dataclasses import dataclass
from importlib import resources

from subtide.playground.flavour import Codes

OLD_REGIONS = {"pt-br": "pob", "pt-pt": "pop"}
"""Three-letter codes of Jellyfin's own making, up to 10.11."""
REGIONS_OF_10_10 = {"pt-br": "pob", "pt-pt": "pop", "zh-tw": "chi", "zh-hk": "chi", "fr-ca": "frc"}
"""All the regions that 10.10 knows, with what it stores."""


@dataclass(frozen=True, slots=True)
class Culture:
    """One row: ``two`` is empty for a language without a two-letter code."""

    two: str
    t: str
    b: str
    display: str

    @property
    def name(self) -> str:
        """Jellyfin names regions by their code: ``pt-br``."""
        return self.two if "-" in self.two else self.display

    def to_json(self) -> dict[str, object]:
        """Return the row as /Localization/Cultures lists it."""
        return {
            "Name": self.name,
            "DisplayName": self.display,
            "TwoLetterISOLanguageName": self.two,
            "ThreeLetterISOLanguageName": self.t,
            "ThreeLetterISOLanguageNames": [self.t, *([self.b] if self.b != self.t else [])],
        }


@functools.cache
def all_cultures(codes: Codes) -> tuple[Culture, ...]:
    """Return the rows that a version knows."""
    table = resources.files("subtide.playground").joinpath("iso639.txt")
    lines = table.read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("|") for line in lines)
    cultures = (Culture("" if two == "-" else two, t, b or t, name) for two, t, b, name in rows)
    return tuple(c for c in cultures if _known(c, codes))


def _known(culture: Culture, codes: Codes) -> bool:
    if codes is Codes.ALL:
        return True
    region = "-" in culture.two
    return bool(culture.two) and (codes is Codes.T or not region or culture.two in REGIONS_OF_10_10)


@functools.cache
def _index(codes: Codes) -> dict[str, Culture]:
    index: dict[str, Culture] = {}
    for culture in all_cultures(codes):
        region = "-" in culture.two
        threes = () if region else (culture.t, culture.b)
        words = [culture.two, culture.name, *threes]
        if codes is not Codes.ALL and culture.two in OLD_REGIONS:
            words.append(OLD_REGIONS[culture.two])
        for word in words:
            if word:
                index.setdefault(word.lower(), culture)
    return index


def find_culture(word: str, codes: Codes) -> Culture | None:
    """Return the culture that a two- or three-letter code or an English name means."""
    return _index(codes).get(word.lower())


def stored_code(culture: Culture, codes: Codes) -> str:
    """Return the code a version stores for a sidecar's language.

    From 10.11 on a culture whose name holds a hyphen is stored by that name, so Greek is
    ``Greek, Modern (1453-)``.
    """
    if codes is Codes.B:
        return REGIONS_OF_10_10.get(culture.two, culture.b)
    return culture.name if "-" in culture.name else culture.t


def terminologic(code: str | None, codes: Codes) -> str | None:
    """Return an embedded stream's language as the version reads it back: ``fre`` is ``fra``."""
    if not code or codes is Codes.B:
        return code
    culture = find_culture(code, codes)
    return culture.t if culture and code.lower() == culture.b else code
