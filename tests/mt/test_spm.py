from pathlib import Path

import pytest
from tokenizers import Tokenizer

from subtide.errors import ModelDamaged
from subtide.mt import spm

TEXTS = [
    "Hello, how are you today?",
    "I never thought that we would find the old house again.",
    "  It   cost 1,200 dollars (about £900)…  ",
    "“Ｆｕｌｌ ｗｉｄｔｈ” and ﬁ ligatures",  # noqa: RUF001 - the normaliser's work
    "日本語 and ελληνικά",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_unigram_model_cuts_text_as_its_own_tokenizer_does(
    firefox_files: dict[str, Path], text: str
) -> None:
    tokenizer = spm.load(firefox_files["vocab.enpt.spm"])
    packaged = Tokenizer.from_file(str(firefox_files["tokenizer.json"]))
    assert tokenizer.encode(text).tokens == packaged.encode(text).tokens


def test_tokens_become_text_again(firefox_files: dict[str, Path]) -> None:
    tokenizer = spm.load(firefox_files["vocab.enpt.spm"])
    tokens = tokenizer.encode("Hello, how are you today?").tokens
    assert tokenizer.decoder.decode(tokens) == "Hello, how are you today?"


def field(number: int, value: bytes | int) -> bytes:
    """One field of a protocol buffer, short enough for single-byte sizes."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def piece(text: str, rank: int, kind: int = 1) -> bytes:
    score = bytes([2 << 3 | 5]) + (b"\x00\x00\x80\xbf" if rank else b"\x00\x00\x00\x00")
    return field(1, field(1, text.encode()) + score + field(3, kind))


def test_a_bpe_model_merges_the_best_pieces_first(tmp_path: Path) -> None:
    letters = [piece(letter, 1) for letter in "▁abc"]
    merged = [piece("ab", 0), piece("bc", 1), piece("▁ab", 1)]
    path = tmp_path / "source.spm"
    path.write_bytes(
        b"".join([piece("<unk>", 0, 2), *merged, *letters]) + field(2, field(3, spm.BPE))
    )
    assert spm.load(path).encode("abc").tokens == ["▁ab", "c"]


@pytest.mark.parametrize("data", [b"", b"junk", b"\x0a\xff\xff", field(1, field(2, 1))])
def test_what_is_no_sentencepiece_model_is_damaged(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "source.spm"
    path.write_bytes(data)
    with pytest.raises(ModelDamaged, match=r"source\.spm"):
        spm.load(path)
