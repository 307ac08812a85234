"""Compares a translation with its source, section by section. Numbers and values must be the same;
names and negations are counted roughly and only point a reader to the place."""

import re
import unicodedata
from collections.abc import Iterator

from content.answer_file import AnswerFile, WrittenSection
from content.answers import find_stale_sections
from content.findings import Finding, warning
from content.markup import find_links
from content.placeholders import find_placeholders

_NUMBER = re.compile(r"\d+(?:[ \u00a0\u202f.,٬]\d{3}(?!\d))*")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ž]{3,}")
_IN_BRACKETS = re.compile(r"[(（]([^()（）]*)[)）]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n]\s*|- )(\w+)", re.MULTILINE)

_NORDIC_LETTER = re.compile(r"[åäöæø]", re.IGNORECASE)

# Names that every language has its own word for.
_TRANSLATED_NAMES = frozenset(
    {"sverige", "stockholm", "danmark", "finland", "suomi", "europa", "ukraina"}
)

_NEGATIONS = {
    "sv": re.compile(r"\b(inte|ej|inga|inget|ingen|aldrig|utan|varken)\b", re.IGNORECASE),
    "en": re.compile(
        r"\b(not|no|never|cannot|without|none|nothing|neither)\b|n't\b", re.IGNORECASE
    ),
    "ar": re.compile(r"(?<!\w)[وف]?(لا|ليس\w*|لست|لم|لن|بدون|دون|غير|عدم|بلا|أبداً|ما)(?!\w)"),
    "da": re.compile(r"\b(ikke|ingen|intet|aldrig|uden|hverken)\b", re.IGNORECASE),
    "fi": re.compile(r"\b(ei|eivät|en|et|emme|ette|älä|älkää|ilman|eikä|etkä)\b", re.IGNORECASE),
    "uk": re.compile(r"\b(не|ні|ніколи|нікому|немає|нема|без|жодн\w+|ніде|ніхто)\b", re.IGNORECASE),
    "ru": re.compile(r"\b(не|ни|нет|нельзя|никогда|никому|без|ничего|никто)\b", re.IGNORECASE),
    "et": re.compile(r"\b(ei|pole|ära|ärge|ilma|mitte|kunagi)\b", re.IGNORECASE),
    "th": re.compile(r"ไม่|อย่า|ห้าม|มิได้"),
    "so": re.compile(r"\b(ma\w*|aan\w*|la'aan|ha|lama|kama|uma|weligaa)\b", re.IGNORECASE),
    "fa": re.compile(r"(?<!\w)(نه|نیست\w*|نمی\w*|بدون|هیچ|ن(?:دار|کن|شو|با|خواه|ده|رس|گیر)\w*)"),
    "ti": re.compile(r"ኣይ\w+|የለ\w*|ዘይ\w+|ብዘይ"),
}


def check_translation(file: AnswerFile, source: AnswerFile) -> Iterator[Finding]:
    originals = {section.id: section for section in source.sections}
    ids = [section.id for section in file.sections]
    if ids != list(originals):
        yield Finding(file.where, f"give it the sections of the source: {', '.join(originals)}")
    if file.source_url != source.source_url:
        yield Finding(file.where, f"use the source's address {source.source_url}")
    if (file.checked_on, file.valid_until) != (source.checked_on, source.valid_until):
        yield Finding(file.where, "take 'checked_on' and 'valid_until' from the source")
    yield from _check_stale(file, source)
    known_words = _latin_words(source)
    for section in file.sections:
        if section.id in originals:
            yield from _compare(file, section, originals[section.id], source.language)
            yield from _check_official_names(file, section, known_words)


def _check_stale(file: AnswerFile, source: AnswerFile) -> Iterator[Finding]:
    stale = find_stale_sections(file, source)
    if stale - set(file.source_hashes):
        yield Finding(file.where, "run python -m content.check --write-hashes")
    for section_id in sorted(stale & set(file.source_hashes)):
        message = "the source has changed: translate again, then write the hashes of this file"
        yield warning(f"{file.where}: {section_id}", message)


