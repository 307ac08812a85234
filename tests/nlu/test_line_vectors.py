"""Kept vectors stand for those that the encoder would give, and for nothing else."""

from itertools import chain
from pathlib import Path

import numpy as np

from nlu import keep_vectors, line_vectors
from nlu.encoder import DIMENSIONS, encode_queries
from nlu.line_vectors import encode_lines

TEXTS = ["how do I get an ID card", "ባንኪ ሕሳብ ክኸፍት", "كيف أفتح حسابا", "🏠"]


def test_almost_every_line_of_today_has_its_vector() -> None:
    kept = {int(found) for file in line_vectors.files() for found in np.load(file)["key"].tolist()}
    lines = [
        line_vectors.key(text) for text in chain.from_iterable(keep_vectors.texts_by_id().values())
    ]
    missing = [found for found in lines if found not in kept]
    # An editor may add a question without keeping its vector; a training gets slow only by many.
    assert len(missing) < len(lines) / 20, "run `python -m nlu.keep_vectors`"


def test_kept_vectors_are_those_of_the_encoder() -> None:
    texts = [texts[len(texts) // 2] for texts in keep_vectors.texts_by_id().values()]
    single = np.concatenate([encode_queries([text]) for text in texts])
    assert (encode_lines(texts) * single).sum(axis=1).min() > 0.999


def test_lines_that_are_not_kept_are_encoded(tmp_path: Path) -> None:
    keep_vectors.keep_vectors({"id_card": TEXTS[:2]}, tmp_path)
    alike = (encode_lines(TEXTS, tmp_path) * encode_queries(TEXTS)).sum(axis=1)
    assert alike.min() > 0.999


def test_what_is_kept_is_used(tmp_path: Path) -> None:
    planted = np.eye(1, DIMENSIONS, dtype=np.float32)
    np.save(tmp_path / "id_card.npy", line_vectors.rows(TEXTS[:1], planted))
    assert encode_lines(TEXTS[:1], tmp_path).tolist() == planted.tolist()


def test_no_lines_give_no_vectors(tmp_path: Path) -> None:
    assert encode_lines([], tmp_path).shape == (0, DIMENSIONS)
