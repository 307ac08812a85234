"""Vectors are the same whether texts come one by one or, for training, all at once."""

import numpy as np

from nlu.encoder import DIMENSIONS, encode_queries, encode_training_lines


def test_training_lines_get_the_vectors_of_messages() -> None:
    texts = ["how do I get an ID card", "hej", "BankID كيف", "x" * 50, "สวัสดี"]
    assert np.array_equal(encode_training_lines(texts), encode_queries(texts))


def test_no_lines_give_no_vectors() -> None:
    assert encode_training_lines([]).shape == (0, DIMENSIONS)
