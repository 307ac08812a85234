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
from content.placeholders import find_placeholders

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
    yield from _check_dates(file)
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
                yield Finding(
                    file.where, f"bring section '{section.id}' from {words} to {limits} words"
                )


def check_expiry(file: AnswerFile, on: date, *, release: bool) -> Iterator[Finding]:
    if on > file.valid_until:
        severity = Severity.ERROR if release else Severity.WARNING
        message = (
            f"expired on {file.valid_until}: check the facts, then set checked_on and valid_until"
        )
        yield Finding(file.where, message, severity)


def count_words(text: str) -> int:
    return sum(1 for word in text.split() if _LETTER_OR_DIGIT.search(word))


def _check_matter(file: AnswerFile, owners: frozenset[str]) -> Iterator[Finding]:
    if len(file.title) > TITLE_LENGTH:
        yield Finding(file.where, f"shorten 'title' to {TITLE_LENGTH} characters")
    if len(file.summary) > SUMMARY_LENGTH or "\n" in file.summary:
        yield Finding(file.where, f"shorten 'summary' to one line of {SUMMARY_LENGTH} characters")
    if len(file.questions) not in QUESTIONS:
        yield Finding(file.where, f"give 4 to 8 questions instead of {len(file.questions)}")
    if len(set(file.questions)) < len(file.questions):
        yield Finding(file.where, "remove the question that stands twice")
    if owners and file.owner not in owners:
        known = ", ".join(sorted(owners))
        yield Finding(file.where, f"choose 'owner' from the bodies of a municipality: {known}")


def _check_dates(file: AnswerFile) -> Iterator[Finding]:
    if file.valid_until <= file.checked_on:
        yield Finding(file.where, "let 'valid_until' come after 'checked_on'")
    if file.valid_until > file.checked_on + VALID_FOR:
        latest = file.checked_on + VALID_FOR
        yield Finding(file.where, f"set 'valid_until' to {latest} or earlier")


def _check_order(file: AnswerFile) -> Iterator[Finding]:
    ids = [section.id for section in file.sections]
    unknown = [section_id for section_id in ids if section_id not in SECTION_IDS]
    if unknown:
        known = ", ".join(SECTION_IDS)
        yield Finding(file.where, f"rename section '{unknown[0]}' to one of: {known}")
    elif ids != [section_id for section_id in SECTION_IDS if section_id in ids]:
        yield Finding(
            file.where, f"order the sections like this, each once: {', '.join(SECTION_IDS)}"
        )
    if ids[:1] != ["what"]:
        yield Finding(file.where, "begin with section 'what'")
    if len(ids) not in SECTIONS:
        yield Finding(file.where, f"write 3 to 7 sections instead of {len(ids)}")


def _check_links(file: AnswerFile, facts: Facts) -> Iterator[Finding]:
    texts = [file.source_url, *(section.text for section in file.sections)]
    for url in dict.fromkeys(link for text in texts for link in find_links(text)):
        if not facts.links_to(url):
            yield Finding(file.where, f"link only to addresses of sources.md, not to {url}")


def _check_section(file: AnswerFile, section: WrittenSection, facts: Facts) -> Iterator[Finding]:
    where = f"{file.where}: {section.id}"
    if not section.text:
        yield Finding(where, "write the section or remove it")
    if not section.fact_references:
        yield warning(where, "name the facts behind the section: {facts: …}")
    if _STRAY_BRACES.search(re.sub(r"\{[a-z][a-z0-9_]*\}", "", section.text)):
        yield Finding(where, "correct the placeholder: small letters, digits and _ between { and }")
    for name in find_placeholders(section.text):
        if name not in facts.values:
            yield Finding(where, f"add {name} to facts.toml or correct the name")
    for reference in section.fact_references:
        yield from _check_reference(where, reference, facts)


def _check_reference(where: str, reference: str, facts: Facts) -> Iterator[Finding]:
    try:
        unknown = [fact for fact in facts.expand(reference) if fact not in facts.register]
    except ContentError as error:
        yield Finding(where, str(error))
        return
    if unknown:
        yield Finding(where, f"there is no fact {unknown[0]} in sources.md")
