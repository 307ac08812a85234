"""Language of the interpreter, size of the party, service and office, in every language."""

from datetime import date

import pytest

from content.languages import RESIDENT_LANGUAGES
from content.municipalities import load_municipalities
from nlu.clause import When
from nlu.entities import Entities, find_named, read_entities
from nlu.lexicon import LANGUAGES

TODAY = date(2026, 11, 25)
LINDBY = load_municipalities()["lindby"]

INTERPRETERS = [
    ("sv", "tid med tolk på tigrinja", "ti"),
    ("sv", "arabisk tolk tack", "ar"),
    ("sv", "jag pratar somaliska", "so"),
    ("sv", "arabiska", "ar"),
    ("sv", "jag kan inte svenska bra, jag behöver en rysk tolk eller ryska", "ru"),
    ("sv", "jag pluggar svenska", None),
    ("sv", "jag pratar inte svenska", None),
    ("da", "en tid med arabisk tolk", "ar"),
    ("da", "kan det være på farsi", "fa"),
    ("da", "jeg lærer dansk nu", None),
    ("fi", "tulkki ukrainaksi", "uk"),
    ("fi", "arabiaksi kiitos", "ar"),
    ("fi", "somalin tulkki", "so"),
    ("fi", "asun Suomessa", None),
    ("en", "I need help with my rent contract on Monday in Arabic", "ar"),
    ("en", "an interpreter who speaks Tigrinya", "ti"),
    ("en", "I have a Swedish exam", None),
    ("ar", "مترجم صومالي", "so"),
    ("ar", "بالعربي", "ar"),
    ("ar", "باللغة التغرينية", "ti"),
    ("uk", "з українським перекладачем", "uk"),
    ("uk", "арабською, будь ласка", "ar"),
    ("ru", "переводчик на дари", "fa"),
    ("ru", "можно на эстонском?", "et"),
    ("et", "tõlk vene keeles", "ru"),
    ("et", "aeg araabia keele tõlgiga", "ar"),
    ("th", "ขอล่ามภาษาไทย", "th"),
    ("th", "ล่ามอาหรับ", "ar"),
    ("so", "turjumaan af soomaali", "so"),
    ("so", "af carabi", "ar"),
    ("fa", "مترجم دری", "fa"),
    ("fa", "به عربی", "ar"),
    ("ti", "ኣስተርጓሚ ትግርኛ", "ti"),
    ("ti", "ብዓረብ", "ar"),
    ("en", "tolk på arabiska", "ar"),
    ("sv", "ትግርኛ", "ti"),
    ("en", "อาหรับ", "ar"),
]
PARTIES = [
    ("sv", "vi är fyra", 4),
    ("sv", "5 personer", 5),
    ("sv", "jag har 3 barn", None),
    ("da", "vi er fem", 5),
    ("fi", "meitä on neljä", 4),
    ("fi", "4 henkilöä", 4),
    ("en", "we are four", 4),
    ("en", "there are 6 of us", 6),
    ("en", "only one of us works", None),
    ("en", "300 people live here", None),
    ("ar", "نحن خمسة", 5),
    ("ar", "٥ أشخاص", 5),
    ("uk", "нас п'ятеро", 5),
    ("ru", "нас четверо", 4),
    ("ru", "3 человека", 3),
    ("et", "meid on neli", 4),
    ("th", "เรามากัน 4 คน", 4),
    ("th", "สามคน", 3),
    ("so", "waxaan nahay shan", 5),
    ("so", "afar qof", 4),
    ("fa", "ما پنج نفر هستیم", 5),
    ("fa", "۴ نفر", 4),
    ("ti", "ንሕና ኣርባዕተ ሰባት", 4),
    ("ti", "፬ ሰባት", 4),
]
NUMBERS = [
    *[("sv", "10", 10), ("sv", "tio", 10), ("da", "ti", 10), ("fi", "kymmenen", 10)],
    *[("en", "ten", 10), ("ar", "١٠", 10), ("uk", "десять", 10), ("ru", "10!", 10)],
    *[("et", "kümme", 10), ("th", "๑๐", 10), ("so", "toban", 10), ("fa", "۱۰", 10)],
    *[("ti", "፲", 10), ("ti", "፲፪", 12), ("en", "10 people", None), ("en", "10 or 11", None)],
]


@pytest.mark.parametrize(("language", "text", "expected"), INTERPRETERS)
def test_the_language_asked_for(language: str, text: str, expected: str | None) -> None:
    assert read_entities(text, language, TODAY).interpreter == expected


def test_every_language_is_understood_by_its_own_name_and_by_the_name_in_any_other() -> None:
    for entry in RESIDENT_LANGUAGES:
        found = read_entities(entry.own_name, entry.code, TODAY).interpreter
        assert found in (entry.code, None), entry
    assert set(LANGUAGES) == {entry.code for entry in RESIDENT_LANGUAGES}


@pytest.mark.parametrize(("language", "text", "expected"), PARTIES)
def test_how_many_people_come(language: str, text: str, expected: int | None) -> None:
    assert read_entities(text, language, TODAY).party == expected


@pytest.mark.parametrize(("language", "text", "expected"), NUMBERS)
def test_a_message_that_is_only_a_number(language: str, text: str, expected: int | None) -> None:
    assert read_entities(text, language, TODAY).number == expected


def test_all_that_one_message_says() -> None:
    text = "we are four, a time on Monday in Arabic please"
    monday = date(2026, 11, 30)
    assert read_entities(text, "en", TODAY) == Entities(
        when=When(monday, monday), interpreter="ar", party=4, other_words=1
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("när är öppen rådgivning?", "drop_in"),
        ("I want the interpreter day", "interpreter_day"),
        ("أريد يوم الترجمة", "interpreter_day"),
        ("Tolkdag", "interpreter_day"),
        ("have a nice day", None),
    ],
)
def test_a_service_by_its_name_in_any_language(text: str, expected: str | None) -> None:
    names = {service.key: service.name.by_language.values() for service in LINDBY.services}
    assert find_named(text, names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Medborgarkontoret", "citizen_office"), ("Ekskolan", "school"), ("ekonomi", None)],
)
def test_an_office_by_its_name(text: str, expected: str | None) -> None:
    names = {office.key: office.name.by_language.values() for office in LINDBY.offices}
    assert find_named(text, names) == expected
