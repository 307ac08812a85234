"""Texts go into an answer file and everything else stays, byte for byte."""

from pathlib import Path

import pytest

from content.answer_file import MATTER, read_answer_file, section_hash
from content.answers import CONTENT_FOLDER, SOURCE_LANGUAGES
from content.edit_answer import edit_answer, new_answer
from content.entry import ContentError
from content.languages import RESIDENT_LANGUAGES
from content.translation_units import read_pairs
from tests.content.example_pack import change, write_pack


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


def edit(root: Path, texts: dict[str, str]) -> str:
    path = root / "se/id_card/en.md"
    source = read_answer_file(path.with_stem("sv"))
    return edit_answer(read_answer_file(path), path.read_text(encoding="utf-8"), source, texts)


@pytest.mark.parametrize("country", SOURCE_LANGUAGES)
def test_putting_every_shipped_text_in_again_changes_no_byte(country: str) -> None:
    edited = 0
    for entry in RESIDENT_LANGUAGES:
        if entry.code == SOURCE_LANGUAGES[country]:
            continue
        for pair in read_pairs(CONTENT_FOLDER, country, entry.code, ()):
            assert pair.file is not None
            written = pair.file.path.read_text(encoding="utf-8")
            texts = {key: pair.file.text_of(key) for key in MATTER}
            texts |= {part.id: part.text for part in pair.file.sections}
            assert edit_answer(pair.file, written, pair.source, texts) == written
            edited += 1
    assert edited == {"se": 36 * 11, "dk": 29 * 11, "fi": 29 * 11}[country]


def test_a_text_takes_the_place_of_the_old_one(root: Path) -> None:
    before = (root / "se/id_card/en.md").read_text(encoding="utf-8")
    assert edit(root, {"title": 'The "card"', "bring": "- One.\n- Two."}) == before.replace(
        '"ID card"', '"The \\"card\\""'
    ).replace(
        "- Bring your residence permit card (UT-kort).\n- Bring the receipt.", "- One.\n- Two."
    )


def test_the_section_notes_the_source_that_it_was_made_from(root: Path) -> None:
    change(root, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med ditt pass.")
    source = read_answer_file(root / "se/id_card/sv.md")
    old = read_answer_file(root / "se/id_card/en.md").source_hashes
    (root / "se/id_card/en.md").write_text(edit(root, {"bring": "- One."}), encoding="utf-8")
    new = read_answer_file(root / "se/id_card/en.md").source_hashes
    assert new == {**old, "bring": section_hash(source.text_of("bring"))}
    assert list(new) == ["what", "bring", "cost"]


def test_a_section_that_was_missing_comes_where_the_source_has_it(root: Path) -> None:
    before = (root / "se/id_card/en.md").read_text(encoding="utf-8")
    part = before[before.index("## bring") : before.index("## cost")]
    change(root, "se/id_card/en.md", part, "")
    text = read_answer_file(root / "se/id_card/ar.md").text_of("bring")
    assert edit(root, {"bring": text}) == before


def test_the_heading_takes_the_facts_of_the_source(root: Path) -> None:
    change(root, "se/id_card/sv.md", "{facts: SE-4.3}", "{facts: SE-4.3, SE-4.4}")
    assert "## bring {facts: SE-4.3, SE-4.4}\n- One.\n\n## cost" in edit(root, {"bring": "- One."})


def test_what_a_person_had_reviewed_counts_as_unread_once_it_changes(root: Path) -> None:
    change(root, "se/id_card/en.md", 'review = "none"', 'review = "native"')
    same = read_answer_file(root / "se/id_card/en.md").text_of("bring")
    assert 'review = "native"' in edit(root, {"bring": same})
    assert 'review = "none"' in edit(root, {"bring": "- One."})


def test_a_text_cannot_become_a_heading(root: Path) -> None:
    with pytest.raises(ContentError) as refused:
        edit(root, {"bring": "- One.\n\n## more\nTwo."})
    assert str(refused.value) == "se/id_card/en.md: write 'bring' by hand: it cannot be put in"


def test_a_new_answer_has_all_but_its_questions(root: Path) -> None:
    english, source = (read_answer_file(root / f"se/id_card/{code}.md") for code in ("en", "sv"))
    texts = {key: english.text_of(key) for key in (*MATTER, "what", "bring", "cost")}
    made = new_answer(root / "se/id_card/da.md", source, texts)
    written = (root / "se/id_card/en.md").read_text(encoding="utf-8")
    start = written.index("questions = ")
    end = written.index("\n", start)
    assert made == f"{written[:start]}questions = []{written[end:]}"
