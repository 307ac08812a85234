"""A number stands for its letters wherever they begin, and for no others."""

import numpy as np

from nlu.encoder_file import EncoderFile
from nlu.letter_hashes import sequence_hashes


def test_the_same_letters_have_the_same_number_anywhere() -> None:
    one, two, three = sequence_hashes("abcab", 3)
    assert [len(one), len(two), len(three)] == [5, 4, 3]
    assert (one[0], two[0]) == (one[3], two[3])
    assert len({*one.tolist(), *two.tolist(), *three.tolist()}) == 3 + 3 + 3


def test_a_text_has_no_sequences_longer_than_itself() -> None:
    assert [list(map(len, sequence_hashes(text, 9))) for text in ("", "a", "ab")] == [
        [],
        [1],
        [2, 1],
    ]


def test_no_two_of_the_encoders_pieces_have_the_same_number() -> None:
    file = EncoderFile()
    assert len(np.unique(file.hashes)) == file.count
