"""One-word answers in every language, without any model."""

import tomllib

import pytest

from bot.short_words import WORDS_FILE, ShortWord, read_short_word

TABLE: dict[str, dict[str, list[str]]] = tomllib.loads(WORDS_FILE.read_text("utf-8"))


@pytest.mark.parametrize("meaning", ShortWord)
def test_every_word_means_one_thing_in_all_languages(meaning: ShortWord) -> None:
    words = [word for listed in TABLE[meaning].values() for word in listed]
    assert [word for word in words if read_short_word(word) is not meaning] == []


def test_every_language_has_words_for_everything() -> None:
    languages = {tuple(by_language) for by_language in TABLE.values()}
    assert len(languages) == 1


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("  JA! ", ShortWord.YES),
        ("Nej, tack.", ShortWord.NO),
        ("stop…", ShortWord.STOP),
        ("؟", ShortWord.HELP),
        ("እወ።", ShortWord.YES),
        ("نعم\u200f", ShortWord.YES),
    ],
)
def test_case_marks_and_punctuation_do_not_matter(text: str, meaning: ShortWord) -> None:
    assert read_short_word(text) is meaning


@pytest.mark.parametrize(
    "text", ["", "...", "yes I have an id card", "no idea what this is", "\x00"]
)
def test_anything_longer_is_left_to_the_recogniser(text: str) -> None:
    assert read_short_word(text) is None
