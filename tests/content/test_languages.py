from pathlib import Path

import pytest

from content.entry import ContentError
from content.languages import (
    RELEASED,
    RESIDENT_LANGUAGES,
    STAFF_LANGUAGES,
    Direction,
    Language,
    complete_languages,
    language,
    language_name,
    load_languages,
    word_pattern,
)
from content.texts import Domain


def test_residents_have_twelve_languages_and_staff_four() -> None:
    assert [entry.code for entry in RESIDENT_LANGUAGES] == [
        *("sv", "da", "fi", "en", "ar", "uk"),
        *("ru", "et", "th", "so", "fa", "ti"),
    ]
    assert [entry.code for entry in STAFF_LANGUAGES] == ["sv", "da", "fi", "en"]


def test_arabic_and_persian_are_written_from_right_to_left() -> None:
    right_to_left = [
        entry.code for entry in RESIDENT_LANGUAGES if entry.direction is Direction.RIGHT_TO_LEFT
    ]
    assert right_to_left == ["ar", "fa"]


def test_a_language_has_its_own_name_and_greeting() -> None:
    assert (language("ti").own_name, language("ti").greeting) == ("ትግርኛ", "ሰላም")


def test_languages_are_named_in_the_readers_language() -> None:
    assert language_name("ar", "sv") == "arabiska"
    assert language_name("sv", "ar") == "السويدية"


def test_the_picker_offers_the_released_languages_only() -> None:
    offered = {entry.code for entry in complete_languages()}
    assert offered == set(RELEASED[Domain.RESIDENT])


def test_words_are_whole_unless_a_star_leaves_them_open() -> None:
    pattern = word_pattern(["ei", "nek*", "*ไม่*", "€"])
    assert pattern.findall("Ei, eivät; nekad, anek; คุณไม่ต้อง; 5€") == ["Ei", "nek", "ไม่", "€"]


def test_no_words_match_nothing() -> None:
    assert word_pattern([]).search("") is None


def test_a_language_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "nb").mkdir()
    text = 'position = 1\nown_name = "Norsk"\ngreeting = "Hei"\n'
    (tmp_path / "nb/language.toml").write_text(text, encoding="utf-8")
    assert load_languages(tmp_path) == (Language("nb", "Norsk", "Hei"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('direction = "up"', "make 'direction' ltr or rtl"),
        ('nickname = "N"', "remove or correct the unknown key 'nickname'"),
        ('[words]\nsays_no = ["nei"]', "remove or correct the unknown key 'says_no'"),
    ],
)
def test_a_mistake_in_a_language_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "nb").mkdir()
    whole = f'position = 1\nown_name = "Norsk"\ngreeting = "Hei"\n{text}\n'
    (tmp_path / "nb/language.toml").write_text(whole, encoding="utf-8")
    with pytest.raises(ContentError, match=message):
        load_languages(tmp_path)
