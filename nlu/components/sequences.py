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
        """One row of length one per text; a text of unknown sequences has an empty row."""
        columns: list[NDArray[np.intp]] = []
        values: list[Array] = []
        for text in texts:
            found = Counter(self.columns[x] for x in _sequences(text) if x in self.columns)
            row = np.fromiter(found.keys(), np.intp, len(found))
            counted = 1.0 + np.log(np.fromiter(found.values(), np.float32, len(found)))
            weighed = counted * self.rarity[row]
            columns.append(row)
            values.append(weighed / max(float(np.linalg.norm(weighed)), 1e-9))
        starts = np.cumsum([0, *map(len, columns)])
        counts = (np.concatenate(values), np.concatenate(columns), starts)
        return csr_matrix(counts, (len(texts), len(self.columns)), np.float32)


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
