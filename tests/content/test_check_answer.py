from datetime import date
from pathlib import Path

import pytest

from content.check_answer import count_words
from content.findings import Finding, Severity, warning
from tests.content.example_pack import change, check_pack, write_pack

IDS = "what, how, bring, cost, time, refused, children, more"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Id-kort", "Id-kort " * 6, "shorten 'title' to 40 characters"),
        ("Så får", "Så får " * 20, "shorten 'summary' to one line of 110 characters"),
        (', "id-kort tack"', "", "give 4 to 8 questions instead of 3"),
        ('"id-kort tack"', '"vad kostar id-kort"', "remove the question that stands twice"),
        (
            '"integration"',
            '"police"',
            "choose 'owner' from the bodies of a municipality: integration",
        ),
        ("2027-05-22", "2027-05-23", "set 'valid_until' to 2027-05-22 or earlier"),
        ("2027-05-22", "2026-11-22", "let 'valid_until' come after 'checked_on'"),
        (
            "www.skatteverket.se/idkort",
            "example.com",
            "link only to addresses of sources.md, not to https://example.com",
        ),
    ],
)
def test_a_wrong_front_matter_is_found(pack: Path, old: str, new: str, message: str) -> None:
    change(pack, "se/id_card/sv.md", old, new)
    assert Finding("se/id_card/sv.md", message) in check_pack(pack)


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        (
            "Ett id-kort",
            "Ett id-kort " * 30,
            "se/id_card/sv.md",
            "bring section 'what' from 72 to 1 to 60 words",
        ),
        (
            "- Ta med kvittot på att du har betalat avgiften innan du kom till kontoret i stan.",
            "- Kvitto.",
            "se/id_card/sv.md",
            "bring section 'bring' from 5 to 15 to 60 words",
        ),
        (
            "## bring",
            "## take",
            "se/id_card/sv.md",
            f"rename section 'take' to one of: {IDS}",
        ),
        (
            "## bring",
            "## time",
            "se/id_card/sv.md",
            f"order the sections like this, each once: {IDS}",
        ),
        ("## what", "## how", "se/id_card/sv.md", "begin with section 'what'"),
        ("SE-4.3", "SE-4.9", "se/id_card/sv.md: bring", "there is no fact SE-4.9 in sources.md"),
        (
            "SE-4.3",
            "4.3",
            "se/id_card/sv.md: bring",
            "4.3: write a fact id such as SE-4.2, SE-9.1–3 or SE-9",
        ),
        (
            "{id_card_fee}",
            "{card_fee}",
            "se/id_card/sv.md: cost",
            "add card_fee to facts.toml or correct the name",
        ),
        (
            "{id_card_fee}",
            "{Card fee}",
            "se/id_card/sv.md: cost",
            "correct the placeholder: small letters, digits and _ between { and }",
        ),
        (
            "före besöket",
            "på https://example.com/x",
            "se/id_card/sv.md",
            "link only to addresses of sources.md, not to https://example.com/x",
        ),
    ],
)
def test_a_wrong_section_is_found(pack: Path, old: str, new: str, where: str, message: str) -> None:
    change(pack, "se/id_card/sv.md", old, new)
    assert Finding(where, message) in check_pack(pack)


def test_a_section_without_facts_is_only_pointed_at(pack: Path) -> None:
    change(pack, "se/id_card/sv.md", "## bring {facts: SE-4.3}", "## bring")
    change(pack, "se/id_card/en.md", "## bring {facts: SE-4.3}", "## bring")
    change(pack, "se/id_card/ar.md", "## bring {facts: SE-4.3}", "## bring")
    message = "name the facts behind the section: {facts: …}"
    assert check_pack(pack) == [
        warning(f"se/id_card/{language}.md: bring", message) for language in ("ar", "en", "sv")
    ]


def test_expiry_is_an_error_only_for_a_release(pack: Path) -> None:
    day_after = date(2027, 5, 23)
    before_release = check_pack(pack, on=day_after)
    at_release = check_pack(pack, on=day_after, release=True)
    assert [finding.severity for finding in before_release] == [Severity.WARNING] * 3
    assert [finding.severity for finding in at_release] == [Severity.ERROR] * 3
    assert at_release[0].message == (
        "expired on 2027-05-22: check the facts, then set checked_on and valid_until"
    )


def test_marks_and_dashes_are_no_words() -> None:
    assert count_words("- Bring: UT-kort, 2 photos – please.") == 5
