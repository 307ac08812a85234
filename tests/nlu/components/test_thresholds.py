"""The thresholds keep their promises on lines that the models had not seen."""

import numpy as np
from numpy.typing import NDArray

from nlu.components.thresholds import Thresholds, choose_thresholds

IDS = ["bank_account", "id_card", "out_of_scope", "school", "tax_card"]


def rows(*tops: tuple[int, float]) -> NDArray[np.float32]:
    """One row per (position of the top id, its probability); the rest is shared equally."""
    probabilities = np.empty((len(tops), len(IDS)), dtype=np.float32)
    for row, (top, probability) in zip(probabilities, tops, strict=True):
        row[:] = (1 - probability) / (len(IDS) - 1)
        row[top] = probability
    return probabilities


def chosen_for(probabilities: NDArray[np.float32], labels: NDArray[np.intp]) -> Thresholds:
    return choose_thresholds(probabilities, probabilities.max(axis=1), labels, IDS)


def test_wrong_answers_push_the_answer_threshold_above_them() -> None:
    probabilities = rows(*[(0, 0.92)] * 20, *[(1, 0.62)] * 10)
    labels = np.array([0] * 20 + [3] * 10)
    assert chosen_for(probabilities, labels).answer == 0.65


def test_answered_foreign_questions_push_it_too() -> None:
    probabilities = rows(*[(0, 0.92)] * 200, *[(1, 0.72)] * 10)
    labels = np.array([0] * 200 + [2] * 10)
    assert chosen_for(probabilities, labels).answer == 0.75


def test_right_answers_need_no_high_threshold() -> None:
    assert chosen_for(rows((0, 0.9), (1, 0.8)), np.array([0, 1])) == Thresholds(0.05, 0.05)


def test_offers_stop_where_most_lack_the_right_id() -> None:
    sure, wrong_but_near, lost = [(0, 0.95)] * 20, [(1, 0.62)] * 10, [(4, 0.42)] * 10
    labels = np.array([0] * 20 + [0] * 10 + [3] * 10)
    chosen = chosen_for(rows(*sure, *wrong_but_near, *lost), labels)
    assert (chosen.answer, chosen.offer) == (0.65, 0.45)
