"""One mistake of each kind, planted in a pack that has none: the check fails and shows the line."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from content.findings import Severity
from tests.content.example_pack import change, check_pack, write_pack

SWEDISH, ENGLISH = "se/id_card/sv.md", "se/id_card/en.md"


@dataclass(frozen=True)
class Mistake:
    """`at` is how the line begins that the finding has to show, after the mistake was made."""

    file: str
    old: str
    new: str
    at: str
    said: str
    shown_in: str = ENGLISH
    on: date = date(2026, 11, 22)
    release: bool = False


MISTAKES = {
    "a changed number": Mistake(
        ENGLISH,
        "after 2 attempts",
        "after 3 attempts",
        at="Skatteverket refuses after",
        said="cost: make each number the same as in the source: only here 3, only there 2",
    ),
    "a lost denial": Mistake(
        ENGLISH,
        "You do not get the money back",
        "You get the money back",
        at="The card costs",
        said="cost: say what the source denies with 'inte',"
        " or add the word that says it here to language.toml",
    ),
    "a wrong link": Mistake(
        ENGLISH,
        "- Bring the receipt.",
        "- Bring the receipt: https://www.skatteverket.example",
        at="- Bring the receipt",
        said="link only to addresses of sources.md, not to https://www.skatteverket.example",
    ),
    "a missing gloss": Mistake(
        ENGLISH,
        "your residence permit card (UT-kort)",
        "your UT-kort",
        at="- Bring your UT-kort",
        said="bring: explain it where it is first met: residence permit card (UT-kort)",
    ),
    "a stale hash": Mistake(
        SWEDISH,
        "- Ta med ditt UT-kort.",
        "- Ta alltid med ditt UT-kort.",
        at="## bring",
        said="bring: the source has changed: translate again, then write the hashes of this file",
        release=True,
    ),
    "an expired date": Mistake(
        SWEDISH,
        "2026-11-22",
        "2026-11-23",
        at="valid_until",
        said="expired on 2027-05-22: check the facts, then set checked_on and valid_until",
        shown_in=SWEDISH,
        on=date(2027, 5, 23),
        release=True,
    ),
    "an unsourced amount": Mistake(
        SWEDISH,
        "Du betalar före besöket.",
        "Du betalar 50 kronor före besöket.",
        at="Kortet kostar",
        said="cost: put '50' into facts.toml with its source and day, and insert it by its name",
        shown_in=SWEDISH,
    ),
    "an unsourced deadline": Mistake(
        SWEDISH,
        "Du betalar före besöket.",
        "Du betalar inom 10 dagar.",
        at="Kortet kostar",
        said="cost: put '10' into facts.toml with its source and day, and insert it by its name",
        shown_in=SWEDISH,
    ),
    "a fact without source": Mistake(
        "se/facts.toml",
        'source = "SE-4.2"',
        'source = "SE-4.9"',
        at="[id_card_fee]",
        said="id_card_fee: there is no fact SE-4.9 in sources.md",
        shown_in="se/facts.toml",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_planted_mistake_fails_with_its_file_and_line(tmp_path: Path, mistake: Mistake) -> None:
    write_pack(tmp_path)
    assert check_pack(tmp_path) == []
    change(tmp_path, mistake.file, mistake.old, mistake.new)
    lines = (tmp_path / mistake.shown_in).read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, start=1) if line.startswith(mistake.at))
    findings = check_pack(tmp_path, on=mistake.on, release=mistake.release)
    errors = [str(finding) for finding in findings if finding.severity is Severity.ERROR]
    assert f"error: {mistake.shown_in}:{number}: {mistake.said}" in errors
