"""A small pack that passes every check: one topic, one source and one translation.
Tests change one thing in it and look at what is said about that."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from content.check import check_answers
from content.findings import Finding
from content.languages import ANSWERED
from content.source_hashes import write_missing_hashes

SOURCES = """# SWEDEN (SE)

## SE-4 ID card – Skatteverket – https://www.skatteverket.se/idkort
1. Anyone registered may apply. CONF seen https://www4.skatteverket.se/check-list.html
2. Fee SEK 400, paid BEFORE the visit. CONF seen https://varberg.se/id-kort – check amount
3. Bring the permit card. CONF recalled
4. Under 18 both guardians agree. CONF seen (1) ; first part recalled
HO: refused.
"""

FACTS = """[id_card_fee]
value = "400 kronor"
en = "SEK 400"
ar = "400 كرونة"
source = "SE-4.2"
date = 2026-11-22
"""

GLOSSARY = """[UT-kort]
locked = true
en = "residence permit card"
ar = "residence permit card"
"""

SWEDISH = """+++
title = "Id-kort"
summary = "Så får du ett svenskt id-kort."
questions = ["hur får jag id-kort", "vad kostar id-kort", "var hämtar jag id-kort", "id-kort tack"]
source_name = "Skatteverket"
source_url = "https://www.skatteverket.se/idkort"
checked_on = 2026-11-22
valid_until = 2027-05-22
owner = "integration"
review = "none"
+++

## what {facts: SE-4.1}
Ett id-kort visar vem du är. Du ansöker hos Skatteverket när du är folkbokförd.

## bring {facts: SE-4.3}
- Ta med ditt UT-kort.
- Ta med kvittot på att du har betalat avgiften innan du kom till kontoret i stan.

## cost {facts: SE-4.2}
Kortet kostar {id_card_fee}. Du betalar före besöket. Du får inte tillbaka pengarna om svaret
blir ett nekande svar från Skatteverket efter 2 försök.
"""

ENGLISH = """+++
title = "ID card"
summary = "How to get a Swedish ID card."
questions = ["how do i get an id card", "what does it cost", "where is my card", "id card please"]
source_name = "Skatteverket"
source_url = "https://www.skatteverket.se/idkort"
checked_on = 2026-11-22
valid_until = 2027-05-22
owner = "integration"
review = "none"
translated_from = "sv"
+++

## what {facts: SE-4.1}
An ID card shows who you are. You apply to the tax agency (Skatteverket) once you are registered.

## bring {facts: SE-4.3}
- Bring your residence permit card (UT-kort).
- Bring the receipt.

## cost {facts: SE-4.2}
The card costs {id_card_fee}. You pay before the visit. You do not get the money back if
Skatteverket refuses after 2 attempts.
"""

MUNICIPALITY = """slug = "lindby"
name = "Lindby"
name_in = "in Lindby"
country = "se"
time_zone = "Europe/Stockholm"
default_language = "sv"
demo = true
theme = "lindby"
bodies = [{ key = "integration", name = "Integration unit" }]
offices = []
staff = []
services = []
"""

# The Arabic text is a stand-in: words where a check looks, English around them.
ARABIC = (
    ENGLISH.replace("An ID card shows who you are. You apply to the tax agency", "بطاقة الهوية")
    .replace("You do not get", "لا")
    .replace("how do i get an id card", "كيف")
)

FILES: Mapping[str, str] = {
    "se/sources.md": SOURCES,
    "se/facts.toml": FACTS,
    "se/glossary.toml": GLOSSARY,
    "se/id_card/sv.md": SWEDISH,
    "se/id_card/en.md": ENGLISH,
    "se/id_card/ar.md": ARABIC,
    "municipalities/lindby.toml": MUNICIPALITY,
}


def write_pack(root: Path) -> None:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    write_missing_hashes(sorted((root / "se").glob("*/*.md")))


def change(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def check_pack(
    root: Path, *, on: date = date(2026, 11, 22), release: bool = False
) -> list[Finding]:
    """Without the authorities, which need the whole of sources.md, and without the languages into
    which the pack is not translated."""
    findings = sorted(check_answers(root, on, release=release))
    others = [code for code in ANSWERED if f"se/id_card/{code}.md" not in FILES]
    untranslated = {f"translate it: {code}.md is missing" for code in others}
    return [
        finding
        for finding in findings
        if finding.where != "authorities.toml" and finding.message not in untranslated
    ]
