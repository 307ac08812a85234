"""What README.md tells editors to do, done on a copy of the shipped content."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from content.answers import CONTENT_FOLDER, load_answers
from content.check import check_answers
from content.counts import count_answers
from content.source_hashes import write_hashes
from tests.content.example_pack import change

DAY = date(2026, 11, 22)
IN_ELEVEN_LANGUAGES = ("ar", "da", "en", "et", "fa", "fi", "ru", "so", "th", "ti", "uk")
FROM_FINNISH = ("ar", "da", "en", "et", "fa", "ru", "so", "sv", "th", "ti", "uk")

NORWEGIAN = """position = 13
own_name = "Norsk"
greeting = "Hei"

[words]
denies = ["ikke", "ingen", "aldri"]
may_deny = ["uten", "bare"]
money = ["kr", "kroner"]
"""

FINNISH_TOPIC = """+++
title = "Bussi ja juna"
summary = "Näin ostat lipun ja löydät matkan."
questions = ["mistä ostan bussilipun", "miten matkustan junalla", "bussi kouluun", "matkakortti"]
source_name = "InfoFinland"
source_url = "https://www.infofinland.fi"
checked_on = 2026-11-22
valid_until = 2027-05-22
owner = "integration"
review = "none"
+++

## what {facts: FI-26.1}
Osta lippu ennen matkaa.

## how {facts: FI-26.1}
Katso kotikaupunkisi bussien ja junien sivulta, miten ostat lipun ja milloin seuraava bussi
tai juna lähtee.

## more {facts: FI-26.5}
Onko lapsen koulumatka pitkä tai vaarallinen? Kysy kunnasta, voiko lapsi matkustaa
kouluun maksutta. Lue lisää: https://www.infofinland.fi
"""


def copy_content(tmp_path: Path, *countries: str) -> Path:
    """The content package with some of its countries, so that it can be run where it lies."""
    left_out = {"se", "dk", "fi"} - set(countries)
    ignore = shutil.ignore_patterns("__pycache__", *left_out)
    root = tmp_path / "content"
    shutil.copytree(CONTENT_FOLDER, root, ignore=ignore)
    return root


def run_check(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "content.check", *arguments],
        cwd=root.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_rewriting_one_swedish_section_makes_eleven_translations_stale(tmp_path: Path) -> None:
    root = copy_content(tmp_path, "se")
    before = set(check_answers(root, DAY, release=True))
    change(root, "se/id_card/sv.md", "- Kom själv.", "- Kom själv i god tid.")

    found = set(check_answers(root, DAY, release=True)) - before
    message = "the source has changed: translate again, then write the hashes of this file"
    assert sorted(str(finding) for finding in found) == [
        f"error: se/id_card/{code}.md:{_heading(root, code, 'how')}: how: {message}"
        for code in IN_ELEVEN_LANGUAGES
    ]
    stale = next(line for line in count_answers(root, DAY).splitlines() if "stale" in line)
    assert stale.split() == ["stale", "sections", "0", *["1"] * 11]
    answers = load_answers(root)
    assert {answer.language for answer in answers if answer.stale_sections} == set(
        IN_ELEVEN_LANGUAGES
    )

    translations = [root / f"se/id_card/{code}.md" for code in IN_ELEVEN_LANGUAGES]
    assert write_hashes(translations) == translations
    assert set(check_answers(root, DAY, release=True)) == before


def test_a_topic_a_language_and_a_municipality_are_added_as_files(tmp_path: Path) -> None:
    root = copy_content(tmp_path, "fi")
    _add_topic(root)
    _add_language(root)
    _add_municipality(root)

    written = run_check(root, "--write-hashes").stdout.splitlines()
    assert written == [f"fi/transport/{code}.md: hashes written" for code in FROM_FINNISH]
    checked = run_check(root, "--on", DAY.isoformat())
    assert [line for line in checked.stdout.splitlines() if line.startswith("error")] == []
    assert checked.returncode == 0
    heading, finland = checked.stdout.splitlines()[-4:-2]
    counts = dict(zip(heading.split(), finland.split()[2:], strict=True))
    assert (counts["fi"], counts["nb"], counts["topics"]) == ("30", "1", "30")
    listed = "from content.municipalities import load_municipalities as load; print(*load())"
    command = [sys.executable, "-c", listed]
    slugs = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert slugs.stdout.split() == ["lindby", "nyby", "saarela", "strandby"]


def _add_topic(root: Path) -> None:
    folder = root / "fi/transport"
    folder.mkdir()
    (folder / "fi.md").write_text(FINNISH_TOPIC, encoding="utf-8")
    translation = FINNISH_TOPIC.replace("\n+++\n\n", '\ntranslated_from = "fi"\n+++\n\n')
    for code in FROM_FINNISH:
        (folder / f"{code}.md").write_text(_ask(translation, code), encoding="utf-8")


def _ask(text: str, code: str) -> str:
    """Other questions in each language."""
    return text.replace("bussilipun", f"{code} bussilipun").replace("junalla", f"{code} junalla")


def _add_language(root: Path) -> None:
    """Danish and Swedish stand in for the Norwegian texts; only the denials are Norwegian."""
    folder = root / "locale/nb"
    (folder / "LC_MESSAGES").mkdir(parents=True)
    (folder / "language.toml").write_text(NORWEGIAN, encoding="utf-8")
    shutil.copy(root / "locale/da/LC_MESSAGES/resident.po", folder / "LC_MESSAGES/resident.po")
    shutil.copy(root / "emergency/da.toml", root / "emergency/nb.toml")
    shutil.copy(root / "phrases/da.toml", root / "phrases/nb.toml")
    answer = (root / "fi/id_card/sv.md").read_text(encoding="utf-8")
    norwegian = answer.replace("inte ", "ikke ").replace("inget ", "ingen ")
    (root / "fi/id_card/nb.md").write_text(norwegian, encoding="utf-8")


def _add_municipality(root: Path) -> None:
    folder = root / "municipalities"
    text = (folder / "lindby.toml").read_text(encoding="utf-8")
    (folder / "nyby.toml").write_text(text.replace('"lindby"', '"nyby"', 1), encoding="utf-8")
    shutil.copy(folder / "directory/lindby.toml", folder / "directory/nyby.toml")


def _heading(root: Path, code: str, section: str) -> int:
    lines = (root / f"se/id_card/{code}.md").read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, start=1) if line.startswith(f"## {section} "))
