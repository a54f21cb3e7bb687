"""The models that Subtide knows by name, and where each comes from."""

import difflib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from subtide.errors import ModelMissing
from subtide.languages import Language

ENGLISH = Language("en")
MB = 1_000_000
WHISPER_FILES = (
    "config.json",
    "preprocessor_config.json",
    "model.bin",
    "tokenizer.json",
    "vocabulary.*",
)
"""What faster-whisper reads; its own download takes the same files."""
FIREFOX_FILES = ("model.*.bin", "lex.*.bin", "*vocab.*.spm")
CTRANSLATE2_FILES = (
    "config.json",
    "model.bin",
    "*vocabulary.*",
    "*.spm",
    "*.model",
    "tokenizer*.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "generation_config.json",
)
"""Weights, vocabularies and tokenizers as CTranslate2's converters leave them."""
ENGLISH_ONLY_WORDS = 51_864
"""Entries in the vocabulary of an English-only Whisper; every other has more."""

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class ModelKind(StrEnum):
    """Which engine runs a model."""

    WHISPER = "whisper"
    """Speech to words, in CTranslate2's format, through faster-whisper."""
    FIREFOX = "firefox"
    """Text to text in one direction, through fxtranslate."""
    CTRANSLATE2 = "ctranslate2"
    """Text to text, in CTranslate2's format."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that can be named, installed or not."""

    name: str
    kind: ModelKind
    repo: str
    """The repository at the hub; empty for Mozilla's and for a folder."""
    files: tuple[str, ...]
    """Patterns of the file names that the engine reads."""
    size_bytes_estimate: int | None
    """Roughly what a pull fetches, for a table; the hub states the exact size at the pull."""
    languages: tuple[Language, ...]
    """Firefox: from and to. English-only Whisper: English. Empty: many, or not said."""
    multilingual: bool
    """Whether it serves more than the one language or direction of ``languages``."""
    licence: str
    """Of the weights; empty where only the model's own page says."""
    note: str
    folder: Path | None = None
    """Where the files lie, when the user's own folder is the name."""


def _whisper(name: str, repo: str, megabytes: int, note: str = "") -> ModelSpec:
    english = name.endswith(".en")
    return ModelSpec(
        name=name,
        kind=ModelKind.WHISPER,
        repo=repo,
        files=WHISPER_FILES,
        size_bytes_estimate=megabytes * MB,
        languages=(ENGLISH,) if english else (),
        multilingual=not english,
        licence="MIT",
        note=note or ("English only" if english else ""),
    )


CATALOG = {
    each.name: each
    for each in (
        _whisper("tiny.en", "Systran/faster-whisper-tiny.en", 78),
        _whisper("tiny", "Systran/faster-whisper-tiny", 78),
        _whisper("base.en", "Systran/faster-whisper-base.en", 148),
        _whisper("base", "Systran/faster-whisper-base", 148, "enough to name a language"),
        _whisper("small.en", "Systran/faster-whisper-small.en", 486),
        _whisper("small", "Systran/faster-whisper-small", 486, "the default on a CPU"),
        _whisper("medium.en", "Systran/faster-whisper-medium.en", 1530),
        _whisper("medium", "Systran/faster-whisper-medium", 1530),
        _whisper("large-v2", "Systran/faster-whisper-large-v2", 3090),
        _whisper("large-v3", "Systran/faster-whisper-large-v3", 3090),
        _whisper(
            "large-v3-turbo",
            "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
            1620,
            "the default on a GPU; cannot translate",
        ),
    )
}
"""Whisper by the names that its users know, with the repositories that faster-whisper names."""

ALIASES = {"turbo": "large-v3-turbo", "large": "large-v3"}

FAMILIES = {
    "nllb": ("CC-BY-NC-4.0", True, "not for commercial use"),
    "m2m100": ("MIT", True, ""),
    "madlad": ("Apache-2.0", True, ""),
    "opus-mt": ("", False, "one direction"),
}
"""Translation families by what their repositories are called: licence, many languages, note."""


