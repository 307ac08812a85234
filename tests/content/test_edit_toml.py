"""One text goes into a TOML file and everything else stays, byte for byte."""

import tomllib

import pytest

from content.answers import CONTENT_FOLDER, SOURCE_LANGUAGES
from content.edit_toml import quoted, set_text
from content.entry import ContentError

FILE = """# Kept.
title = "Old"  # why

[fee]
value = "400 kronor"
en = 'SEK "400"'
source = "SE-4.2"

[greeting]
hello = { text = "Hi {name}", review = "native" }
"""


@pytest.mark.parametrize(
    ("table", "key", "before", "old", "new"),
    [
        ("", "title", "", '"Old"  # why', '"New \\"one\\""  # why'),
        ("fee", "en", "", "'SEK \"400\"'", '"New \\"one\\""'),
        ("fee", "ar", "source", "source =", 'ar = "New \\"one\\""\nsource ='),
        ("fee", "ar", "", '"SE-4.2"\n', '"SE-4.2"\nar = "New \\"one\\""\n'),
        ("greeting", "hello", "", '{ text = "Hi {name}", review = "native" }', '"New \\"one\\""'),
    ],
)
def test_only_the_text_changes(table: str, key: str, before: str, old: str, new: str) -> None:
    edited = set_text("x.toml", FILE, table, key, 'New "one"', before=before)
    assert edited == FILE.replace(old, new)


def test_a_new_table_stands_at_the_end() -> None:
    assert (
        set_text("x.toml", FILE, "times", "moved", "Moved") == f'{FILE}\n[times]\nmoved = "Moved"\n'
    )
    assert (
        set_text("x.toml", "", "times", "moved", "Moved").lstrip() == '[times]\nmoved = "Moved"\n'
    )


@pytest.mark.parametrize("written", ['title = """a\nb"""\n', 'title =\\\n"a"\n', "title = ['a']\n"])
def test_what_is_written_in_another_way_is_left_to_a_person(written: str) -> None:
    with pytest.raises((ContentError, tomllib.TOMLDecodeError)):
        set_text("x.toml", written, "", "title", "New")


def test_marks_of_direction_stay_visible_in_the_file() -> None:
    assert quoted("\u200e114 14\u200e می\u200cخواهم") == '"\\u200e114 14\\u200e می\u200cخواهم"'


def test_setting_shipped_values_and_phrases_anew_changes_no_byte() -> None:
    """In the languages whose values hold marks and spaces that cannot be seen."""
    values = [CONTENT_FOLDER / country / "facts.toml" for country in SOURCE_LANGUAGES]
    phrases = [CONTENT_FOLDER / f"phrases/{code}.toml" for code in ("fa", "so")]
    texts = 0
    for path in [*values, *phrases]:
        written = path.read_text(encoding="utf-8")
        for table, entries in tomllib.loads(written).items():
            for key, text in entries.items():
                if isinstance(text, str) and (path in phrases or key in ("value", "ar", "fa")):
                    assert set_text(path.name, written, table, key, text) == written
                    texts += 1
    assert texts > 500
