"""Phrases as files, as values in a language and as something to search for."""

from pathlib import Path

import pytest

from content.answer_file import Review
from content.entry import ContentError
from content.languages import RESIDENT_LANGUAGES, STAFF_LANGUAGES
from content.phrases import Phrase, PhraseText, load_phrases, read_phrase_files

VALUES = {
    "day": "2026-11-30",
    "date": "2026-11-23",
    "time": "09:30",
    "name": "Åsa",
    "office": "Skatteverket",
    "place": "Storgatan 1",
    "phone": "0123-45 67 89",
    "language": "ti",
}


def keys(typed: str, language: str, resident: str = "ar") -> list[str]:
    return [phrase.key for phrase in load_phrases().find(typed, language, resident)]


def phrase(key: str) -> Phrase:
    return load_phrases().by_key[key]


def write(folder: Path, language: str, text: str) -> Path:
    (folder / f"{language}.toml").write_text(text, encoding="utf-8")
    return folder


def test_there_are_phrases_for_every_staff_language_in_every_resident_language() -> None:
    everything = list(load_phrases().by_key)
    assert len(everything) >= 60
    for staff in STAFF_LANGUAGES:
        for resident in RESIDENT_LANGUAGES:
            assert keys("", staff.code, resident.code) == everything


@pytest.mark.parametrize("language", [entry.code for entry in RESIDENT_LANGUAGES])
def test_filled_in_no_phrase_has_a_gap_or_a_doubled_sign(language: str) -> None:
    said = [phrase.say(language, VALUES) for phrase in load_phrases().by_key.values()]
    assert [text for text in said if any(sign in text for sign in ("___", "{", "..", "  "))] == []


def test_dates_and_times_are_written_as_the_language_writes_them() -> None:
    moved = phrase("times.moved")
    assert {code: moved.say(code, VALUES) for code in ("sv", "fi", "ru", "ar")} == {
        "sv": "Din tid den 23 november 2026 är flyttad. Ny tid: måndag 30 november klockan 09:30.",
        "fi": "Aikasi 23. marraskuuta 2026 on siirretty. "
        "Uusi aika: maanantai 30. marraskuuta klo 9.30.",
        "ru": "Ваш приём 23 ноября 2026\u202fг. перенесён. "
        "Новое время: понедельник, 30 ноября, 09:30.",
        "ar": "تغيّر موعدك الذي كان في 23 نوفمبر 2026. "
        "الموعد الجديد: الاثنين 30 نوفمبر الساعة 09:30.",
    }


def test_a_language_is_named_in_the_language_of_the_reader() -> None:
    booked = phrase("interpreter.booked")
    assert booked.say("sv", VALUES) == "Tolken är bokad. Språk: tigrinja."
    assert booked.say("ti", VALUES) == "ኣስተርጓሚ ተኣዚዙ ኣሎ። ቋንቋ፦ ትግርኛ።"


def test_a_phone_number_keeps_its_order_among_arabic_letters() -> None:
    assert "\u200e0123-45 67 89\u200e" in phrase("refer.contact").say("ar", VALUES)
    assert "Telefon: 0123-45 67 89." in phrase("refer.contact").say("sv", VALUES)


@pytest.mark.parametrize(
    ("values", "lacking"),
    [
        ({}, ["date", "day", "time"]),
        ({"date": "2026-11-23", "day": "2026-11-30", "time": "half past nine"}, ["time"]),
        ({"date": "23/11", "day": "2026-02-30", "time": "09:30"}, ["date", "day"]),
        ({"date": "2026-11-23", "day": "2026-11-30", "time": "09:30"}, []),
    ],
)
def test_missing_and_wrong_values_are_named(values: dict[str, str], lacking: list[str]) -> None:
    assert phrase("times.moved").lacks(values) == lacking


def test_what_is_missing_shows_as_a_gap() -> None:
    assert phrase("patience.colleague").say("en", {}) == (
        "I need to ask a colleague. You will get an answer by ___."
    )


@pytest.mark.parametrize(
    ("typed", "language", "first"),
    [
        ("flyttad", "sv", "times.moved"),
        ("barn tolka", "sv", "interpreter.no_children"),
        ("MOTE", "sv", "times.booked"),  # a word of the group, typed without its dots
        ("tulkin", "fi", "interpreter.offer"),
        ("kirjeen", "fi", "ask.sender"),
        ("bring letter", "en", "bring.letter"),
        ("kollega", "da", "greeting.takes_over"),
        ("112", "da", "danger.call"),
    ],
)
def test_a_phrase_is_found_by_words_of_the_staff_language(
    typed: str, language: str, first: str
) -> None:
    assert keys(typed, language)[0] == first


def test_words_that_stand_nowhere_find_nothing() -> None:
    assert keys("xyzq", "sv") == []


def test_the_name_of_a_placeholder_is_no_word_to_find() -> None:
    assert "patience.today" not in keys("office", "sv")


def test_a_phrase_that_the_resident_cannot_read_is_not_offered(tmp_path: Path) -> None:
    groups = '[groups]\nbring = { title = "Ta med", words = "" }\n'
    write(tmp_path, "sv", f'{groups}[bring]\nletter = "Ta med brevet."\nkey = "Ta med nyckeln."\n')
    write(tmp_path, "ar", '[bring]\nletter = "يرجى إحضار الرسالة."\n')
    found = load_phrases(tmp_path).find("", "sv", "ar")
    assert [offer.key for offer in found] == ["bring.letter"]


def test_a_table_says_who_has_reviewed_a_text(tmp_path: Path) -> None:
    write(tmp_path, "sv", '[bring]\nletter = { text = "Ta med brevet.", review = "native" }\n')
    found = read_phrase_files(tmp_path)["sv"].texts
    assert found == {"bring.letter": PhraseText("Ta med brevet.", Review.NATIVE)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[bring]\nletter = { text = "Ta", review = "yes" }\n',
            "phrases/sv.toml: bring: letter: make 'review' none, native or official",
        ),
        (
            '[bring]\nletter = { text = "Ta", reviewed = "native" }\n',
            "phrases/sv.toml: bring: letter: remove or correct the unknown key 'reviewed'",
        ),
        ("[bring]\nletter = 3\n", "phrases/sv.toml: bring: make 'letter' a table"),
        (
            '[groups]\nbring = { title = "Ta med" }\n',
            "phrases/sv.toml: groups: bring: add 'words' (a text in quotes)",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, "sv", text)
    with pytest.raises(ContentError) as caught:
        read_phrase_files(tmp_path)
    assert str(caught.value) == message


def test_without_the_source_there_are_no_phrases(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="write the source"):
        load_phrases(tmp_path)
