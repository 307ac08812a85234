"""What is stored about questions belongs to this encoder and tells the languages apart."""

from pathlib import Path

import numpy as np
import pytest

from nlu import asked
from nlu.asked import load_asked
from nlu.encoder import encode_queries


def test_the_same_question_comes_nearer_in_two_languages() -> None:
    stored = load_asked()
    english, arabic = encode_queries(["Where do I get an ID card?", "أين أحصل على بطاقة هوية؟"])
    far, near = (
        vectors[0] @ vectors[1] / np.linalg.norm(vectors[0]) / np.linalg.norm(vectors[1])
        for vectors in (
            np.stack([english, arabic]) - stored.mean,
            stored.without_language(np.stack([english, arabic]) - stored.mean),
        )
    )
    assert near > far


def test_directions_are_at_right_angles() -> None:
    directions = load_asked().language_directions
    assert np.allclose(directions @ directions.T, np.eye(11), atol=1e-5)


def test_what_another_encoder_made_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "asked.npz"
    np.savez(file, encoder=np.array("other"), means=np.zeros((12, 384), np.float16))
    with pytest.raises(ValueError, match="another encoder"):
        load_asked(file)


def test_it_is_made_from_the_training_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "encode_queries", lambda texts: np.full((len(texts), 384), 0.5))
    asked.make(tmp_path / "asked.npz")
    with np.load(tmp_path / "asked.npz") as stored:
        assert stored["means"].shape == (12, 384)
