"""What there is to translate: every text once, with its state and what a translator has to know."""

from pathlib import Path

import pytest

from content.answer_file import read_answer_file
from content.answer_state import State
from content.answers import CONTENT_FOLDER
from content.entry import ContentError
from content.translation_units import Unit, find_units
from tests.content.example_pack import change, write_pack
from tests.content.translators import NOW

DAY = NOW.date()
IN_ORDER = [
    "se/id_card/title",
    "se/id_card/summary",
    "se/id_card/what",
    "se/id_card/bring",
    "se/id_card/cost",
    "se/facts/id_card_fee",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


def states(units: list[Unit]) -> list[State]:
    return [unit.state for unit in units]


def test_an_answer_and_its_values_are_units_and_its_questions_are_not(root: Path) -> None:
    units = find_units(root, "se", "en", DAY)
    assert [unit.key for unit in units] == IN_ORDER
    assert (units[0].source, units[0].text) == ("Id-kort", "ID card")
    assert (units[-1].source, units[-1].text) == ("400 kronor", "SEK 400")
    assert states(units) == [State.UNREVIEWED] * 6


def test_in_a_language_without_the_answer_everything_is_missing(root: Path) -> None:
    units = find_units(root, "se", "da", DAY)
    assert [(unit.key, unit.text, unit.state) for unit in units] == [
        (key, "", State.MISSING) for key in IN_ORDER
    ]


def test_only_the_changed_section_is_stale_and_says_what_has_changed(root: Path) -> None:
    path = root / "se/id_card/sv.md"
    made_from = read_answer_file(path).sections[1]
    made_from_hash = read_answer_file(path.with_stem("en")).source_hashes["bring"]
    change(root, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med ditt pass.")
    earlier = {("id_card", "bring", made_from_hash): made_from.text}

    units = find_units(root, "se", "en", DAY, earlier=earlier)
    assert states(units) == [State.UNREVIEWED] * 3 + [State.STALE] + [State.UNREVIEWED] * 2
    assert units[3].before == made_from.text
    assert units[3].notes == (
        "State: stale",
        "No longer in the source: Ta med ditt UT-kort.",
        "New in the source: Ta med ditt pass.",
    )
    unknown = find_units(root, "se", "en", DAY)[3]
    assert (unknown.before, unknown.notes[1:]) == (
        "",
        ("The source has changed since this was translated.",),
    )


def test_a_section_names_its_values_and_official_terms(root: Path) -> None:
    units = {unit.key: unit for unit in find_units(root, "se", "en", DAY)}
    assert units["se/id_card/bring"].notes == (
        "State: unreviewed",
        "Official term: UT-kort = residence permit card",
    )
    assert units["se/id_card/cost"].notes == (
        "State: unreviewed",
        "{id_card_fee} is shown as: SEK 400. Keep it as it stands.",
    )


def test_review_and_expiry_are_those_of_the_answer(root: Path) -> None:
    assert states(find_units(root, "se", "en", DAY, reviewed={"id_card"}))[:5] == (
        [State.REVIEWED] * 5
    )
    change(root, "se/id_card/en.md", 'review = "none"', 'review = "official"')
    assert states(find_units(root, "se", "en", DAY))[:5] == [State.REVIEWED] * 5
    late, later = DAY.replace(year=2027, month=5, day=1), DAY.replace(year=2027, month=6)
    assert states(find_units(root, "se", "en", late))[0] is State.EXPIRING
    assert states(find_units(root, "se", "en", later))[0] is State.EXPIRED


def test_numbers_that_are_the_same_everywhere_are_nothing_to_translate() -> None:
    keys = {unit.key for unit in find_units(CONTENT_FOLDER, "se", "ar", DAY)}
    assert {"se/facts/police_phone", "se/facts/id_card_fee"} & keys == {"se/facts/id_card_fee"}


def test_chosen_topics_come_with_the_values_that_they_insert() -> None:
    units = find_units(CONTENT_FOLDER, "se", "ar", DAY, topics=["id_card"])
    places = {unit.key.split("/")[1] for unit in units}
    values = [unit.key for unit in units if unit.key.startswith("se/facts/")]
    assert places == {"id_card", "facts"}
    assert "se/facts/id_card_fee" in values
    assert len(values) < 6


def test_phrases_are_units_under_their_key() -> None:
    units = find_units(CONTENT_FOLDER, "phrases", "ar", DAY)
    assert (units[0].key, units[0].state) == ("phrases/greeting.hello", State.UNREVIEWED)
    assert "{name}" in units[0].text


@pytest.mark.parametrize(
    ("scope", "language", "topic", "message"),
    [
        ("se", "sv", "id_card", "se: is written in sv; choose another language"),
        ("phrases", "sv", "id_card", "phrases: is written in sv; choose another language"),
        ("se", "xx", "id_card", "se: there is no locale/xx/language.toml"),
        ("se", "en", "moon", "se: has no answer about 'moon'"),
        ("se", "en", "../dk/id_card", "se: has no answer about '../dk/id_card'"),
        ("se", "en", "bank_account", "se: has no answer about 'bank_account'"),
    ],
)
def test_what_is_not_there_is_said(
    root: Path, scope: str, language: str, topic: str, message: str
) -> None:
    with pytest.raises(ContentError) as refused:
        find_units(root, scope, language, DAY, topics=[topic])
    assert str(refused.value) == message
