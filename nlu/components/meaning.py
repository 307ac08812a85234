"""Takes the directions that only tell languages apart out of the encoder's vectors."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_SMALLEST_GROUP = 30
_LATIN = re.compile("[A-Za-z]")
_NOT_LATIN = re.compile("[\u0370-\u1fff]")


@dataclass(frozen=True)
class Meaning:
    """`language_directions` are rows of length one, at right angles to each other."""

    mean: Array
    language_directions: Array

    def of(self, vectors: Array) -> Array:
        """Unit vectors again."""
        centred = vectors - self.mean
        plain = centred - centred @ self.language_directions.T @ self.language_directions
        length = np.linalg.norm(plain, axis=1, keepdims=True)
        return np.asarray(plain / np.maximum(length, 1e-9), dtype=np.float32)


def fit(vectors: Array, groups: list[str]) -> Meaning:
    """`groups` names language and script of each vector's text."""
    mean = vectors.mean(axis=0)
    return Meaning(mean, _language_directions(vectors - mean, groups))


def group(text: str, language: str) -> str:
    """Language and script: Arabic in Latin letters is another language to the encoder."""
    is_latin = _LATIN.search(text) and not _NOT_LATIN.search(text)
    return f"{language} {'latin' if is_latin else 'own'}"


def _language_directions(centred: Array, groups: list[str]) -> Array:
    names, sizes = np.unique(groups, return_counts=True)
    large = names[sizes >= _SMALLEST_GROUP]
    if len(large) < 2:
        return np.zeros((0, centred.shape[1]), dtype=np.float32)
    means = np.stack([centred[np.array(groups) == name].mean(axis=0) for name in large])
    between = means - means.mean(axis=0)
    return np.asarray(np.linalg.svd(between, full_matrices=False)[2][: len(large) - 1], np.float32)
