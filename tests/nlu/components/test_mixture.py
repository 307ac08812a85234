"""The mixture learns from lines, keeps what it learned on disk, and gives the same twice."""

from pathlib import Path

import numpy as np
import pytest

from nlu.components import mixture, stored
from nlu.components.mixture import Lines, Mixture
from nlu.encoder import encode_queries

SAID = {
    ("bank_account", "en"): [
        "how do i open a bank account",
        "the bank refused me",
        "i need a bank card",
        "which bank takes new people",
        "open account without personal number",
    ],
    ("bank_account", "sv"): [
        "hur öppnar jag ett bankkonto",
        "banken sa nej till mig",
        "jag behöver ett bankkort",
        "vilken bank tar emot nya",
        "öppna konto utan personnummer",
    ],
    ("preschool", "en"): [
        "how do i apply for preschool",
        "day care for my daughter",
        "what does kindergarten cost",
        "my son is two, where can he go in the day",
        "when does preschool start",
    ],
    ("preschool", "sv"): [
        "hur söker jag förskola",
        "dagis till min dotter",
        "vad kostar förskolan",
        "min son är två år, var kan han vara på dagen",
        "när börjar förskolan",
    ],
    ("out_of_scope", "en"): [
        "what is the weather today",
        "who won the match",
        "tell me a joke about cats",
        "solve this equation for me",
        "asdf qwer",
    ],
    ("out_of_scope", "sv"): [
        "hur blir vädret i dag",
        "vem vann matchen",
        "berätta en rolig historia om katter",
        "lös den här ekvationen",
        "blabla hej kom och hjälp katten",
    ],
}


def lines() -> Lines:
    rows = [(text, id, lang) for (id, lang), texts in SAID.items() for text in texts]
    texts = [text for text, _, _ in rows]
    ids, languages = [id for _, id, _ in rows], [lang for _, _, lang in rows]
    return Lines(texts, encode_queries(texts), ids, languages)


@pytest.fixture(scope="module")
def trained() -> Mixture:
    return mixture.train(lines())


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("I want to open an account at a bank", "bank_account"),
        ("mitä päiväkoti maksaa", "preschool"),
        ("أريد فتح حساب بنكي", "bank_account"),
        ("what will the weather be tomorrow", "out_of_scope"),
    ],
)
def test_new_texts_are_understood_in_languages_never_trained_on(
    trained: Mixture, text: str, id: str
) -> None:
    probabilities = trained.understand([text], encode_queries([text])).probabilities[0]
    assert trained.ids[int(probabilities.argmax())] == id


def test_probabilities_of_a_text_add_up_to_one(trained: Mixture) -> None:
    texts = ["bank", "???", "x" * 1000]
    sums = trained.understand(texts, encode_queries(texts)).probabilities.sum(axis=1)
    assert np.allclose(sums, 1.0, atol=1e-5)


def test_equal_lines_give_an_equal_mixture(trained: Mixture) -> None:
    again, text = mixture.train(lines()), "bank card"
    vector = encode_queries([text])
    assert np.array_equal(
        again.understand([text], vector).probabilities,
        trained.understand([text], vector).probabilities,
    )
    assert again.thresholds == trained.thresholds


def test_a_stored_mixture_gives_the_same_probabilities(trained: Mixture, tmp_path: Path) -> None:
    stored.save(trained, tmp_path / "mixture.npz")
    loaded = stored.load(tmp_path / "mixture.npz")
    texts = ["open a bank account", "förskola", "vädret"]
    vectors = encode_queries(texts)
    assert loaded.ids == trained.ids
    assert loaded.thresholds == trained.thresholds
    before, after = trained.understand(texts, vectors), loaded.understand(texts, vectors)
    assert np.allclose(after.probabilities, before.probabilities, atol=0.01)
    assert np.allclose(after.trust, before.trust, atol=0.01)


def test_arabic_in_latin_letters_counts_as_a_language_of_its_own() -> None:
    rows = Lines(
        ["marhaba", "مرحبا", "مرحبا BankID"], encode_queries(["a", "b", "c"]), [], ["ar"] * 3
    )
    assert rows.groups == ["ar latin", "ar own", "ar own"]
