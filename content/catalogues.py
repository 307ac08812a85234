"""Collects the marked texts of the code and brings the catalogues up to date.

    python -m content.catalogues update    writes the templates and merges them into every .po file
    python -m content.catalogues check     says which files "update" would change; exit 1 if any

The files carry no dates and no line numbers, so a change shows only the texts that changed."""

import argparse
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po
from babel.util import pathmatch

from content.texts import LOCALE_FOLDER, Domain, catalogue_path, read_catalogue, template_path

ROOT = Path(__file__).parent.parent
SOURCE_FOLDERS = ("backend", "booking", "bot")

# Who reads a text decides its domain; the first pattern that matches a file counts.
SOURCES = {
    Domain.RESIDENT: (
        ("bot/**.py", "python"),
        ("backend/resident**.py", "python"),
        ("booking/resident**.py", "python"),
        ("backend/templates/resident/**.html", "jinja2"),
    ),
    Domain.STAFF: (
        ("backend/console**.py", "python"),
        ("booking/console**.py", "python"),
        ("backend/templates/console/**.html", "jinja2"),
    ),
}
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

_CHANGING_HEADERS = ('"POT-Creation-Date:', '"PO-Revision-Date:', '"Generated-By:')


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m content.catalogues", description=__doc__)
    parser.add_argument("action", choices=("update", "check"))
    action = parser.parse_args().action
    changed = [(path, text) for path, text in render_all() if _read(path) != text]
    for path, text in changed:
        if action == "update":
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: updated")
        else:
            print(f"{path.relative_to(ROOT)}: run python -m content.catalogues update")
    return 1 if changed and action == "check" else 0


def render_all() -> Iterator[tuple[Path, str]]:
    """Every template and catalogue as it should stand on disk."""
    for domain in Domain:
        template = extract(domain)
        yield template_path(domain), render(template)
        for folder in sorted(LOCALE_FOLDER.glob("*/LC_MESSAGES")):
            path = catalogue_path(domain, folder.parent.name)
            if path.exists():
                old = read_catalogue(path, folder.parent.name)
                yield path, render(merge(template, old))


def extract(domain: Domain, root: Path = ROOT) -> Catalog:
    catalogue = Catalog(project="Landa", charset="utf-8", fuzzy=False, header_comment="")
    for folder in SOURCE_FOLDERS:
        found = extract_from_dir(
            root / folder,
            method_map=[(pattern.removeprefix(f"{folder}/"), method)
                        for pattern, method in SOURCES[domain]
                        if pattern.startswith(f"{folder}/")],
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for file, _, message, comments, context in found:
            catalogue.add(message, None, [(f"{folder}/{file}", 0)], auto_comments=comments, context=context)
    return catalogue
