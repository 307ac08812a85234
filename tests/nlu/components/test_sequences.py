"""Letter sequences stop at word borders, and rare ones count more."""

import numpy as np

from nlu.components.sequences import Sequences, learn
from nlu.letter_hashes import sequence_hashes


def of(sequence: str) -> int:
    *_, (number,) = sequence_hashes(sequence, len(sequence))
    return int(number)


def rarity(known: Sequences) -> dict[int, float]:
    return dict(zip(known.known.tolist(), known.rarity.tolist(), strict=True))


def test_sequences_stay_inside_words() -> None:
    known = learn(["ab c"], at_least=1)
    expected = [" ", " a", " ab", " ab ", " c", " c ", "a", "ab", "ab ", "b", "b ", "c", "c "]
    assert known.known.tolist() == sorted(map(of, expected))


def test_sequences_of_one_text_can_be_left_out() -> None:
    known = learn(["ab", "ac"], at_least=2).known
    assert known.tolist() == sorted(map(of, [" ", " a", "a"]))


def test_rows_of_known_sequences_have_length_one_and_others_less() -> None:
    counts = learn(["bank", "skola"], at_least=1).count(["bank bank", "", "xyz", "bank xyz"])
    lengths = np.linalg.norm(counts.toarray(), axis=1)
    assert np.allclose(lengths[:2], [1.0, 0.0])
    assert lengths[2] < lengths[3] < 1.0


def test_a_rare_sequence_counts_more() -> None:
    known = rarity(learn(["ab", "ac"], at_least=1))
    assert known[of("b")] > known[of("a")]
