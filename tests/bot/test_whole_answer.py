"""A whole answer as residents read it, also where its translation is not up to date."""

from datetime import date
from pathlib import Path

import pytest

from bot.whole_answer import answer_values
from content.answers import Answer, load_answers
from content.texts import Domain, load_texts
from tests.content.example_pack import change, write_pack

DAY = date(2026, 11, 25)
TEXTS = load_texts(Domain.RESIDENT, "ar")
NOT_REVIEWED = TEXTS.gettext("No person has reviewed this translation yet.")


def read(root: Path) -> tuple[Answer, Answer]:
    answers = load_answers(root)
    arabic, source = answers.find("se", "id_card", "ar"), answers.source("se", "id_card")
    assert arabic is not None
    assert source is not None
    return arabic, source


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


def test_a_stale_section_is_that_of_the_source_with_its_language(pack: Path) -> None:
    change(pack, "se/id_card/sv.md", "kvittot", "kvittot och kortet")
    arabic, source = read(pack)
    values = answer_values(arabic, source, TEXTS, DAY, is_reviewed=False)
    seen = [(part.language, part.direction, part.is_stale) for part in values["sections"]]
    assert seen == [("ar", "rtl", False), ("sv", "ltr", True), ("ar", "rtl", False)]
    [stale] = [part for part in values["sections"] if part.is_stale]
    assert (stale.label, "kvittot och kortet" in stale.text) == ("Ta med", True)


def test_a_section_that_the_source_no_longer_has_is_not_said(pack: Path) -> None:
    text = (pack / "se/id_card/sv.md").read_text(encoding="utf-8")
    (pack / "se/id_card/sv.md").write_text(text.partition("## cost")[0], encoding="utf-8")
    arabic, source = read(pack)
    values = answer_values(arabic, source, TEXTS, DAY, is_reviewed=False)
    assert [part.label for part in values["sections"]] == ["", TEXTS.gettext("What to bring")]


@pytest.mark.parametrize("is_reviewed", [True, False])
def test_only_what_nobody_has_reviewed_is_called_so(pack: Path, *, is_reviewed: bool) -> None:
    arabic, source = read(pack)
    values = answer_values(arabic, source, TEXTS, DAY, is_reviewed=is_reviewed)
    assert (NOT_REVIEWED in values["notes"]) is not is_reviewed
