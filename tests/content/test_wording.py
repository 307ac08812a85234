from content.wording import Wording

SCHOOL = Wording({"en": "School", "sv": "Skolan"})


def test_a_wording_speaks_its_languages() -> None:
    assert SCHOOL.text("sv") == "Skolan"


def test_english_stands_in_for_a_language_that_is_missing() -> None:
    assert SCHOOL.text("ti") == "School"


def test_equal_wordings_are_one_key() -> None:
    assert {SCHOOL: 1}[Wording({"sv": "Skolan", "en": "School"})] == 1
