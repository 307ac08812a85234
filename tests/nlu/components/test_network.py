"""A small network learns what a line cannot separate, and learns it the same way twice."""

import numpy as np

from nlu.components import network
from nlu.components.network import Shape

SHAPE = Shape(hidden=64, seed=0, input_dropout=0.0, hidden_dropout=0.1)
RNG = np.random.default_rng(5)
INPUTS = RNG.choice([-1.0, 1.0], (4000, 2)).astype(np.float32)
INPUTS += RNG.normal(0, 0.1, INPUTS.shape).astype(np.float32)
LABELS = (INPUTS[:, 0] * INPUTS[:, 1] > 0).astype(np.intp)


def test_it_learns_exclusive_or() -> None:
    learned = network.fit(INPUTS, LABELS, 2, SHAPE)
    assert (learned.scores(INPUTS).argmax(axis=1) == LABELS).mean() > 0.99


def test_equal_inputs_give_an_equal_network() -> None:
    first, second = (network.fit(INPUTS[:500], LABELS[:500], 2, SHAPE) for _ in range(2))
    assert np.array_equal(first.scores(INPUTS), second.scores(INPUTS))


def test_a_stored_network_scores_the_same() -> None:
    learned = network.fit(INPUTS[:500], LABELS[:500], 2, SHAPE)
    again = network.from_arrays("first", learned.to_arrays("first"))
    assert np.array_equal(learned.scores(INPUTS), again.scores(INPUTS))
