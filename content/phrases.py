"""Phrases that a caseworker sends without knowing the resident's language: one text per language
under a stable key, with placeholders whose values are written as each language writes them.

`phrases/<language>.toml` holds all phrases of one language; the Swedish file decides which there
are and in which order."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cache
from pathlib import Path

from content.answer_file import Review
from content.entry import ContentError, Entry, parse_toml, read_text
from content.languages import RESIDENT_LANGUAGES, STAFF_LANGUAGES, Direction, language_name
from content.languages import language as language_of
from content.locale_format import clock_text, date_text, day_text
from content.placeholders import fill, find_placeholders

PHRASES_FOLDER = Path(__file__).parent / "phrases"
SOURCE_LANGUAGE = "sv"
GROUPS = "groups"
UNFILLED = "___"


class ValueKind(StrEnum):
    DATE = "date"
    TIME = "time"
    LANGUAGE = "language"
    NAME = "name"
    PHONE = "phone"


# Names of people, places and offices are the same in every language. Anything else that is typed
# would reach the resident in the caseworker's language, so there is no placeholder for it.
PLACEHOLDERS: Mapping[str, ValueKind] = {
    "day": ValueKind.DATE,  # Monday 23 November
    "date": ValueKind.DATE,  # 23 November 2026
    "time": ValueKind.TIME,
    "name": ValueKind.NAME,
    "office": ValueKind.NAME,
    "place": ValueKind.NAME,
    "phone": ValueKind.PHONE,
    "language": ValueKind.LANGUAGE,
}


@dataclass(frozen=True)
class PhraseText:
    text: str
    review: Review


@dataclass(frozen=True)
class GroupTitle:
    """`words` are what staff may type to find the whole group."""

    title: str
    words: str


@dataclass(frozen=True)
class PhraseFile:
    """The phrases of one language by group and name; only staff's languages name the groups."""

    where: str
    language: str
    groups: Mapping[str, GroupTitle]
    texts: Mapping[str, PhraseText]


@dataclass(frozen=True)
class Phrase:
    key: str
    texts: Mapping[str, PhraseText]

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]

    @property
    def placeholders(self) -> list[str]:
        """In the order of the source, each once."""
        return list(dict.fromkeys(find_placeholders(self.texts[SOURCE_LANGUAGE].text)))

    def is_in(self, *languages: str) -> bool:
        return all(language in self.texts for language in languages)

    def is_reviewed(self, language: str) -> bool:
        return self.texts[language].review is not Review.NONE

    def say(self, language: str, values: Mapping[str, str]) -> str:
        """Values as forms send them, ISO dates and times; what is missing or wrong is a gap."""
        shown = {name: _shown(name, values.get(name, ""), language) for name in self.placeholders}
        return fill(self.texts[language].text, shown)

    def lacks(self, values: Mapping[str, str]) -> list[str]:
        return [
            name
            for name in self.placeholders
            if _shown(name, values.get(name, ""), SOURCE_LANGUAGE) == UNFILLED
        ]


@dataclass(frozen=True)
class Phrases:
    by_key: Mapping[str, Phrase]
    groups: Mapping[str, Mapping[str, GroupTitle]]  # by language and group

    def title(self, group: str, language: str) -> str:
        return self.groups[language][group].title

    def find(self, typed: str, language: str, resident_language: str) -> list[Phrase]:
        """What is there in both languages; nothing typed finds all, in the order of the source.

        Every word has to occur, best in the phrase itself, else in the words of its group. When no
        phrase has them all, the beginning of one is enough: "tulkin" finds "tulkki"."""
        offered = [p for p in self.by_key.values() if p.is_in(language, resident_language)]
        own = {p.key: " " + _fold(p.say(language, {})) for p in offered}
        hay = {p.key: f"{own[p.key]} {self._group_words(p.group, language)}" for p in offered}
        words = _fold(typed).split()
        found = [p for p in offered if all(word in hay[p.key] for word in words)]
        if not found:
            words = [f" {word[: max(3, len(word) - 2)]}" for word in words if len(word) > 2]
            found = [p for p in offered if any(word in hay[p.key] for word in words)]
        return sorted(found, key=lambda p: -sum(word in own[p.key] for word in words))

    def _group_words(self, group: str, language: str) -> str:
        named = self.groups[language][group]
        return _fold(f"{named.title} {named.words}")


