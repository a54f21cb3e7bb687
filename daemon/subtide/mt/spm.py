"""SentencePiece model files as tokenizers of the ``tokenizers`` library.

OPUS-MT and M2M-100 come with ``source.spm``, ``target.spm`` or ``sentencepiece.bpe.model`` and
no ``tokenizer.json``. The file is a protocol buffer of pieces and a little configuration, which
is read here; unigram and BPE models are known. Imported by child processes only.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from subtide.errors import ModelDamaged

UNIGRAM, BPE = 1, 2
"""TrainerSpec.model_type."""
UNKNOWN, BYTE = 2, 6
"""SentencePiece.type."""
SPACE = "▁"
"""What stands for a space inside a piece."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry of the vocabulary."""

    text: str
    score: float
    type: int


def load(path: Path) -> Tokenizer:
    """Read a SentencePiece model. Raises ModelDamaged for anything else."""
    try:
        return _tokenizer(path.read_bytes())
    except (ValueError, IndexError, KeyError, struct.error) as error:
        text = f"{path.name} is no SentencePiece model: {error}"
        raise ModelDamaged(text, "remove the model and pull it again") from error


def _tokenizer(data: bytes) -> Tokenizer:
    pieces: list[Piece] = []
    kind, rules, prefix = UNIGRAM, b"", True
    for number, value in _fields(data):
        if number == 1:
            pieces.append(_piece(_bytes(value)))
        elif number == 2:  # noqa: PLR2004 - field TrainerSpec
            kind = int(dict(_fields(_bytes(value))).get(3, UNIGRAM))
        elif number == 3:  # noqa: PLR2004 - field NormalizerSpec
            normal = dict(_fields(_bytes(value)))
            rules, prefix = _bytes(normal.get(2, b"")), bool(normal.get(3, 1))
    tokenizer = Tokenizer(_model(pieces, kind))
    scheme = "always" if prefix else "never"
    clean = [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    mapped = [normalizers.Precompiled(rules)] if rules else []
    tokenizer.normalizer = normalizers.Sequence([*mapped, *clean])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, prepend_scheme=scheme)
    spaces = decoders.Replace(SPACE, " ")
    tokenizer.decoder = decoders.Sequence(
        [spaces, decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", int(prefix), 0)]
    )
    return tokenizer


def _piece(data: bytes) -> Piece:
    fields = dict(_fields(data))
    return Piece(_bytes(fields[1]).decode(), float(fields.get(2, 0.0)), int(fields.get(3, 1)))


def _model(pieces: list[Piece], kind: int) -> models.Model:
    unknown = next((place for place, p in enumerate(pieces) if p.type == UNKNOWN), None)
    if unknown is None:
        raise ValueError("it has no piece for what it does not know")
    bytewise = any(piece.type == BYTE for piece in pieces)
    if kind == UNIGRAM:
        vocabulary = [(piece.text, piece.score) for piece in pieces]
        return models.Unigram(vocabulary, unknown, bytewise)
    if kind != BPE:
        raise ValueError(f"model type {kind} is neither unigram nor BPE")
    ids = {piece.text: place for place, piece in enumerate(pieces)}
    return models.BPE(
        ids,
        _merges(pieces, ids),
        unk_token=pieces[unknown].text,
        fuse_unk=True,
        byte_fallback=bytewise,
    )


def _merges(pieces: list[Piece], ids: dict[str, int]) -> list[tuple[str, str]]:
    """The merges that lead to each piece, the best first: scores order them."""
    ranked = sorted((p for p in pieces if len(p.text) > 1), key=lambda piece: -piece.score)
    return [
        (piece.text[:cut], piece.text[cut:])
        for piece in ranked
        for cut in range(1, len(piece.text))
        if piece.text[:cut] in ids and piece.text[cut:] in ids
    ]


def _fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Number and value of each field of a message of the wire format."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        value: int | float | bytes
        match key & 7:
            case 0:
                value, place = _varint(data, place)
            case 1:
                value, place = data[place : place + 8], place + 8
            case 2:
                size, place = _varint(data, place)
                value, place = data[place : place + size], place + size
            case 5:
                value, place = struct.unpack_from("<f", data, place)[0], place + 4
            case other:
                raise ValueError(f"wire type {other}")
        yield key >> 3, value


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no high bit
            return value, place


def _bytes(value: int | float | bytes) -> bytes:  # noqa: PYI041 - three kinds of wire value
    if not isinstance(value, bytes):
        raise ValueError("a number stands where a message was expected")  # noqa: TRY004 - damaged data
    return value
