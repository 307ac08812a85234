"""A translator as tests need one: opens a file with another library than ours, as translation tools
do, changes texts by their place and saves it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import polib

from content.import_translations import Plan, plan_import
from content.translation_units import find_units
from content.translators_file import write_sheet

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NAME = "se-en.po"


def exported(root: Path, language: str = "en", scope: str = "se", *topics: str) -> bytes:
    units = find_units(root, scope, language, NOW.date(), topics=topics)
    return write_sheet(scope, language, units, NOW).encode()


def translated(data: bytes, texts: Mapping[str, str]) -> bytes:
    """With these texts in their places, finished; wrapped as Poedit wraps them."""
    file = polib.pofile(data.decode(), wrapwidth=78)
    by_place = {entry.msgctxt: entry for entry in file}
    for place, text in texts.items():
        by_place[place].msgstr = text
        if "fuzzy" in by_place[place].flags:
            by_place[place].flags.remove("fuzzy")
    return str(file).encode()


def plan(root: Path, texts: Mapping[str, str], language: str = "en", scope: str = "se") -> Plan:
    return plan_import(root, NAME, translated(exported(root, language, scope), texts))


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file with its bytes; hidden ones too, so that nothing is left behind."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(root)): path.read_bytes() for path in files if path.suffix != ".pyc"
    }
