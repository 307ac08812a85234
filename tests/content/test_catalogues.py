import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from content.catalogues import extract, find_unassigned, merge, render, render_all
from content.texts import Domain

FLOW = """
def greet(texts):
    # Translators: the first thing a resident reads.
    texts.gettext("Hello {name}", name="Maria")
    texts.ngettext("{n} minute", "{n} minutes", 3)
    return texts.pgettext("button", "Book")
"""
PAGE = '<p title="{{ _("Close") }}">{{ ngettext("{n} time", "{n} times", 2) }}</p>'


@pytest.fixture
def code(tmp_path: Path) -> Path:
    for name, text in {
        "bot/flows/greet.py": FLOW,
        "bot/flows/book.py": '_("Book")',
        "booking/resident_pages.py": 'gettext("Your time")',
        "booking/console_pages.py": 'gettext("Day list")',
        "backend/console/inbox.py": 'gettext("Inbox")',
        "backend/other.py": 'gettext("Nobody reads this")',
        "backend/templates/resident/chat.html": PAGE,
        "backend/templates/console/day.html": '{{ _("Check in") }}',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def ids(catalogue: Catalog) -> list[object]:
    return [message.id for message in catalogue if message.id]


def parse(text: str, language: str | None = None) -> Catalog:
    return read_po(text.encode().splitlines(keepends=True), locale=language)


def translated(template: Catalog, language: str) -> Catalog:
    old = Catalog(language)
    for message in template:
        if message.id:
            plural = message.pluralizable
            old.add(
                message.id,
                ("x",) * old.num_plurals if plural else f"x {message.id}",
                context=message.context,
            )
    return old


def test_texts_of_residents_are_collected(code: Path) -> None:
    assert ids(extract(Domain.RESIDENT, code)) == [
        "Close",
        ("{n} time", "{n} times"),
        "Your time",
        "Book",
        "Hello {name}",
        ("{n} minute", "{n} minutes"),
        "Book",
    ]


def test_texts_of_staff_are_collected(code: Path) -> None:
    assert ids(extract(Domain.STAFF, code)) == ["Inbox", "Check in", "Day list"]


def test_marked_texts_outside_the_domains_are_named(code: Path) -> None:
    assert find_unassigned(code) == ["backend/other.py"]


def test_files_have_no_dates_and_no_line_numbers(code: Path) -> None:
    text = render(extract(Domain.RESIDENT, code))
    assert "Date" not in text
    assert "#: bot/flows/greet.py\n" in text
    assert "#. the first thing a resident reads." in text


def test_translations_survive_an_update(code: Path) -> None:
    template = extract(Domain.RESIDENT, code)
    merged = merge(template, translated(template, "sv"))
    assert ids(merged) == ids(template)
    hello = merged.get("Hello {name}")
    assert hello is not None
    assert hello.string == "x Hello {name}"
    book = merged.get("Book", "button")
    assert book is not None
    assert book.string == "x Book"


def test_rendering_and_reading_again_changes_nothing(code: Path) -> None:
    template = extract(Domain.RESIDENT, code)
    once = render(merge(template, translated(template, "ar")))
    again = render(merge(template, parse(once, "ar")))
    assert again == once


def test_a_text_that_disappears_is_kept_and_comes_back(code: Path) -> None:
    full = extract(Domain.RESIDENT, code)
    page = code / "booking/resident_pages.py"
    page.write_text("", encoding="utf-8")
    without = render(merge(extract(Domain.RESIDENT, code), translated(full, "sv")))
    assert '#~ msgid "Your time"\n#~ msgstr "x Your time"' in without
    back = merge(full, parse(without, "sv")).get("Your time")
    assert back is not None
    assert back.string == "x Your time"


def test_nothing_is_guessed_from_similar_texts(code: Path) -> None:
    old = Catalog("sv")
    old.add("Your times", "Dina tider")
    merged = merge(extract(Domain.RESIDENT, code), old)
    message = merged.get("Your time")
    assert message is not None
    assert (message.string, message.fuzzy) == (None, False)


def test_a_fuzzy_translation_stays_fuzzy(code: Path) -> None:
    old = Catalog("sv")
    old.add("Your time", "Din tid", flags=["fuzzy"])
    message = merge(extract(Domain.RESIDENT, code), old).get("Your time")
    assert message is not None
    assert (message.string, message.fuzzy) == ("Din tid", True)


def test_a_text_that_became_plural_is_translated_anew(code: Path) -> None:
    old = Catalog("sv")
    old.add("{n} minute", "{n} minut")
    message = merge(extract(Domain.RESIDENT, code), old).get("{n} minute")
    assert message is not None
    assert message.string == ("", "")


def test_arabic_has_six_plural_forms_in_the_usual_order(code: Path) -> None:
    text = render(merge(extract(Domain.RESIDENT, code), Catalog("ar")))
    assert '"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 :' in text
    assert "n%100>=11 ? 4 : 5);" in text
    assert "msgstr[5]" in text


def test_the_shipped_catalogues_are_up_to_date() -> None:
    changed = [path.name for path, text in render_all() if path.read_text(encoding="utf-8") != text]
    assert changed == []


def test_the_check_command_says_so() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "content.catalogues", "check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (run.returncode, run.stdout) == (0, "")
