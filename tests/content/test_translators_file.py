"""The PO file: what stands in it, that another library reads the same, and that no bytes at all
bring the reader down."""

from contextlib import suppress

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.answer_file import section_hash
from content.answer_state import State
from content.answers import CONTENT_FOLDER
from content.entry import ContentError
from content.languages import RESIDENT_LANGUAGES
from content.translation_units import Unit, find_scopes, find_units, source_language
from content.translators_file import MAX_SIZE, read_sheet, write_sheet
from tests.content.translators import NOW

HARD = (
    'Back\\slash, "quotes", 50 % av, {fee} and %s.\n\n- A list\n-  two  spaces\n\n'
    "می\u200cخواهم \u200e114 14\u200e ምሕደራ 🏠 tab\there https://x.example/a?b=c&d=%20"
)
UNITS = [
    Unit("se/id_card/title", "Id-kort", "", State.MISSING, ("State: missing",)),
    Unit("se/id_card/what", HARD, HARD[::-1].strip(), State.UNREVIEWED),
    Unit("se/id_card/how", "Same", "One", State.STALE, ("State: stale",), f'Old "text".\n\n{HARD}'),
    Unit("se/id_card/cost", "Same", "Two", State.REVIEWED),
]
SHEET = write_sheet("se", "ar", UNITS, NOW)


def refusal(data: bytes) -> str:
    with pytest.raises(ContentError) as refused:
        read_sheet("x.po", data)
    return str(refused.value)


def test_what_is_written_is_read() -> None:
    sheet = read_sheet("x.po", SHEET.encode())
    assert (sheet.scope, sheet.language) == ("se", "ar")
    assert [(entry.key, entry.source, entry.text, entry.is_done) for entry in sheet.entries] == [
        (unit.key, unit.source, unit.text, unit.state is not State.STALE) for unit in UNITS
    ]


def test_another_library_reads_the_same_with_comments_and_the_earlier_source() -> None:
    file = polib.pofile(SHEET)
    assert [(entry.msgctxt, entry.msgid, entry.msgstr) for entry in file] == [
        (unit.key, unit.source, unit.text) for unit in UNITS
    ]
    assert [entry.fuzzy for entry in file] == [False, False, True, False]
    said = [entry.comment.splitlines() for entry in file]
    assert [lines[:-1] for lines in said] == [["State: missing"], [], ["State: stale"], []]
    assert [lines[-1] for lines in said] == [
        f"As exported: {section_hash(unit.text)}" for unit in UNITS
    ]
    assert file[2].previous_msgid == UNITS[2].before
    assert "python-format" not in [flag for entry in file for flag in entry.flags]
    assert file.metadata["Language"] == "ar"


@pytest.mark.parametrize("width", [20, 78, 10_000])
def test_what_another_tool_saves_is_read_the_same(width: int) -> None:
    saved = str(polib.pofile(SHEET, wrapwidth=width))
    windows = b"\xef\xbb\xbf" + saved.replace("\n", "\r\n").encode()
    ours = read_sheet("x.po", SHEET.encode()).entries
    for data in (saved.encode(), windows):
        found = read_sheet("x.po", data).entries
        assert [(entry.key, entry.source, entry.text, entry.is_done) for entry in found] == [
            (entry.key, entry.source, entry.text, entry.is_done) for entry in ours
        ]


@pytest.mark.parametrize("scope", find_scopes(CONTENT_FOLDER))
def test_no_shipped_text_is_changed_by_the_file(scope: str) -> None:
    languages = [entry.code for entry in RESIDENT_LANGUAGES]
    for code in languages:
        if code == source_language(CONTENT_FOLDER, scope):
            continue
        units = find_units(CONTENT_FOLDER, scope, code, NOW.date())
        found = read_sheet("x.po", write_sheet(scope, code, units, NOW).encode()).entries
        assert [(entry.key, entry.source, entry.text, entry.is_done) for entry in found] == [
            (unit.key, unit.source, unit.text, True) for unit in units
        ]


REFUSED = {
    "is too large: at most 5 MB": b"#" * (MAX_SIZE + 1),
    "save the file as UTF-8": SHEET.encode("utf-16"),
    "is no PO file of Landa: see line 1": b"PK\x03\x04",
    "is no PO file of Landa: see line 2": b"\n<script>alert(1)</script>",
    "has lost its header Project-Id-Version: export it again": b"",
    "was made for ar, but its header Language says 'fa'": SHEET.replace(
        "Language: ar", "Language: fa"
    ).encode(),
    "was made for fa, but its header Language says 'ar'": SHEET.replace(
        "Landa se ar", "Landa se fa"
    ).encode(),
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_file_that_is_not_ours_is_refused(message: str) -> None:
    assert refusal(REFUSED[message]) == f"x.po: {message}"


def test_a_tool_may_name_the_country_of_the_language() -> None:
    assert read_sheet("x.po", SHEET.replace("Language: ar", "Language: ar_SY").encode()) == (
        read_sheet("x.po", SHEET.encode())
    )


def test_a_place_that_stands_twice_is_refused() -> None:
    again = '\nmsgctxt "se/id_card/how"\nmsgid "Same"\nmsgstr "Three"\n'
    number = SHEET.count("\n") + 3
    message = f"x.po: se/id_card/how: stands twice, again in line {number}; keep one"
    assert refusal((SHEET + again).encode()) == message


def test_a_second_header_is_refused() -> None:
    again = '\nmsgid ""\nmsgstr "Project-Id-Version: Landa dk ar\\n"\n'
    assert refusal((SHEET + again).encode()) == "x.po: header: stands twice; keep one"


def test_a_quote_that_is_not_closed_is_refused_instead_of_losing_a_letter() -> None:
    line = SHEET.split("\n").index('msgstr "One"') + 1
    broken = SHEET.replace('msgstr "One"', 'msgstr "One')
    assert refusal(broken.encode()) == f"x.po: is no PO file of Landa: see line {line}"


def test_a_header_cannot_ask_for_a_billion_plurals() -> None:
    plural = '\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\n'
    greedy = SHEET.replace("nplurals=6", "nplurals=999999999") + plural
    assert refusal(greedy.encode()).startswith("x.po: is no PO file of Landa: see line ")


def test_what_a_tool_has_put_aside_is_not_read() -> None:
    aside = '\n#~ msgctxt "se/id_card/how"\n#~ msgid "Same"\n#~ msgstr "Three"\n'
    assert read_sheet("x.po", (SHEET + aside).encode()) == read_sheet("x.po", SHEET.encode())


_LINES = st.sampled_from(
    [
        *SHEET.split("\n"),
        'msgid ""',
        'msgstr ""',
        'msgctxt "se/id_card/how"',
        '"Plural-Forms: nplurals=x; plural=(n+\\n"',
        '"POT-Creation-Date: soon\\n"',
        '"Language: ../../etc\\n"',
        '"Content-Type: text/plain; charset=rot13\\n"',
        "#, fuzzy",
        '"\\"',
        "\x00",
        'msgstr[0] ""',
    ]
)


@settings(max_examples=400, deadline=None, database=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(_LINES, max_size=30).map(lambda lines: "\n".join(lines).encode()),
        st.tuples(st.integers(0, len(SHEET)), st.text(max_size=5), st.integers(0, 40)).map(
            lambda cut: (SHEET[: cut[0]] + cut[1] + SHEET[cut[0] + cut[2] :]).encode(
                errors="surrogatepass"
            )
        ),
    )
)
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    with suppress(ContentError):
        assert read_sheet("x.po", data).scope
