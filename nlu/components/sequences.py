"""Counts the letter sequences of texts, rare ones more than common ones. Written out here because
scikit-learn's vectorizer takes 7 ms for one short text, as long as the encoder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Array = NDArray[np.float32]

_LONGEST = 5


@dataclass(frozen=True)
class Sequences:
    """The known sequences with their columns, and how much one occurrence of each counts."""

    columns: dict[str, int]
    rarity: Array

    def count(self, texts: list[str]) -> csr_matrix:
        """One row per text, of length one if all sequences are known: the shorter it is, the less
        the letters of a new language drown what the encoder understands of it."""
        rows = [self._row(text) for text in texts]
        starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns, values = (np.concatenate(parts) for parts in zip(*rows, strict=True))
        return csr_matrix((values, columns, starts), (len(texts), len(self.columns)), np.float32)

    def _row(self, text: str) -> tuple[NDArray[np.intp], Array]:
        occurring = Counter(_sequences(text))
        columns = np.fromiter((self.columns.get(x, -1) for x in occurring), np.intp)
        is_known = columns >= 0
        rarity = np.where(is_known, self.rarity[columns], self.rarity.max())
        values = (1.0 + np.log(np.fromiter(occurring.values(), np.float32))) * rarity
        length = max(float(np.linalg.norm(values)), 1e-9)
        return columns[is_known], (values[is_known] / length).astype(np.float32)


def learn(texts: list[str], *, at_least: int) -> Sequences:
    """Knows the sequences that stand in so many of the texts."""
    texts_with = Counter(x for text in texts for x in set(_sequences(text)))
    known = sorted(x for x, count in texts_with.items() if count >= at_least)
    shares = (1 + len(texts)) / (1 + np.array([texts_with[x] for x in known], np.float64))
    return from_arrays(np.array(known, np.str_), 1.0 + np.log(shares))


def from_arrays(sequences: NDArray[np.generic], rarity: NDArray[np.generic]) -> Sequences:
    columns = {sequence: column for column, sequence in enumerate(sequences.tolist())}
    return Sequences(columns, rarity.astype(np.float32))


def _sequences(text: str) -> Iterator[str]:
    for word in text.split():
        padded = f" {word} "
        for length in range(1, min(_LONGEST, len(padded)) + 1):
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]