def _compare(
    file: AnswerFile, section: WrittenSection, original: WrittenSection, source_language: str
) -> Iterator[Finding]:
    where = f"{file.where}: {section.id}"
    for what, here, there in (
        ("value", set(find_placeholders(section.text)), set(find_placeholders(original.text))),
        ("number", find_numbers(section.text), find_numbers(original.text)),
        ("address", set(find_links(section.text)), set(find_links(original.text))),
        ("fact", set(section.fact_references), set(original.fact_references)),
    ):
        if here != there:
            yield Finding(
                where, f"make each {what} the same as in the source: {_differ(here, there)}"
            )
    here_words = _words(section.text)
    missing = [
        name for name in sorted(_names_inside(original.text)) if not _is_among(name, here_words)
    ]
    if missing:
        yield warning(where, f"is the official name missing: {', '.join(missing)}?")
    counts = (
        count_negations(section.text, file.language),
        count_negations(original.text, source_language),
    )
    if (counts[0] == 0) != (counts[1] == 0):
        yield warning(where, f"compare what is denied: {counts[0]} here, {counts[1]} in the source")


def find_numbers(text: str) -> set[str]:
    """Western digits without separators, so that 4 000, 4,000 and ٤٠٠٠ are the same number."""
    for url in find_links(text):
        text = text.replace(url, " ")
    western = "".join(
        str(unicodedata.digit(character)) if character.isdigit() else character
        for character in re.sub(r"\{[a-z0-9_]+\}", " ", text)
    )
    return {re.sub(r"\D", "", number) for number in _NUMBER.findall(western)}


def count_negations(text: str, language: str) -> int:
    pattern = _NEGATIONS.get(language)
    return len(pattern.findall(text)) if pattern else 0


def _check_official_names(
    file: AnswerFile, section: WrittenSection, known_words: set[str]
) -> Iterator[Finding]:
    """A name in brackets is there so that the resident recognises it on a sign or letter."""
    for bracketed in _IN_BRACKETS.findall(section.text):
        if file.language == "en" and not _NORDIC_LETTER.search(bracketed):
            continue
        words = _words(bracketed)
        if words and not any(_is_among(word, known_words) for word in words):
            yield warning(f"{file.where}: {section.id}", f"does the source say '{bracketed}'?")


def _names_inside(text: str) -> set[str]:
    """Words with a capital letter that do not begin a sentence, without a genitive s."""
    beginnings = {match.start(1) for match in _SENTENCE_START.finditer(text)}
    names = {
        _stem(match.group())
        for match in _LATIN_WORD.finditer(_without_links(text))
        if match.group()[0].isupper() and match.start() not in beginnings
    }
    return names - _TRANSLATED_NAMES


def _is_among(word: str, known_words: set[str]) -> bool:
    """Whether it is a known word, perhaps with another ending."""
    return any(word.startswith(known) or known.startswith(word) for known in known_words)


def _latin_words(file: AnswerFile) -> set[str]:
    texts = [file.title, file.summary, *(section.text for section in file.sections)]
    return {word for text in texts for word in _words(text)}


def _words(text: str) -> set[str]:
    return {_stem(word) for word in _LATIN_WORD.findall(_without_links(text))}


def _stem(word: str) -> str:
    return word.casefold().removesuffix("s")


def _without_links(text: str) -> str:
    for url in find_links(text):
        text = text.replace(url, " " * len(url))
    return re.sub(r"\{[a-z0-9_]+\}", lambda match: " " * len(match.group()), text)


def _differ(here: set[str], there: set[str]) -> str:
    surplus = ", ".join(sorted(here - there)) or "nothing"
    missing = ", ".join(sorted(there - here)) or "nothing"
    return f"only here {surplus}, only there {missing}"
