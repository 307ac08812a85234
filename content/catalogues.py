"""Collects the marked texts of the code and brings the catalogues up to date.

    python -m content.catalogues update    writes the templates and merges them into every .po file
    python -m content.catalogues check     says which files "update" would change; exit 1 if any

The files carry no dates and no line numbers, so a change shows only the texts that changed."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from content.languages import RELEASED
from content.texts import (
    LOCALE_FOLDER,
    MESSAGE_LANGUAGE,
    Domain,
    MessageId,
    catalogue_path,
    read_catalogue,
    singular,
    template_path,
)

ROOT = Path(__file__).parent.parent
SOURCE_FOLDERS = ("backend", "booking", "bot", "nlu")

# Who reads a text decides its domain; the first pattern that matches a file counts.
SOURCES = {
    Domain.RESIDENT: (
        ("bot/console*.py", "ignore"),
        ("bot/**.py", "python"),
        ("backend/resident*.py", "python"),
        ("backend/resident/**.py", "python"),
        ("booking/calendar_file.py", "python"),
        ("booking/resident*.py", "python"),
        ("booking/resident/**.py", "python"),
        ("backend/templates/resident/**.html", "jinja2"),
    ),
    Domain.STAFF: (
        ("backend/console*.py", "python"),
        ("backend/console/**.py", "python"),
        ("bot/console*.py", "python"),
        ("booking/console*.py", "python"),
        ("booking/console/**.py", "python"),
        ("nlu/console*.py", "python"),
        ("backend/templates/console/**.html", "jinja2"),
    ),
}
EVERYTHING = (("**.py", "python"), ("**.html", "jinja2"))
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}

# Babel's own table has the last two forms of Arabic in another order than all other gettext tools.
PLURAL_FORMS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 :"
    " n%100>=11 ? 4 : 5);",
}

MessageKey = str | tuple[str, str]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m content.catalogues",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("update", "check"))
    action = parser.parse_args(arguments).action
    changed = [(path, text) for path, text in render_all() if _read(path) != text]
    for path, text in changed:
        if action == "update":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: updated")
        else:
            print(f"{path.relative_to(ROOT)}: run python -m content.catalogues update")
    unassigned = find_unassigned()
    for file in unassigned:
        print(f"{file}: add its pattern to SOURCES in content/catalogues.py")
    return 1 if unassigned or (changed and action == "check") else 0


def render_all() -> Iterator[tuple[Path, str]]:
    """Every template and catalogue as it should stand on disk."""
    for domain in Domain:
        template = extract(domain)
        yield template_path(domain), render(template)
        for language in _languages_of(domain):
            path = catalogue_path(domain, language)
            old = read_catalogue(path, language) if path.exists() else Catalog(language)
            yield path, render(merge(template, old))


def extract(domain: Domain, root: Path = ROOT) -> Catalog:
    template = Catalog(charset="utf-8")
    for folder in SOURCE_FOLDERS:
        for file, message_id, comments, context in _find(root, folder, _methods(folder, domain)):
            template.add(message_id, None, [(file, 0)], (), comments, context=context)
    return template


def find_unassigned(root: Path = ROOT) -> list[str]:
    """Files whose texts are marked but belong to no domain, and would stay English for ever."""
    assigned = {
        location[0]
        for domain in Domain
        for message in extract(domain, root)
        for location in message.locations
    }
    marked = {
        file for folder in SOURCE_FOLDERS for file, *_ in _find(root, folder, list(EVERYTHING))
    }
    return sorted(marked - assigned)


def merge(template: Catalog, old: Catalog) -> Catalog:
    """The template's messages with the old translations. What is no longer used stays at the end
    as obsolete and comes back when its message does."""
    known = {**old.obsolete, **{_key(message): message for message in old if message.id}}
    merged = Catalog(old.locale, charset="utf-8")
    for message in template:
        if message.id:
            _add_translated(merged, message, known.pop(_key(message), None))
    for key, message in known.items():
        if message.string and any(message.string):
            merged.obsolete[key] = message
    return merged


def render(catalogue: Catalog) -> str:
    body = BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, include_lineno=False)
    header = "\n".join(f'"{line}\\n"' for line in _header_lines(catalogue))
    return f'msgid ""\nmsgstr ""\n{header}\n\n{body.getvalue().decode()}'.rstrip("\n") + "\n"


def _languages_of(domain: Domain) -> list[str]:
    """Those that are released and those whose translation has been begun."""
    begun = {path.parts[-3] for path in LOCALE_FOLDER.glob(f"*/LC_MESSAGES/{domain}.po")}
    return sorted((begun | set(RELEASED[domain])) - {MESSAGE_LANGUAGE})


def _methods(folder: str, domain: Domain) -> list[tuple[str, str]]:
    return [
        (pattern.removeprefix(f"{folder}/"), method)
        for pattern, method in SOURCES[domain]
        if pattern.startswith(f"{folder}/")
    ]


def _find(
    root: Path, folder: str, methods: list[tuple[str, str]]
) -> Iterator[tuple[str, MessageId, list[str], str | None]]:
    found = extract_from_dir(
        root / folder,
        method_map=methods,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for file, _, message_id, comments, context in found:
        yield f"{folder}/{file}", message_id, comments, context


def _header_lines(catalogue: Catalog) -> Iterator[str]:
    yield "Project-Id-Version: Landa"
    yield "MIME-Version: 1.0"
    yield "Content-Type: text/plain; charset=utf-8"
    yield "Content-Transfer-Encoding: 8bit"
    if catalogue.locale is not None:
        language = str(catalogue.locale)
        yield f"Language: {language}"
        yield f"Plural-Forms: {PLURAL_FORMS.get(language, catalogue.plural_forms)}"


def _add_translated(merged: Catalog, message: Message, known: Message | None) -> None:
    same_form = known is not None and known.pluralizable == message.pluralizable
    merged.add(
        message.id,
        known.string if known is not None and same_form else None,
        message.locations,
        message.flags | (known.flags & {"fuzzy"} if known is not None else set()),
        message.auto_comments,
        known.user_comments if known is not None else (),
        context=message.context,
    )


def _key(message: Message) -> MessageKey:
    return (singular(message.id), message.context) if message.context else singular(message.id)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
