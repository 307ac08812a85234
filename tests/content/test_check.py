import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from content.answers import CONTENT_FOLDER, SOURCE_LANGUAGES, find_answer_files
from content.check import check_answers
from content.findings import Finding, Severity, warning
from tests.content.example_pack import change, check_pack, write_pack


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


def test_the_example_pack_passes(pack: Path) -> None:
    assert check_pack(pack) == []


def test_a_file_that_cannot_be_read_is_one_finding(pack: Path) -> None:
    change(pack, "se/id_card/en.md", "+++", "")
    assert check_pack(pack) == [
        Finding("se/id_card", "translate it: en.md is missing"),
        Finding("se/id_card/en.md", "begin with the front matter between two lines of +++"),
    ]


def test_a_folder_that_is_no_topic_is_found(pack: Path) -> None:
    (pack / "se/id_card").rename(pack / "se/identity")
    assert Finding("se/identity", "name the folder after a topic of taxonomy.yaml") in check_pack(
        pack
    )


def test_a_translation_without_source_is_found(pack: Path) -> None:
    (pack / "se/id_card/sv.md").unlink()
    assert Finding("se/id_card", "write the source sv.md first") in check_pack(pack)


def test_a_missing_translation_is_found(pack: Path) -> None:
    (pack / "se/id_card/ar.md").unlink()
    assert check_pack(pack) == [Finding("se/id_card", "translate it: ar.md is missing")]


def test_a_translation_must_say_what_it_was_made_from(pack: Path) -> None:
    change(pack, "se/id_card/en.md", 'translated_from = "sv"\n', "")
    assert Finding("se/id_card/en.md", 'add translated_from = "sv"') in check_pack(pack)


def test_one_question_under_two_topics_is_found(pack: Path) -> None:
    (pack / "se/digital_id").mkdir()
    text = (pack / "se/id_card/sv.md").read_text(encoding="utf-8")
    (pack / "se/digital_id/sv.md").write_text(text, encoding="utf-8")
    change(pack, "se/digital_id/sv.md", "vad kostar id-kort", "Vad kostar id-kort?")
    expected = Finding("se/id_card/sv.md", "'vad kostar id-kort' stands under digital_id, id_card")
    assert expected in check_pack(pack)


def test_a_value_that_nobody_uses_is_pointed_at(pack: Path) -> None:
    value = '\n[old_fee]\nvalue = "350 kronor"\nsource = "SE-4.8"\ndate = 2026-11-22\n'
    with (pack / "se/facts.toml").open("a", encoding="utf-8") as file:
        file.write(value)
    assert check_pack(pack) == [
        warning("se/facts.toml: old_fee", "no answer uses it: remove it or insert it"),
        Finding("se/facts.toml: old_fee", "there is no fact SE-4.8 in sources.md"),
    ]


def test_a_broken_facts_file_is_found(pack: Path) -> None:
    change(pack, "se/facts.toml", "value", "valeu")
    findings = check_pack(pack)
    assert findings == [
        Finding("se/facts.toml: id_card_fee", "remove or correct the unknown key 'valeu'")
    ]


def test_a_broken_municipality_is_found(pack: Path) -> None:
    change(pack, "municipalities/lindby.toml", "slug", "slag")
    assert check_pack(pack) == [Finding("lindby.toml", "remove or correct the unknown key 'slag'")]


def test_the_shipped_content_has_no_errors() -> None:
    findings = check_answers(CONTENT_FOLDER, date(2026, 11, 22), release=True)
    assert [str(finding) for finding in findings if finding.severity is Severity.ERROR] == []


def test_the_command_refuses_to_release_expired_answers() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "content.check", "--on", "2027-12-31", "--release"],
        capture_output=True,
        text=True,
        check=False,
        cwd=CONTENT_FOLDER.parent,
    )
    expired = [line for line in run.stdout.splitlines() if ": expired on " in line]
    assert run.returncode == 1
    answers = [
        path for code in SOURCE_LANGUAGES for path in find_answer_files(CONTENT_FOLDER, code)
    ]
    assert len(expired) == len(answers)
    assert all(line.startswith("error: ") for line in expired)
