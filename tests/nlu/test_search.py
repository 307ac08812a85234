"""Section search finds the right section in any language and encodes each text once."""

from pathlib import Path

import numpy as np
import pytest

from nlu import encoder
from nlu.search import (
    Page,
    SearchIndex,
    SectionVector,
    encode_passages,
    encode_query,
    encode_sections,
    rank,
)

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


PAGES = [
    Page("card", "ID card\nApply at the tax office, show your passport.\nIt costs 400 kronor."),
    Page("bus", "Buses and trains\nBuy a ticket in the app before you get on the bus."),
    Page("mould", "Repairs\nTell your landlord about mould, water or a broken window at once."),
    Page("school", "School\nAll children go to school. You enrol your child at the municipality."),
]


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return SearchIndex(PAGES)


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("how do I get an ID card", "card"),
        ("Wo kaufe ich ein Ticket für den Bus?", "bus"),
        ("homeen takia seinä on musta", "mould"),
        ("أريد تسجيل ابني في المدرسة", "school"),
        ("у нас пліснява на стіні", "mould"),
    ],
)
def test_the_nearest_page_answers_the_question(
    index: SearchIndex, question: str, page: str
) -> None:
    assert index.rank(question, encode_query(question))[0].key == page


def test_all_pages_are_ranked_by_falling_score(index: SearchIndex) -> None:
    ranked = index.rank("bus", encode_query("bus"))
    assert {page.key for page in ranked} == {page.key for page in PAGES}
    assert [page.score for page in ranked] == sorted((page.score for page in ranked), reverse=True)


def test_only_the_pages_named_are_ranked(index: SearchIndex) -> None:
    ranked = index.rank("bus", encode_query("bus"), among=("card", "school"))
    assert {page.key for page in ranked} == {"card", "school"}


def test_a_name_that_only_spelling_tells_apart_is_found() -> None:
    twins = [Page("a", "Advice\nAsk at Zurvik."), Page("b", "Advice\nAsk at Treffam.")]
    question = "хто працює в Treffam?"
    assert SearchIndex(twins).rank(question, encode_query(question))[0].key == "b"


def test_a_page_is_found_by_the_last_of_many_lines() -> None:
    filler = "\n".join(f"The library is open on day {day}." for day in range(60))
    long = Page("long", f"Library\n{filler}\nDogs must wait outside.")
    question = "may I bring my dog"
    ranked = SearchIndex([*PAGES, long]).rank(question, encode_query(question))
    assert ranked[0].key == "long"


@pytest.mark.parametrize("text", ["", " \n ", "x" * 3000, "ก" * 3000, "\ud800\x00"])
def test_odd_pages_can_be_searched(text: str) -> None:
    ranked = SearchIndex([Page("odd", text), PAGES[0]]).rank("id", encode_query("id"))
    assert {page.key for page in ranked} == {"odd", "card"}


def test_an_empty_index_ranks_to_nothing() -> None:
    assert SearchIndex([]).rank("hej", encode_query("hej")) == []
