from content.languages import (
    RELEASED,
    RESIDENT_LANGUAGES,
    STAFF_LANGUAGES,
    Direction,
    complete_languages,
    language,
    language_name,
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
