"""Classifies a text by its letter sequences, which catches what the encoder hardly knows: dialect,
typing errors, and Arabic, Persian, Russian, Ukrainian, Thai or Tigrinya in Latin letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from nlu.components import sequences
from nlu.components.latin import rough_latin
from nlu.components.sequences import Sequences
from nlu.normalise import duplicate_key

Array = NDArray[np.float32]

# Chosen by cross-validation; the figures stand in nlu/README.md.
_RIDGE = 1.0
_STEPS = 15
# A sequence of one line only teaches nothing about others.
_LINES_PER_SEQUENCE = 2
_MANY_LINES = 1000


@dataclass(frozen=True)
class Letters:
    """Two views of a text, as it is written and in rough Latin letters; `weights` has one row
    per letter sequence of either and one column per id, in half precision once it is stored."""

    written: Sequences
    latin: Sequences
    weights: NDArray[np.floating[Any]]

    def scores(self, texts: list[str]) -> Array:
        """One row per text, one column per id; a text of unknown sequences scores zero."""
        counts = _count(self.written, self.latin, [duplicate_key(text) for text in texts])
        used, places = np.unique(counts.indices, return_inverse=True)
        few = csr_matrix((counts.data, places, counts.indptr), (len(texts), len(used)))
        return np.asarray(few @ self.weights[used].astype(np.float32), np.float32)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        return {
            "written_sequences": self.written.known,
            "written_rarity": self.written.rarity,
            "latin_sequences": self.latin.known,
            "latin_rarity": self.latin.rarity,
            "sequence_weights": self.weights.astype(np.float16),
        }


@dataclass(frozen=True)
class Spelled:
    """Training texts cut into letter sequences once, for all fits on parts of them."""

    written: Sequences
    latin: Sequences
    counts: csr_matrix

    def fit(self, chosen: NDArray[np.intp], labels: NDArray[np.intp], ids: int) -> Letters:
        """`chosen` are the lines to learn from; `labels` their positions among the ids."""
        return Letters(self.written, self.latin, _ridge(self.counts[chosen], labels, ids))

    def scores(self, letters: Letters, chosen: NDArray[np.intp]) -> Array:
        return np.asarray(self.counts[chosen] @ letters.weights, np.float32)


def spell(texts: list[str]) -> Spelled:
    at_least = _LINES_PER_SEQUENCE if len(texts) > _MANY_LINES else 1
    keys = [duplicate_key(text) for text in texts]
    written = sequences.learn(keys, at_least=at_least)
    latin = sequences.learn([rough_latin(key) for key in keys], at_least=at_least)
    return Spelled(written, latin, _count(written, latin, keys))


def from_arrays(stored: dict[str, NDArray[Any]]) -> Letters:
    return Letters(
        Sequences(stored["written_sequences"], stored["written_rarity"]),
        Sequences(stored["latin_sequences"], stored["latin_rarity"]),
        stored["sequence_weights"],
    )


def _count(written: Sequences, latin: Sequences, keys: list[str]) -> csr_matrix:
    views = [written.count(keys), latin.count([rough_latin(key) for key in keys])]
    return hstack(views, format="csr", dtype=np.float32)


def _ridge(counts: csr_matrix, labels: NDArray[np.intp], ids: int) -> Array:
    """Ridge regression on all ids at once, by a few steps of conjugate gradients: stopping early
    costs no accuracy."""
    # Ids with few lines weigh as much as ids with many.
    balance = (len(labels) / (ids * np.bincount(labels, minlength=ids).clip(1)))[labels]
    weighed = counts.multiply(balance[:, None]).T.tocsr().astype(np.float32)
    residual = weighed @ (np.eye(ids, dtype=np.float32)[labels] - np.float32(1.0 / ids))
    weights, direction = np.zeros_like(residual), residual.copy()
    size = (residual**2).sum(axis=0)
    for _ in range(_STEPS):
        bent = weighed @ (counts @ direction) + np.float32(_RIDGE) * direction
        step = size / np.maximum((direction * bent).sum(axis=0), 1e-12)
        weights += step * direction
        residual -= step * bent
        smaller = (residual**2).sum(axis=0)
        direction = residual + (smaller / np.maximum(size, 1e-12)) * direction
        size = smaller
    return np.asarray(weights, dtype=np.float32)
