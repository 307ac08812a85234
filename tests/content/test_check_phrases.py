"""One mistake planted in the real phrases, one finding."""

import shutil
from pathlib import Path

import pytest

from content.check_phrases import check_phrases
from content.findings import Finding
from content.phrases import PHRASES_FOLDER, PLACEHOLDERS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PHRASES_FOLDER, tmp_path / "phrases"))


def change(folder: Path, language: str, old: str, new: str) -> list[Finding]:
    path = folder / f"{language}.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return list(check_phrases(folder))


def test_our_phrases_have_no_findings() -> None:
    assert list(check_phrases()) == []


def test_a_language_without_file_is_found(folder: Path) -> None:
    (folder / "th.toml").unlink()
    assert list(check_phrases(folder)) == [Finding("phrases", "translate them: th.toml is missing")]


def test_a_phrase_that_was_not_translated_is_found(folder: Path) -> None:
    assert change(folder, "en", 'moment = "One moment, please. I will find out."\n', "") == [
        Finding("phrases/en.toml", "translate 1 phrases, such as patience.moment")
    ]


def test_a_renamed_phrase_is_missing_and_too_much(folder: Path) -> None:
    assert change(folder, "en", "teach_back =", "teachback =") == [
        Finding("phrases/en.toml", "translate 1 phrases, such as closing.teach_back"),
        Finding(
            "phrases/en.toml: closing.teachback", "remove it: phrases/sv.toml has no such phrase"
        ),
    ]


def test_an_empty_text_is_found(folder: Path) -> None:
    assert change(folder, "en", '"Which date is on the letter?"', '" "') == [
        Finding("phrases/en.toml: ask.letter_date", "write the text")
    ]


def test_a_lost_placeholder_is_found(folder: Path) -> None:
    assert change(folder, "en", "before {time}.", "soon.") == [
        Finding(
            "phrases/en.toml: patience.today",
            "write {time} as phrases/sv.toml does; here is no placeholder",
        )
    ]


def test_another_placeholder_than_the_source_has_is_found(folder: Path) -> None:
    assert change(folder, "en", "before {time}.", "before {hour}.") == [
        Finding(
            "phrases/en.toml: patience.today",
            "write {time} as phrases/sv.toml does; here is {hour}",
        )
    ]


def test_what_only_looks_like_a_placeholder_is_found(folder: Path) -> None:
    assert change(folder, "en", "before {time}.", "before {time}, {Date}.") == [
        Finding("phrases/en.toml: patience.today", "write placeholders as {date}, in small letters")
    ]


def test_a_placeholder_that_does_not_exist_is_found_in_the_source(folder: Path) -> None:
    findings = change(folder, "sv", "före klockan {time}.", "före klockan {hour}.")
    assert findings[0] == Finding(
        "phrases/sv.toml: patience.today",
        "there is no placeholder {hour}, only " + ", ".join(PLACEHOLDERS),
    )


def test_a_source_that_is_too_long_is_found(folder: Path) -> None:
    assert change(folder, "sv", '"Skolan kontaktar dig."', f'"{"Skolan " * 30}"') == [
        Finding(
            "phrases/sv.toml: school.contacts_you",
            "shorten it to 200 characters, or make two phrases of it",
        )
    ]


def test_a_group_without_a_name_for_staff_is_found(folder: Path) -> None:
    line = 'closing = { title = "Closing", words = "thanks bye end done" }\n'
    assert change(folder, "en", line, "") == [
        Finding("phrases/en.toml", "add 'closing' to [groups] (title and words)")
    ]


def test_a_file_that_cannot_be_read_is_one_finding(folder: Path) -> None:
    findings = change(folder, "en", "[greeting]", "[greeting")
    assert [finding.where for finding in findings] == ["phrases/en.toml"]
