"""Rules for one answer file on its own: sections, lengths, facts, links and dates."""

import re
from collections.abc import Iterator
from datetime import date

from dateutil.relativedelta import relativedelta

from content.answer_file import SECTION_IDS, AnswerFile, WrittenSection
from content.entry import ContentError
from content.facts import Facts
from content.findings import Finding, Severity, warning
from content.markup import find_links
from content.placeholders import find_placeholders, without_placeholders

TITLE_LENGTH = 40
SUMMARY_LENGTH = 110
QUESTIONS = range(4, 9)
SECTIONS = range(3, 8)
FIRST_SECTION_WORDS = range(1, 61)
OTHER_SECTION_WORDS = range(15, 61)
VALID_FOR = relativedelta(months=6)

_STRAY_BRACES = re.compile(r"[{}]")
_LETTER_OR_DIGIT = re.compile(r"\w")


def check_answer(file: AnswerFile, facts: Facts, owners: frozenset[str]) -> Iterator[Finding]:
    yield from _check_matter(file, owners)
    yield from _check_order(file)
    yield from _check_links(file, facts)
    for section in file.sections:
        yield from _check_section(file, section, facts)


def check_lengths(file: AnswerFile, facts: Facts) -> Iterator[Finding]:
    """Measured on the source language only, with the facts inserted."""
    for number, section in enumerate(file.sections):
        if set(find_placeholders(section.text)) <= set(facts.values):
            allowed = OTHER_SECTION_WORDS if number else FIRST_SECTION_WORDS
            words = count_words(facts.insert(section.text, file.language))
            if words not in allowed:
                limits = f"{allowed.start} to {allowed.stop - 1}"
                message = f"bring section '{section.id}' from {words} to {limits} words"
                yield Finding(file.where, message, line=section.line)


def check_expiry(file: AnswerFile, on: date, *, release: bool) -> Iterator[Finding]:
    if on > file.valid_until:
        severity = Severity.ERROR if release else Severity.WARNING
        message = (
            f"expired on {file.valid_until}: check the facts, then set checked_on and valid_until"
        )
        yield Finding(file.where, message, severity, file.line_of("valid_until"))


def count_words(text: str) -> int:
    return sum(1 for word in text.split() if _LETTER_OR_DIGIT.search(word))


def _check_matter(file: AnswerFile, owners: frozenset[str]) -> Iterator[Finding]:
    for key, message in _find_mistakes_of_matter(file, owners):
        yield Finding(file.where, message, line=file.line_of(key))


def _find_mistakes_of_matter(file: AnswerFile, owners: frozenset[str]) -> Iterator[tuple[str, str]]:
    if len(file.title) > TITLE_LENGTH:
        yield "title", f"shorten 'title' to {TITLE_LENGTH} characters"
    if len(file.summary) > SUMMARY_LENGTH or "\n" in file.summary:
        yield "summary", f"shorten 'summary' to one line of {SUMMARY_LENGTH} characters"
    if len(file.questions) not in QUESTIONS:
        yield "questions", f"give 4 to 8 questions instead of {len(file.questions)}"
    if len(set(file.questions)) < len(file.questions):
        yield "questions", "remove the question that stands twice"
    if owners and file.owner not in owners:
        known = ", ".join(sorted(owners))
        yield "owner", f"choose 'owner' from the bodies of a municipality: {known}"
    if file.valid_until <= file.checked_on:
        yield "valid_until", "let 'valid_until' come after 'checked_on'"
    if file.valid_until > file.checked_on + VALID_FOR:
        latest = file.checked_on + VALID_FOR
        yield "valid_until", f"set 'valid_until' to {latest} or earlier"


def _check_order(file: AnswerFile) -> Iterator[Finding]:
    ids = [section.id for section in file.sections]
    line = file.sections[0].line if file.sections else 1
    unknown = [section for section in file.sections if section.id not in SECTION_IDS]
    if unknown:
        message = f"rename section '{unknown[0].id}' to one of: {', '.join(SECTION_IDS)}"
        yield Finding(file.where, message, line=unknown[0].line)
    elif ids != [section_id for section_id in SECTION_IDS if section_id in ids]:
        message = f"order the sections like this, each once: {', '.join(SECTION_IDS)}"
        yield Finding(file.where, message, line=line)
    if ids[:1] != ["what"]:
        yield Finding(file.where, "begin with section 'what'", line=line)
    if len(ids) not in SECTIONS:
        yield Finding(file.where, f"write 3 to 7 sections instead of {len(ids)}", line=line)


def _check_links(file: AnswerFile, facts: Facts) -> Iterator[Finding]:
    written = [(file.line_of("source_url"), file.source_url)]
    written += [line for section in file.sections for line in section.lines()]
    seen: set[str] = set()
    for line, text in written:
        for url in set(find_links(text)) - seen:
            seen.add(url)
            if not facts.links_to(url):
                message = f"link only to addresses of sources.md, not to {url}"
                yield Finding(file.where, message, line=line)


def _check_section(file: AnswerFile, section: WrittenSection, facts: Facts) -> Iterator[Finding]:
    where = f"{file.where}: {section.id}"
    if not section.text:
        yield Finding(where, "write the section or remove it", line=section.line)
    if not section.fact_references:
        yield warning(where, "name the facts behind the section: {facts: …}", section.line)
    for line, text in section.lines():
        if _STRAY_BRACES.search(without_placeholders(text)):
            message = "correct the placeholder: small letters, digits and _ between { and }"
            yield Finding(where, message, line=line)
        for name in find_placeholders(text):
            if name not in facts.values:
                message = f"add {name} to facts.toml or correct the name"
                yield Finding(where, message, line=line)
    for reference in section.fact_references:
        yield from _check_reference(where, section.line, reference, facts)


def _check_reference(where: str, line: int, reference: str, facts: Facts) -> Iterator[Finding]:
    try:
        unknown = [fact for fact in facts.expand(reference) if fact not in facts.register]
    except ContentError as error:
        yield Finding(where, str(error), line=line)
        return
    if unknown:
        yield Finding(where, f"there is no fact {unknown[0]} in sources.md", line=line)
