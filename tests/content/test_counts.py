from datetime import date
from pathlib import Path

from content.counts import count_answers
from tests.content.example_pack import change, write_pack


def test_answers_are_counted_by_country_and_language(tmp_path: Path) -> None:
    write_pack(tmp_path)
    heading, sweden = count_answers(tmp_path, date(2026, 11, 22)).splitlines()
    assert heading.split() == [
        *("sv", "da", "fi", "en", "ar", "uk", "ru", "et", "th", "so", "fa", "ti", "topics")
    ]
    assert sweden.split() == ["se", "answers", "1", "0", "0", "1", "1", *["0"] * 7, "1"]


def test_stale_expired_and_reviewed_answers_get_a_line_of_their_own(tmp_path: Path) -> None:
    write_pack(tmp_path)
    change(tmp_path, "se/id_card/sv.md", "- Ta med ditt UT-kort.", "- Ta alltid med ditt UT-kort.")
    change(tmp_path, "se/id_card/ar.md", 'review = "none"', 'review = "native"')
    lines = count_answers(tmp_path, date(2027, 5, 23)).splitlines()[2:]
    assert [line.split() for line in lines] == [
        ["stale", "sections", "0", "0", "0", "1", "1", *["0"] * 7],
        ["expired", "1", "0", "0", "1", "1", *["0"] * 7],
        ["reviewed", "0", "0", "0", "0", "1", *["0"] * 7],
    ]