@cache
def load_phrases(folder: Path = PHRASES_FOLDER) -> Phrases:
    """Raises ContentError."""
    files = read_phrase_files(folder)
    source = files[SOURCE_LANGUAGE]
    phrases = (
        Phrase(key, {code: file.texts[key] for code, file in files.items() if key in file.texts})
        for key in source.texts
    )
    staff = [entry.code for entry in STAFF_LANGUAGES if entry.code in files]
    return Phrases(
        {phrase.key: phrase for phrase in phrases}, {code: files[code].groups for code in staff}
    )


def read_phrase_files(folder: Path) -> dict[str, PhraseFile]:
    """Of the residents' languages that have one, by language. Raises ContentError."""
    codes = [language.code for language in RESIDENT_LANGUAGES]
    paths = {code: folder / f"{code}.toml" for code in codes}
    if not paths[SOURCE_LANGUAGE].exists():
        raise ContentError("phrases", f"write the source {SOURCE_LANGUAGE}.toml first")
    return {
        code: parse_phrase_file(path, read_text(path))
        for code, path in paths.items()
        if path.exists()
    }


def parse_phrase_file(path: Path, text: str) -> PhraseFile:
    """Raises ContentError."""
    file = parse_toml(f"phrases/{path.name}", text)
    named = file.entry(GROUPS) if file.has(GROUPS) else Entry(file.where, {})
    titles = {key: named.entry(key) for key in named.values}
    texts = {
        f"{group}.{name}": _parse_text(file.entry(group), name)
        for group in file.values
        if group != GROUPS
        for name in file.entry(group).values
    }
    groups = {key: GroupTitle(one.text("title"), one.text("words")) for key, one in titles.items()}
    return PhraseFile(file.where, path.stem, groups, texts)


def _parse_text(group: Entry, name: str) -> PhraseText:
    """A text alone is not reviewed yet; a table says who reviewed it."""
    if isinstance(group.values[name], str):
        return PhraseText(group.text(name), Review.NONE)
    phrase = group.entry(name)
    phrase.refuse_unknown(frozenset({"text", "review"}))
    try:
        return PhraseText(phrase.text("text"), Review(phrase.text("review")))
    except ValueError as error:
        if isinstance(error, ContentError):
            raise
        raise ContentError(phrase.where, "make 'review' none, native or official") from error


def _shown(name: str, raw: str, language: str) -> str:
    raw = " ".join(raw.split())
    try:
        match PLACEHOLDERS[name]:
            case ValueKind.DATE:
                day = date.fromisoformat(raw)
                return day_text(day, language) if name == "day" else date_text(day, language)
            case ValueKind.TIME:
                return clock_text(time.fromisoformat(raw), language)
            case ValueKind.LANGUAGE:
                return language_name(language_of(raw).code, language)
            case _:
                return _among(raw, language) or UNFILLED
    except (ValueError, KeyError):
        return UNFILLED


def _among(value: str, language: str) -> str:
    """A phone number keeps the order of its groups in Arabic and Persian (U+200E)."""
    is_mirrored = language_of(language).direction is Direction.RIGHT_TO_LEFT
    has_own_order = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in value)
    return f"\u200e{value}\u200e" if value and is_mirrored and not has_own_order else value


def _fold(text: str) -> str:
    """Small letters and digits without their marks, single spaces: "Möte?" is "mote"."""
    spelt = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(_plain(spelt)).split())


def _plain(letters: Iterable[str]) -> Iterable[str]:
    for letter in letters:
        if not unicodedata.combining(letter):
            yield letter if letter.isalnum() else " "
