"""Section search finds the right section in any language and encodes each text once."""

from pathlib import Path

import numpy as np
import pytest

from nlu import encoder
from nlu.search import SectionVector, encode_passages, encode_query, encode_sections, rank

SECTIONS = {
    "cost": "An ID card costs 400 kronor. You pay before you apply.",
    "bring": "Bring your passport or residence permit card and the receipt.",
    "time": "The card is ready after about two weeks. You collect it yourself.",
}


def sections() -> list[SectionVector]:
    vectors = encode_sections(list(SECTIONS), list(SECTIONS.values()))
    return [SectionVector(key, vector) for key, vector in zip(SECTIONS, vectors, strict=True)]


@pytest.mark.parametrize(
    ("question", "section"),
    [
        ("how much does it cost", "cost"),
        ("vad ska jag ta med mig", "bring"),
        ("mitä minun pitää ottaa mukaan", "bring"),
        ("متى تكون البطاقة جاهزة", "time"),
        ("скільки це коштує", "cost"),
    ],
)
def test_the_nearest_section_answers_the_question(question: str, section: str) -> None:
    assert rank(encode_query(question), sections())[0].key == section


def test_no_sections_rank_to_nothing() -> None:
    assert rank(encode_query("hej"), []) == []


def test_a_parse_result_vector_ranks_like_an_encoded_question() -> None:
    vector = encode_query("how much does it cost")
    as_sent = tuple(float(x) for x in vector)
    assert [x.key for x in rank(as_sent, sections())] == [x.key for x in rank(vector, sections())]


def test_equal_sections_keep_their_order() -> None:
    one = encode_passages(["same"])[0]
    twins = [SectionVector("first", one), SectionVector("second", one)]
    assert [x.key for x in rank(one, twins)] == ["first", "second"]


def test_similarity_of_a_text_with_itself_is_one() -> None:
    vector = encode_query("tak")
    [ranked] = rank(vector, [SectionVector("tak", vector)])
    assert (ranked.key, round(ranked.similarity, 4)) == ("tak", 1.0)


def test_cached_vectors_equal_encoded_ones_and_are_not_encoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*SECTIONS.values(), SECTIONS["cost"]]
    first = encode_passages(texts, tmp_path)
    asked: list[str] = []

    def encode(texts: list[str]) -> encoder.Vectors:
        asked.extend(texts)
        return np.zeros((len(texts), encoder.DIMENSIONS), dtype=np.float32)

    monkeypatch.setattr(encoder, "encode_passages", encode)
    again = encode_passages([*texts, "new"], tmp_path)
    assert asked == ["new"]
    assert np.array_equal(again[:-1], first)


def test_a_broken_cache_file_is_made_anew(tmp_path: Path) -> None:
    first = encode_passages(["hej"], tmp_path)
    [path] = tmp_path.iterdir()
    path.write_bytes(b"broken")
    assert np.array_equal(encode_passages(["hej"], tmp_path), first)
    assert np.array_equal(np.load(path), first[0])


def test_no_texts_give_no_vectors(tmp_path: Path) -> None:
    assert encode_passages([], tmp_path).shape == (0, 384)


def test_sections_without_a_known_id_have_the_vector_of_their_text() -> None:
    assert np.allclose(encode_sections(["other"], ["hej"]), encode_passages(["hej"]))
