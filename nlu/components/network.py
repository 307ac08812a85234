"""A network with one hidden layer over numbers of unit size, trained with dropout."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Chosen by cross-validation; the figures stand in nlu/README.md.
_ROUNDS = 20
_BATCH = 256
_SPEED = 3e-3
_WARM_UP_STEPS = 200
_FEWEST_STEPS = 400
_DECAY = 0.01
_SMOOTHING = 0.1


@dataclass(frozen=True)
class Shape:
    """Size and dropout of one network; different ones err differently."""

    hidden: int
    seed: int
    input_dropout: float
    hidden_dropout: float


@dataclass(frozen=True)
class Network:
    hidden_weights: Array
    hidden_bias: Array
    weights: Array
    bias: Array

    def scores(self, inputs: Array) -> Array:
        """One row per input, one column per id."""
        hidden = np.maximum(inputs @ self.hidden_weights + self.hidden_bias, 0.0)
        return np.asarray(hidden @ self.weights + self.bias, dtype=np.float32)

    def to_arrays(self, prefix: str) -> dict[str, Array]:
        return {f"{prefix}_{name}": values for name, values in vars(self).items()}


def from_arrays(prefix: str, stored: dict[str, NDArray[np.generic]]) -> Network:
    names = ("hidden_weights", "hidden_bias", "weights", "bias")
    return Network(*(stored[f"{prefix}_{name}"].astype(np.float32) for name in names))


def fit(inputs: Array, labels: NDArray[np.intp], ids: int, shape: Shape) -> Network:
    """Deterministic for one machine; `labels` are positions among the ids."""
    rng = np.random.default_rng(shape.seed)
    network = _fresh(inputs.shape[1], ids, shape.hidden, rng)
    targets = (np.eye(ids) * (1.0 - _SMOOTHING) + _SMOOTHING / ids).astype(np.float32)
    # Between counting every line and counting every id alike.
    balance = np.sqrt(len(labels) / (ids * np.bincount(labels, minlength=ids).clip(1)))
    batches = math.ceil(len(labels) / _BATCH)
    rounds = max(_ROUNDS, math.ceil(_FEWEST_STEPS / batches))
    improve = _adam(list(vars(network).values()), steps=rounds * batches)
    for chosen in _batches(len(labels), rounds, rng):
        seen = inputs[chosen] * _kept((len(chosen), inputs.shape[1]), shape.input_dropout, rng)
        hidden = seen @ network.hidden_weights + network.hidden_bias
        passed = (hidden > 0) * _kept(hidden.shape, shape.hidden_dropout, rng)
        hidden *= passed
        error = softmax(hidden @ network.weights + network.bias) - targets[labels[chosen]]
        error *= balance[labels[chosen], None].astype(np.float32) / len(chosen)
        error_within = (error @ network.weights.T) * passed
        improve(
            [seen.T @ error_within, error_within.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
        )
    return network


def softmax(scores: NDArray[np.floating[Any]]) -> Array:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _fresh(inputs: int, ids: int, hidden: int, rng: np.random.Generator) -> Network:
    return Network(
        rng.standard_normal((inputs, hidden), np.float32) * np.float32(np.sqrt(2.0 / inputs)),
        np.zeros(hidden, np.float32),
        rng.standard_normal((hidden, ids), np.float32) * np.float32(np.sqrt(1.0 / hidden)),
        np.zeros(ids, np.float32),
    )


def _batches(lines: int, rounds: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    for _ in range(rounds):
        order = rng.permutation(lines)
        yield from (order[start : start + _BATCH] for start in range(0, lines, _BATCH))


def _kept(shape: tuple[int, ...], dropout: float, rng: np.random.Generator) -> Array:
    is_kept = rng.random(shape, np.float32) >= dropout
    return np.asarray(is_kept, np.float32) / np.float32(1.0 - dropout)


def _adam(parameters: list[Array], *, steps: int) -> Callable[[list[Array]], None]:
    """Changes the parameters in place, in steps that grow at first and then shrink to nothing."""
    means = [np.zeros_like(values) for values in parameters]
    squares = [np.zeros_like(values) for values in parameters]
    done = 0

    def improve(gradients: list[Array]) -> None:
        nonlocal done
        done += 1
        pace = _SPEED * min(1.0, done / _WARM_UP_STEPS) * (1 + np.cos(np.pi * done / steps)) / 2
        for place, gradient in enumerate(gradients):
            means[place] += np.float32(0.1) * (gradient - means[place])
            squares[place] += np.float32(0.001) * (gradient**2 - squares[place])
            size = np.sqrt(squares[place] / np.float32(1 - 0.999**done)) + np.float32(1e-8)
            change = means[place] / np.float32(1 - 0.9**done) / size
            if gradient.ndim > 1:
                change += np.float32(_DECAY) * parameters[place]
            parameters[place] -= np.float32(pace) * change

    return improve
