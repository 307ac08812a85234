from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from content import locale_format
from content.languages import RESIDENT_LANGUAGES
from content.locale_format import DayParts

STOCKHOLM = ZoneInfo("Europe/Stockholm")
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HELSINKI = ZoneInfo("Europe/Helsinki")
MONDAY = date(2026, 11, 23)
NINE_THIRTY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
TEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

DAYS = {
    "sv": "måndag 23 november",
    "da": "mandag 23. november",
    "fi": "maanantai 23. marraskuuta",
    "en": "Monday 23 November",
    "ar": "الاثنين 23 نوفمبر",
    "uk": "понеділок, 23 листопада",
    "ru": "понедельник, 23 ноября",
    "et": "esmaspäev, 23. november",
    "th": "วันจันทร์ที่ 23 พฤศจิกายน",
    "so": "Isniin, 23 Noofeembar",
    "fa": "دوشنبه 23 نوامبر",
    "ti": "ሰኑይ፣ 23 ሕዳር",
}


@pytest.mark.parametrize(("language", "text"), DAYS.items())
def test_a_day_has_weekday_day_and_month(language: str, text: str) -> None:
    assert locale_format.day_text(MONDAY, language) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "måndag 23 november 09:30–10:00"),
        ("en", "Monday 23 November 09:30–10:00"),
        ("ar", "الاثنين 23 نوفمبر 09:30–10:00"),
        ("fi", "maanantai 23. marraskuuta 9.30–10.00"),
        ("da", "mandag 23. november 09.30–10.00"),
    ],
)
def test_a_booked_time_is_a_day_and_a_range(language: str, text: str) -> None:
    assert locale_format.moment_range_text(NINE_THIRTY, TEN, language, STOCKHOLM) == text


def test_a_moment_is_a_day_and_a_time() -> None:
    assert locale_format.moment_text(NINE_THIRTY, "en", HELSINKI) == "Monday 23 November 10:30"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "3 november 2026"),
        ("en", "3 November 2026"),
        ("ar", "3 نوفمبر 2026"),
        ("fi", "3. marraskuuta 2026"),
    ],
)
def test_a_date_has_its_year(language: str, text: str) -> None:
    assert locale_format.date_text(date(2026, 11, 3), language) == text


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("sv", DayParts("mån", "23", "nov")),
        ("en", DayParts("Mon", "23", "Nov")),
        ("ar", DayParts("الاثنين", "23", "نوفمبر")),
        ("da", DayParts("man", "23", "nov")),
    ],
)
def test_a_day_button_has_three_short_parts(language: str, parts: DayParts) -> None:
    assert locale_format.day_parts(MONDAY, language) == parts


@pytest.mark.parametrize(
    ("zone", "moment", "text"),
    [
        (STOCKHOLM, datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "01:59"),
        (STOCKHOLM, datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03:00"),
        (STOCKHOLM, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30"),
        (STOCKHOLM, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30"),
        (COPENHAGEN, datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03:00"),
        (COPENHAGEN, datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "02:00"),
        (HELSINKI, datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "02:59"),
        (HELSINKI, datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "04:00"),
        (HELSINKI, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "03:30"),
        (HELSINKI, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "03:30"),
    ],
)
def test_clock_changes_are_followed(zone: ZoneInfo, moment: datetime, text: str) -> None:
    assert locale_format.time_text(moment, "en", zone) == text


def test_the_day_is_the_day_of_the_place() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert locale_format.local_day(late, STOCKHOLM) == MONDAY
    assert locale_format.local_day(late, ZoneInfo("UTC")) == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("minutes", "language", "text"),
    [
        (25, "sv", "25 minuter"),
        (1, "en", "1 minute"),
        (125, "en", "125 minutes"),
        (2, "ar", "دقيقتان"),
        (3, "ar", "3 دقائق"),
        (25, "ar", "25 دقيقة"),
        (25, "th", "25 นาที"),
        (25, "fa", "25 دقیقه"),
    ],
)
def test_minutes_are_counted_in_the_language(minutes: int, language: str, text: str) -> None:
    assert locale_format.minutes_text(minutes, language) == text


@pytest.mark.parametrize(
    ("moment", "language", "text"),
    [
        (NINE_THIRTY, "en", "30 minutes ago"),
        (NINE_THIRTY, "sv", "för 30 minuter sedan"),
        (datetime(2026, 11, 23, 9, 25, tzinfo=UTC), "en", "in 25 minutes"),
        (datetime(2026, 11, 23, 9, 25, tzinfo=UTC), "ar", "خلال 25 دقيقة"),
    ],
)
def test_a_moment_is_told_from_now(moment: datetime, language: str, text: str) -> None:
    assert locale_format.relative_text(moment, TEN, language) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [("sv", "1\xa0234,5"), ("en", "1,234.5"), ("ar", "1,234.5"), ("da", "1.234,5")],
)
def test_numbers_are_grouped_as_the_language_does(language: str, text: str) -> None:
    assert locale_format.number_text(1234.5, language) == text


@pytest.mark.parametrize("language", [entry.code for entry in RESIDENT_LANGUAGES])
def test_digits_are_western_in_every_language(language: str) -> None:
    texts = (
        locale_format.moment_range_text(NINE_THIRTY, TEN, language, STOCKHOLM),
        locale_format.date_text(MONDAY, language),
        locale_format.minutes_text(25, language),
        locale_format.number_text(2026, language),
    )
    assert [character for text in texts for character in text if character.isdigit()] == [
        character for character in "".join(texts) if character in "0123456789"
    ]
