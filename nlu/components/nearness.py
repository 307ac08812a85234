"""Classifies a sentence vector by its nearness to training lines (kernel ridge regression),
after the directions that only tell languages apart have been taken out of the vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve

Array = NDArray[np.float32]

# Chosen by cross-validation and held-out languages; the figures stand in nlu/README.md.
_SHARPNESS = 1.5
_RIDGE = 0.3
# More training lines than this are compared with by a sample, so that time and memory stay bounded.
_LANDMARKS = 3000
_SMALLEST_GROUP = 30


@dataclass(frozen=True)
class Nearness:
    """`weights` has one row per landmark and one column per id."""

    mean: Array
    language_directions: Array
    landmarks: Array
    weights: Array

    def scores(self, vectors: Array) -> Array:
        """One row per vector, one column per id; comparable within a row only."""
        near = _kernel(
            _without_language(vectors, self.mean, self.language_directions), self.landmarks
        )
        return np.asarray(near @ self.weights, dtype=np.float32)


def fit(vectors: Array, labels: NDArray[np.intp], groups: list[str], ids: int) -> Nearness:
    """`groups` names language and script of each line; `labels` are positions among the ids."""
    mean = vectors.mean(axis=0)
    directions = _language_directions(vectors - mean, groups)
    plain = _without_language(vectors, mean, directions)
    landmarks = plain[_sample(len(plain))]
    weights = _ridge(_kernel(plain, landmarks), _kernel(landmarks, landmarks), labels, ids)
    return Nearness(mean, directions, landmarks, weights)


def _language_directions(centred: Array, groups: list[str]) -> Array:
    names, sizes = np.unique(groups, return_counts=True)
    large = names[sizes >= _SMALLEST_GROUP]
    if len(large) < 2:
        return np.zeros((0, centred.shape[1]), dtype=np.float32)
    means = np.stack([centred[np.array(groups) == name].mean(axis=0) for name in large])
    between = means - means.mean(axis=0)
    return np.asarray(np.linalg.svd(between, full_matrices=False)[2][: len(large) - 1], np.float32)


def _without_language(vectors: Array, mean: Array, directions: Array) -> Array:
    centred = vectors - mean
    plain = centred - centred @ directions.T @ directions
    length = np.linalg.norm(plain, axis=1, keepdims=True)
    return np.asarray(plain / np.maximum(length, 1e-9), dtype=np.float32)


def _kernel(left: Array, right: Array) -> NDArray[np.float64]:
    return np.asarray(np.exp(_SHARPNESS * (left @ right.T - 1.0)), dtype=np.float64)


def _sample(count: int) -> NDArray[np.intp]:
    if count <= _LANDMARKS:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, _LANDMARKS, replace=False))


def _ridge(
    near: NDArray[np.float64], among: NDArray[np.float64], labels: NDArray[np.intp], ids: int
) -> Array:
    # Ids with few lines weigh as much as ids with many.
    balance = (len(labels) / (ids * np.bincount(labels, minlength=ids).clip(1)))[labels]
    targets = np.eye(ids)[labels] - 1.0 / ids
    weighted = near * balance[:, None]
    left = weighted.T @ near + _RIDGE * among + 1e-6 * np.eye(len(among))
    return np.asarray(solve(left, weighted.T @ targets, assume_a="pos"), dtype=np.float32)