def spec(name: str) -> ModelSpec:
    """Return what is known of a name.

    A name is one of CATALOG, ``firefox-en-pt``, ``ct2:owner/repository`` or the absolute path
    of a folder. Raises ModelMissing, with the closest names, for anything else.
    """
    name = name.strip()
    name = ALIASES.get(name, name)
    if name in CATALOG:
        return CATALOG[name]
    path = Path(name.removeprefix("ct2:")).expanduser()
    if path.is_absolute():
        return _own_folder(path)
    if name.startswith("firefox-"):
        return _firefox(name)
    if name.startswith("ct2:"):
        return _repository(name)
    close = difflib.get_close_matches(name, [*CATALOG, *ALIASES], n=3, cutoff=0.5)
    raise ModelMissing(
        f"no model is called {name!r}",
        f"use {' or '.join(close or CATALOG)}, firefox-en-pt, ct2:owner/repository, or a folder",
    )


def multilingual(name: str) -> bool:
    """Whether a model serves many languages: only such a Whisper may vote on the language."""
    return spec(name).multilingual


def firefox_name(source: Language, target: Language) -> str:
    """Return the name of Mozilla's model from one language to another: ``firefox-en-pt``."""
    return f"firefox-{source}-{target}"


def _firefox(name: str) -> ModelSpec:
    pair = name.removeprefix("firefox-")
    # Each model has English on one side, and the other side's tag may hold a hyphen.
    if pair.startswith("en-"):
        codes = ("en", pair.removeprefix("en-"))
    else:
        codes = (pair.removesuffix("-en"), "en" if pair.endswith("-en") else "")
    languages = tuple(found for code in codes if (found := Language.find(code)))
    if len(languages) < len(codes) or languages[0] == languages[1]:
        raise ModelMissing(
            f"no Firefox model is called {name!r}",
            "each goes from or to English: firefox-en-pt, firefox-pt-en",
        )
    return ModelSpec(
        name=firefox_name(*languages),
        kind=ModelKind.FIREFOX,
        repo="",
        files=FIREFOX_FILES,
        size_bytes_estimate=None,
        languages=languages,
        multilingual=False,
        licence="MPL-2.0",
        note="",
    )


def _repository(name: str) -> ModelSpec:
    repo = name.removeprefix("ct2:")
    if not REPOSITORY.fullmatch(repo) or ".." in repo:
        raise ModelMissing(f"{repo!r} is no repository", "write ct2:owner/repository")
    folded = repo.lower().replace("_", "-")
    known = (entry for word, entry in FAMILIES.items() if word in folded)
    licence, many, note = next(known, ("", False, ""))
    return ModelSpec(
        name=name,
        kind=ModelKind.CTRANSLATE2,
        repo=repo,
        files=CTRANSLATE2_FILES,
        size_bytes_estimate=None,
        languages=(),
        multilingual=many,
        licence=licence,
        note=note,
    )


def _own_folder(path: Path) -> ModelSpec:
    kind = _kind_of(path)
    patterns = {
        ModelKind.WHISPER: WHISPER_FILES,
        ModelKind.FIREFOX: FIREFOX_FILES,
        ModelKind.CTRANSLATE2: CTRANSLATE2_FILES,
    }
    return ModelSpec(
        name=str(path),
        kind=kind,
        repo="",
        files=patterns[kind],
        size_bytes_estimate=None,
        languages=(),
        multilingual=kind is ModelKind.WHISPER and _words(path) > ENGLISH_ONLY_WORDS,
        licence="",
        note="your own folder",
        folder=path,
    )


def _kind_of(folder: Path) -> ModelKind:
    if (folder / "model.bin").is_file():
        config = folder / "config.json"
        # Only a converted Whisper names the heads that time its words.
        speech = config.is_file() and "alignment_heads" in config.read_text("utf-8")
        return ModelKind.WHISPER if speech else ModelKind.CTRANSLATE2
    if any(folder.glob("model.*.bin")) and any(folder.glob("*vocab.*.spm")):
        return ModelKind.FIREFOX
    raise ModelMissing(
        f"{folder} holds no model",
        "name a folder with model.bin (CTranslate2), or model.*.bin and vocab.*.spm (Firefox)",
    )


def _words(folder: Path) -> int:
    listed = folder / "vocabulary.json"
    if listed.is_file():
        return len(json.loads(listed.read_text("utf-8")))
    plain = folder / "vocabulary.txt"
    return plain.read_bytes().count(b"\n") if plain.is_file() else 0
