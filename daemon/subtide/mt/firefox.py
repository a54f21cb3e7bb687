"""Firefox Translations models on the CPU, through fxtranslate.

Imported by child processes only: the library is native and bound to the thread that loaded
it, and across threads it panics with a BaseException.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import fxtranslate

from subtide.errors import ModelDamaged
from subtide.languages import Language
from subtide.mt.engine import EngineFailed, Line
from subtide.mt.sentences import by_sentence

PULL = "remove the model and pull it again"


class FirefoxEngine:
    """One direction of a Firefox Translations model, used by the thread that made it."""

    name = "firefox"

    def __init__(  # noqa: PLR0913 - the files of a model
        self,
        source: Language,
        target: Language,
        *,
        model: Path,
        source_vocabulary: Path,
        target_vocabulary: Path,
        shortlist: Path | None = None,
    ) -> None:
        """Load the model; many pairs share one vocabulary file for both sides.

        ``shortlist`` is the lexical short list, three times faster with it. Raises
        ModelDamaged when the files do not make a model.
        """
        self.source = source
        self.target = target
        self._thread = threading.get_ident()
        words = shortlist.read_bytes() if shortlist else None
        try:
            self._translator = fxtranslate.Translator(
                model.read_bytes(),
                source_vocabulary.read_bytes(),
                target_vocabulary.read_bytes(),
                words,
            )
        except BaseException as error:  # noqa: BLE001 - what its panics are
            raise _typed(
                error, ModelDamaged(f"{model.name} cannot be loaded: {error}", PULL)
            ) from None

    @classmethod
    def from_files(
        cls, files: Mapping[str, Path], source: Language, target: Language
    ) -> "FirefoxEngine":
        """Find the parts of a model by Mozilla's file names: model.*, vocab.*, lex.*.

        Pairs with two vocabularies have srcvocab.* and trgvocab.*. Raises ModelDamaged for a
        part that is not there.
        """
        shared = _part(files, "vocab.")
        return cls(
            source,
            target,
            model=_needed(_part(files, "model."), "model"),
            source_vocabulary=_needed(_part(files, "srcvocab.") or shared, "vocabulary"),
            target_vocabulary=_needed(_part(files, "trgvocab.") or shared, "vocabulary"),
            shortlist=_part(files, "lex."),
        )

    batch = 16

    def translate(
        self,
        lines: Sequence[Line],
        *,
        script: Sequence[Line] = (),  # noqa: ARG002 - it reads no context
    ) -> list[Line]:
        """Translate lines of any length, sentence by sentence."""
        if threading.get_ident() != self._thread:
            raise EngineFailed("a Firefox model was used by another thread than its own")
        return by_sentence(lines, self.source, self.target, self._sentences)

    def _sentences(self, texts: list[str]) -> list[str]:
        try:
            return [self._translator.translate(text) for text in texts]
        except BaseException as error:  # noqa: BLE001 - what its panics are
            raise _typed(error, EngineFailed(f"the Firefox model broke down: {error}")) from None


def _typed(error: BaseException, typed: Exception) -> BaseException:
    """``typed`` for what the library threw, panics among it; never for the end of the process."""
    return error if isinstance(error, KeyboardInterrupt | SystemExit) else typed


def _part(files: Mapping[str, Path], prefix: str) -> Path | None:
    return next((path for name, path in files.items() if Path(name).name.startswith(prefix)), None)


def _needed(path: Path | None, part: str) -> Path:
    if path is None:
        raise ModelDamaged(f"a Firefox model has no {part} file", PULL)
    return path
