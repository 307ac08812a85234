"""The languages of residents and staff, one `locale/<language>/language.toml` each: own name,
direction, a greeting to recognise it by, and the words by which the check reads its texts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path

from babel import Locale

from content.entry import ContentError, Entry, parse_toml, read_text
from content.texts import LOCALE_FOLDER, Domain, is_complete

# Every answer has to be there in these. In a language that is added later its source is shown with
# a note until it has been translated.
ANSWERED = ("sv", "da", "fi", "en", "ar", "uk", "ru", "et", "th", "so", "fa", "ti")

_KEYS = frozenset({"position", "own_name", "greeting", "direction", "staff", "words"})
_NOTHING = re.compile(r"(?!)")


class Direction(StrEnum):
    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


@dataclass(frozen=True)
class Words:
    """`denies` surely says no. `may_deny` can say it otherwise ("only", "without"), `near_denial`
    is what another language says with a denial ("unsure", "at most"), `no_denial` contains a word
    that denies and denies nothing ("no later than"). `money` names a currency. `time` names a unit
    of time or a month, after a number a deadline or a date; years are left out, as they mostly
    tell an age."""

    denies: re.Pattern[str] = _NOTHING
    may_deny: re.Pattern[str] = _NOTHING
    near_denial: re.Pattern[str] = _NOTHING
    no_denial: re.Pattern[str] = _NOTHING
    money: re.Pattern[str] = _NOTHING
    time: re.Pattern[str] = _NOTHING


@dataclass(frozen=True)
class Language:
    code: str
    own_name: str
    greeting: str
    direction: Direction = Direction.LEFT_TO_RIGHT
    is_for_staff: bool = False
    words: Words = field(default=Words(), compare=False)


def load_languages(folder: Path = LOCALE_FOLDER) -> tuple[Language, ...]:
    """In the order of their `position`. Raises ContentError."""
    found = [_parse(path) for path in folder.glob("*/language.toml")]
    return tuple(made for _, made in sorted(found, key=lambda pair: (pair[0], pair[1].code)))


def word_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Whole words; a * at either end stands for any further letters."""
    made = [
        ("" if not word[0].isalnum() else r"(?<!\w)")
        + re.escape(word.strip("*"))
        + ("" if not word[-1].isalnum() else r"(?!\w)")
        for word in words
    ]
    return re.compile("|".join(made), re.IGNORECASE) if made else _NOTHING


def _parse(path: Path) -> tuple[int, Language]:
    where = "/".join(path.parts[-3:])
    entry = parse_toml(where, read_text(path))
    entry.refuse_unknown(_KEYS)
    direction = entry.text("direction") if entry.has("direction") else Direction.LEFT_TO_RIGHT
    if direction not in set(Direction):
        raise ContentError(where, "make 'direction' ltr or rtl")
    return entry.number("position"), Language(
        code=path.parent.name,
        own_name=entry.text("own_name"),
        greeting=entry.text("greeting"),
        direction=Direction(direction),
        is_for_staff=entry.has("staff") and entry.flag("staff"),
        words=_parse_words(entry.entry("words")) if entry.has("words") else Words(),
    )


def _parse_words(entry: Entry) -> Words:
    entry.refuse_unknown(frozenset(known.name for known in fields(Words)))
    return Words(**{key: word_pattern(entry.texts(key)) for key in entry.values})


RESIDENT_LANGUAGES = load_languages()
STAFF_LANGUAGES = tuple(language for language in RESIDENT_LANGUAGES if language.is_for_staff)

# The check refuses a release in which one of these has an untranslated text.
RELEASED = {
    Domain.RESIDENT: tuple(language.code for language in RESIDENT_LANGUAGES),
    Domain.STAFF: tuple(language.code for language in STAFF_LANGUAGES),
}

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
