"""Short interface texts in the reader's language, read straight from the .po files so that no
compiled file has to be committed or built. English is the language of the message ids.

A text is marked where it is used, whole, with named placeholders:

    texts = load_texts(Domain.RESIDENT, "ar")
    texts.gettext("You have number {number}.", number="B 14")
    texts.ngettext("{n} person before you", "{n} people before you", 3)
"""

import gettext
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from content.placeholders import fill

LOCALE_FOLDER = Path(__file__).parent / "locale"
MESSAGE_LANGUAGE = "en"

MessageId = str | list[str] | tuple[str, ...]


class Domain(StrEnum):
    RESIDENT = "resident"
    STAFF = "staff"


class Texts:
    """One catalogue. A value that a placeholder needs and the caller forgot is a KeyError."""

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self._translations = translations

    def gettext(self, message: str, /, **values: object) -> str:
        return fill(self._translations.gettext(message), values)

    def ngettext(self, singular: str, plural: str, n: int, /, **values: object) -> str:
        return fill(self._translations.ngettext(singular, plural, n), {"n": n, **values})

    def pgettext(self, context: str, message: str, /, **values: object) -> str:
        return fill(self._translations.pgettext(context, message), values)

    def npgettext(
        self, context: str, singular: str, plural: str, n: int, /, **values: object
    ) -> str:
        found = self._translations.npgettext(context, singular, plural, n)
        return fill(found, {"n": n, **values})


def N_(message: str) -> str:
    return message


@cache
def load_texts(domain: Domain, language: str) -> Texts:
    """A language without a catalogue speaks English."""
    path = catalogue_path(domain, language)
    if not path.exists():
        return Texts(language, gettext.NullTranslations())
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(path, language))
    compiled.seek(0)
    return Texts(language, gettext.GNUTranslations(compiled))


@cache
def is_complete(domain: Domain, language: str) -> bool:
    """Whether every text is translated and none is marked as fuzzy."""
    if language == MESSAGE_LANGUAGE:
        return True
    return catalogue_path(domain, language).exists() and not find_untranslated(domain, language)


def find_untranslated(domain: Domain, language: str) -> list[str]:
    """The messages of the template that have no translation, or one marked as fuzzy."""
    template = read_catalogue(template_path(domain), None)
    path = catalogue_path(domain, language)
    catalogue = read_catalogue(path, language) if path.exists() else Catalog(locale=language)
    return [
        singular(message.id)
        for message in template
        if message.id and not _is_translated(catalogue, message)
    ]


def singular(message_id: MessageId) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def template_path(domain: Domain) -> Path:
    return LOCALE_FOLDER / f"{domain}.pot"


def catalogue_path(domain: Domain, language: str) -> Path:
    return LOCALE_FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def read_catalogue(path: Path, language: str | None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _is_translated(catalogue: Catalog, message: Message) -> bool:
    found = catalogue.get(singular(message.id), message.context)
    if found is None or found.fuzzy or found.pluralizable != message.pluralizable:
        return False
    strings = (found.string,) if isinstance(found.string, str) else found.string
    return strings is not None and all(strings)
