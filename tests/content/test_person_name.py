"""No name of the staff can pass for another one."""

import pytest

from content.person_name import ConfusableName, check_person_name


@pytest.mark.parametrize(
    "name",
    [
        "Maria Lindqvist",
        "Åsa Öberg-Sjöström",
        "Sinéad O'Neill",
        "Sinéad O’Neill",
        "Leilani Kaʻiulani",
        "Dr. J. R. Ek 2",
        "سميرة حداد",
        "Олена Шевченко",
        "สมชาย ใจดี",
        "ሰላም ተስፋይ",
        "maria@lindby.example",
    ],
)
def test_names_in_one_alphabet_are_accepted(name: str) -> None:
    check_person_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("M\u0430ria Ek", r"'M\u0430ria Ek' mixes Cyrillic and Latin letters; use one alphabet"),
        ("Maria \u0415\u043a", r"'Maria \u0415\u043a' mixes Cyrillic and Latin letters"),
        ("\u039caria Ek", r"'\u039caria Ek' mixes Greek and Latin letters"),
        ("Ma\u200bria", r"'Ma\u200bria' has a character that cannot be seen (U+200B); remove it"),
        ("Ma\u200dria", "cannot be seen (U+200D)"),
        ("\u202eairaM", "cannot be seen (U+202E)"),
        ("Maria\u00a0Ek", "cannot be seen (U+00A0)"),
        ("Maria\tEk", "cannot be seen (U+0009)"),
        ("Maria\u3164", "cannot be seen (U+3164)"),
        ("Maria\ufe0f", "cannot be seen (U+FE0F)"),
        ("Maria\U000e0041", "cannot be seen (U+E0041)"),
        ("Maria\ue000", "cannot be seen (U+E000)"),
        ("Maria  Ek", "'Maria  Ek' needs one space between words and none around them"),
        (" Maria", "' Maria' needs one space"),
        ("", "'' needs one space"),
        ("\uff2daria", r"'\uff2daria' has characters that look like others"),
        ("\U0001d40caria", "has characters that look like others"),
        ("A\u030asa", "has characters that look like others"),
    ],
)
def test_names_that_could_be_confused_are_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(ConfusableName) as refusal:
        check_person_name(name)
    assert reason in str(refusal.value)
