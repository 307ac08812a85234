from pathlib import Path

import pytest

from content.check_translation import find_numbers
from content.findings import Finding, warning
from tests.content.example_pack import change, check_pack, write_pack

ENGLISH = "se/id_card/en.md"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


def test_another_number_is_an_error(pack: Path) -> None:
    change(pack, ENGLISH, "2 attempts", "3 attempts")
    message = "make each number the same as in the source: only here 3, only there 2"
    assert check_pack(pack) == [Finding(f"{ENGLISH}: cost", message)]


def test_a_lost_value_is_an_error(pack: Path) -> None:
    change(pack, ENGLISH, "{id_card_fee}", "money")
    message = "make each value the same as in the source: only here nothing, only there id_card_fee"
    assert check_pack(pack) == [Finding(f"{ENGLISH}: cost", message)]


def test_another_link_is_an_error(pack: Path) -> None:
    change(pack, ENGLISH, "before the visit", "on https://www.skatteverket.se")
    message = (
        "make each address the same as in the source:"
        " only here https://www.skatteverket.se, only there nothing"
    )
    assert check_pack(pack) == [Finding(f"{ENGLISH}: cost", message)]


def test_other_facts_are_an_error(pack: Path) -> None:
    change(pack, ENGLISH, "SE-4.3", "SE-4.4")
    message = "make each fact the same as in the source: only here SE-4.4, only there SE-4.3"
    assert check_pack(pack) == [Finding(f"{ENGLISH}: bring", message)]


def test_a_missing_section_is_an_error(pack: Path) -> None:
    change(pack, ENGLISH, "## bring {facts: SE-4.3}\n", "")
    message = "give it the sections of the source: what, bring, cost"
    assert Finding(ENGLISH, message) in check_pack(pack)


def test_other_dates_are_an_error(pack: Path) -> None:
    change(pack, ENGLISH, "2027-05-22", "2027-05-20")
    message = "take 'checked_on' and 'valid_until' from the source"
    assert check_pack(pack) == [Finding(ENGLISH, message)]


def test_another_source_address_is_an_error(pack: Path) -> None:
    change(pack, ENGLISH, "skatteverket.se/idkort", "skatteverket.se")
    message = "use the source's address https://www.skatteverket.se/idkort"
    assert check_pack(pack) == [Finding(ENGLISH, message)]


def test_a_lost_official_name_is_pointed_at(pack: Path) -> None:
    change(pack, ENGLISH, " (Skatteverket)", "")
    message = "is the official name missing: skatteverket?"
    assert check_pack(pack) == [warning(f"{ENGLISH}: what", message)]


def test_an_official_name_that_the_source_lacks_is_pointed_at(pack: Path) -> None:
    change(pack, ENGLISH, "the receipt", "the receipt (hyresvärd)")
    message = "does the source say 'hyresvärd'?"
    assert check_pack(pack) == [warning(f"{ENGLISH}: bring", message)]


def test_an_english_explanation_in_brackets_is_fine(pack: Path) -> None:
    change(pack, ENGLISH, "the receipt", "the receipt (the paper that shows you paid)")
    assert check_pack(pack) == []


def test_a_stale_section_is_pointed_at_in_every_translation(pack: Path) -> None:
    change(pack, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta alltid med ditt UT-kort.")
    message = "the source has changed: translate again, then write the hashes of this file"
    assert check_pack(pack) == [
        warning("se/id_card/ar.md: bring", message),
        warning("se/id_card/en.md: bring", message),
    ]


def test_missing_hashes_are_one_error_per_file(pack: Path) -> None:
    change(pack, ENGLISH, "\nwhat = ", "\nrefused = ")
    change(pack, ENGLISH, "\ncost = ", "\nmore = ")
    assert check_pack(pack) == [Finding(ENGLISH, "run python -m content.check --write-hashes")]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("4 000 kronor", {"4000"}),
        ("SEK 4,000", {"4000"}),
        ("٤٠٠٠ كرونة", {"4000"}),
        ("9:30", {"9", "30"}),
        ("114 14", {"114", "14"}),
        ("13 år, 5 år", {"13", "5"}),
        ("{fee_2} and https://example.se/2024/1", set()),
    ],
)
def test_numbers_are_the_same_in_every_script(text: str, numbers: set[str]) -> None:
    assert find_numbers(text) == numbers
