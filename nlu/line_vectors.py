"""Vectors of training lines, kept beside the lines so that a training need not encode them all,
which takes longer than everything else in it. `line_vectors/<id>.npy` has one row per line: a key
made of the encoder's name and the text, and the vector in bytes. A line that is not there is
encoded as ever. Runs on Python 3.10 and 3.11; made by `python -m nlu.keep_vectors`."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.encoder import DIMENSIONS, ENCODER_NAME, Vectors, encode_queries, unit

FOLDER = Path(__file__).with_name("line_vectors")
# Little-endian on every machine; the loss by bytes is far below that between two machines.
ROW = np.dtype([("key", "<u8"), ("vector", "i1", DIMENSIONS)])
_LARGEST = 127

Rows = NDArray[np.void]


def encode_lines(texts: Sequence[str], folder: Path = FOLDER) -> Vectors:
    """Unit vectors, one row per text, kept ones where there are any."""
    known = {int(row["key"]): row["vector"] for rows in map(np.load, files(folder)) for row in rows}
    keys = [key(text) for text in texts]
    new = [text for text, its_key in zip(texts, keys, strict=True) if its_key not in known]
    known |= {key(text): row for text, row in zip(new, encode_queries(new), strict=True)}
    found = np.array([known[its_key] for its_key in keys], np.float32)
    return unit(found.reshape(-1, DIMENSIONS))


def key(text: str) -> int:
    """Another one for another encoder."""
    return int.from_bytes(hashlib.sha256(f"{ENCODER_NAME} {text}".encode()).digest()[:8], "little")


def rows(texts: Sequence[str], vectors: Vectors) -> Rows:
    """What is kept of lines, in the order of their keys."""
    kept = np.zeros(len(texts), ROW)
    kept["key"] = [key(text) for text in texts]
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    kept["vector"] = np.rint(vectors / largest * _LARGEST)
    found: Rows = np.unique(kept)
    return found


def files(folder: Path = FOLDER) -> Iterable[Path]:
    return sorted(folder.glob("*.npy"))
