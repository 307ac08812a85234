"""What a file from translators would change, and the change itself. All or nothing: one text that
fails a check keeps every file as it is. A text whose source has changed since the export, or which
the translator has not finished, is left out and named, and the others are taken."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from content.answer_file import (
    MATTER,
    SECTION_IDS,
    AnswerFile,
    parse_answer_file,
    section_hash,
)
from content.answer_state import State
from content.answers import SOURCE_LANGUAGES
from content.check_answer import check_answer
from content.check_figures import check_figures
from content.check_phrases import check_phrase_texts
from content.check_translation import check_translation, find_numbers
from content.edit_answer import edit_answer, new_answer
from content.edit_toml import set_text, set_wording
from content.entry import ContentError, read_text
from content.facts import Facts, load_facts
from content.findings import Finding, Severity, warning
from content.glossary import Term, check_terms, load_glossary
from content.municipality_texts import municipality_file, municipality_slugs, placed_wordings
from content.phrases import SOURCE_LANGUAGE, parse_phrase_file
from content.placeholders import find_placeholders
from content.taxonomy import load_taxonomy
from content.translation_units import (
    FACTS,
    PHRASES,
    Pair,
    Unit,
    check_language,
    find_scopes,
    find_units,
    read_pairs,
    same_source,
)
from content.translators_file import Entry, Sheet, read_sheet

MAX_LENGTH = 10_000  # characters of one text; a section has at most 60 words

_HTML = re.compile(r"<\s*[!/?A-Za-z][^<>\n]{0,40}>?|&#?\w+;|javascript:", re.IGNORECASE)
_STRUCTURE = re.compile(r"^(?:#|\+\+\+)", re.MULTILINE)
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e")


@dataclass(frozen=True)
class Change:
    """One file and what it would hold; `keys` are the places of the texts that come into it."""

    path: Path
    text: str
    is_new: bool
    keys: tuple[str, ...]

    @property
    def where(self) -> str:
        return "/".join(self.path.parts[-3:] if self.path.suffix == ".md" else self.path.parts[-2:])


@dataclass(frozen=True)
class Plan:
    """With `refusals` nothing may be written. `left` names what is not taken and why, `to_do` what
    is still to be written by hand afterwards."""

    sheet: Sheet
    changes: tuple[Change, ...] = ()
    left: tuple[Finding, ...] = ()
    refusals: tuple[Finding, ...] = ()
    to_do: tuple[Finding, ...] = ()


@dataclass
class _Work:
    """What is found out on the way. `name` is the translators' file."""

    root: Path
    name: str
    sheet: Sheet
    changes: list[Change] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)
    refusals: list[Finding] = field(default_factory=list)
    to_do: list[Finding] = field(default_factory=list)

    def refuse(self, entry: Entry, message: str) -> None:
        self.refusals.append(Finding(f"{self.name}: {entry.key}", message, line=entry.line))

    def leave(self, entry: Entry, message: str) -> None:
        self.left.append(warning(f"{self.name}: {entry.key}", message, entry.line))


def plan_import(root: Path, name: str, data: bytes) -> Plan:
    """Reads only. Raises ContentError for a file that is not one of ours."""
    sheet = read_sheet(name, data)
    scopes = find_scopes(root)
    if sheet.scope not in scopes:
        raise ContentError(name, f"was made for '{sheet.scope}'; it has to be {', '.join(scopes)}")
    try:
        check_language(root, sheet.scope, sheet.language)
    except ContentError as error:
        raise ContentError(name, f"wrong language: {error}") from error
    work = _Work(root, name, sheet)
    units = {unit.key: unit for unit in find_units(root, sheet.scope, sheet.language, date.min)}
    taken = {entry.key: entry for entry in _choose(work, units)}
    if sheet.scope == PHRASES:
        _plan_phrases(work, taken)
    elif sheet.scope in municipality_slugs(root):
        _plan_municipality(work, taken)
    else:
        _plan_country(work, taken)
    changes = () if work.refusals else tuple(work.changes)
    return Plan(sheet, changes, tuple(work.left), tuple(work.refusals), tuple(work.to_do))


def write_changes(changes: tuple[Change, ...]) -> None:
    """First everything beside its place, so that a full disk leaves the files as they were."""
    beside = [(change, change.path.with_name(f".{change.path.name}.new")) for change in changes]
    try:
        for change, made in beside:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(change.text.encode())
        for change, made in beside:
            made.replace(change.path)
    finally:
        for _, made in beside:
            made.unlink(missing_ok=True)


