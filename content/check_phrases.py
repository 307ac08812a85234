"""Phrases for caseworkers: every one in every language, with the placeholders of the source."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from content.entry import ContentError
from content.findings import Finding
from content.languages import RESIDENT_LANGUAGES, STAFF_LANGUAGES
from content.phrases import (
    GROUPS,
    PHRASES_FOLDER,
    PLACEHOLDERS,
    SOURCE_LANGUAGE,
    PhraseFile,
    read_phrase_files,
)
from content.placeholders import find_placeholders

MAX_LENGTH = 200  # of the source: a phrase is read on a phone, and rarely alone
SHOWN = 3


def check_phrases(folder: Path = PHRASES_FOLDER) -> Iterator[Finding]:
    try:
        files = read_phrase_files(folder)
    except ContentError as error:
        yield Finding(error.where, error.message)
        return
    source = files[SOURCE_LANGUAGE]
    yield from _check_source(source)
    for language in RESIDENT_LANGUAGES:
        file = files.get(language.code)
        if file is None:
            yield Finding("phrases", f"translate them: {language.code}.toml is missing")
        else:
            yield from _check_complete(file, source)
            yield from check_phrase_texts(file, source)
    yield from _check_groups(files, source)


def check_phrase_texts(file: PhraseFile, source: PhraseFile) -> Iterator[Finding]:
    yield from _check_placeholders(file, source)
    yield from _check_braces(file)


def _check_source(source: PhraseFile) -> Iterator[Finding]:
    for key, phrase in source.texts.items():
        for name in find_placeholders(phrase.text):
            if name not in PLACEHOLDERS:
                known = ", ".join(PLACEHOLDERS)
                yield Finding(
                    f"{source.where}: {key}", f"there is no placeholder {{{name}}}, only {known}"
                )
        if len(phrase.text) > MAX_LENGTH:
            yield Finding(
                f"{source.where}: {key}",
                f"shorten it to {MAX_LENGTH} characters, or make two phrases of it",
            )


def _check_complete(file: PhraseFile, source: PhraseFile) -> Iterator[Finding]:
    missing = [key for key in source.texts if key not in file.texts]
    if missing:
        first = ", ".join(missing[:SHOWN])
        yield Finding(file.where, f"translate {len(missing)} phrases, such as {first}")
    for key, phrase in file.texts.items():
        if key not in source.texts:
            yield Finding(f"{file.where}: {key}", f"remove it: {source.where} has no such phrase")
        if not phrase.text:
            yield Finding(f"{file.where}: {key}", "write the text")


def _check_placeholders(file: PhraseFile, source: PhraseFile) -> Iterator[Finding]:
    for key, phrase in file.texts.items():
        if key in source.texts:
            wanted = sorted(find_placeholders(source.texts[key].text))
            found = sorted(find_placeholders(phrase.text))
            if wanted != found:
                yield Finding(
                    f"{file.where}: {key}",
                    f"write {_named(wanted)} as {source.where} does; here is {_named(found)}",
                )


def _check_braces(file: PhraseFile) -> Iterator[Finding]:
    """What looks like a placeholder and is none would be sent as it stands: {Date}, {date."""
    for key, phrase in file.texts.items():
        braces = phrase.text.count("{") + phrase.text.count("}")
        if braces != 2 * len(find_placeholders(phrase.text)):
            yield Finding(f"{file.where}: {key}", "write placeholders as {date}, in small letters")


def _check_groups(files: Mapping[str, PhraseFile], source: PhraseFile) -> Iterator[Finding]:
    """Staff find phrases by the names of their groups in their own language."""
    used = list(dict.fromkeys(key.partition(".")[0] for key in source.texts))
    for language in STAFF_LANGUAGES:
        file = files.get(language.code)
        for group in used if file else ():
            if file and group not in file.groups:
                yield Finding(file.where, f"add '{group}' to [{GROUPS}] (title and words)")


def _named(placeholders: list[str]) -> str:
    return " ".join(f"{{{name}}}" for name in placeholders) or "no placeholder"
