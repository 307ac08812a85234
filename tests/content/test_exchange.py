"""`landa content export` and `landa content import` over all that is shipped: a round trip changes
not one byte, and every shipped text would be taken again."""

from pathlib import Path

import pytest

from content.answer_file import MATTER, read_answer_file
from content.answer_state import State
from content.answers import CONTENT_FOLDER, SOURCE_LANGUAGES, load_answers
from content.entry import ContentError
from content.exchange import export_texts, import_texts
from content.languages import RESIDENT_LANGUAGES
from content.translation_units import find_scopes, source_language
from tests.content.example_pack import change, write_pack
from tests.content.test_editing import copy_content
from tests.content.translators import exported, snapshot, translated

CODES = [entry.code for entry in RESIDENT_LANGUAGES]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_pack(tmp_path / "content")
    return tmp_path / "content"


def test_exporting_and_importing_all_that_is_shipped_changes_not_one_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, file = copy_content(tmp_path, *SOURCE_LANGUAGES), tmp_path / "all.po"
    before = snapshot(root)
    done = []
    for scope in find_scopes(root):
        for code in CODES:
            if code != source_language(root, scope):
                assert export_texts(scope, code, output=file, root=root) == 0
                assert import_texts(file, root=root) == 0
                done.append((scope, code))
    assert len(done) == 7 * 11
    assert snapshot(root) == before == snapshot(CONTENT_FOLDER)
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("import")]
    assert said == ["import: 0 texts in 0 files"] * len(done)


@pytest.mark.parametrize("code", ["ar", "en", "fa", "so", "th", "ti", "uk"])
def test_every_shipped_answer_can_be_brought_in_anew(tmp_path: Path, code: str) -> None:
    """Nothing but the questions is lost when a translation exists only in the translators' file."""
    root = copy_content(tmp_path, "se", "fi")
    for country in ("se", "fi"):
        data, gone = exported(root, code, country), []
        for path in sorted((root / country).glob(f"*/{code}.md")):
            gone.append(path)
            path.unlink()
        (tmp_path / "back.po").write_bytes(data)
        assert import_texts(tmp_path / "back.po", root=root) == 0
        for path in gone:
            made = read_answer_file(path)
            shipped = read_answer_file(CONTENT_FOLDER / "/".join(path.parts[-3:]))
            assert made.sections == shipped.sections
            assert made.source_hashes == shipped.source_hashes
            assert [made.text_of(key) for key in MATTER] == [shipped.text_of(key) for key in MATTER]
            assert made.questions == ()


def test_an_editor_sends_what_is_stale_and_gets_it_back(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(root, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med UT-kortet och passet.")
    file = tmp_path / "se-en.po"
    states = [State.MISSING, State.STALE]
    assert export_texts("se", "en", ["id_card"], states, file, root) == 0
    assert capsys.readouterr().out == f"{file}: 1 of 6 texts, se in en\n"

    text = "- Bring your residence permit card (UT-kort) and passport.\n- Bring the receipt."
    file.write_bytes(translated(file.read_bytes(), {"se/id_card/bring": text}))
    before = snapshot(root)
    assert import_texts(file, is_dry_run=True, root=root) == 0
    assert capsys.readouterr().out == (
        "se/id_card/en.md: would be changed: bring\n"
        "import: 1 texts in 1 files (nothing was written)\n"
    )
    assert snapshot(root) == before
    assert import_texts(file, root=root) == 0
    assert capsys.readouterr().out == (
        "se/id_card/en.md: changed: bring\nimport: 1 texts in 1 files\n"
    )
    assert load_answers(root).by_key["se", "id_card", "en"].stale_sections == frozenset()


def test_a_refused_text_ends_with_one_and_writes_nothing(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, before = tmp_path / "se-en.po", snapshot(root)
    texts = {"se/id_card/title": "The card", "se/id_card/cost": "<b>Free</b>"}
    file.write_bytes(translated(exported(root), texts))
    assert import_texts(file, root=root) == 1
    shown = capsys.readouterr().out.splitlines()
    assert [line.rpartition(": ")[2] for line in shown] == [
        "a text holds no HTML and no script",
        "1 refused, nothing was changed",
    ]
    assert shown[0].startswith("error: se-en.po:")
    assert snapshot(root) == before


def test_without_a_file_to_write_it_is_printed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export_texts("se", "en", root=root) == 0
    shown = capsys.readouterr().out
    assert shown.count("msgctxt") == 6
    assert 'msgctxt "se/id_card/title"\nmsgid "Id-kort"\nmsgstr "ID card"\n' in shown


@pytest.mark.parametrize(
    ("name", "reason"), [("no.po", "No such file or directory"), (".", "Is a directory")]
)
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ContentError) as refused:
        import_texts(tmp_path / name)
    assert str(refused.value) == f"{tmp_path / name}: cannot be read: {reason}"


def test_a_place_that_cannot_be_written_is_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "no" / "se-en.po"
    with pytest.raises(ContentError) as refused:
        export_texts("se", "en", output=output, root=root)
    assert str(refused.value) == f"{output}: cannot be written: No such file or directory"

    file = tmp_path / "se-en.po"
    file.write_bytes(translated(exported(root), {"se/id_card/title": "The card"}))

    def refuse(_path: Path, _data: bytes) -> int:
        raise PermissionError(13, "Permission denied", "en.md")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(ContentError) as refused:
        import_texts(file, root=root)
    assert str(refused.value) == "en.md: cannot be written: Permission denied"


def test_the_copy_of_the_content_is_left_without_leftovers(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "se-en.po"
    file.write_bytes(translated(exported(root), {"se/id_card/title": "The card"}))
    names = set(snapshot(root))
    assert import_texts(file, root=root) == 0
    assert set(snapshot(root)) == names
