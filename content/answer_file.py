"""Reads one answer file: front matter between two lines of +++, then sections with stable ids.
What it returns is as written; facts are inserted by content.answers."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from content.entry import ContentError, Entry, parse_toml, read_text
from content.markup import BULLET

SECTION_IDS = ("what", "how", "bring", "cost", "time", "refused", "children", "more")

# What of the front matter is translated.
MATTER = ("title", "summary")

_FRONT_MATTER = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n(.*)\Z", re.DOTALL)
_SECTION = re.compile(r"^##\s+([a-z]+)\s*(?:\{facts:\s*([^}]*)\})?\s*$")
_KEY = re.compile(r"(\w+)\s*=")
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
    """`line` is that of the heading, `first_line` that on which the text begins."""

    id: str
    fact_references: tuple[str, ...]
    text: str
    line: int = field(default=0, compare=False)
    first_line: int = field(default=0, compare=False)

    def lines(self) -> Iterator[tuple[int, str]]:
        yield from enumerate(self.text.splitlines(), start=self.first_line)

    def passages(self) -> tuple[tuple[int, str], ...]:
        """Paragraphs and list items, each with the line on which it begins."""
        found: list[tuple[int, list[str]]] = []
        begins = True
        for number, line in self.lines():
            if line.strip() and (begins or line.lstrip().startswith(BULLET)):
                found.append((number, [line]))
            elif line.strip():
                found[-1][1].append(line)
            begins = not line.strip()
        return tuple((number, " ".join(lines)) for number, lines in found)


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
    key_lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def country(self) -> str:
        return self.path.parts[-3]

    @property
    def topic(self) -> str:
        return self.path.parts[-2]

    @property
    def language(self) -> str:
        return self.path.stem

    def line_of(self, key: str) -> int:
        """Where a key of the front matter stands; the first line when it is missing."""
        return self.key_lines.get(key, 1)

    def text_of(self, part: str) -> str:
        """Of a section, the title or the summary; empty where it is missing."""
        if part in MATTER:
            return self.title if part == "title" else self.summary
        return next((section.text for section in self.sections if section.id == part), "")

    @property
    def where(self) -> str:
        return "/".join(self.path.parts[-3:])


def section_hash(text: str) -> str:
    """Line breaks and spacing may change without making a translation stale."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def read_answer_file(path: Path) -> AnswerFile:
    return parse_answer_file(path, read_text(path))


def parse_answer_file(path: Path, text: str) -> AnswerFile:
    """Raises ContentError."""
    where = "/".join(path.parts[-3:])
    matter, body = split_front_matter(where, text)
    # After a line for the +++, so that mistakes are told with their line of the file.
    entry = parse_toml(where, f"\n{matter}")
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
        sections=_parse_sections(where, body, first_line=matter.count("\n") + 4),
        key_lines=_find_keys(matter),
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


def _find_keys(matter: str) -> dict[str, int]:
    """Where each key of the front matter stands, to be named in findings."""
    found: dict[str, int] = {}
    for number, line in enumerate(matter.splitlines(), start=2):
        if key := _KEY.match(line):
            found.setdefault(key.group(1), number)
    return found


def _parse_sections(where: str, body: str, first_line: int) -> tuple[WrittenSection, ...]:
    before, *chunks = re.split(r"^(?=##)", body, flags=re.MULTILINE)
    if before.strip():
        raise ContentError(where, "move the text before the first section into a section")
    line = first_line + before.count("\n")
    sections: list[WrittenSection] = []
    for chunk in chunks:
        sections.append(_parse_section(where, chunk, line))
        line += chunk.count("\n")
    return tuple(sections)


def _parse_section(where: str, chunk: str, line: int) -> WrittenSection:
    heading, _, text = chunk.partition("\n")
    match = _SECTION.match(heading)
    if match is None:
        example = "## bring {facts: SE-4.3}"
        raise ContentError(where, f"write the heading '{heading.strip()}' like '{example}'")
    references = match.group(2) or ""
    blank = len(text) - len(text.lstrip())
    return WrittenSection(
        id=match.group(1),
        fact_references=tuple(part.strip() for part in references.split(",") if part.strip()),
        text=text.strip(),
        line=line,
        first_line=line + 1 + text.count("\n", 0, blank),
    )
