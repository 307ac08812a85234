"""The languages of residents and staff: own name, direction and a greeting to recognise it by."""

from dataclasses import dataclass
from enum import StrEnum

from babel import Locale

from content.texts import Domain, is_complete


class Direction(StrEnum):
    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


@dataclass(frozen=True)
class Language:
    code: str
    own_name: str
    greeting: str
    direction: Direction = Direction.LEFT_TO_RIGHT


RESIDENT_LANGUAGES = (
    Language("sv", "Svenska", "Hej"),
    Language("da", "Dansk", "Hej"),
    Language("fi", "Suomi", "Hei"),
    Language("en", "English", "Hello"),
    Language("ar", "العربية", "مرحباً", Direction.RIGHT_TO_LEFT),
    Language("uk", "Українська", "Вітаю"),
    Language("ru", "Русский", "Здравствуйте"),
    Language("et", "Eesti", "Tere"),
    Language("th", "ไทย", "สวัสดี"),
    Language("so", "Soomaali", "Soo dhowow"),
    Language("fa", "فارسی", "سلام", Direction.RIGHT_TO_LEFT),
    Language("ti", "ትግርኛ", "ሰላም"),
)
STAFF_LANGUAGES = tuple(
    language for language in RESIDENT_LANGUAGES if language.code in ("sv", "da", "fi", "en")
)

# The check refuses a release in which one of these has an untranslated text.
RELEASED = {
    Domain.RESIDENT: tuple(language.code for language in RESIDENT_LANGUAGES),
    Domain.STAFF: tuple(language.code for language in STAFF_LANGUAGES),
}

# Every answer has to be there in these; elsewhere its source is shown with a note.
ANSWERED = ("sv", "en", "ar")

_BY_CODE = {language.code: language for language in RESIDENT_LANGUAGES}


def language(code: str) -> Language:
    """Raises KeyError for a code outside the table."""
    return _BY_CODE[code]


def complete_languages() -> tuple[Language, ...]:
    """What the residents' picker offers: no screen of these is half translated."""
    return tuple(entry for entry in RESIDENT_LANGUAGES if is_complete(Domain.RESIDENT, entry.code))


def complete_staff_languages() -> tuple[Language, ...]:
    return tuple(entry for entry in STAFF_LANGUAGES if is_complete(Domain.STAFF, entry.code))


def language_name(code: str, in_language: str) -> str:
    """Arabic ("ar") is "arabiska" in Swedish."""
    return Locale.parse(code).get_language_name(in_language) or language(code).own_name
