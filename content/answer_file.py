"""Reads one answer file: front matter between two lines of +++, then sections with stable ids.
What it returns is as written; facts are inserted by content.answers."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from content.entry import ContentError, Entry, parse_toml, read_text

SECTION_IDS = ("what", "how", "bring", "cost", "time", "refused", "children", "more")

_FRONT_MATTER = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n(.*)\Z", re.DOTALL)
_SECTION = re.compile(r"^##\s+([a-z]+)\s*(?:\{facts:\s*([^}]*)\})?\s*$")
_KEYS = frozenset(
    {
        *("title", "summary", "questions", "source_name", "source_url", "checked_on"),
        *("valid_until", "owner", "review", "translated_from", "source_hashes"),
    }
)


class Review(StrEnum):
    NONE = "none"
    NATIVE = "native"
    OFFICIAL = "official"


@dataclass(frozen=True)
class WrittenSection:
    id: str
    fact_references: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class AnswerFile:
    path: Path
    title: str
    summary: str
    questions: tuple[str, ...]
    source_name: str
    source_url: str
    checked_on: date
    valid_until: date
    owner: str
    review: Review
    translated_from: str | None
    source_hashes: Mapping[str, str]
    sections: tuple[WrittenSection, ...]

    @property
    def country(self) -> str:
        return self.path.parts[-3]

    @property
    def topic(self) -> str:
        return self.path.parts[-2]

    @property
    def language(self) -> str:
        return self.path.stem

    @property
    def where(self) -> str:
        return "/".join(self.path.parts[-3:])


def section_hash(text: str) -> str:
    """Line breaks and spacing may change without making a translation stale."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def read_answer_file(path: Path) -> AnswerFile:
    where = "/".join(path.parts[-3:])
    matter, body = split_front_matter(where, read_text(path))
    entry = parse_toml(where, matter)
    entry.refuse_unknown(_KEYS)
    return AnswerFile(
        path=path,
        title=entry.text("title"),
        summary=entry.text("summary"),
        questions=entry.texts("questions"),
        source_name=entry.text("source_name"),
        source_url=entry.text("source_url"),
        checked_on=entry.day("checked_on"),
        valid_until=entry.day("valid_until"),
        owner=entry.text("owner"),
        review=_parse_review(entry),
        translated_from=entry.text("translated_from") if entry.has("translated_from") else None,
        source_hashes=_parse_hashes(entry),
        sections=_parse_sections(where, body),
    )


def split_front_matter(where: str, text: str) -> tuple[str, str]:
    match = _FRONT_MATTER.match(text)
    if match is None:
        raise ContentError(where, "begin with the front matter between two lines of +++")
    return match.group(1), match.group(2)


def _parse_review(entry: Entry) -> Review:
    try:
        return Review(entry.text("review"))
    except ValueError as error:
        raise ContentError(entry.where, "make 'review' none, native or official") from error


def _parse_hashes(entry: Entry) -> dict[str, str]:
    if not entry.has("source_hashes"):
        return {}
    hashes = entry.entry("source_hashes")
    return {section: hashes.text(section) for section in hashes.values}


def _parse_sections(where: str, body: str) -> tuple[WrittenSection, ...]:
    before, *chunks = re.split(r"^(?=##)", body, flags=re.MULTILINE)
    if before.strip():
        raise ContentError(where, "move the text before the first section into a section")
    return tuple(_parse_section(where, chunk) for chunk in chunks)


def _parse_section(where: str, chunk: str) -> WrittenSection:
    heading, _, text = chunk.partition("\n")
    match = _SECTION.match(heading)
    if match is None:
        example = "## bring {facts: SE-4.3}"
        raise ContentError(where, f"write the heading '{heading.strip()}' like '{example}'")
    references = match.group(2) or ""
    fact_references = tuple(part.strip() for part in references.split(",") if part.strip())
    return WrittenSection(match.group(1), fact_references, text.strip())
