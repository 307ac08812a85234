"""Keeping vectors writes what changed, forgets what is gone, and leaves the rest."""

from pathlib import Path

import numpy as np

from nlu.keep_vectors import keep_vectors
from nlu.line_vectors import key


def test_only_ids_with_other_lines_are_written_anew(tmp_path: Path) -> None:
    keep_vectors({"school": ["when does school start"], "greet": ["hej", "salam"]}, tmp_path)
    assert keep_vectors(
        {"school": ["when does school start"], "greet": ["salam", "moi"]}, tmp_path
    ) == ["greet"]
    kept = np.load(tmp_path / "greet.npy")["key"].tolist()
    assert kept == sorted([key("salam"), key("moi")])


def test_an_id_without_lines_has_no_file(tmp_path: Path) -> None:
    keep_vectors({"school": ["skolan"], "greet": ["hej"]}, tmp_path)
    keep_vectors({"greet": ["hej"]}, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["greet.npy"]
