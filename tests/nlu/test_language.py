"""The guess is sure only where a switch of language is worth offering."""

import pytest

from nlu.language import Guess, identify


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hej hur får jag ett id-kort", "sv"),
        ("jag vill prata med en människa", "sv"),
        ("hvordan får jeg et sygesikringskort", "da"),
        ("jeg vil gerne tale med et menneske", "da"),
        ("miten saan henkilökortin ja mitä se maksaa", "fi"),
        ("how do i get an id card", "en"),
        ("kuidas ma saan id-kaardi", "et"),
        ("waan u baahanahay caawimaad", "so"),
        ("كيف احصل على بطاقة هوية", "ar"),
        ("من یک حساب بانکی می خواهم", "fa"),
        ("چطور کارت شناسایی بگیرم", "fa"),
        ("як отримати ід карту", "uk"),
        ("как получить карту", "ru"),
        ("ኣብ ባንኪ ሕሳብ ክኸፍት እደሊ", "ti"),
        ("ฉันอยากเปิดบัญชี", "th"),
    ],
)
def test_a_sentence_in_a_resident_language_is_sure(text: str, language: str) -> None:
    assert identify(text) == Guess(language, is_sure=True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("tack", id="one word"),
        pytest.param("BankID", id="a name"),
        pytest.param("ok tid", id="words of several languages"),
        pytest.param("اريد موعد", id="letters that Arabic and Persian share"),
        pytest.param("ባንክ ሂሳብ መክፈት እፈልጋለሁ", id="Amharic"),
        pytest.param("ich möchte ein bankkonto eröffnen", id="German"),
        pytest.param("je veux un rendez-vous", id="French"),
        pytest.param("quiero abrir una cuenta en el banco", id="Spanish"),
        pytest.param("kif dir bankid ana jadid hna", id="Arabic in Latin letters"),
        pytest.param("man mikham hesab banki baz konam", id="Persian in Latin letters"),
        pytest.param("kak poluchit id kartu pozhaluista", id="Russian in Latin letters"),
        pytest.param("اريد BankID كيف", id="two scripts"),
    ],
)
def test_doubtful_texts_are_never_sure(text: str) -> None:
    assert identify(text).is_sure is False


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("banka hesabı açmak istiyorum", id="Turkish"),
        pytest.param("chcę otworzyć konto w banku", id="Polish"),
        pytest.param("مجھے بینک اکاؤنٹ چاہیے", id="Urdu"),
        pytest.param("دەمەوێت هەژمارێکی بانکی بکەمەوە", id="Sorani"),
        pytest.param("👋", id="emoji"),
        pytest.param("12345", id="digits"),
        pytest.param("", id="nothing"),
    ],
)
def test_other_languages_and_signs_have_no_language(text: str) -> None:
    assert identify(text) == Guess(None, is_sure=False)
