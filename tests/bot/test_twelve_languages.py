"""One short dialogue in every language over the API, with the trained model: a misspelt question, a
booking in own words, a question in its middle, stop, and danger."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.short_words import WORDS_FILE
from content.languages import RESIDENT_LANGUAGES
from content.texts import Domain, load_texts
from tests.bot.test_emergency import ARABIC_DANGER, ENGLISH_DANGER, OWN_LINES, SWEDISH_DANGER
from tests.conftest import NOW, Urls
from tests.live import LiveApp, Resident, running_app

LANGUAGES = [entry.code for entry in RESIDENT_LANGUAGES]
MISSPELT = {
    "sv": "hur öpnar jag bank konto",
    "da": "hvordan åbner jeg en bankonto",
    "fi": "miten avaan pankitilin",
    "en": "how do i opne a bank acount",
    "ar": "كيف افتح حساب بنكيي",
    "uk": "як відкрити банківский рахунок",
    "ru": "как аткрыть счет в банке",
    "et": "kuidas avada panga konto",
    "th": "เปิดบัญชีธนาคานยังไง",
    "so": "sidee u furtaa akoonka banka",
    "fa": "چطور حصاب بانکی باز کنم",
    "ti": "ናይ ባንክ ሕሳብ ከመይ ይኸፍት",
}
BOOKING = {
    "sv": "jag vill boka en tid med tolk",
    "da": "jeg vil gerne bestille en tid med tolk",
    "fi": "haluan varata ajan tulkin kanssa",
    "en": "I want to book a time with an interpreter",
    "ar": "بدي احجز موعد مع مترجم",
    "uk": "хочу записатися на прийом з перекладачем",
    "ru": "хочу записаться на приём с переводчиком",
    "et": "soovin broneerida aja koos tõlgiga",
    "th": "อยากจองเวลาพร้อมล่าม",
    "so": "waxaan u baahanahay ballan turjumaan la joogo",
    "fa": "می‌خواهم یک وقت با مترجم بگیرم",
    "ti": "ምስ ተርጓሚ ቆጸራ ክሕዝ ይደሊ",
}
DANGER = {"sv": SWEDISH_DANGER[0], "en": ENGLISH_DANGER[0], "ar": ARABIC_DANGER[0]}


@pytest.fixture(scope="module")
def app(module_urls: Urls, vectors: Path, nlu: dict[str, str]) -> Iterator[LiveApp]:
    with running_app(module_urls.app, NOW, vectors, **nlu) as app:
        yield app


def danger(language: str) -> str:
    if language in DANGER:
        return DANGER[language]
    path = OWN_LINES / f"{language}.toml"
    return str(tomllib.loads(path.read_text("utf-8"))["danger"][0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dialogue_in_own_words(app: LiveApp, language: str) -> None:
    words = load_texts(Domain.RESIDENT, language).gettext
    stop = tomllib.loads(WORDS_FILE.read_text("utf-8"))["stop"][language][0]
    with app.http() as http:
        amina = Resident(http, language)
        [answer] = amina.say(MISSPELT[language]).messages
        offer = amina.say(BOOKING[language]).last
        interrupted = amina.say(MISSPELT[language]).messages
        stopped = amina.say(stop).messages
        [warning] = amina.say(danger(language)).messages
    assert answer["kind"] == "answer"
    assert answer["source"]["name"] == "Konsumenternas Bank- och finansbyrå"
    assert offer["kind"] == "times"
    assert [message["kind"] for message in interrupted] == ["answer", "times"]
    assert stopped[0]["text"] == words("We stop here. Nothing was booked or changed.")
    assert (warning["kind"], "112" in warning["text"]) == ("danger", True)
