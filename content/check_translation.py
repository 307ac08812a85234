"""Compares a translation with its source, section by section. Numbers, values and addresses must be
the same; names are compared roughly and only point a reader to the place."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator

from content.answer_file import AnswerFile, WrittenSection
from content.answers import find_stale_sections
from content.check_denials import check_denials
from content.findings import Finding, Severity, warning
from content.markup import find_links, without_links
from content.placeholders import find_placeholders, without_placeholders

# The share of a word that stays when its ending changes.
SAME_START = 0.6

_NUMBER = re.compile(r"\d+(?:[ \u00a0\u202f.,٬]\d{3}(?!\d))*")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ž]{3,}")
_IN_BRACKETS = re.compile(r"[(（]([^()（）]*)[)）]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n][\"”»)]*\s*|- )[\"“”«(]*(\w+)", re.MULTILINE)

_NORDIC_LETTER = re.compile(r"[åäöæø]", re.IGNORECASE)

# How names begin that every language has its own word for.
_TRANSLATED_NAMES = (
    *("sverige", "stockholm", "danmark", "finland", "suom", "euro", "ukrain", "japan", "afri"),
)


def check_translation(file: AnswerFile, source: AnswerFile, *, release: bool) -> Iterator[Finding]:
    originals = {section.id: section for section in source.sections}
    yield from _check_frame(file, source, list(originals))
    stale = find_stale_sections(file, source)
    yield from _check_stale(file, stale, release=release)
    known_words = _latin_words(source)
    for section in file.sections:
        # A stale section is not shown, and its source has moved on: nothing to compare.
        if section.id in originals and section.id not in stale & set(file.source_hashes):
            yield from _compare(file, section, originals[section.id])
            yield from _check_names(file, section, originals[section.id], known_words)
            yield from check_denials(file, section, originals[section.id], source.language)


def _check_frame(file: AnswerFile, source: AnswerFile, ids: list[str]) -> Iterator[Finding]:
    if [section.id for section in file.sections] != ids:
        message = f"give it the sections of the source: {', '.join(ids)}"
        yield Finding(file.where, message, line=file.sections[0].line if file.sections else 1)
    if file.source_url != source.source_url:
        message = f"use the source's address {source.source_url}"
        yield Finding(file.where, message, line=file.line_of("source_url"))
    if (file.checked_on, file.valid_until) != (source.checked_on, source.valid_until):
        message = "take 'checked_on' and 'valid_until' from the source"
        yield Finding(file.where, message, line=file.line_of("checked_on"))


def _check_stale(file: AnswerFile, stale: frozenset[str], *, release: bool) -> Iterator[Finding]:
    if stale - set(file.source_hashes):
        yield Finding(
            file.where,
            "run python -m content.check --write-hashes",
            line=file.line_of("source_hashes"),
        )
    severity = Severity.ERROR if release else Severity.WARNING
    for section in file.sections:
        if section.id in stale and section.id in file.source_hashes:
            message = "the source has changed: translate again, then write the hashes of this file"
            yield Finding(f"{file.where}: {section.id}", message, severity, section.line)


def _compare(
    file: AnswerFile, section: WrittenSection, original: WrittenSection
) -> Iterator[Finding]:
    for what, find in _SAME_IN_BOTH.items():
        here, there = set(find(section.text)), set(find(original.text))
        if here != there:
            message = f"make each {what} the same as in the source: {_differ(here, there)}"
            line = _line_with(section, find, here - there)
            yield Finding(f"{file.where}: {section.id}", message, line=line)
    here, there = set(section.fact_references), set(original.fact_references)
    if here != there:
        message = f"make each fact the same as in the source: {_differ(here, there)}"
        yield Finding(f"{file.where}: {section.id}", message, line=section.line)


def _line_with(
    section: WrittenSection, find: Callable[[str], Collection[str]], surplus: set[str]
) -> int:
    """The first line with something that the source lacks; the heading when nothing is."""
    return next((line for line, text in section.lines() if surplus & set(find(text))), section.line)


def _check_names(
    file: AnswerFile, section: WrittenSection, original: WrittenSection, known_words: set[str]
) -> Iterator[Finding]:
    where = f"{file.where}: {section.id}"
    here_words = _words(section.text)
    missing = [
        name for name in sorted(_names_inside(original.text)) if not _is_among(name, here_words)
    ]
    if missing:
        message = f"is the official name missing: {', '.join(missing)}?"
        yield warning(where, message, section.line)
    yield from _check_official_names(file, section, known_words)


def find_numbers(text: str) -> set[str]:
    """Western digits without separators, so that 4 000, 4,000 and ٤٠٠٠ are the same number."""
    western = "".join(
        str(unicodedata.digit(character)) if character.isdigit() else character
        for character in _readable(text)
    )
    return {re.sub(r"\D", "", number) for number in _NUMBER.findall(western)}


def _check_official_names(
    file: AnswerFile, section: WrittenSection, known_words: set[str]
) -> Iterator[Finding]:
    """A name in brackets is there so that the resident recognises it on a sign or letter."""
    for line, text in section.lines():
        for bracketed in _IN_BRACKETS.findall(text):
            if not _may_be_official(bracketed, section.text):
                continue
            words = _words(bracketed)
            if words and not any(_is_among(word, known_words) for word in words):
                message = f"does the source say '{bracketed}'?"
                yield warning(f"{file.where}: {section.id}", message, line)


def _may_be_official(bracketed: str, text: str) -> bool:
    """Beside another script, and by its å, ä, ö, æ or ø in a text that has none. Otherwise what
    stands in brackets is mostly an explanation in the language of the text."""
    outside = _IN_BRACKETS.sub(" ", _readable(text))
    if len("".join(_LATIN_WORD.findall(outside))) * 2 < sum(map(str.isalpha, outside)):
        return True
    return bool(_NORDIC_LETTER.search(bracketed)) and not _NORDIC_LETTER.search(outside)


def _names_inside(text: str) -> set[str]:
    """Words with a capital letter that do not begin a sentence, without a genitive s."""
    beginnings = {match.start(1) for match in _SENTENCE_START.finditer(text)}
    names = {
        _stem(match.group())
        for match in _LATIN_WORD.finditer(_readable(text))
        if match.group()[0].isupper() and match.start() not in beginnings
    }
    return {name for name in names if not name.startswith(_TRANSLATED_NAMES)}


def _is_among(word: str, known_words: set[str]) -> bool:
    """Whether it is a known word, perhaps with another ending (toimeentulotuki, -tuesta)."""
    start = word[: max(4, round(SAME_START * len(word)))]
    return any(word.startswith(known) or known.startswith(start) for known in known_words)


_SAME_IN_BOTH: dict[str, Callable[[str], Collection[str]]] = {
    "value": find_placeholders,
    "number": find_numbers,
    "address": find_links,
}


def _latin_words(file: AnswerFile) -> set[str]:
    texts = [file.title, file.summary, *(section.text for section in file.sections)]
    return {word for text in texts for word in _words(text)}


def _words(text: str) -> set[str]:
    return {_stem(word) for word in _LATIN_WORD.findall(_readable(text))}


def _stem(word: str) -> str:
    return word.casefold().removesuffix("s")


def _readable(text: str) -> str:
    return without_placeholders(without_links(text))


def _differ(here: set[str], there: set[str]) -> str:
    surplus = ", ".join(sorted(here - there)) or "nothing"
    missing = ", ".join(sorted(there - here)) or "nothing"
    return f"only here {surplus}, only there {missing}"
