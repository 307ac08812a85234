"""Texts that look alike become alike, and what carries meaning stays."""

import pytest

from nlu.normalise import duplicate_key, normalise


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        pytest.param("hur fa\u030ar jag", "hur får jag", id="composed letters"),
        pytest.param("أريـــد", "أريد", id="tatweel"),
        pytest.param("مَرْحَبًا", "مرحبا", id="vowel marks"),
        pytest.param("می\u200cخواهم", "می خواهم", id="Persian half space"),
        pytest.param(
            "كارت شناسايي بگیرم", "کارت شناسایی بگیرم", id="Persian on an Arabic keyboard"
        ),
        pytest.param(
            "بطاقة الاقامة لابنی", "بطاقة الاقامة لابني", id="Arabic on a Persian keyboard"
        ),
        pytest.param("من یک خانه دارم", "من یک خانه دارم", id="Persian without its own letters"),
        pytest.param("\u202eevil\u202c\u2066 text\u2069", "evil text", id="bidi overrides"),
        pytest.param(" a\x00b\n\nc ", "a b c", id="control characters and spaces"),
        pytest.param("a\ud800b", "ab", id="lone surrogate"),
        pytest.param("/start", "/start", id="a command"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_spelling_is_settled(written: str, normalised: str) -> None:
    assert normalise(written) == normalised


def test_only_the_first_thousand_characters_count() -> None:
    assert normalise("ab" * 5000) == "ab" * 500


def test_signs_of_many_bytes_count_for_more() -> None:
    assert normalise("กข" * 5000) == "กข" * 250


def test_a_flood_of_one_sign_is_three_of_them() -> None:
    assert normalise("hjääääälp 👋👋👋👋👋 0000000") == "hjääälp 👋👋👋 0000000"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hur får jag ID-kort?", "hur får jag id kort"),
        ("أين المكتبة", "اين المكتبه"),
        ("ﬁne", "Fine!"),
    ],
)
def test_duplicates_differ_only_in_case_signs_and_letter_forms(one: str, other: str) -> None:
    assert duplicate_key(one) == duplicate_key(other)


def test_different_words_are_no_duplicates() -> None:
    assert duplicate_key("avboka tiden") != duplicate_key("boka tiden")
