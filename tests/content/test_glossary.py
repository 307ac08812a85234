from pathlib import Path

import pytest

from content.answers import CONTENT_FOLDER, find_countries
from content.findings import Finding, Severity, warning
from content.glossary import Term, has_gloss, load_glossary
from content.languages import RESIDENT_LANGUAGES
from tests.content.example_pack import change, check_pack, write_pack

ENGLISH = "se/id_card/en.md"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("gloss", "text"),
    [
        ("henkilötunnus", "Älä kirjoita henkilötunnusta"),
        ("личный идентификационный номер", "без личного идентификационного номера"),
        ("الرقم الشخصي", "بالرقم الشخصي"),
        ("สัญญาเช่า", "แนบสัญญาเช่าของคุณ"),
        ("ናይ ውልቂ መንነት ቁጽሪ", "ብናይ ውልቂ መንነት ቁጽርኹም"),
    ],
)
def test_a_gloss_is_found_with_the_endings_of_its_sentence(gloss: str, text: str) -> None:
    assert has_gloss(gloss, text)


def test_another_word_is_no_gloss() -> None:
    assert not has_gloss("personal identity number", "a residence permit card")


def test_a_term_is_found_with_an_ending_but_not_in_a_longer_word() -> None:
    term = Term("folkbokföring", is_locked=False, glosses={})
    assert term.find("din folkbokföringen")
    assert term.find("din folkbokföringsadress") is None


def test_a_missing_gloss_is_an_error_only_for_a_locked_term(pack: Path) -> None:
    change(pack, ENGLISH, "residence permit card (UT-kort)", "UT-kort")
    message = "explain it where it is first met: residence permit card (UT-kort)"
    assert check_pack(pack) == [Finding(f"{ENGLISH}: bring", message)]
    change(pack, "se/glossary.toml", "locked = true\n", "")
    assert check_pack(pack) == [Finding(f"{ENGLISH}: bring", message, Severity.WARNING)]


def test_a_term_is_explained_once(pack: Path) -> None:
    change(pack, ENGLISH, "- Bring the receipt.", "- Bring the receipt and the UT-kort.")
    assert check_pack(pack) == []


def test_a_term_that_is_the_same_word_needs_no_gloss(pack: Path) -> None:
    change(pack, "se/glossary.toml", 'en = "residence permit card"', 'en = "UT-kort"')
    change(pack, ENGLISH, "residence permit card (UT-kort)", "UT-kort")
    assert check_pack(pack) == []


def test_a_gloss_that_a_language_lacks_is_an_error_only_for_a_locked_term(pack: Path) -> None:
    change(pack, "se/glossary.toml", 'ar = "residence permit card"\n', "")
    where, message = "se/glossary.toml: UT-kort", "add the gloss in ar of: UT-kort"
    assert check_pack(pack) == [Finding(where, message)]
    change(pack, "se/glossary.toml", "locked = true\n", "")
    assert check_pack(pack) == [warning(where, message)]


def test_the_shipped_glossaries_know_the_languages() -> None:
    sizes = {
        code: len(load_glossary(CONTENT_FOLDER / code)) for code in find_countries(CONTENT_FOLDER)
    }
    assert sizes == {"se": 32, "dk": 21, "fi": 22}
    known = {language.code for language in RESIDENT_LANGUAGES}
    for country in sizes:
        for term in load_glossary(CONTENT_FOLDER / country):
            assert set(term.glosses) <= known
