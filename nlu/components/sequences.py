"""Counts the letter sequences of texts, rare ones more than common ones. Written out here because
scikit-learn's vectorizer takes 7 ms for one short text, as long as the encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlu.letter_hashes import Hashes, sequence_hashes

Array = NDArray[np.float32]

_LONGEST = 5


@dataclass(frozen=True)
class Sequences:
    """The known sequences, ascending; each is a column. `rarity` is how much one occurrence of
    each counts."""

    known: Hashes
    rarity: Array

    def count(self, texts: list[str]) -> csr_matrix:
        """One row per text, of length one if all sequences are known: the shorter it is, the less
        the letters of a new language drown what the encoder understands of it."""
        rows = [self._row(text) for text in texts]
        starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns, values = (np.concatenate(parts) for parts in zip(*rows, strict=True))
        return csr_matrix((values, columns, starts), (len(texts), len(self.known)), np.float32)

    def _row(self, text: str) -> tuple[NDArray[np.intp], Array]:
        occurring, counts = np.unique(_sequences(text), return_counts=True)
        columns = np.searchsorted(self.known[:-1], occurring)
        is_known = self.known[columns] == occurring
        rarity = np.where(is_known, self.rarity[columns], self.rarity.max())
        values = (1.0 + np.log(counts.astype(np.float32))) * rarity
        length = max(float(np.linalg.norm(values)), 1e-9)
        return columns[is_known], (values[is_known] / length).astype(np.float32)


def learn(texts: list[str], *, at_least: int) -> Sequences:
    """Knows the sequences that stand in so many of the texts."""
    occurring = np.concatenate([np.unique(_sequences(text)) for text in texts])
    found, texts_with = np.unique(occurring, return_counts=True)
    is_known = texts_with >= at_least
    shares = (1 + len(texts)) / (1 + texts_with[is_known])
    return Sequences(found[is_known], (1.0 + np.log(shares)).astype(np.float32))


def _sequences(text: str) -> Hashes:
    """Within words, whose ends count as letters."""
    words = [f" {word} " for word in text.split()]
    word_of = np.repeat(np.arange(len(words)), np.array([len(word) for word in words], np.intp))
    found = [np.zeros(0, np.uint64)]
    for hashes in sequence_hashes("".join(words), _LONGEST):
        is_within = word_of[: len(hashes)] == word_of[len(word_of) - len(hashes) :]
        found.append(hashes[is_within])
    return np.concatenate(found)
