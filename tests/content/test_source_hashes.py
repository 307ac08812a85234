from pathlib import Path

import pytest

from content.answer_file import read_answer_file, section_hash
from content.source_hashes import write_hashes, write_missing_hashes
from tests.content.example_pack import ENGLISH, change, write_pack


@pytest.fixture
def english(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path / "se/id_card/en.md"


def test_hashes_of_all_source_sections_are_noted(english: Path) -> None:
    english.write_text(ENGLISH, encoding="utf-8")
    source = read_answer_file(english.with_name("sv.md"))
    assert write_missing_hashes([english]) == [english]
    assert read_answer_file(english).source_hashes == {
        section.id: section_hash(section.text) for section in source.sections
    }


def test_writing_again_changes_nothing(english: Path) -> None:
    before = english.read_bytes()
    assert write_missing_hashes([english]) == []
    assert english.read_bytes() == before


def test_the_text_of_the_translation_stays_as_it_was(english: Path) -> None:
    assert (
        english.read_text(encoding="utf-8").partition("## what")[2]
        == (ENGLISH.partition("## what")[2])
    )


def test_a_source_has_no_hashes(english: Path) -> None:
    assert write_hashes([english.with_name("sv.md")]) == []


def test_a_stale_section_stays_stale_until_its_file_is_named(tmp_path: Path, english: Path) -> None:
    noted = read_answer_file(english).source_hashes
    change(tmp_path, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med ditt pass.")
    assert write_missing_hashes([english]) == []
    assert read_answer_file(english).source_hashes == noted
    assert write_hashes([english]) == [english]
    assert read_answer_file(english).source_hashes != noted


def test_the_hash_of_a_removed_section_goes(tmp_path: Path, english: Path) -> None:
    change(tmp_path, "se/id_card/sv.md", "## bring", "## more")
    write_missing_hashes([english])
    assert set(read_answer_file(english).source_hashes) == {"what", "more", "cost"}
