"""Ages and labels as staff read them."""

from datetime import timedelta

import pytest

from backend.console_lines import age_text, capital
from content.texts import Domain, load_texts
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=52, seconds=59), "52 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 days"),
        (timedelta(minutes=-5), "0 min"),  # a clock that was set back
    ],
)
def test_age_is_told_in_plain_minutes_first(age: timedelta, text: str) -> None:
    assert age_text(load_texts(Domain.STAFF, "en"), NOW - age, NOW) == text


def test_only_the_first_letter_becomes_large() -> None:
    assert capital("språkkurs (SFI)") == "Språkkurs (SFI)"
    assert capital("") == ""
