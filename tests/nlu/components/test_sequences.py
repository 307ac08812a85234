"""Letter sequences stop at word borders, and rare ones count more."""

import numpy as np

from nlu.components.sequences import from_arrays, learn


def test_sequences_stay_inside_words() -> None:
    known = learn(["ab c"], at_least=1)
    expected = [" ", " a", " ab", " ab ", " c", " c ", "a", "ab", "ab ", "b", "b ", "c", "c "]
    assert list(known.columns) == expected


def test_sequences_of_one_text_can_be_left_out() -> None:
    assert list(learn(["ab", "ac"], at_least=2).columns) == [" ", " a", "a"]


def test_rows_of_known_sequences_have_length_one_and_others_less() -> None:
    counts = learn(["bank", "skola"], at_least=1).count(["bank bank", "", "xyz", "bank xyz"])
    lengths = np.linalg.norm(counts.toarray(), axis=1)
    assert np.allclose(lengths[:2], [1.0, 0.0])
    assert lengths[2] < lengths[3] < 1.0


def test_a_rare_sequence_counts_more() -> None:
    known = learn(["ab", "ac"], at_least=1)
    row = known.count(["ab"]).toarray()[0]
    assert row[known.columns["b"]] > row[known.columns["a"]]


def test_stored_sequences_count_the_same() -> None:
    known = learn(["bank", "skola"], at_least=1)
    again = from_arrays(np.array(list(known.columns)), known.rarity)
    assert np.array_equal(again.count(["bank"]).toarray(), known.count(["bank"]).toarray())