def _choose(work: _Work, units: Mapping[str, Unit]) -> Iterator[Entry]:
    """What is finished, new and made from the source as it is now."""
    for entry in work.sheet.entries:
        unit = units.get(entry.key)
        if unit is None:
            _judge_unknown(work, entry)
        elif not _says_something(entry, unit):
            continue
        elif reason := _reason_to_wait(entry, unit):
            work.leave(entry, reason)
        elif entry.text != unit.text and (mistake := _find_mistake(entry)):
            work.refuse(entry, mistake)
        else:
            yield entry


def _says_something(entry: Entry, unit: Unit) -> bool:
    """A stale text that comes back unchanged and finished says that it still holds; one that comes
    back unchanged while ours was changed says nothing."""
    if not entry.text or entry.text == unit.text:
        return bool(entry.text) and unit.state is State.STALE and entry.is_done
    return not (_is_changed_here(entry, unit) and entry.exported == section_hash(entry.text))


def _reason_to_wait(entry: Entry, unit: Unit) -> str | None:
    if _is_changed_here(entry, unit):
        return "the translation was changed here since export: compare the two"
    if not same_source(entry.source, unit.source):
        return "source changed since export: export it again and translate that"
    if not entry.is_done:
        return "still marked as needing work (fuzzy): finish it first"
    return None


def _is_changed_here(entry: Entry, unit: Unit) -> bool:
    """Somebody has written another text into our file; what the export knew may not undo that."""
    is_other = bool(unit.text) and entry.text != unit.text
    return is_other and entry.exported not in ("", section_hash(unit.text))


def _judge_unknown(work: _Work, entry: Entry) -> None:
    """A place that could be there was there at the export; any other is no place at all."""
    scope, *rest = entry.key.split("/")
    if scope != work.sheet.scope:
        work.refuse(entry, f"does not belong here: the file was made for {work.sheet.scope}")
    elif scope not in SOURCE_LANGUAGES or rest[:1] == [FACTS]:
        work.leave(entry, "source changed since export: it is no longer there")
    elif len(rest) != 2 or rest[0] not in load_taxonomy().topics:
        work.refuse(entry, "there is no such topic: keep msgctxt as it was exported")
    elif rest[1] not in (*SECTION_IDS, *MATTER):
        work.refuse(entry, f"there is no section '{rest[1]}': keep msgctxt as it was exported")
    else:
        work.leave(entry, "source changed since export: it is no longer there")


def _find_mistake(entry: Entry) -> str | None:
    """What no text of ours holds, whatever the checks of its kind say."""
    if len(entry.text) > MAX_LENGTH:
        return f"shorten it to {MAX_LENGTH} characters"
    for sign in entry.text:
        kind = unicodedata.category(sign)
        if (kind in ("Cc", "Co", "Cs", "Zl", "Zp") and sign != "\n") or sign in _OVERRIDES:
            return f"remove the character U+{ord(sign):04X}, which cannot be seen"
    if found := _HTML.search(entry.text):
        return f"remove '{found.group()}': a text holds no HTML and no script"
    if _STRUCTURE.search(entry.text):
        return "let no line begin with # or +++"
    part = entry.key.rpartition("/")[2]
    if "\n" in entry.text and part not in SECTION_IDS:
        return "write it in one line"
    if part in MATTER and find_placeholders(entry.text) != find_placeholders(entry.source):
        return "insert the values of the source and no others"
    return None


def _plan_country(work: _Work, taken: Mapping[str, Entry]) -> None:
    country = work.sheet.scope
    facts, terms = load_facts(work.root / country), load_glossary(work.root / country)
    by_topic: dict[str, dict[str, Entry]] = {}
    for key, entry in taken.items():
        _, topic, part = key.split("/")
        by_topic.setdefault(topic, {})[part] = entry
    _plan_values(work, facts, by_topic.pop(FACTS, {}))
    pairs = read_pairs(work.root, country, work.sheet.language, tuple(by_topic)) if by_topic else []
    for pair in pairs:
        try:
            _plan_answer(work, pair, by_topic[pair.source.topic], facts, terms)
        except ContentError as error:
            work.refusals.append(Finding(f"{work.name}: {error.where}", error.message))


