"""What is typed and what of it is stored."""

import pytest

from backend.plain_text import MAX_LENGTH, TooLong, clean


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  hello \r\nyou\r ", "hello \nyou"),
        ("a\x00b\x07c\x9f", "abc"),
        ("tab\tstays", "tab\tstays"),
        ("\ud83d", ""),
        ("می‌خواهم", "می‌خواهم"),
        ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
        ("tag\U000e0041s", "tags"),
    ],
)
def test_what_is_no_text_is_taken_out_and_joiners_stay(typed: str, stored: str) -> None:
    assert clean(typed) == stored


def test_the_limit_counts_what_is_left() -> None:
    assert clean("x" * MAX_LENGTH + " ") == "x" * MAX_LENGTH
    with pytest.raises(TooLong):
        clean("x" * (MAX_LENGTH + 1))
