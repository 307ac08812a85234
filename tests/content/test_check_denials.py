from pathlib import Path

import pytest

from content.check_denials import find_lost_denial, is_near_denial
from content.findings import warning
from content.languages import language
from tests.content.example_pack import change, check_pack, write_pack

SWEDISH = language("sv").words
DENIES = "Du behöver inte betala."


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("fi", "Eikö sinulla ole korttia?"),
        ("fi", "Etkö saanut paikkaa?"),
        ("et", "Te ei pea maksma."),
        ("th", "คุณไม่ต้องจ่าย"),
        ("so", "Lacagta laguuma soo celinayo."),
        ("so", "Miyaadan haysan kaarka?"),
        ("ti", "ክትከፍሉ ኣየድልየኩምን።"),
        ("ti", "UT-kort የብልኩምን ድዩ?"),
        ("ar", "ألم تصل البطاقة؟"),
        ("fa", "شماره را ننویسید."),
        ("en", "You need nothing: it is free."),
        ("en", "You pay in kronor at a non-profit desk."),
        ("ru", "Этого недостаточно."),
        ("da", "Det er gratis."),
    ],
)
def test_a_denial_is_known_in_the_forms_of_each_language(code: str, text: str) -> None:
    assert find_lost_denial(text, language(code).words, DENIES, SWEDISH) == ""


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "You have to pay."),
        ("fi", "Sinun pitää maksaa."),
        ("et", "Te peate maksma."),
        ("th", "คุณต้องจ่าย"),
        ("so", "Lacagta waa laguu soo celinayaa."),
        ("ti", "ክትከፍሉ ኣለኩም።"),
        ("ar", "يجب أن تدفع."),
        ("fa", "باید پرداخت کنید."),
    ],
)
def test_a_lost_denial_is_named_by_the_word_of_the_source(code: str, text: str) -> None:
    assert find_lost_denial(text, language(code).words, DENIES, SWEDISH) == "inte"


def test_a_refusal_that_both_speak_of_does_not_stand_for_the_lost_denial() -> None:
    source = "Får du avslag får du inte tillbaka pengarna."
    text = "If you are refused you get the money back."
    assert find_lost_denial(text, language("en").words, source, SWEDISH) == "inte"


def test_an_unsure_reader_may_be_called_one_who_does_not_know() -> None:
    assert is_near_denial("Är du osäker?", SWEDISH)
    assert not is_near_denial("Är du sjuk?", SWEDISH)


def test_a_denial_that_the_source_lacks_is_pointed_at(tmp_path: Path) -> None:
    write_pack(tmp_path)
    change(tmp_path, "se/id_card/en.md", "once you are registered", "when you are not registered")
    message = "does the source deny what 'not' denies here?"
    assert check_pack(tmp_path) == [warning("se/id_card/en.md: what", message)]
