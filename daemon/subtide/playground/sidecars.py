"""Sidecars: which files beside a video are its subtitles, and what their names say.

The rules are Jellyfin's: the words after the video's name are read from the right; the
first known language found is the language, flags are words of their own (or, for default
and forced, any word that contains them), all the rest becomes the title.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from subtide.playground.cultures import Culture, find_culture, stored_code
from subtide.playground.flavour import Codes

SUFFIXES = frozenset({".ass", ".mks", ".sami", ".smi", ".srt", ".ssa", ".sub", ".sup", ".vtt"})
"""What Jellyfin takes for a subtitle file, and as the format of an upload."""
HEARING_IMPAIRED = frozenset({"sdh", "cc", "hi"})


@dataclass(frozen=True, slots=True)
class SidecarName:
    """What a sidecar's name says."""

    language: str | None
    """The server's code, such as ``eng`` or ``pt-br``; None when no word is a language."""
    title: str | None
    default: bool
    forced: bool
    hearing_impaired: bool


@dataclass(slots=True)
class _Reading:
    codes: Codes
    culture: Culture | None = None
    title: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)

    def take(self, word: str) -> None:
        lower = word.lower()
        flagged = self._flag(lower)
        if flagged:
            return
        culture = find_culture(word, self.codes)
        hindi = self.culture is not None and self.culture.two == "hi"
        if culture and (self.culture is None or hindi):
            if self.culture is not None:
                self.flags.add("hearing impaired")
            self.culture = culture
        elif lower in HEARING_IMPAIRED:
            self.flags.add("hearing impaired")
        else:
            self.title.insert(0, word)

    def _flag(self, lower: str) -> bool:
        if "default" in lower:
            self.flags.add("default")
        elif "forced" in lower or "foreign" in lower:
            self.flags.add("forced")
        else:
            return False
        return True


def read_name(words: str, codes: Codes) -> SidecarName:
    """Read what stands between the video's name and the extension: ``en.forced``."""
    reading = _Reading(codes)
    for word in reversed([w for w in words.split(".") if w]):
        reading.take(word)
    return SidecarName(
        language=stored_code(reading.culture, codes) if reading.culture else None,
        title=".".join(reading.title) or None,
        default="default" in reading.flags,
        forced="forced" in reading.flags,
        hearing_impaired="hearing impaired" in reading.flags,
    )


def words_of(video: str, file: Path) -> str | None:
    """Return the words after the video's name (without extension), or None if not its own."""
    name, base = file.stem, video.lower()
    if file.suffix.lower() not in SUFFIXES:
        return None
    if name.lower() == base:
        return ""
    return name[len(base) + 1 :] if name.lower().startswith(f"{base}.") else None


def find_sidecars(video: Path, folders: Iterable[Path]) -> list[Path]:
    """Return the sidecars of a video, folder by folder, each sorted without regard to case."""
    found: list[Path] = []
    for folder in folders:
        if folder.is_dir():
            files = sorted(folder.iterdir(), key=lambda file: file.name.lower())
            found += [f for f in files if f.is_file() and words_of(video.stem, f) is not None]
    return found


def upload_name(video: Path, language: str, suffix: str, *, forced: bool, sdh: bool) -> str:
    """Return the name that an upload gets: ``Film.eng.forced.srt``."""
    flags = (".forced" if forced else "") + (".sdh" if sdh else "")
    return f"{video.stem}.{language.lower()}{flags}.{suffix.lower()}"


def write_new(wanted: Path, data: bytes) -> Path:
    """Write a new file; if the name is taken, with ``.0``, ``.1`` before the extension."""
    path, number = wanted, 0
    while True:
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            path = wanted.with_name(f"{wanted.stem}.{number}{wanted.suffix}")
            number += 1
        else:
            return path
