"""The engines with models in files. Each is imported when it is opened, in a child process."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from subtide.languages import Language
from subtide.mt.engine import TranslationEngine

Opener = Callable[[Mapping[str, Path], Language, Language, int], TranslationEngine]
"""From a model's files by name, source, target and CPU threads (0 chooses) to an engine."""


def _firefox(
    files: Mapping[str, Path],
    source: Language,
    target: Language,
    threads: int,  # noqa: ARG001 - these models run on one
) -> TranslationEngine:
    from subtide.mt.firefox import FirefoxEngine  # noqa: PLC0415 - loads a native library

    return FirefoxEngine.from_files(files, source, target)


def _ct2(
    name: str, files: Mapping[str, Path], source: Language, target: Language, threads: int
) -> TranslationEngine:
    from subtide.mt.ct2 import Ct2Engine  # noqa: PLC0415 - loads a native library

    return Ct2Engine(files["model.bin"].parent, source, target, name=name, threads=threads)


ENGINES: dict[str, Opener] = {
    "firefox": _firefox,
    "opus-mt": partial(_ct2, "opus-mt"),
    "opus-mt-many": partial(_ct2, "opus-mt-many"),
    "m2m100": partial(_ct2, "m2m100"),
    "nllb": partial(_ct2, "nllb"),
    "madlad": partial(_ct2, "madlad"),
}
"""Every engine with models in files. An opener raises ModelDamaged for files that make none."""
