"""Interface texts: complete for every released language, with the placeholders of the original."""

from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

from content.findings import Finding
from content.languages import RELEASED
from content.placeholders import find_placeholders
from content.texts import (
    MESSAGE_LANGUAGE,
    Domain,
    catalogue_path,
    find_untranslated,
    read_catalogue,
    singular,
)

SHOWN = 3


def check_catalogues() -> Iterator[Finding]:
    for domain in Domain:
        for language in RELEASED[domain]:
            if language != MESSAGE_LANGUAGE:
                yield from _check_complete(domain, language)
                path = catalogue_path(domain, language)
                where = f"locale/{language}/LC_MESSAGES/{path.name}"
                yield from check_placeholders(where, read_catalogue(path, language))


def check_placeholders(where: str, catalogue: Catalog) -> Iterator[Finding]:
    for message in catalogue:
        for string in _translations(message):
            wrong = _wrong_placeholders(message, string)
            if wrong:
                name = ", ".join(f"{{{placeholder}}}" for placeholder in sorted(wrong))
                yield Finding(
                    where, f"correct {name} in the translation of '{singular(message.id)}'"
                )


def _check_complete(domain: Domain, language: str) -> Iterator[Finding]:
    missing = find_untranslated(domain, language)
    if missing:
        first = "; ".join(f"'{message}'" for message in missing[:SHOWN])
        where = f"locale/{language}/LC_MESSAGES/{domain}.po"
        yield Finding(where, f"translate {len(missing)} texts, such as {first}")


def _translations(message: Message) -> list[str]:
    strings = (message.string,) if isinstance(message.string, str) else message.string or ()
    return [string for string in strings if string] if message.id else []


def _wrong_placeholders(message: Message, string: str) -> set[str]:
    """A plural form such as the Arabic dual may leave the number out; nothing may be added."""
    if isinstance(message.id, str):
        return set(find_placeholders(message.id)) ^ set(find_placeholders(string))
    known = {name for form in message.id for name in find_placeholders(form)}
    return set(find_placeholders(string)) - known | (known - {"n"}) - set(find_placeholders(string))
