"""What is written in a script and in Latin letters comes out alike."""

import pytest

from nlu.components.latin import rough_latin
from nlu.normalise import duplicate_key


@pytest.mark.parametrize(
    ("own", "latin"),
    [
        pytest.param("как прописаться", "kak propisatsya", id="Russian"),
        pytest.param("де житло", "de zhytlo", id="Ukrainian"),
        pytest.param("ኩሉ ግዜ", "kulu gizie", id="Tigrinya"),
        pytest.param("مدرسة", "madrasa", id="Arabic"),
        pytest.param("เช็คนัด", "cheknat", id="Thai"),
    ],
)
def test_scripts_meet_in_latin_letters(own: str, latin: str) -> None:
    consonants = str.maketrans("", "", "aeiou")
    spelled = [rough_latin(duplicate_key(text)).translate(consonants) for text in (own, latin)]
    assert spelled[0] == spelled[1]


def test_digits_inside_words_are_letters_and_numbers_stay() -> None:
    assert rough_latin("7abibi 3am 1177") == "habibi am 17"


def test_different_spellings_of_a_sound_are_one() -> None:
    assert {rough_latin(text) for text in ("khuya", "kuja", "huya")} == {"huia", "kuia"}


def test_marks_fall_away() -> None:
    assert rough_latin("förskola") == "furskula"
