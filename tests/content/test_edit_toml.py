"""One text goes into a TOML file and everything else stays, byte for byte."""

import tomllib

import pytest

from content.answers import CONTENT_FOLDER, SOURCE_LANGUAGES
from content.edit_toml import quoted, set_text, set_wording
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


PLACES = """
[[offices]]
room = { sv = "Rum 2", en = "Room 2" }  # upstairs

[offices.way]
sv = "Till höger."
en = "To the right."

[[offices]]
closures = [{ reason = { sv = "Rum 2", en = "Room 2" } }]
room = { sv = "Rum 2", en = "Room 2" }

[offices.way]
sv = "Till höger."
en = "To the right."
"""


@pytest.mark.parametrize(
    ("place", "language", "old", "new", "which"),
    [
        (("offices", 0, "room"), "en", '"Room 2"', '"Hall {2}"', 0),
        (("offices", 1, "closures", 0, "reason"), "en", '"Room 2"', '"Hall {2}"', 1),
        (("offices", 1, "room"), "fi", '"Room 2" }', '"Room 2", fi = "Hall {2}" }', 2),
        (("offices", 1, "way"), "sv", '"Till höger."', '"Hall {2}"', 1),
        (("offices", 0, "way"), "fi", 'right."\n', 'right."\nfi = "Hall {2}"\n', 0),
    ],
)
def test_of_wordings_that_look_the_same_the_one_meant_changes(
    place: tuple[str | int, ...], language: str, old: str, new: str, which: int
) -> None:
    *before, after = PLACES.split(old, which + 1)
    edited = set_wording("x.toml", PLACES, place, language, "Hall {2}")
    assert edited == old.join(before) + new + after


def test_a_wording_in_several_lines_is_left_to_a_person() -> None:
    with pytest.raises(ContentError, match="write 'fi' of room by hand"):
        set_wording("x.toml", 'room.sv = "a"\nroom.en = "b"\n', ("room",), "fi", "c")
