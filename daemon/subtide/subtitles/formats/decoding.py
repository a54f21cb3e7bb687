"""Decoding: a subtitle's bytes as text, whatever encoding it was saved in."""

import charset_normalizer

from subtide.errors import OriginUnreadable
from subtide.languages import Language
from subtide.subtitles.formats.base import FIX

MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
"""Byte order marks. Without one a text is UTF-8, or what it looks like."""

WESTERN, CENTRAL, CYRILLIC, KOI8 = "cp1252", "cp1250", "cp1251", "koi8_r"
BY_LANGUAGE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), (CENTRAL,)),
    **dict.fromkeys(("be", "bg", "mk", "ru", "uk"), (CYRILLIC, KOI8)),
    "sr": (CYRILLIC, CENTRAL),
    "el": ("cp1253",),
    "tr": ("cp1254",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "fa": ("cp1256",),
    "th": ("cp874",),
    "zh": ("gb18030", "big5"),
    "ja": ("cp932", "euc_jp"),
    "ko": ("cp949",),
}
"""The encodings, by base language, that files were saved in before Unicode."""
LEGACY = (WESTERN, *dict.fromkeys(name for names in BY_LANGUAGE.values() for name in names))
EAST_ASIAN = ("cp932", "euc_jp", "big5", "gb18030", "cp949")
"""Encodings of two bytes a character: text of other languages makes no sense in one, and text of
a later one none in those before it."""
CLEAN = 0.01
"""The most mess, 0-1, in a text that makes sense."""
CENTRAL_LANGUAGES = frozenset(
    {"Croatian", "Czech", "Hungarian", "Polish", "Romanian", "Slovak", "Slovene"}
)
"""What charset-normalizer calls the languages of CENTRAL; it takes other Latin text for it too,
because each byte of the two is a letter in both."""


def decode(data: bytes, language: Language | None = None) -> str:
    """Return a file's text with lines ended by LF. ``language`` helps where nothing else tells.

    Raises OriginUnreadable for nothing, for no text, and for what is not what its mark says.
    """
    if not data.strip():
        raise OriginUnreadable("the subtitle is empty", FIX)
    marks = (name for mark, name in MARKS.items() if data.startswith(mark))
    encoding = next(marks, "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise OriginUnreadable(f"the subtitle is not the {encoding} it says", FIX) from error
        text = data.decode(_legacy(data, language), errors="replace")
    if "\x00" in text:
        raise OriginUnreadable("the subtitle is no text", FIX)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _legacy(data: bytes, language: Language | None) -> str:
    """Name the encoding that an old file is most likely in."""
    likely = BY_LANGUAGE.get(language.base, (WESTERN,)) if language else LEGACY
    if len(likely) == 1:
        return likely[0]
    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())
    matches = charset_normalizer.from_bytes(telling, cp_isolation=list(likely))
    clean = {match.encoding for match in matches if match.chaos < CLEAN}
    for name in EAST_ASIAN:
        if name in clean:
            return name
    best = matches.best()
    if best is not None and best.encoding == CYRILLIC and _shouted(str(best)):
        return KOI8
    if best is None or (best.encoding == CENTRAL and best.language not in CENTRAL_LANGUAGES):
        return likely[0]
    return best.encoding


def _shouted(text: str) -> bool:
    """Whether most letters are capitals: the two Cyrillic encodings have them the other way."""
    return sum(char.isupper() for char in text) > sum(char.islower() for char in text)
