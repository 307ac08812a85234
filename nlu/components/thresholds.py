"""How sure is sure enough: above one threshold a message is answered at once, between the two
the resident chooses among three, below both nothing is offered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OUT_OF_SCOPE = "out_of_scope"

# At most so many direct answers may be wrong, and so many foreign questions answered at all;
# a wrong answer costs a resident more than a tap on one of three buttons.
_WRONG_ANSWERS = 0.10
_ANSWERED_OUT_OF_SCOPE = 0.05
# Three buttons are shown while they hold the right one in most cases.
_USEFUL_OFFERS = 0.60
_OFFERS = 3
_STEP = 0.05
_GRID = [round(_STEP * position, 2) for position in range(1, 20)]


@dataclass(frozen=True)
class Thresholds:
    """`answer` is one of trust, `offer` one of probability."""

    answer: float
    offer: float


def choose_thresholds(
    probabilities: NDArray[np.float32],
    trust: NDArray[np.float32],
    labels: NDArray[np.intp],
    ids: list[str],
) -> Thresholds:
    """The lowest thresholds that keep the promises above, on lines the models had not seen."""
    top, foreign = probabilities.argmax(axis=1), ids.index(OUT_OF_SCOPE)
    sure = np.where(top == foreign, 0.0, trust).astype(np.float32)
    answer = _answer_threshold(sure, top == labels, labels == foreign)
    three = np.argsort(-probabilities, axis=1)[:, :_OFFERS]
    is_among_three = (three == labels[:, None]).any(axis=1)
    return Thresholds(answer, _offer_threshold(probabilities.max(axis=1), is_among_three))


def _answer_threshold(
    sure: NDArray[np.float32], is_right: NDArray[np.bool_], is_foreign: NDArray[np.bool_]
) -> float:
    for threshold in _GRID:
        is_answered = sure >= threshold
        wrong = _share(~is_right[is_answered])
        if wrong <= _WRONG_ANSWERS and _share(is_answered[is_foreign]) <= _ANSWERED_OUT_OF_SCOPE:
            return threshold
    return _GRID[-1]


def _offer_threshold(best: NDArray[np.float32], is_among_three: NDArray[np.bool_]) -> float:
    offer = _GRID[-1]
    for threshold in reversed(_GRID):
        is_in_step = (best >= threshold) & (best < threshold + _STEP)
        if is_in_step.any() and _share(is_among_three[is_in_step]) < _USEFUL_OFFERS:
            break
        offer = threshold
    return offer


def _share(facts: NDArray[np.bool_]) -> float:
    return float(facts.mean()) if len(facts) else 0.0