def _plan_answer(
    work: _Work, pair: Pair, entries: Mapping[str, Entry], facts: Facts, terms: tuple[Term, ...]
) -> None:
    texts = {part: entry.text for part, entry in entries.items()}
    path = pair.source.path.with_stem(work.sheet.language)
    if pair.file:
        edited = edit_answer(pair.file, read_text(path), pair.source, texts)
    else:
        wanted = [*MATTER, *(part.id for part in pair.source.sections)]
        if missing := [part for part in wanted if part not in texts]:
            where = f"{work.name}: {pair.place}"
            message = f"not written yet: a new answer also needs {', '.join(missing)}"
            work.left.append(warning(where, message))
            return
        edited = new_answer(path, pair.source, texts)
    file = parse_answer_file(path, edited)
    before = set(_errors(pair.file, pair.source, facts, terms)) if pair.file else set()
    for finding in _errors(file, pair.source, facts, terms):
        if pair.file is None and finding.line == file.line_of("questions"):
            work.to_do.append(finding)
        elif finding not in before:
            work.refusals.append(_named(work, finding, file, entries))
    keys = tuple(entry.key for entry in entries.values())
    work.changes.append(Change(path, edited, pair.file is None, keys))


def _errors(
    file: AnswerFile, source: AnswerFile, facts: Facts, terms: tuple[Term, ...]
) -> Iterator[Finding]:
    checks = (
        check_answer(file, facts, frozenset()),
        check_figures(file),
        check_translation(file, source, release=False),
        check_terms(file, terms),
    )
    for found in checks:
        yield from (finding for finding in found if finding.severity is Severity.ERROR)


def _named(
    work: _Work, finding: Finding, file: AnswerFile, entries: Mapping[str, Entry]
) -> Finding:
    """By the text in the translators' file instead of the line in ours, where one is to blame."""
    place = finding.where.partition(": ")[2] or _part_at(file, finding.line)
    entry = entries.get(place)
    if entry is None:
        return Finding(f"{work.name}: {finding.where}", finding.message)
    return Finding(f"{work.name}: {entry.key}", finding.message, line=entry.line)


def _part_at(file: AnswerFile, line: int) -> str:
    lines = {file.line_of(key): key for key in MATTER if key in file.key_lines}
    starts = {part.line: part.id for part in file.sections if part.line <= line}
    return lines.get(line) or (starts[max(starts)] if starts else "")


def _plan_values(work: _Work, facts: Facts, entries: Mapping[str, Entry]) -> None:
    path = work.root / work.sheet.scope / "facts.toml"
    if not entries:
        return
    where, text = f"{work.sheet.scope}/facts.toml", read_text(path)
    for name, entry in entries.items():
        if mistake := _find_mistake_of_value(entry.text, facts.values[name].value):
            work.refuse(entry, mistake)
        else:
            text = set_text(where, text, name, work.sheet.language, entry.text, before="source")
    keys = tuple(entry.key for entry in entries.values())
    work.changes.append(Change(path, text, is_new=False, keys=keys))


def _find_mistake_of_value(text: str, source: str) -> str | None:
    if surplus := find_numbers(text) - find_numbers(source):
        return f"the source does not have the number {', '.join(sorted(surplus))}"
    if "{" in text or "}" in text:
        return "a value holds no placeholder: remove { and }"
    return None


def _plan_municipality(work: _Work, entries: Mapping[str, Entry]) -> None:
    if not entries:
        return
    path = municipality_file(work.root, work.sheet.scope)
    text = read_text(path)
    for wording in placed_wordings(work.root, work.sheet.scope):
        entry = entries.get(wording.key)
        if entry and (mistake := _find_mistake_of_value(entry.text, wording.source)):
            work.refuse(entry, mistake)
        elif entry:
            text = set_wording(path.name, text, wording.place, work.sheet.language, entry.text)
    keys = tuple(entry.key for entry in entries.values())
    work.changes.append(Change(path, text, is_new=False, keys=keys))


def _plan_phrases(work: _Work, entries: Mapping[str, Entry]) -> None:
    if not entries:
        return
    path = work.root / PHRASES / f"{work.sheet.language}.toml"
    is_new = not path.exists()
    old = "" if is_new else read_text(path)
    text = old
    for key, entry in entries.items():
        group, name = key.removeprefix(f"{PHRASES}/").split(".")
        text = set_text(f"{PHRASES}/{path.name}", text, group, name, entry.text)
    text = text.lstrip("\n") if is_new else text
    source = path.with_stem(SOURCE_LANGUAGE)
    wanted = parse_phrase_file(source, read_text(source))
    before = set(check_phrase_texts(parse_phrase_file(path, old), wanted))
    for finding in check_phrase_texts(parse_phrase_file(path, text), wanted):
        if finding not in before:
            entry = entries[f"{PHRASES}/{finding.where.partition(': ')[2]}"]
            work.refuse(entry, finding.message)
    work.changes.append(Change(path, text, is_new, tuple(entry.key for entry in entries.values())))
