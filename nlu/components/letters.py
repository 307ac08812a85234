"""Classifies a text by its letter sequences, which catches what the encoder hardly knows:
dialect, typing errors, and Arabic or Persian written with Latin letters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import ComplementNB

from nlu.normalise import duplicate_key

Array = NDArray[np.float32]

_SMOOTHING = 0.1


@dataclass(frozen=True)
class Letters:
    """`weights` has one row per letter sequence and one column per id."""

    vectorizer: TfidfVectorizer
    weights: Array

    def scores(self, texts: list[str]) -> Array:
        """One row per text, one column per id; a text of unknown sequences scores zero."""
        found = self.vectorizer.transform([duplicate_key(text) for text in texts])
        scores = np.asarray(found @ self.weights, dtype=np.float32)
        return np.asarray(scores - scores.mean(axis=1, keepdims=True), dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        sequences = self.vectorizer.get_feature_names_out()
        return {
            "sequences": sequences.astype(np.str_),
            "rarity": self.vectorizer.idf_.astype(np.float32),
            "sequence_weights": self.weights.astype(np.float16),
        }


def fit(texts: list[str], labels: NDArray[np.intp]) -> Letters:
    """`labels` are positions among the ids; every id must occur."""
    vectorizer = _vectorizer()
    found = vectorizer.fit_transform([duplicate_key(text) for text in texts])
    bayes = ComplementNB(alpha=_SMOOTHING).fit(found, labels)
    return Letters(vectorizer, bayes.feature_log_prob_.T.astype(np.float32))


def from_arrays(stored: dict[str, NDArray[np.generic]]) -> Letters:
    vectorizer = _vectorizer(vocabulary=stored["sequences"].tolist())
    vectorizer.idf_ = stored["rarity"]
    return Letters(vectorizer, stored["sequence_weights"].astype(np.float32))


def _vectorizer(vocabulary: list[str] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(1, 4),
        sublinear_tf=True,
        dtype=np.float32,
        vocabulary=vocabulary,
    )
