"""Days and times as residents write them, by the table in when.toml."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from nlu.clause import When
from nlu.dates import read_when
from nlu.lexicon import LANGUAGES

# A Wednesday.
TODAY = date(2026, 11, 25)
TABLE: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("when.toml").read_text("utf-8")
)


def shown(when: When | None) -> str:
    """As the table writes it: "2026-11-30..2026-12-06 12:00-18:00"."""
    if when is None:
        return ""
    first, last = (day.isoformat() if day else "" for day in (when.first, when.last))
    days = first if first == last else f"{first}..{last}"
    opens, closes = (f"{limit:%H:%M}" if limit else "" for limit in (when.earliest, when.latest))
    times = opens if opens == closes else f"{opens}-{closes}"
    return f"{days} {times}".strip()


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, rows in TABLE.items() for text in rows]
)
def test_a_message_asks_for_this(language: str, text: str) -> None:
    assert shown(read_when(text, language, TODAY)) == TABLE[language][text]


def test_the_table_has_rows_that_are_read_and_rows_that_must_not_be() -> None:
    assert set(TABLE) == set(LANGUAGES)
    few = {code for code, rows in TABLE.items() if sum(map(bool, rows.values())) < 15}
    trusting = {code for code, rows in TABLE.items() if all(rows.values())}
    assert (few, trusting) == (set(), set())


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2026-11-29", "2026-11-30"), ("2026-11-30", "2026-12-07"), ("2026-12-01", "2026-12-07")],
)
def test_a_weekday_is_the_next_one_after_today(today: str, expected: str) -> None:
    assert shown(read_when("on Monday", "en", date.fromisoformat(today))) == expected


def test_a_day_is_read_in_any_of_the_twelve_languages_whatever_the_conversation_speaks() -> None:
    assert shown(read_when("بدي موعد torsdag", "ar", TODAY)) == "2026-11-26"
    assert shown(read_when("jag vill komma ሓሙስ", "sv", TODAY)) == "2026-11-26"
    assert read_when("to be or not to be", "en", TODAY) is None


def test_a_leap_day_waits_for_a_leap_year() -> None:
    assert shown(read_when("29 February", "en", date(2027, 11, 25))) == "2028-02-29"


def test_a_wish_says_whether_a_day_and_a_time_fit() -> None:
    wish = read_when("next week after 2 pm", "en", TODAY)
    assert wish is not None
    assert [wish.has_day(date(2026, 11, day)) for day in (29, 30)] == [False, True]
    assert [wish.has_time(moment) for moment in (wish.earliest,) if moment] == [True]
    assert wish.at is None


@pytest.mark.parametrize("text", ["", "\x00", "...", "1" * 4000, "12.12.12.12", "🙂" * 50, "٪٪"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_garbage_is_no_date(text: str, language: str) -> None:
    assert read_when(text, language, TODAY) is None
