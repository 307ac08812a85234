from datetime import date
from pathlib import Path

import pytest

from content.entry import ContentError, Entry, parse_toml, read_toml
from content.languages import Direction
from content.wording import Wording

OFFICE = """
name = { en = "School", sv = "Skolan" }
address = " Storgatan 4 "
minutes = 12
demo = true
languages = ["sv", "en"]
text_runs = "rtl"
opened_on = 2026-11-22
lanes = [{ key = "a", letter = "A" }, { letter = "B" }]
"""


@pytest.fixture
def office() -> Entry:
    return parse_toml("office.toml", OFFICE)


def test_values_come_out_typed(office: Entry) -> None:
    assert office.text("address") == "Storgatan 4"
    assert office.number("minutes") == 12
    assert office.flag("demo") is True
    assert office.texts("languages") == ("sv", "en")
    assert office.choice("text_runs", Direction) is Direction.RIGHT_TO_LEFT
    assert office.day("opened_on") == date(2026, 11, 22)
    assert office.wording("name") == Wording({"en": "School", "sv": "Skolan"})


def test_a_plain_text_is_the_same_in_every_language(office: Entry) -> None:
    assert office.wording("address") == Wording({"en": " Storgatan 4 "})


def test_tables_in_a_list_are_named_by_key_or_number(office: Entry) -> None:
    lanes = office.entries("lanes")
    assert [lane.where for lane in lanes] == ["office.toml: lanes a", "office.toml: lanes 2"]


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda entry: entry.text("room"), "add 'room' (a text in quotes)"),
        (lambda entry: entry.text("minutes"), "make 'minutes' a text in quotes"),
        (lambda entry: entry.number("demo"), "make 'demo' a whole number"),
        (lambda entry: entry.texts("lanes"), "make every item of 'lanes' a text in quotes"),
        (lambda entry: entry.entries("languages"), "make every item of 'languages' a table"),
        (lambda entry: entry.choice("address", Direction), "choose 'address' from: ltr, rtl"),
        (lambda entry: entry.refuse_unknown(frozenset({"name"})), "unknown key 'address'"),
    ],
)
def test_a_mistake_says_what_to_do(office: Entry, read, message: str) -> None:  # type: ignore[no-untyped-def]  # Each row reads another type.
    with pytest.raises(ContentError) as refusal:
        read(office)
    assert refusal.value.where == "office.toml"
    assert message in refusal.value.message


def test_a_wording_needs_english() -> None:
    entry = parse_toml("office.toml", 'name = { sv = "Skolan" }')
    with pytest.raises(ContentError, match="add the English text"):
        entry.wording("name")


def test_broken_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "lindby.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(ContentError, match="correct the TOML"):
        read_toml(tmp_path / "lindby.toml")
