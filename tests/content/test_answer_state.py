"""One word per answer and language, the most urgent first."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from content.answer_file import Review
from content.answer_state import State, answer_state
from content.answers import Answer, load_answers
from tests.content.example_pack import change, write_pack

LAST = date(2027, 5, 22)
EARLY = LAST - timedelta(days=31)


@pytest.fixture
def arabic(tmp_path: Path) -> Answer:
    write_pack(tmp_path)
    found = load_answers(tmp_path).find("se", "id_card", "ar")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (EARLY, State.UNREVIEWED),
        (LAST - timedelta(days=30), State.EXPIRING),
        (LAST, State.EXPIRING),
        (LAST + timedelta(days=1), State.EXPIRED),
    ],
)
def test_an_answer_expires_soon_for_thirty_days(arabic: Answer, day: date, state: State) -> None:
    assert answer_state(arabic, day, frozenset()) is state


def test_what_is_not_written_is_missing() -> None:
    assert answer_state(None, EARLY, frozenset()) is State.MISSING


def test_a_stale_section_is_said_before_the_end_of_its_days(arabic: Answer) -> None:
    stale = replace(arabic, stale_sections=frozenset({"cost"}))
    assert answer_state(stale, LAST, {stale.text_hash}) is State.STALE


@pytest.mark.parametrize("review", [Review.NATIVE, Review.OFFICIAL])
def test_the_mark_in_the_file_says_reviewed(arabic: Answer, review: Review) -> None:
    assert answer_state(replace(arabic, review=review), EARLY, frozenset()) is State.REVIEWED


def test_a_review_holds_for_exactly_one_text(arabic: Answer, tmp_path: Path) -> None:
    assert answer_state(arabic, EARLY, {arabic.text_hash}) is State.REVIEWED
    change(tmp_path, "se/id_card/ar.md", "Bring the receipt.", "Bring a receipt.")
    changed = load_answers(tmp_path).find("se", "id_card", "ar")
    assert answer_state(changed, EARLY, {arabic.text_hash}) is State.UNREVIEWED
