"""A translated file comes back: what it changes, what it leaves out, and what it may not do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from content.answer_file import read_answer_file
from content.answers import load_answers
from content.entry import ContentError
from content.facts import load_facts
from content.import_translations import MAX_LENGTH, Plan, plan_import, write_changes
from content.phrases import read_phrase_files
from tests.content.example_pack import change, check_pack, write_pack
from tests.content.translators import NAME, exported, plan, snapshot, translated

DANISH = {
    "se/id_card/title": "Id-kort",
    "se/id_card/summary": "Sådan får du et svensk id-kort.",
    "se/id_card/what": "Et id-kort viser, hvem du er. Du søger hos Skatteverket.",
    "se/id_card/bring": "- Tag dit UT-kort med.\n- Tag kvitteringen med.",
    "se/id_card/cost": "Kortet koster {id_card_fee}. Du betaler før besøget. Du får ikke pengene"
    " tilbage, hvis Skatteverket siger nej efter 2 forsøg.",
    "se/facts/id_card_fee": "400 svenske kroner",
}
BRING, TITLE = "se/id_card/bring", "se/id_card/title"
ENGLISH = "se/id_card/en.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    phrases = {
        "sv": '[times]\nmoved = "Ny tid: {day}."\nthanks = "Tack."\n',
        "en": '# Kept.\n[times]\nmoved = { text = "New time: {day}.", review = "native" }\n',
    }
    (tmp_path / "phrases").mkdir()
    for code, text in phrases.items():
        (tmp_path / f"phrases/{code}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def files(found: Plan) -> dict[str, tuple[str, ...]]:
    return {change.where: change.keys for change in found.changes}


def left(found: Plan) -> list[str]:
    return [str(finding) for finding in found.left]


def refusals(found: Plan) -> list[str]:
    """Without the line of the file, which each test would have to count."""
    assert found.changes == ()
    return [f"{finding.where}: {finding.message}" for finding in found.refusals]


def test_a_file_that_comes_back_as_it_went_changes_nothing(root: Path) -> None:
    for scope, language in (("se", "en"), ("se", "ar"), ("se", "da"), ("phrases", "en")):
        found = plan_import(root, NAME, exported(root, language, scope))
        assert (files(found), found.left, found.refusals) == ({}, (), ())


def test_a_text_lands_in_its_section_and_nowhere_else(root: Path) -> None:
    before = snapshot(root)
    text = "- Take your residence permit card (UT-kort).\n- Take the receipt."
    found = plan(root, {BRING: text})
    assert files(found) == {ENGLISH: (BRING,)}
    assert snapshot(root) == before
    write_changes(found.changes)
    old = b"- Bring your residence permit card (UT-kort).\n- Bring the receipt."
    assert snapshot(root) == {
        **before,
        ENGLISH: before[ENGLISH].replace(old, text.encode()),
    }
    assert check_pack(root) == []


def test_title_and_value_are_taken_too(root: Path) -> None:
    write_changes(
        plan(root, {"se/id_card/title": "Your ID card", "se/facts/id_card_fee": "400 SEK"}).changes
    )
    assert read_answer_file(root / ENGLISH).title == "Your ID card"
    assert load_facts(root / "se").values["id_card_fee"].text("en") == "400 SEK"


def test_a_stale_section_is_fresh_once_it_has_been_translated_again(root: Path) -> None:
    change(root, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med UT-kortet och passet.")
    text = "- Bring your residence permit card (UT-kort) and passport.\n- Bring the receipt."
    write_changes(plan(root, {BRING: text}).changes)
    stale = {answer.language: answer.stale_sections for answer in load_answers(root)}
    assert stale == {"sv": frozenset(), "en": frozenset(), "ar": frozenset({"bring"})}


def test_a_stale_text_that_still_holds_is_fresh_once_it_is_marked_as_finished(root: Path) -> None:
    change(root, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med UT-kortet.")
    old = read_answer_file(root / ENGLISH).text_of("bring")
    untouched = plan_import(root, NAME, exported(root))
    assert (files(untouched), left(untouched)) == ({}, [])
    write_changes(plan(root, {BRING: old}).changes)
    assert load_answers(root).by_key["se", "id_card", "en"].stale_sections == frozenset()
    assert read_answer_file(root / ENGLISH).text_of("bring") == old


def test_a_text_that_is_marked_as_needing_work_is_left_out(root: Path) -> None:
    change(root, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med UT-kortet.")
    data = exported(root).replace(b"- Bring the receipt.", b"- Bring a receipt.")
    found = plan_import(root, NAME, data)
    assert files(found) == {}
    assert left(found)[0].endswith(
        "se/id_card/bring: still marked as needing work (fuzzy): finish it first"
    )


def test_when_the_source_changed_in_the_meantime_that_text_waits_and_the_others_are_taken(
    root: Path,
) -> None:
    data = translated(exported(root), {BRING: "- Card.", "se/id_card/title": "The card"})
    change(root, "se/id_card/sv.md", "Ta med ditt UT-kort.", "Ta med ditt pass.")
    found = plan_import(root, NAME, data)
    assert files(found) == {ENGLISH: ("se/id_card/title",)}
    assert [finding.message for finding in found.left] == [
        "source changed since export: export it again and translate that"
    ]
    write_changes(found.changes)
    answer = load_answers(root).by_key["se", "id_card", "en"]
    assert (answer.title, answer.stale_sections) == ("The card", frozenset({"bring"}))
    assert "Bring the receipt" in read_answer_file(root / ENGLISH).text_of("bring")


def test_what_was_changed_here_since_the_export_is_not_undone(root: Path) -> None:
    data = exported(root)
    change(root, ENGLISH, "- Bring the receipt.", "- Bring your receipt.")
    untouched = plan_import(root, NAME, data)
    assert (files(untouched), left(untouched)) == ({}, [])
    both = plan_import(root, NAME, translated(data, {BRING: "- Card.", TITLE: "The card"}))
    assert files(both) == {ENGLISH: (TITLE,)}
    assert [finding.message for finding in both.left] == [
        "the translation was changed here since export: compare the two"
    ]


def test_a_tool_that_drops_comments_loses_nothing_else(root: Path) -> None:
    data = translated(exported(root), {TITLE: "The card"})
    bare = b"\n".join(line for line in data.split(b"\n") if not line.startswith(b"#."))
    assert files(plan_import(root, NAME, bare)) == {ENGLISH: (TITLE,)}


def test_a_section_that_the_source_has_lost_is_left_out(root: Path) -> None:
    data = translated(exported(root), {BRING: "- Card."})
    change(root, "se/id_card/sv.md", "## bring", "## more")
    found = plan_import(root, NAME, data)
    assert (files(found), [finding.message for finding in found.left]) == (
        {},
        ["source changed since export: it is no longer there"],
    )


def test_an_answer_that_was_missing_is_written_and_asks_for_its_questions(root: Path) -> None:
    found = plan(root, DANISH, "da")
    assert [(change.where, change.is_new) for change in found.changes] == [
        ("se/facts.toml", False),
        ("se/id_card/da.md", True),
    ]
    write_changes(found.changes)
    file = read_answer_file(root / "se/id_card/da.md")
    source = read_answer_file(root / "se/id_card/sv.md")
    assert {f"se/id_card/{part.id}": part.text for part in file.sections} == {
        key: DANISH[key] for key in list(DANISH)[2:5]
    }
    assert (file.questions, file.review, file.translated_from) == ((), "none", "sv")
    same = ("source_name", "source_url", "checked_on", "valid_until", "owner")
    assert [getattr(file, key) for key in same] == [getattr(source, key) for key in same]
    assert load_answers(root).by_key["se", "id_card", "da"].stale_sections == frozenset()
    assert [str(finding) for finding in found.to_do] == [
        "error: se/id_card/da.md:4: give 4 to 8 questions instead of 0"
    ]
    assert set(found.to_do) <= set(check_pack(root))


def test_an_answer_that_is_half_translated_is_left_out_and_says_what_it_lacks(root: Path) -> None:
    found = plan(root, {key: DANISH[key] for key in list(DANISH)[1:4]}, "da")
    assert (files(found), left(found)) == (
        {},
        [
            f"warning: {NAME}: se/id_card: not written yet: a new answer also needs title, cost",
        ],
    )


def test_what_a_person_had_reviewed_counts_as_unread_once_it_changes(root: Path) -> None:
    change(root, ENGLISH, 'review = "none"', 'review = "native"')
    write_changes(plan(root, {"se/id_card/title": "The card"}).changes)
    assert read_answer_file(root / ENGLISH).review == "none"
    write_changes(plan(root, {"phrases/times.moved": "Your time: {day}."}, "en", "phrases").changes)
    moved = read_phrase_files(root / "phrases")["en"].texts["times.moved"]
    assert (moved.text, moved.review) == ("Your time: {day}.", "none")


def test_phrases_are_taken_and_new_ones_join_their_group(root: Path) -> None:
    write_changes(plan(root, {"phrases/times.thanks": "Thank you."}, "en", "phrases").changes)
    assert (root / "phrases/en.toml").read_text(encoding="utf-8") == (
        '# Kept.\n[times]\nmoved = { text = "New time: {day}.", review = "native" }\n'
        'thanks = "Thank you."\n'
    )
    found = plan(root, {"phrases/times.moved": "الموعد: {day}."}, "ar", "phrases")
    write_changes(found.changes)
    assert (root / "phrases/ar.toml").read_text(encoding="utf-8") == (
        '[times]\nmoved = "الموعد: {day}."\n'
    )


COST = "se/id_card/cost"
PAY = "The card costs {id_card_fee}. You do not get the money back after 2 attempts."
REFUSED = {
    "a lost placeholder": (
        COST,
        PAY.replace("{id_card_fee}", "money"),
        "make each value the same as in the source: only here nothing, only there id_card_fee",
    ),
    "an unknown placeholder": (
        COST,
        PAY.replace("2 attempts", "2 {attempts}"),
        "add attempts to facts.toml or correct the name",
    ),
    "a changed number": (
        COST,
        PAY.replace("2 attempts", "3 attempts"),
        "make each number the same as in the source: only here 3, only there 2",
    ),
    "a lost denial": (COST, PAY.replace("do not ", ""), None),
    "a written amount": (
        COST,
        PAY + " It is SEK 400.",
        "put '400' into facts.toml with its source and day, and insert it by its name",
    ),
    "a link": (
        BRING,
        "- Bring your residence permit card (UT-kort): https://evil.example",
        "link only to addresses of sources.md, not to https://evil.example",
    ),
    "a missing gloss": (
        BRING,
        "- Bring your UT-kort.\n- Bring the receipt.",
        "explain it where it is first met: residence permit card (UT-kort)",
    ),
    "a long title": ("se/id_card/title", "Card " * 20, "shorten 'title' to 40 characters"),
    "a summary of two lines": ("se/id_card/summary", "One.\nTwo.", "write it in one line"),
    "a value that the summary does not have": (
        "se/id_card/summary",
        "How to pay {moon}.",
        "insert the values of the source and no others",
    ),
    "a script": (
        BRING,
        "- Bring <script>alert(1)</script>.",
        "remove '<script>': a text holds no HTML and no script",
    ),
    "an entity": (BRING, "- Bring &lt;b&gt;.", "remove '&lt;': a text holds no HTML and no script"),
    "an address of a script": (
        BRING,
        "- Open JavaScript:alert(1).",
        "remove 'JavaScript:': a text holds no HTML and no script",
    ),
    "a heading": (BRING, "- Card.\n\n## more\nText.", "let no line begin with # or +++"),
    "front matter": (BRING, "- Card.\n+++\nText.", "let no line begin with # or +++"),
    "a control character": (
        BRING,
        "- Card.\x07",
        "remove the character U+0007, which cannot be seen",
    ),
    "a reversed text": (
        BRING,
        "- Card \u202egnp.exe.",
        "remove the character U+202E, which cannot be seen",
    ),
    "a very long text": (BRING, "- " + "a" * MAX_LENGTH, f"shorten it to {MAX_LENGTH} characters"),
    "another number in a value": (
        "se/facts/id_card_fee",
        "SEK 500",
        "the source does not have the number 500",
    ),
    "a placeholder in a value": (
        "se/facts/id_card_fee",
        "SEK 400 {id_card_fee}",
        "a value holds no placeholder: remove { and }",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_one_text_that_fails_a_check_keeps_every_file_as_it_is(root: Path, what: str) -> None:
    key, text, message = REFUSED[what]
    before = snapshot(root)
    found = plan(root, {"se/id_card/what": "An ID card.", key: text})
    refused = refusals(found)
    assert [line.startswith(f"{NAME}: {key}: ") for line in refused] == [True] * len(refused)
    assert len(refused) == 1 if message is None else f"{NAME}: {key}: {message}" in refused
    write_changes(found.changes)
    assert snapshot(root) == before


def test_a_refusal_names_the_line_of_the_translators_file(root: Path) -> None:
    data = translated(exported(root), {BRING: "- <b>Card</b>."})
    [refused] = plan_import(root, NAME, data).refusals
    line = data.decode().split("\n")[refused.line - 1]
    assert (line.startswith("msgid"), data.decode().split("\n")[refused.line - 2]) == (
        True,
        f'msgctxt "{BRING}"',
    )


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("se/moon/bring", "there is no such topic: keep msgctxt as it was exported"),
        ("se/id_card/wings", "there is no section 'wings': keep msgctxt as it was exported"),
        ("se/../id_card", "there is no such topic: keep msgctxt as it was exported"),
        ("se/id_card/../../x", "there is no such topic: keep msgctxt as it was exported"),
        ("dk/id_card/bring", "does not belong here: the file was made for se"),
        ("../../etc/passwd", "does not belong here: the file was made for se"),
        ("/etc/passwd", "does not belong here: the file was made for se"),
    ],
)
def test_a_place_that_cannot_be_is_refused(root: Path, place: str, message: str) -> None:
    data = exported(root).replace(BRING.encode(), place.encode())
    assert refusals(plan_import(root, NAME, data)) == [f"{NAME}: {place}: {message}"]


def test_a_phrase_keeps_its_placeholders(root: Path) -> None:
    found = plan(root, {"phrases/times.moved": "Your time: {date}."}, "en", "phrases")
    assert refusals(found) == [
        f"{NAME}: phrases/times.moved: write {{day}} as phrases/sv.toml does; here is {{date}}"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Landa se", "Landa no", "was made for 'no'; it has to be se, dk, fi, phrases, lindby"),
        (
            "Landa se",
            "Landa ../se",
            "was made for '../se'; it has to be se, dk, fi, phrases, lindby",
        ),
        ("en", "sv", "wrong language: se: is written in sv; choose another language"),
        ("en", "xx", "wrong language: se: there is no locale/xx/language.toml"),
    ],
)
def test_a_file_for_another_place_is_refused(root: Path, old: str, new: str, message: str) -> None:
    header, rest = exported(root).decode().split("\n\n", 1)
    if old == "en":
        header = header.replace("Landa se en", f"Landa se {new}")
        header = header.replace("Language: en", f"Language: {new}")
    data = f"{header.replace(old, new) if old != 'en' else header}\n\n{rest}".encode()
    with pytest.raises(ContentError) as refused:
        plan_import(root, NAME, data)
    assert str(refused.value) == f"{NAME}: {message}"


def test_a_disk_that_is_full_leaves_the_files_as_they_were(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = plan(root, {"se/id_card/title": "Card", "se/facts/id_card_fee": "400 SEK"})
    before, write = snapshot(root), Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", _full_after_one(write))
    with pytest.raises(OSError, match="No space left"):
        write_changes(found.changes)
    assert snapshot(root) == before


def _full_after_one(write: Callable[[Path, bytes], int]) -> Callable[[Path, bytes], int]:
    written: list[Path] = []

    def write_bytes(path: Path, data: bytes) -> int:
        if written:
            raise OSError(28, "No space left on device")
        written.append(path)
        return write(path, data)

    return write_bytes
