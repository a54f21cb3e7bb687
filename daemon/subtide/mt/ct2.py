"""Translation models in CTranslate2's format: OPUS-MT, M2M-100, NLLB and MADLAD.

Text becomes tokens by the model's own ``tokenizer.json``, or by ``source.spm`` and
``target.spm``, or by one ``*.model`` of SentencePiece. Imported by child processes only.
"""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
from tokenizers import Tokenizer

from subtide.errors import ModelDamaged
from subtide.languages import Language
from subtide.mt import spm
from subtide.mt.engine import EngineFailed, Line
from subtide.mt.families import FAMILIES, Hints
from subtide.mt.sentences import by_sentence

BEAM = 4
BATCH_TOKENS = 1024
LONGEST_ANSWER = 256
"""Tokens of one translated sentence."""
END = "</s>"
SILENT = frozenset({"<s>", END, "<pad>", "<unk>"})
"""Tokens that are no text."""
PULL = "remove the model and pull it again"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The two ways between text and tokens."""

    encode: Tokenizer
    decode: Tokenizer


class Ct2Engine:
    """One direction of a CTranslate2 translation model."""

    def __init__(  # noqa: PLR0913 - what stands in a recipe
        self,
        folder: Path,
        source: Language,
        target: Language,
        *,
        name: str = "opus-mt",
        threads: int = 0,
        device: str = "cpu",
    ) -> None:
        """Load the model in ``folder``; ``name`` is its family's, ``threads`` 0 chooses.

        Raises ModelDamaged when files are missing, damaged, or the model does not know one
        of the languages.
        """
        self.name = name
        self.source = source
        self.target = target
        words = _vocabulary(folder)
        self._hints = _hints(name, source, target, words)
        self._tokens = _tokens(folder)
        try:
            self._model = ctranslate2.Translator(
                str(folder), device=device, intra_threads=threads, compute_type="default"
            )
            ends = json.loads((folder / "config.json").read_text()).get("add_source_eos")
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelDamaged(f"the model in {folder.name} cannot be loaded: {error}", PULL) from (
                error
            )
        self._end = [] if ends else [END]

    batch = 64

    def translate(
        self,
        lines: Sequence[Line],
        *,
        script: Sequence[Line] = (),  # noqa: ARG002 - it reads no context
    ) -> list[Line]:
        """Translate lines of any length, their sentences in batches of like length."""
        return by_sentence(lines, self.source, self.target, self._sentences)

    def _sentences(self, texts: list[str]) -> list[str]:
        if not texts:
            return []
        hints = self._hints
        batch = [
            [*hints.source, *encoded.tokens, *self._end]
            for encoded in self._tokens.encode.encode_batch(texts, add_special_tokens=False)
        ]
        try:
            results = self._model.translate_batch(
                batch,
                target_prefix=[list(hints.target)] * len(batch) if hints.target else None,
                beam_size=BEAM,
                batch_type="tokens",
                max_batch_size=BATCH_TOKENS,
                max_decoding_length=LONGEST_ANSWER,
            )
        except (RuntimeError, ValueError) as error:
            raise EngineFailed(f"{self.name} broke down: {error}") from error
        return [self._text(result.hypotheses[0]) for result in results]

    def _text(self, tokens: Sequence[str]) -> str:
        silent = SILENT.union(self._hints.target)
        spoken = [token for token in tokens if token not in silent]
        decoder = self._tokens.decode.decoder
        return str(decoder.decode(spoken)) if decoder else " ".join(spoken)


def _hints(name: str, source: Language, target: Language, words: AbstractSet[str]) -> Hints:
    """What tells the model its languages.

    A token that the model does not know would be dropped, and the language with it.
    """
    hints = FAMILIES[name](source, target, words)
    unknown = {*hints.source, *hints.target} - words
    if unknown:
        text = f"the model does not know {', '.join(sorted(unknown))}"
        raise ModelDamaged(text, f"choose a model for {source} to {target}")
    return hints


def _tokens(folder: Path) -> Tokens:
    """The tokenizers of a model, from whichever files it has."""
    whole = folder / "tokenizer.json"
    source, target = folder / "source.spm", folder / "target.spm"
    single = next(iter(sorted(folder.glob("*.model"))), None)
    if whole.is_file():
        return _both(_json_tokenizer(whole))
    if source.is_file() and target.is_file():
        return Tokens(spm.load(source), spm.load(target))
    if single:
        return _both(spm.load(single))
    text = f"the model in {folder.name} has neither tokenizer.json nor SentencePiece files"
    raise ModelDamaged(text, PULL)


def _both(tokenizer: Tokenizer) -> Tokens:
    return Tokens(tokenizer, tokenizer)


def _json_tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ModelDamaged(f"{path} is no tokenizer: {error}", PULL) from error


def _vocabulary(folder: Path) -> set[str]:
    """The tokens of the model, from the vocabulary files that CTranslate2 writes."""
    tokens: set[str] = set()
    for path in folder.glob("*vocabulary.*"):
        text = path.read_text("utf-8")
        tokens.update(json.loads(text) if path.suffix == ".json" else text.split("\n"))
    return tokens
