from collections.abc import Iterator
from pathlib import Path

import pytest

from content import texts
from content.texts import N_, Domain, find_untranslated, is_complete, load_texts

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
TEMPLATE = (
    HEADER
    + """
msgid "Book a time"
msgstr ""

msgctxt "calendar"
msgid "May"
msgstr ""

msgid "Hello {name}"
msgstr ""

msgid "{n} person before you"
msgid_plural "{n} people before you"
msgstr[0] ""
msgstr[1] ""
"""
)
ARABIC = (
    HEADER + '"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 :'
    ' n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"\n'
    + """
msgid "Book a time"
msgstr "احجز موعداً"

msgctxt "calendar"
msgid "May"
msgstr "مايو"

msgid "Hello {name}"
msgstr "مرحباً {name}"

msgid "{n} person before you"
msgid_plural "{n} people before you"
msgstr[0] "لا أحد"
msgstr[1] "شخص واحد"
msgstr[2] "شخصان"
msgstr[3] "{n} أشخاص"
msgstr[4] "{n} شخصاً"
msgstr[5] "{n} شخص"
"""
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(texts, "LOCALE_FOLDER", tmp_path)
    load_texts.cache_clear()
    is_complete.cache_clear()
    (tmp_path / "resident.pot").write_text(TEMPLATE, encoding="utf-8")
    write_arabic(tmp_path, ARABIC)
    yield tmp_path
    load_texts.cache_clear()
    is_complete.cache_clear()


def write_arabic(folder: Path, text: str) -> None:
    path = folder / "ar" / "LC_MESSAGES" / "resident.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_text_is_translated_and_filled() -> None:
    arabic = load_texts(Domain.RESIDENT, "ar")
    assert arabic.gettext("Book a time") == "احجز موعداً"
    assert arabic.gettext("Hello {name}", name="Maria") == "مرحباً Maria"
    assert arabic.pgettext("calendar", "May") == "مايو"


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "لا أحد"),
        (1, "شخص واحد"),
        (2, "شخصان"),
        (3, "3 أشخاص"),
        (11, "11 شخصاً"),
        (99, "99 شخصاً"),
        (100, "100 شخص"),
    ],
)
def test_arabic_has_six_forms(n: int, text: str) -> None:
    arabic = load_texts(Domain.RESIDENT, "ar")
    assert arabic.ngettext("{n} person before you", "{n} people before you", n) == text


@pytest.mark.parametrize(("n", "text"), [(1, "1 person"), (3, "3 people")])
def test_english_needs_no_catalogue(n: int, text: str) -> None:
    english = load_texts(Domain.RESIDENT, "en")
    assert english.ngettext("{n} person", "{n} people", n) == text
    assert english.npgettext("queue", "{n} person", "{n} people", n) == text
    assert english.gettext("Hello {name}", name="Maria") == "Hello Maria"


def test_a_forgotten_value_is_an_error_and_never_shown() -> None:
    with pytest.raises(KeyError, match="name"):
        load_texts(Domain.RESIDENT, "ar").gettext("Hello {name}")


def test_what_a_resident_wrote_is_not_read_as_a_template() -> None:
    english = load_texts(Domain.RESIDENT, "en")
    assert english.gettext("Hello {name}", name="{n}") == "Hello {n}"


def test_a_language_without_catalogue_speaks_english() -> None:
    assert load_texts(Domain.RESIDENT, "so").gettext("Book a time") == "Book a time"


def test_a_marked_text_is_left_as_it_is() -> None:
    assert N_("Book a time") == "Book a time"


def test_a_full_catalogue_is_complete() -> None:
    assert find_untranslated(Domain.RESIDENT, "ar") == []
    assert is_complete(Domain.RESIDENT, "ar")


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ('msgstr "احجز موعداً"', 'msgstr ""', "Book a time"),
        ('msgid "Book a time"', '#, fuzzy\nmsgid "Book a time"', "Book a time"),
        ('msgctxt "calendar"\n', "", "May"),
        ('msgstr[4] "{n} شخصاً"', 'msgstr[4] ""', "{n} person before you"),
    ],
)
def test_one_missing_text_makes_a_language_incomplete(
    folder: Path, old: str, new: str, missing: str
) -> None:
    assert old in ARABIC
    write_arabic(folder, ARABIC.replace(old, new))
    assert find_untranslated(Domain.RESIDENT, "ar") == [missing]
    assert not is_complete(Domain.RESIDENT, "ar")


def test_english_is_always_complete_and_a_language_not_begun_never() -> None:
    assert is_complete(Domain.RESIDENT, "en")
    assert not is_complete(Domain.RESIDENT, "so")
