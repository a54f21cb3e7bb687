"""Jellyfin's language codes, and nobody else's: read every form, write what is read back.

A server stores the raw tag of an embedded track (``eng``, ``ger``, ``en-US``) and, for a
sidecar, what its own table makes of the file name: ISO 639-2/B on 10.10, 639-2/T since 10.11,
a few regional tags, and the English name where that name holds a hyphen.
"""

import functools
import re

import langcodes

from subtide.languages import UNKNOWN_CODES, Language

SERVER_ONLY = {"pob": "pt-BR", "pop": "pt-PT", "frc": "fr-CA"}
"""Codes that 10.10 made up, or took from other languages, and that still lie in databases."""

PRIVATE_USE = re.compile(r"q[a-t][a-z]\b")
"""``qaa`` and its kind: broadcasters mark "original sound" with them, not a language."""

REGIONAL_10_10 = frozenset({"pt-BR", "pt-PT", "fr-CA"})
REGIONAL = REGIONAL_10_10 | {"es-419", "zh-CN", "zh-Hans", "zh-Hant", "zh-HK", "zh-TW"}
"""The tags with a region or script that a file name may hold, on 10.10 and since 10.11.

Any other (``en-us``, ``es-mx``, ``sr-latn``) is taken for a title and leaves no language.
"""

WRITTEN = {"bho": "bh", "fil": "tl"}
"""Bases written another way: only 12 knows these, every version reads their two letters."""


@functools.lru_cache(maxsize=4096)
def from_server(code: str | None) -> Language | None:
    """Return the language of a stream's ``Language``, or None if it names none.

    Reads 2-letter, B and T codes, BCP-47, 10.10's own codes and English names
    (``Greek, Modern (1453-)``). One language inside a larger one becomes the larger
    (``cmn`` is ``zh``), because that is what people ask for.
    """
    code = (code or "").strip()
    if code.lower() in UNKNOWN_CODES or PRIVATE_USE.match(code.lower()):
        return None
    found = Language.find(SERVER_ONLY.get(code.lower(), code)) or Language.named(code)
    return _folded(found) if found else None


def to_server(language: Language, version: tuple[int, ...]) -> str:
    """Return the code to put in a file name, lower case, for a server of this version.

    The server reads the same language back, or the nearest that it can tell: ``en`` for
    ``en-US``, ``sr`` for ``sr-Latn``. A language outside its table (``yue``, and before 12
    whatever has no 2-letter code) gets its own tag's base, which the server shows as a title.
    """
    language = _folded(language)
    modern = version >= (10, 11)
    if language.tag in (REGIONAL if modern else REGIONAL_10_10):
        return language.tag.lower()
    if language.base == "zh" and language.tag != "zh":
        return _chinese(language.script, modern=modern)
    return WRITTEN.get(language.base, language.base)


def _chinese(script: str, *, modern: bool) -> str:
    if modern:
        return f"zh-{script.lower()}"
    return "zh-tw" if script == "Hant" else "zh"


def _folded(language: Language) -> Language:
    return Language(langcodes.standardize_tag(language.tag, macro=True))
