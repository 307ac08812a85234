"""Mixes nearness and letters late, into calibrated probabilities with two thresholds.
How much each counts, and where the thresholds lie, is learned on folds kept out of training."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import StratifiedKFold

from nlu.components import letters, nearness
from nlu.components.letters import Letters
from nlu.components.nearness import Nearness
from nlu.components.thresholds import Thresholds, choose_thresholds

Array = NDArray[np.float32]

_FOLDS = 5
_LATIN = re.compile("[A-Za-z]")
_NOT_LATIN = re.compile("[\u0370-\u1fff]")


@dataclass(frozen=True)
class Lines:
    """Training lines in columns."""

    texts: list[str]
    vectors: Array
    ids: list[str]
    languages: list[str]

    @property
    def groups(self) -> list[str]:
        """Language and script: Arabic in Latin letters is another language to the encoder."""
        return [
            f"{lang} {_script(text)}" for lang, text in zip(self.languages, self.texts, strict=True)
        ]


@dataclass(frozen=True)
class Mixture:
    """`shares` says how much a unit of each score counts before the probabilities are formed."""

    ids: list[str]
    nearness: Nearness
    letters: Letters
    shares: Array
    thresholds: Thresholds

    def probabilities(self, texts: list[str], vectors: Array) -> Array:
        """One row per text, one column per id, each row adding up to one."""
        scores = [self.nearness.scores(vectors), self.letters.scores(texts)]
        return _softmax(np.tensordot(self.shares, np.stack(scores), axes=1))


def train(lines: Lines) -> Mixture:
    """Deterministic: equal lines give an equal mixture."""
    names, labels = np.unique(lines.ids, return_inverse=True)
    scores = _scores_out_of_fold(lines, labels, len(names))
    shares = _fit_shares(scores, labels)
    probabilities = _softmax(np.tensordot(shares, scores, axes=1))
    everything = np.arange(len(labels))
    return Mixture(
        ids=names.tolist(),
        nearness=_fit_nearness(lines, labels, everything, len(names)),
        letters=_fit_letters(lines, labels, everything),
        shares=shares,
        thresholds=choose_thresholds(probabilities, labels, names.tolist()),
    )


def save(mixture: Mixture, path: Path) -> None:
    """Plain arrays, so that loading a model never runs code."""
    np.savez_compressed(
        path,
        ids=np.array(mixture.ids),
        shares=mixture.shares,
        thresholds=np.array([mixture.thresholds.answer, mixture.thresholds.offer]),
        mean=mixture.nearness.mean,
        language_directions=mixture.nearness.language_directions,
        landmarks=mixture.nearness.landmarks.astype(np.float16),
        weights=mixture.nearness.weights,
        **mixture.letters.to_arrays(),
    )


def load(path: Path) -> Mixture:
    with np.load(path, allow_pickle=False) as archive:
        stored = {name: archive[name] for name in archive.files}
    landmarks = stored["landmarks"].astype(np.float32)
    answer, offer = stored["thresholds"].tolist()
    return Mixture(
        ids=stored["ids"].tolist(),
        nearness=Nearness(
            stored["mean"], stored["language_directions"], landmarks, stored["weights"]
        ),
        letters=letters.from_arrays(stored),
        shares=stored["shares"],
        thresholds=Thresholds(answer, offer),
    )


def _scores_out_of_fold(lines: Lines, labels: NDArray[np.intp], ids: int) -> Array:
    """Scores of both models for each line, from models that have not seen it."""
    scores = np.zeros((2, len(labels), ids), dtype=np.float32)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    for seen, unseen in folds.split(labels, labels):
        near = _fit_nearness(lines, labels, seen, ids)
        scores[0, unseen] = near.scores(lines.vectors[unseen])
        by_letters = _fit_letters(lines, labels, seen)
        scores[1, unseen] = by_letters.scores([lines.texts[i] for i in unseen])
    return scores


def _fit_nearness(
    lines: Lines, labels: NDArray[np.intp], chosen: NDArray[np.intp], ids: int
) -> Nearness:
    groups = lines.groups
    return nearness.fit(lines.vectors[chosen], labels[chosen], [groups[i] for i in chosen], ids)


def _fit_letters(lines: Lines, labels: NDArray[np.intp], chosen: NDArray[np.intp]) -> Letters:
    return letters.fit([lines.texts[i] for i in chosen], labels[chosen])


def _fit_shares(scores: Array, labels: NDArray[np.intp]) -> Array:
    def surprise(exponents: NDArray[np.float64]) -> float:
        probabilities = _softmax(np.tensordot(np.exp(exponents), scores, axes=1))
        return float(-np.log(probabilities[np.arange(len(labels)), labels] + 1e-9).mean())

    # Starts where earlier trainings ended; exponents keep both shares positive.
    found = minimize(surprise, np.log([18.0, 1.0]), method="Nelder-Mead", options={"xatol": 1e-3})
    return np.asarray(np.exp(found.x), dtype=np.float32)


def _softmax(scores: Array | NDArray[np.float64]) -> Array:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _script(text: str) -> str:
    return "latin" if _LATIN.search(text) and not _NOT_LATIN.search(text) else "own"
