"""Facts behind the answers: sources.md says where each fact was read and how sure we are,
facts.toml holds the values that change, so that one edit changes every language."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from content.entry import ContentError, Entry, parse_toml, read_text
from content.placeholders import fill, find_placeholders

_HEADING = re.compile(r"^##\s+([A-Z]{2}-[0-9A-Z]+)\b")
_NUMBERED = re.compile(r"^(\d+)\.\s+(.*)")
_FACT_ID = re.compile(r"^([A-Z]{2}-[0-9A-Z]+)(?:\.(\d+)(?:\s*[–-]\s*(\d+))?)?$")
_URL = re.compile(r"https?://[^\s,;)|]+")


class Mark(StrEnum):
    """How sure we are of a fact, from the surest to the strictest."""

    SEEN = "seen"
    RECALLED = "recalled"
    CHECK = "check"


@dataclass(frozen=True)
class Fact:
    id: str
    text: str
    mark: Mark


@dataclass(frozen=True)
class FactValue:
    """A number, amount or phone number as it stands in running text."""

    name: str
    value: str
    by_language: Mapping[str, str]
    sources: tuple[str, ...]
    checked_on: date
    line: int = field(default=0, compare=False)

    def text(self, language: str) -> str:
        return self.by_language.get(language, self.value)


@dataclass(frozen=True)
class Facts:
    """All facts of one country; `urls` are the addresses that may be linked."""

    register: Mapping[str, Fact] = field(default_factory=dict)
    values: Mapping[str, FactValue] = field(default_factory=dict)
    urls: frozenset[str] = frozenset()

    def insert(self, text: str, language: str) -> str:
        """Raises KeyError with the name of a value that facts.toml lacks."""
        return fill(text, {name: value.text(language) for name, value in self.values.items()})

    def insert_known(self, text: str, language: str) -> str:
        """Leaves a name that facts.toml lacks as it stands, for reading while it is mended."""
        names = set(find_placeholders(text))
        return fill(
            text,
            {name: f"{{{name}}}" for name in names}
            | {name: self.values[name].text(language) for name in names & set(self.values)},
        )

    def surest_mark(self, fact_ids: Iterable[str]) -> Mark:
        order = list(Mark)
        return min((self.strictest_mark([fact_id]) for fact_id in fact_ids), key=order.index)

    def strictest_mark(self, fact_ids: Iterable[str]) -> Mark:
        """A fact that is not in the register counts as one that must be checked."""
        return strictest(
            self.register[fact_id].mark if fact_id in self.register else Mark.CHECK
            for fact_id in fact_ids
        )

    def expand(self, reference: str) -> tuple[str, ...]:
        """Turns "SE-9.1–3" or a whole section "SE-9" into single fact ids."""
        match = _FACT_ID.match(reference.strip())
        if match is None:
            raise ContentError(reference, "write a fact id such as SE-4.2, SE-9.1–3 or SE-9")
        section, first, last = match.groups()
        if first is None:
            within = [known for known in self.register if known.startswith(f"{section}.")]
            return tuple(within) or (section,)
        numbers = range(int(first), int(last or first) + 1)
        return tuple(f"{section}.{number}" for number in numbers)

    def links_to(self, url: str) -> bool:
        """Whether the address stands in sources.md; a home page may stand for its deep links."""
        wanted = _without_end(url)
        home = _home_page(wanted)
        if wanted == home:
            return any(_home_page(known) == home for known in self.urls)
        return wanted in self.urls


def strictest(marks: Iterable[Mark]) -> Mark:
    order = list(Mark)
    return max(marks, key=order.index, default=Mark.SEEN)


def load_facts(country_folder: Path) -> Facts:
    sources = country_folder / "sources.md"
    text = read_text(sources) if sources.exists() else ""
    facts = Facts(register=parse_sources(text), urls=_find_urls(text))
    values_file = country_folder / "facts.toml"
    if not values_file.exists():
        return facts
    where = f"{country_folder.name}/facts.toml"
    written = read_text(values_file)
    values = parse_fact_values(parse_toml(where, written), facts, _find_lines(written))
    return Facts(facts.register, values, facts.urls)


def parse_sources(text: str) -> dict[str, Fact]:
    """Numbered lines under "## SE-4 …" are SE-4.1, SE-4.2 and so on."""
    found: dict[str, Fact] = {}
    section = ""
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            section = heading.group(1)
        elif line.startswith("#"):
            section = ""
        elif section and (numbered := _NUMBERED.match(line)):
            fact_id = f"{section}.{numbered.group(1)}"
            found[fact_id] = Fact(fact_id, numbered.group(2), _find_mark(numbered.group(2)))
    return found


def parse_fact_values(
    entry: Entry, facts: Facts, lines: Mapping[str, int] | None = None
) -> dict[str, FactValue]:
    """`lines` says where each value stands, to be named in findings."""
    lines = lines or {}
    return {
        name: _parse_value(entry.entry(name), name, facts, lines.get(name, 0))
        for name in entry.values
    }


def _find_lines(text: str) -> dict[str, int]:
    return {
        line.strip().strip("[]"): number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.startswith("[")
    }


def _parse_value(entry: Entry, name: str, facts: Facts, line: int) -> FactValue:
    languages = set(entry.values) - {"value", "source", "date"}
    wrong = sorted(language for language in languages if len(language) != 2)
    if wrong:
        raise ContentError(entry.where, f"remove or correct the unknown key '{wrong[0]}'")
    references = entry.text("source").split(",")
    return FactValue(
        name=name,
        value=entry.text("value"),
        by_language={language: entry.text(language) for language in languages},
        sources=tuple(fact_id for part in references for fact_id in facts.expand(part)),
        checked_on=entry.day("date"),
        line=line,
    )


def _find_mark(text: str) -> Mark:
    """The words after CONF, without addresses; a line without any mark must be checked."""
    confidence = _URL.sub("", text.partition("CONF")[2])
    words = set(re.findall(r"[a-z]+", confidence))
    present = [mark for mark in Mark if mark.value in words]
    return strictest(present) if present else Mark.CHECK


def _find_urls(text: str) -> frozenset[str]:
    return frozenset(_without_end(url) for url in _URL.findall(text))


def _without_end(url: str) -> str:
    return url.rstrip("/.")


def _home_page(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
