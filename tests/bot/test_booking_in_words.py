"""A booking with a day in own words over the API, with the trained model, in every language; the
order in which answers in its middle are read; and the same while the recogniser is down."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from content.languages import RESIDENT_LANGUAGES
from content.texts import Domain, load_texts
from tests.bot.test_emergency import ARABIC_DANGER, SWEDISH_DANGER
from tests.conftest import NOW, Urls
from tests.live import LiveApp, Resident, Said, running_app

LANGUAGES = [entry.code for entry in RESIDENT_LANGUAGES]
# A day two weeks away, then the button that has to come first.
ASKED = {
    "sv": ("kan jag få en tid den 7 december med tolk", "måndag 7 december 09:00"),
    "da": ("jeg vil gerne bestille en tid den 8. december med tolk", "tirsdag 8. december 15.30"),
    "fi": ("haluan varata ajan tulkin kanssa 8. joulukuuta", "tiistai 8. joulukuuta 15.30"),
    "en": ("I want to book a time with an interpreter on 7 December", "Monday 7 December 09:00"),
    "ar": ("بدي احجز موعد مع مترجم يوم ٧ ديسمبر", "الاثنين 7 ديسمبر 09:00"),
    "uk": ("хочу записатися на прийом з перекладачем 7 грудня", "понеділок, 7 грудня 13:30"),
    "ru": ("хочу записаться на приём с переводчиком 7 декабря", "понедельник, 7 декабря 13:30"),
    "et": ("soovin broneerida aja koos tõlgiga 8. detsembril", "teisipäev, 8. detsember 15:30"),
    "th": ("อยากจองเวลาพร้อมล่าม วันที่ 8 ธันวาคม", "วันอังคารที่ 8 ธันวาคม 15:00 น."),
    "so": ("waxaan u baahanahay ballan turjumaan la joogo 7 disembar", "Isniin, 7 Diseembar 11:00"),
    "fa": ("می‌خواهم یک وقت با مترجم برای ۷ دسامبر بگیرم", "دوشنبه 7 دسامبر 13:00"),
    "ti": ("ምስ ተርጓሚ ቆጸራ ክሕዝ ይደሊ 7 ታሕሳስ", "ሰኑይ፣ 7 ታሕሳስ 11:30"),
}
# Another day, as it is written in the middle: this coming Monday or Tuesday.
INSTEAD = {
    "sv": ("nästa måndag istället?", "måndag 30 november 09:00"),
    "da": ("hvad med på tirsdag?", "tirsdag 1. december 15.30"),
    "fi": ("kävisikö ensi tiistaina?", "tiistai 1. joulukuuta 15.30"),
    "en": ("monday instead?", "Monday 30 November 09:00"),
    "ar": ("طيب الاثنين القادم؟", "الاثنين 30 نوفمبر 09:00"),
    "uk": ("а в понеділок?", "понеділок, 30 листопада 13:30"),
    "ru": ("а в понедельник?", "понедельник, 30 ноября 13:30"),
    "et": ("aga järgmisel teisipäeval?", "teisipäev, 1. detsember 15:30"),
    "th": ("วันอังคารหน้าได้ไหม", "วันอังคารที่ 1 ธันวาคม 15:00 น."),
    "so": ("isniinta soo socota ka warran?", "Isniin, 30 Noofeembar 11:00"),
    "fa": ("دوشنبه آینده چطور؟", "دوشنبه 30 نوامبر 13:00"),
    "ti": ("ሰኑይ ዝመጽእከ?", "ሰኑይ፣ 30 ሕዳር 11:30"),
}


@pytest.fixture(scope="module")
def app(module_urls: Urls, vectors: Path, nlu: dict[str, str]) -> Iterator[LiveApp]:
    with running_app(module_urls.app, NOW, vectors, **nlu) as app:
        yield app


@contextmanager
def newcomer(app: LiveApp, language: str) -> Iterator[Resident]:
    with app.http() as http:
        yield Resident(http, language)


def first_button(said: Said) -> str:
    button = said.last["buttons"][0]
    return f"{button['group']} {button['label']}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_time_is_the_first_button_and_another_day_may_be_written(
    app: LiveApp, language: str
) -> None:
    words = load_texts(Domain.RESIDENT, language).gettext
    with newcomer(app, language) as amina:
        offer = amina.say(ASKED[language][0])
        instead = amina.say(INSTEAD[language][0])
        held = amina.press(instead.last["buttons"][0]["action"]).last
        # The next language finds the same times free.
        amina.press(held["buttons"][1]["action"])
    assert first_button(offer) == ASKED[language][1]
    day = offer.last["buttons"][0]["group"]
    assert offer.last["text"] == words("Times on {days}. Choose one.", days=day)
    assert first_button(instead) == INSTEAD[language][1]
    assert held["kind"] == "hold"


@pytest.mark.parametrize(
    ("language", "asked", "spoken", "button"),
    [
        (
            "sv",
            "kan jag få en tid på måndag förmiddag med tolk på tigrinja",
            "Språk på mötet: tigrinja.",
            "måndag 30 november 11:30",
        ),
        (
            "en",
            "I need help with my rent contract on Monday in Arabic",
            "Language of the meeting: Arabic.",
            "Monday 30 November 09:00",
        ),
        (
            "ar",
            "بدي احجز موعد يوم الاثنين مع مترجم صومالي",
            "لغة اللقاء: الصومالية.",
            "الاثنين 30 نوفمبر 11:00",
        ),
    ],
)
def test_an_interpreter_for_another_language(
    app: LiveApp, language: str, asked: str, spoken: str, button: str
) -> None:
    with newcomer(app, language) as amina:
        offer = amina.say(asked)
    assert offer.messages[-2]["text"] == spoken
    assert first_button(offer) == button


ORDER = {
    "sv": ("kl 10 den 7 december", "7", "hur öpnar jag bank konto", "stopp", SWEDISH_DANGER[0]),
    "ar": ("٧ ديسمبر الساعة 10", "٧", "كيف افتح حساب بنكيي", "توقف", ARABIC_DANGER[0]),
}


@pytest.mark.parametrize("language", ORDER)
def test_answers_in_the_middle_are_read_in_this_order(app: LiveApp, language: str) -> None:
    """A button, short words, days and numbers, the recogniser; danger before all of them."""
    clock, number, question, stop, danger = ORDER[language]
    with newcomer(app, language) as amina:
        offer = amina.say(ASKED[language][0])
        tapped = amina.press(offer.last["buttons"][1]["action"]).last
        held = amina.say(clock).last
        by_number = amina.press(held["buttons"][1]["action"])
        by_number = amina.say(number)
        answered = amina.say(question).messages
        stopped = amina.say(stop).messages
        warned = amina.say(danger).messages
    assert [tapped["kind"], held["kind"]] == ["hold", "hold"]
    assert first_button(by_number).startswith(ASKED[language][1].rpartition(" ")[0])
    assert [message["kind"] for message in answered] == ["answer", "times"]
    words = load_texts(Domain.RESIDENT, language).gettext
    assert stopped[0]["text"] == words("We stop here. Nothing was booked or changed.")
    assert [message["kind"] for message in warned] == ["danger"]


@pytest.mark.parametrize("language", ["sv", "ar"])
def test_days_are_read_in_an_open_booking_while_the_recogniser_is_down(
    module_urls: Urls, vectors: Path, language: str
) -> None:
    with running_app(module_urls.app, NOW, vectors) as app, newcomer(app, language) as amina:
        unread = amina.say(ASKED[language][0]).messages
        amina.press("book")
        offer = amina.say(ASKED[language][0])
        instead = amina.say(INSTEAD[language][0])
    assert unread[0]["kind"] == "say"
    assert first_button(offer) == ASKED[language][1]
    assert first_button(instead) == INSTEAD[language][1]
