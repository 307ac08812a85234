"""How many rare letter sequences two texts share: what vectors blur and spelling keeps, such as
names, numbers and official words that residents quote in any language."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlu.normalise import duplicate_key

_LENGTH = 4

Scores = NDArray[np.float64]


class SharedLetters:
    """An inverted index of sequences of four letters, weighed by how rare they are (tf-idf)."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        counts = [_sequences(text) for text in texts]
        occurs_in = Counter(sequence for counted in counts for sequence in counted)
        self._rarity = {
            sequence: float(np.log((1 + self._size) / (1 + texts_with)) + 1)
            for sequence, texts_with in occurs_in.items()
        }
        found: dict[str, list[tuple[int, float]]] = {}
        for place, counted in enumerate(counts):
            for sequence, weight in self._unit(counted).items():
                found.setdefault(sequence, []).append((place, weight))
        self._found = {
            sequence: (np.array([p for p, _ in places]), np.array([w for _, w in places]))
            for sequence, places in found.items()
        }

    def similarities(self, text: str) -> Scores:
        """The cosine with each text, 0 to 1."""
        scores = np.zeros(self._size)
        for sequence, weight in self._unit(_sequences(text)).items():
            if sequence in self._found:
                places, weights = self._found[sequence]
                scores[places] += weight * weights
        return scores

    def _unit(self, counted: Counter[str]) -> dict[str, float]:
        unseen = float(np.log(1 + self._size) + 1)
        weights = {
            sequence: (1 + float(np.log(count))) * self._rarity.get(sequence, unseen)
            for sequence, count in counted.items()
        }
        length = float(np.sqrt(sum(weight**2 for weight in weights.values())))
        return {sequence: weight / length for sequence, weight in weights.items()}


def _sequences(text: str) -> Counter[str]:
    # Line by line, because a text is cut after its first thousand letters.
    words = (f" {word} " for line in text.split("\n") for word in duplicate_key(line).split())
    return Counter(
        word[start : start + _LENGTH]
        for word in words
        for start in range(max(len(word) - _LENGTH + 1, 1))
    )
