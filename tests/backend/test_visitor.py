"""In which language a page is opened."""

import pytest

from backend.resident_text import shown_text, unbroken
from backend.visitor import accepted


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ("", [""]),
        ("sv", ["sv"]),
        ("ar-SY,ar;q=0.9,en;q=0.5", ["ar", "ar", "en"]),
        ("en;q=0.2, so;q=0.8", ["so", "en"]),
        ("sv;q=much, fi", ["fi", "sv"]),
        ("*", ["*"]),
    ],
)
def test_languages_are_tried_in_the_order_the_browser_prefers(
    header: str, codes: list[str]
) -> None:
    assert list(accepted(header)) == codes


def test_text_that_would_turn_its_neighbours_around_shows_what_it_does() -> None:
    assert shown_text("a\u202eb\u2066c\U000e0041d") == "a[U+202E]b[U+2066]c[U+E0041]d"


def test_joiners_that_persian_needs_stay_as_they_are() -> None:
    assert shown_text("می\u200cخواهم\u200d") == "می\u200cخواهم\u200d"


def test_a_range_of_times_is_not_broken_at_its_dash() -> None:
    assert unbroken("13:30–14:00") == "13:30–\u206014:00"
