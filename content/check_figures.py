"""Amounts, phone numbers, deadlines and dates stand in facts.toml, with source and day; a text only
inserts them.
Also looks through facts.toml itself: every value used, sourced and there in every language."""

import re
from collections.abc import Collection, Iterator, Sequence

from content.answer_file import AnswerFile
from content.facts import Facts, Mark
from content.findings import Finding, warning
from content.languages import Words, language
from content.markup import without_links
from content.placeholders import find_placeholders, without_placeholders

# A form such as 650-031 has fewer; 112 and 1177 are names by now.
PHONE_DIGITS = 7

_FIGURE = re.compile(r"[+\d](?:[\d\s.,:/()٬–-]*\d)?")
_PERCENT = re.compile(r"[%٪]")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")


def check_figures(file: AnswerFile) -> Iterator[Finding]:
    words = language(file.language).words
    for place, line, text in _texts(file):
        for figure in find_unsourced(text, words):
            message = (
                f"put '{figure}' into facts.toml with its source and day, and insert it by its name"
            )
            yield Finding(f"{file.where}: {place}", message, line=line)


def find_unsourced(text: str, words: Words) -> list[str]:
    """Amounts of money, percentages, phone numbers, deadlines and dates written out in a text."""
    bare = without_placeholders(without_links(text))
    return [
        found.group()
        for found in _FIGURE.finditer(bare)
        if _is_amount(bare, found, words)
        or _is_phone(found.group())
        or _is_time(bare, found, words)
    ]


def check_values(
    country: str, facts: Facts, files: Collection[AnswerFile], languages: Sequence[str]
) -> Iterator[Finding]:
    used = {
        name
        for file in files
        for text in (file.summary, *(section.text for section in file.sections))
        for name in find_placeholders(text)
    }
    for name, value in facts.values.items():
        where = f"{country}/facts.toml: {name}"
        unknown = [fact for fact in value.sources if fact not in facts.register]
        if unknown:
            message = f"there is no fact {unknown[0]} in sources.md"
            yield Finding(where, message, line=value.line)
        if name not in used:
            yield warning(where, "no answer uses it: remove it or insert it", value.line)
            continue
        if not unknown and facts.surest_mark(value.sources) is Mark.RECALLED:
            message = (
                "nobody has seen its source: find the page, or let the answers only link to it"
            )
            yield warning(where, message, value.line)
        missing = [code for code in languages if code not in value.by_language]
        if missing and needs_words(value.value):
            yield warning(where, f"write it in {', '.join(missing)}", value.line)


def needs_words(value: str) -> bool:
    """Whether a value is said in words, so that every language has its own."""
    return _WORD.search(value) is not None


def _is_amount(text: str, found: re.Match[str], words: Words) -> bool:
    before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
    return bool(
        words.money.match(after)
        or _PERCENT.match(after)
        or any(money.end() == len(before) for money in words.money.finditer(before))
    )


def _is_phone(figure: str) -> bool:
    return sum(sign.isdigit() for sign in figure) >= PHONE_DIGITS


def _is_time(text: str, found: re.Match[str], words: Words) -> bool:
    """Also "1. januar"; after a full stop that ends the sentence a new one begins."""
    after = text[found.end() :].lstrip()
    named = after.removeprefix(".").lstrip()
    return bool(
        _YEAR.search(found.group())
        or words.time.match(after)
        or (named[:1].islower() and words.time.match(named))
    )


def _texts(file: AnswerFile) -> Iterator[tuple[str, int, str]]:
    for key, text in (("title", file.title), ("summary", file.summary)):
        yield key, file.line_of(key), text
    for section in file.sections:
        for line, text in section.lines():
            yield section.id, line, text
