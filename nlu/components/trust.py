"""How far the best id of a message can be trusted: foreign questions often get a high probability
for some id, but rarely from all scores at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Array = NDArray[np.float32]

# A foreign question answered is worse than a known one asked back.
_FOREIGN_WEIGHT = 4.0
_STRENGTH = 0.3


@dataclass(frozen=True)
class Trust:
    """`foreign` is the position of out_of_scope among the ids."""

    foreign: int
    mean: Array
    deviation: Array
    weights: Array
    bias: float

    def of(self, probabilities: Array, scores: list[Array]) -> Array:
        """Between 0 and 1 for each row."""
        signs = (_signs(probabilities, scores, self.foreign) - self.mean) / self.deviation
        return np.asarray(1.0 / (1.0 + np.exp(-(signs @ self.weights + self.bias))), np.float32)


def fit(probabilities: Array, scores: list[Array], labels: NDArray[np.intp], foreign: int) -> Trust:
    """Learns on lines that the models have not seen when the best id is right."""
    signs = _signs(probabilities, scores, foreign)
    mean, deviation = signs.mean(axis=0), signs.std(axis=0) + 1e-6
    is_right = (probabilities.argmax(axis=1) == labels) & (labels != foreign)
    if is_right.all() or not is_right.any():
        return Trust(foreign, mean, deviation, np.zeros_like(mean), float(is_right.mean() * 8 - 4))
    weights = np.where(labels == foreign, _FOREIGN_WEIGHT, 1.0)
    learned = LogisticRegression(C=_STRENGTH, max_iter=1000)
    learned.fit((signs - mean) / deviation, is_right, sample_weight=weights)
    return Trust(
        foreign, mean, deviation, learned.coef_[0].astype(np.float32), float(learned.intercept_[0])
    )


def _signs(probabilities: Array, scores: list[Array], foreign: int) -> Array:
    best_first = -np.sort(-probabilities, axis=1)
    best, rows = probabilities.argmax(axis=1), np.arange(len(probabilities))
    signs = [
        np.log(best_first[:, 0] + 1e-6) - np.log(1.0 - best_first[:, 0] + 1e-6),
        np.log(best_first[:, 1] + 1e-6),
        np.log(probabilities[:, foreign] + 1e-6),
        best_first[:, 2:6].sum(axis=1),
    ]
    for score in scores:
        two = -np.partition(-score, 1, axis=1)[:, :2]
        signs += [two[:, 0], score[rows, best], score[rows, foreign], score[rows, best] - two[:, 1]]
    return np.asarray(np.stack(signs, axis=1), dtype=np.float32)
