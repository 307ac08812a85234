from pathlib import Path

import pytest

from content.answer_file import Review, WrittenSection, read_answer_file, section_hash
from content.entry import ContentError
from tests.content.example_pack import change, write_pack


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


def test_front_matter_and_sections_are_read(pack: Path) -> None:
    file = read_answer_file(pack / "se/id_card/sv.md")
    assert (file.country, file.topic, file.language) == ("se", "id_card", "sv")
    assert file.title == "Id-kort"
    assert file.review is Review.NONE
    assert file.translated_from is None
    assert [section.id for section in file.sections] == ["what", "bring", "cost"]
    assert file.sections[0] == WrittenSection(
        "what",
        ("SE-4.1",),
        "Ett id-kort visar vem du är. Du ansöker hos Skatteverket när du är folkbokförd.",
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("+++", "---", "begin with the front matter between two lines of +++"),
        ("title = ", "titel = ", "remove or correct the unknown key 'titel'"),
        ('title = "Id-kort"\n', "", "add 'title' (a text in quotes)"),
        ("2026-11-22", '"2026"', "make 'checked_on' a date such as 2026-11-22, without quotes"),
        ('"none"', '"good"', "make 'review' none, native or official"),
        ("## bring {facts", "## bring facts", "like '## bring {facts: SE-4.3}'"),
        ("## what", "Hello\n\n## what", "move the text before the first section into a section"),
        ("Id-kort", 'Id"kort', "correct the TOML: "),
        ("title = ", "title ", "(at line 2, column 7)"),
    ],
)
def test_a_mistake_is_named_with_its_file(pack: Path, old: str, new: str, message: str) -> None:
    change(pack, "se/id_card/sv.md", old, new)
    with pytest.raises(ContentError) as refusal:
        read_answer_file(pack / "se/id_card/sv.md")
    assert str(refusal.value).startswith("se/id_card/sv.md: ")
    assert message in str(refusal.value)


def test_a_file_that_is_not_utf8_is_named(pack: Path) -> None:
    (pack / "se/id_card/sv.md").write_bytes("Så".encode("latin-1"))
    with pytest.raises(ContentError, match="save the file as UTF-8"):
        read_answer_file(pack / "se/id_card/sv.md")


def test_spacing_does_not_change_the_hash_but_words_do() -> None:
    assert section_hash("Bring  your\npassport ") == section_hash("Bring your passport")
    assert section_hash("Bring your card") != section_hash("Bring your passport")


def test_sections_and_passages_know_their_lines(tmp_path: Path) -> None:
    write_pack(tmp_path)
    path = tmp_path / "se/id_card/sv.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    file = read_answer_file(path)
    for section in file.sections:
        assert lines[section.line - 1].startswith(f"## {section.id}")
        assert [lines[number - 1] for number, _ in section.lines()] == section.text.splitlines()
    assert [text for _, text in file.sections[1].passages()] == [
        "- Ta med ditt UT-kort.",
        "- Ta med kvittot på att du har betalat avgiften innan du kom till kontoret i stan.",
    ]
    assert lines[file.line_of("valid_until") - 1] == "valid_until = 2027-05-22"
    assert file.line_of("missing") == 1
