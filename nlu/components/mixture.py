"""Mixes letters and networks into calibrated probabilities, a measure of trust and two thresholds.
What is mixed, and how much of it, is learned on lines kept out of training."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import StratifiedKFold

from nlu.components import letters, meaning, network, trust
from nlu.components.letters import Letters, Spelled
from nlu.components.meaning import Meaning
from nlu.components.network import Network, Shape, softmax
from nlu.components.thresholds import OUT_OF_SCOPE, Thresholds, choose_thresholds
from nlu.components.trust import Trust

Array = NDArray[np.float32]
Positions = NDArray[np.intp]

_FOLDS = 4
_SHAPES = (Shape(512, 0, 0.1, 0.5), Shape(1024, 1, 0.2, 0.6))
# How large the letters' scores stand beside the vector in a network's input.
_LETTERS_SIZE = 2.0
_BIAS_PENALTY = 1e-3


@dataclass(frozen=True)
class Lines:
    """Training lines in columns."""

    texts: list[str]
    vectors: Array
    ids: list[str]
    languages: list[str]

    @property
    def groups(self) -> list[str]:
        return [meaning.group(*pair) for pair in zip(self.texts, self.languages, strict=True)]


@dataclass(frozen=True)
class Mixing:
    """How much a unit of each score counts, and what each id gets beforehand."""

    shares: Array
    bias: Array

    def probabilities(self, scores: list[Array]) -> Array:
        return softmax(np.tensordot(self.shares, np.stack(scores), axes=1) + self.bias)


@dataclass(frozen=True)
class Understood:
    """One row per text: probabilities of all ids, adding up to one, and trust in the best."""

    probabilities: Array
    trust: Array


@dataclass(frozen=True)
class Mixture:
    """The networks see the vector and the letters' scores, these divided by `letters_unit`."""

    ids: list[str]
    meaning: Meaning
    letters: Letters
    letters_unit: float
    networks: list[Network]
    mixing: Mixing
    trust: Trust
    thresholds: Thresholds

    def understand(self, texts: list[str], vectors: Array) -> Understood:
        by_letters = self.letters.scores(texts)
        inputs = _inputs(self.meaning.of(vectors), by_letters, self.letters_unit)
        scores = [_mean_score(self.networks, inputs), by_letters]
        probabilities = self.mixing.probabilities(scores)
        return Understood(probabilities, self.trust.of(probabilities, scores))


def train(lines: Lines) -> Mixture:
    """Deterministic on one machine: equal lines give an equal mixture."""
    names, labels = np.unique(lines.ids, return_inverse=True)
    ids, spelled = names.tolist(), letters.spell(lines.texts)
    kinds = meaning.fit(lines.vectors, lines.groups)
    folds = list(StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(labels, labels))
    by_letters = _letters_out_of_fold(spelled, labels, len(ids), folds)
    unit = float(by_letters.std() / _LETTERS_SIZE)
    inputs = _inputs(kinds.of(lines.vectors), by_letters, unit)
    seen, unseen = folds[0]
    trial = _fit_networks(inputs[seen], labels[seen], len(ids))
    scores = [_mean_score(trial, inputs[unseen]), by_letters[unseen]]
    mixing = _fit_mixing(scores, labels[unseen])
    probabilities = mixing.probabilities(scores)
    foreign = ids.index(OUT_OF_SCOPE)
    trusted = trust.fit(probabilities, scores, labels[unseen], foreign)
    return Mixture(
        ids=ids,
        meaning=kinds,
        letters=spelled.fit(np.arange(len(labels)), labels, len(ids)),
        letters_unit=unit,
        networks=_fit_networks(inputs, labels, len(ids)),
        mixing=mixing,
        trust=trusted,
        thresholds=choose_thresholds(
            probabilities, trusted.of(probabilities, scores), labels[unseen], ids
        ),
    )


def _letters_out_of_fold(
    spelled: Spelled, labels: Positions, ids: int, folds: list[tuple[Positions, Positions]]
) -> Array:
    """Scores for each line from letters that have not seen it, as for a new message."""
    scores = np.zeros((len(labels), ids), dtype=np.float32)

    def fill(fold: tuple[Positions, Positions]) -> None:
        seen, unseen = fold
        scores[unseen] = spelled.scores(spelled.fit(seen, labels[seen], ids), unseen)

    # numpy and scipy let the second core work meanwhile.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fill, folds))
    return scores


def _fit_networks(inputs: Array, labels: Positions, ids: int) -> list[Network]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda shape: network.fit(inputs, labels, ids, shape), _SHAPES))


def _inputs(meant: Array, by_letters: Array, unit: float) -> Array:
    # Numbers of about size one train best.
    spread = np.float32(np.sqrt(meant.shape[1]))
    return np.hstack([meant * spread, by_letters / np.float32(unit)]).astype(np.float32)


def _mean_score(networks: list[Network], inputs: Array) -> Array:
    return np.asarray(np.mean([each.scores(inputs) for each in networks], axis=0), np.float32)


def _fit_mixing(scores: list[Array], labels: Positions) -> Mixing:
    units = np.array([score.std() for score in scores])
    stacked = np.stack([score / unit for score, unit in zip(scores, units, strict=True)])
    count, rows = len(scores), np.arange(len(labels))

    def surprise(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        # Exponents keep the shares positive.
        shares, bias = np.exp(parameters[:count]), parameters[count:]
        probabilities = softmax(np.tensordot(shares, stacked, axes=1) + bias).astype(np.float64)
        loss = -np.log(probabilities[rows, labels] + 1e-9).mean()
        probabilities[rows, labels] -= 1.0
        by_share = shares * (stacked * probabilities).sum(axis=(1, 2)) / len(labels)
        by_bias = probabilities.mean(axis=0) + 2 * _BIAS_PENALTY * bias
        penalty = _BIAS_PENALTY * float((bias**2).sum())
        return float(loss) + penalty, np.concatenate([by_share, by_bias])

    start = np.zeros(count + stacked.shape[2])
    found = minimize(surprise, start, jac=True, method="L-BFGS-B").x
    return Mixing(
        (np.exp(found[:count]) / units).astype(np.float32), found[count:].astype(np.float32)
    )
