from datetime import date
from pathlib import Path

import pytest

from content.entry import ContentError
from content.facts import Facts, FactValue, Mark, load_facts, parse_sources, strictest
from tests.content.example_pack import SOURCES, change, write_pack

SE = Path(__file__).parents[2] / "content" / "se"


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    write_pack(tmp_path)
    return load_facts(tmp_path / "se")


def test_numbered_lines_of_a_section_are_facts() -> None:
    assert list(parse_sources(SOURCES)) == ["SE-4.1", "SE-4.2", "SE-4.3", "SE-4.4"]


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("1. Free. CONF seen https://www.1177.se", Mark.SEEN),
        ("1. Free. CONF seen https://example.se/check/recalled", Mark.SEEN),
        ("1. Free. CONF recalled {law 2013:801}", Mark.RECALLED),
        ("1. Free. CONF seen (same page) ; second part recalled", Mark.RECALLED),
        ("1. Free. CONF recalled, check", Mark.CHECK),
        ("1. Free. CONF seen https://example.se – check amount", Mark.CHECK),
        ("1. You should check the letter. CONF seen https://example.se", Mark.SEEN),
        ("1. Nobody noted where this stands.", Mark.CHECK),
    ],
)
def test_the_strictest_mark_of_a_line_counts(line: str, mark: Mark) -> None:
    assert parse_sources(f"## SE-9 Money\n{line}")["SE-9.1"].mark is mark


def test_numbered_lines_outside_a_section_are_no_facts() -> None:
    assert parse_sources("1. Before\n## SE-X Mixed\n1. In\n# Notes\n2. After").keys() == {"SE-X.1"}


def test_a_range_and_a_whole_section_are_expanded(facts: Facts) -> None:
    assert facts.expand("SE-4.2–4") == ("SE-4.2", "SE-4.3", "SE-4.4")
    assert facts.expand("SE-4.2-3") == ("SE-4.2", "SE-4.3")
    assert facts.expand("SE-4") == ("SE-4.1", "SE-4.2", "SE-4.3", "SE-4.4")


def test_an_unknown_section_expands_to_itself_so_that_the_check_can_name_it(facts: Facts) -> None:
    assert facts.expand("SE-99") == ("SE-99",)


def test_a_wrong_fact_id_is_refused(facts: Facts) -> None:
    with pytest.raises(ContentError, match="write a fact id such as"):
        facts.expand("four")


def test_an_unknown_fact_must_be_checked(facts: Facts) -> None:
    assert facts.strictest_mark(["SE-4.1", "SE-4.77"]) is Mark.CHECK


def test_nothing_is_as_sure_as_can_be() -> None:
    assert strictest([]) is Mark.SEEN


def test_a_value_is_inserted_in_the_language_or_as_written(facts: Facts) -> None:
    assert facts.insert("Fee: {id_card_fee}", "en") == "Fee: SEK 400"
    assert facts.insert("Avgift: {id_card_fee}", "sv") == "Avgift: 400 kronor"
    assert facts.insert("Taksa: {id_card_fee}", "so") == "Taksa: 400 kronor"


def test_a_value_knows_its_source_and_day(facts: Facts) -> None:
    assert facts.values["id_card_fee"] == FactValue(
        name="id_card_fee",
        value="400 kronor",
        by_language={"en": "SEK 400", "ar": "400 كرونة"},
        sources=("SE-4.2",),
        checked_on=date(2026, 11, 22),
    )


def test_a_misspelt_key_of_a_value_is_named(tmp_path: Path) -> None:
    write_pack(tmp_path)
    change(tmp_path, "se/facts.toml", "source", "sauce")
    with pytest.raises(ContentError, match="unknown key 'sauce'"):
        load_facts(tmp_path / "se")


def test_only_addresses_of_the_sources_may_be_linked(facts: Facts) -> None:
    assert facts.links_to("https://www.skatteverket.se/idkort/")
    assert facts.links_to("https://www.skatteverket.se")
    assert not facts.links_to("https://www.skatteverket.se/invented")
    assert not facts.links_to("https://example.com")


def test_a_country_without_files_has_no_facts(tmp_path: Path) -> None:
    assert load_facts(tmp_path) == Facts()


def test_the_swedish_register_is_read_whole() -> None:
    register = load_facts(SE).register
    assert register["SE-4.1"].mark is Mark.SEEN
    assert register["SE-4.2"].mark is Mark.CHECK
    assert register["SE-3.2"].mark is Mark.RECALLED
    assert "SE-X.1" in register
    assert {fact_id.split(".")[0] for fact_id in register} == {
        *(f"SE-{number}" for number in range(1, 48)),
        "SE-X",
    }
