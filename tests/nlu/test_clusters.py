"""Lines that mean nearly the same come together, the same way every time."""

import numpy as np

from nlu.clusters import cluster, stack
from nlu.encoder import Vectors


def around(*centres: int, spread: float, lines: int, shared: float = 0.0) -> Vectors:
    """Unit vectors near axes of a small space, as lines of one language share a direction."""
    noise = np.random.default_rng(7).normal(0, spread, (len(centres) * lines, 24))
    rows = np.repeat(np.eye(24)[list(centres)], lines, axis=0) + noise
    rows[:, 23] += shared
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_no_line_gives_no_group() -> None:
    assert cluster(stack([], 384)) == []


def test_few_lines_come_together_when_they_are_nearly_equal() -> None:
    assert cluster(around(0, 1, 2, spread=0.02, lines=2)) == [[0, 1], [2, 3], [4, 5]]


def test_the_largest_group_comes_first() -> None:
    vectors = around(0, 1, spread=0.02, lines=4)[1:]
    assert cluster(vectors) == [[3, 4, 5, 6], [0, 1, 2]]


def test_what_all_lines_share_does_not_make_them_one_group() -> None:
    vectors = around(0, 1, 2, spread=0.05, lines=8, shared=3.0)
    assert (vectors @ vectors.T).min() > 0.85
    assert cluster(vectors) == [[*range(8)], [*range(8, 16)], [*range(16, 24)]]


def test_the_same_lines_give_the_same_groups() -> None:
    vectors = around(*range(6), spread=0.3, lines=10)
    assert cluster(vectors) == cluster(vectors.copy())
    assert sorted(row for group in cluster(vectors) for row in group) == list(range(60))
