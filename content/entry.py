"""One table of a content file together with the place it was read from, so that every mistake
an editor makes is reported with the file and the key to mend."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from content.wording import Wording

Expected = TypeVar("Expected")
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass
class ContentError(ValueError):
    """A content file that cannot be read: where, and what to do about it."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True)
class Entry:
    where: str
    values: Mapping[str, Any]

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str) -> str:
        return self._read(key, str, "a text in quotes").strip()

    def number(self, key: str) -> int:
        return self._read(key, int, "a whole number")

    def flag(self, key: str) -> bool:
        return self._read(key, bool, "true or false")

    def day(self, key: str) -> date:
        return self._read(key, date, "a date such as 2026-11-22, without quotes")

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._read(key, list, "a list of texts")
        if not all(isinstance(value, str) for value in values):
            raise ContentError(self.where, f"make every item of '{key}' a text in quotes")
        return tuple(value.strip() for value in values)

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        return self._choose(key, self.text(key), choices)

    def choices(self, key: str, choices: type[Choice]) -> tuple[Choice, ...]:
        return tuple(self._choose(key, value, choices) for value in self.texts(key))

    def wording(self, key: str) -> Wording:
        """A text that is the same everywhere, or a table with one text per language."""
        value = self.values.get(key)
        if isinstance(value, str):
            return Wording({"en": value})
        return self.entry(key).as_wording()

    def wordings(self, key: str) -> tuple[Wording, ...]:
        return tuple(entry.as_wording() for entry in self.entries(key))

    def as_wording(self) -> Wording:
        if "en" not in self.values:
            raise ContentError(self.where, "add the English text ('en')")
        return Wording({language: self.text(language) for language in self.values})

    def entry(self, key: str) -> "Entry":
        return Entry(f"{self.where}: {key}", self._read(key, dict, "a table"))

    def entries(self, key: str) -> tuple["Entry", ...]:
        tables = self._read(key, list, "a list of tables")
        if not all(isinstance(table, dict) for table in tables):
            raise ContentError(self.where, f"make every item of '{key}' a table")
        return tuple(
            Entry(f"{self.where}: {key} {table.get('key', number)}", table)
            for number, table in enumerate(tables, start=1)
        )

    def refuse_unknown(self, known: frozenset[str]) -> None:
        unknown = sorted(set(self.values) - known)
        if unknown:
            raise ContentError(self.where, f"remove or correct the unknown key '{unknown[0]}'")

    def _choose(self, key: str, value: str, choices: type[Choice]) -> Choice:
        try:
            return choices(value)
        except ValueError as error:
            known = ", ".join(choices)
            raise ContentError(self.where, f"choose '{key}' from: {known}") from error

    def _read(self, key: str, expected: type[Expected], description: str) -> Expected:
        if key not in self.values:
            raise ContentError(self.where, f"add '{key}' ({description})")
        value = self.values[key]
        if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
            raise ContentError(self.where, f"make '{key}' {description}")
        return value


def parse_toml(where: str, text: str) -> Entry:
    try:
        return Entry(where, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(where, f"correct the TOML: {error}") from error


def read_toml(path: Path) -> Entry:
    return parse_toml(path.name, read_text(path))


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContentError(str(path), "save the file as UTF-8") from error
