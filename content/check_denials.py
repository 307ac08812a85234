"""Finds a denial that got lost in translation, and one that nobody wrote. Languages deny in
different places ("you need no card", "without a card"), so only what is clear is told: a passage
that surely denies something, beside one in which no word can do so. The words of each language are
in its language.toml."""

import re
from collections.abc import Iterator

from content.answer_file import AnswerFile, WrittenSection
from content.findings import Finding, warning
from content.languages import Words, language
from content.markup import without_links

_OTHERWISE = "or add the word that says it here to language.toml"


def check_denials(
    file: AnswerFile, section: WrittenSection, original: WrittenSection, source_language: str
) -> Iterator[Finding]:
    here, there = language(file.language).words, language(source_language).words
    where = f"{file.where}: {section.id}"
    for line, text, source_text in _pairs(section, original):
        lost = find_lost_denial(text, here, source_text, there)
        if lost:
            message = f"say what the source denies with '{lost}', {_OTHERWISE}"
            yield Finding(where, message, line=line)
    if not is_near_denial(original.text, there):
        for line, text in section.lines():
            made_up = here.denies.search(here.no_denial.sub(" ", without_links(text)))
            if made_up:
                message = f"does the source deny what '{made_up.group()}' denies here?"
                yield warning(where, message, line)
                return


def find_lost_denial(text: str, words: Words, source_text: str, source_words: Words) -> str:
    """The denying word of the source when the translation has none, nor more words that may deny
    than those of the source account for; else nothing."""
    denial = source_words.denies.search(without_links(source_text))
    if denial is None or words.denies.search(without_links(text)):
        return ""
    is_said_otherwise = _count(words.may_deny, text) > _count(source_words.may_deny, source_text)
    return "" if is_said_otherwise else denial.group()


def is_near_denial(text: str, words: Words) -> bool:
    return any(_count(found, text) for found in (words.denies, words.may_deny, words.near_denial))


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(without_links(text)))


def _pairs(section: WrittenSection, original: WrittenSection) -> Iterator[tuple[int, str, str]]:
    """Paragraph by paragraph and item by item where both are built alike, else as a whole."""
    here, there = section.passages(), original.passages()
    if len(here) == len(there):
        for (line, text), (_, source_text) in zip(here, there, strict=True):
            yield line, text, source_text
    else:
        yield section.line, section.text, original.text
