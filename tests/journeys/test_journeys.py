"""What a newcomer does with Landa, in a real browser on a small phone: asks, books, takes a number
and talks to a person, in three languages, with script and without."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.bot.script import CODE, DROP_IN, LANGUAGES, PERSON, QUESTIONS
from tests.journeys.conftest import Desks, Residents
from tests.journeys.resident import Resident

LANES = {"sv": "A", "en": "A", "ar": "B"}
DANGERS = {"sv": "han slår mig", "ar": "زوجي يضربني"}
ANSWERS = {"sv": "Hej, jag heter Maria.", "en": "Hello, I am Maria.", "ar": "مرحبا، أنا Maria."}
THANKS = {"sv": "tack Maria", "en": "thank you Maria", "ar": "شكراً Maria"}
CLOSED = (
    "{name} has closed the conversation. The bot answers again. You can always ask for a person."
)
UNREAD = "No person has reviewed this translation yet."
in_all_languages = pytest.mark.parametrize("language", LANGUAGES)
with_and_without_script = pytest.mark.parametrize(
    ("language", "has_script"),
    [("sv", True), ("en", True), ("ar", True), ("sv", False), ("ar", False)],
)


@with_and_without_script
def test_a_question_becomes_a_booked_time_with_three_taps(
    resident: Residents, language: str, *, has_script: bool
) -> None:
    amina = resident(language, has_script=has_script)
    amina.page.goto(amina.home)
    amina.look("picker")
    amina.start()
    amina.look("start")

    amina.say(QUESTIONS[language])
    source = amina.last.locator(".source")
    expect(source.get_by_role("link")).to_have_text("Skatteverket")
    expect(source).to_contain_text("2026")
    amina.look("answer")

    book(amina)
    assert amina.taps == 3
    assert CODE.fullmatch(amina.last.locator(".code").inner_text())
    check_the_calendar(amina.page, amina.last.locator("a[href$='.ics']").get_attribute("href"))

    amina.last.locator(".pair a[href^='/b/']:not([href$='.ics'])").click()
    expect(amina.page.locator(".slip .code")).to_be_visible()
    amina.look("booking")


def book(amina: Resident) -> None:
    amina.press(amina.words("Book a time"))
    amina.look("times")
    amina.tap(amina.last.locator(".time").first)
    amina.look("hold")
    amina.press(amina.words("Yes, book this time"))
    amina.look("booked")


def check_the_calendar(page: Page, address: str | None) -> None:
    """Fetched as the browser does, with its cookies; the title tells nobody what it is about."""
    with page.expect_download() as download:
        page.locator(f"a[href='{address}']").click()
    text = Path(download.value.path()).read_text()
    assert text.startswith("BEGIN:VCALENDAR")
    assert re.findall(r"^DTSTART.*:(\d{8})T", text, re.MULTILINE)[-1] >= "20261130"
    assert "id-kort" not in text.lower()


def test_a_booked_time_stands_in_the_list_of_the_day(resident: Residents, desk: Desks) -> None:
    codes = []
    for language in LANGUAGES:
        amina = resident(language)
        amina.start()
        book(amina)
        codes.append(amina.last.locator(".code").inner_text())
    leyla = desk("leyla")
    leyla.open("day?on=2026-11-30")
    assert leyla.page.locator("table.day th .code").all_inner_texts() == codes
    leyla.look("day")


@in_all_languages
def test_the_number_of_the_drop_in_moves_while_one_looks_at_it(
    resident: Residents, desk: Desks, language: str
) -> None:
    leyla = desk("leyla")
    leyla.open("drop-in")
    lane = LANES[language]
    papers = [leyla.paper(lane), leyla.paper(lane)]

    amina = take_a_number(resident(language))
    amina.mark()
    now = amina.page.locator(".now dd")
    expect(now.nth(1)).to_have_text("2")
    amina.look("ticket")
    if language == "sv":
        leyla.look("drop-in")

    assert leyla.call(lane) == papers[0]
    expect(now.nth(0)).to_have_text(papers[0])
    expect(now.nth(1)).to_have_text("1")
    assert leyla.call(lane) == papers[1]
    expect(amina.page.locator(".next-up")).to_be_visible()
    leyla.call(lane)
    expect(amina.page.locator(".turn-now")).to_be_visible()
    amina.look("called")
    assert amina.is_same_page()
    leyla.served(lane)


def test_without_script_the_number_moves_with_a_button(resident: Residents, desk: Desks) -> None:
    leyla = desk("leyla", has_script=False)
    leyla.open("drop-in")
    leyla.paper("B")
    amina = take_a_number(resident("ar", has_script=False))
    expect(amina.page.locator(".now dd").nth(1)).to_have_text("1")

    leyla.page.reload()
    leyla.call("B")
    leyla.call("B")
    amina.page.locator("noscript a").click()
    expect(amina.page.locator(".turn-now")).to_be_visible()
    leyla.served("B")


def take_a_number(amina: Resident) -> Resident:
    """Asks in free text and ends on the page of the number."""
    amina.start()
    amina.say(DROP_IN[amina.language])
    expect(amina.last).to_contain_text("Storgatan 4")
    amina.press(amina.words("Take a queue number"))
    amina.last.locator(".pair a").click()
    amina.page.wait_for_url("**/t/*")
    return amina


@with_and_without_script
def test_a_person_answers_and_then_the_bot_is_back(
    resident: Residents, desk: Desks, language: str, *, has_script: bool
) -> None:
    maria = desk("maria", has_script=has_script)
    amina = resident(language, has_script=has_script)
    amina.start()
    amina.say(QUESTIONS[language])
    amina.say(PERSON[language])
    amina.look("consent")
    amina.press(amina.words("Yes, show the conversation"))
    expect(amina.last.locator(".next-up")).to_be_visible()
    amina.look("waiting")

    maria.open("inbox")
    if has_script and language == "ar":
        maria.look("inbox")
    maria.claim()
    maria.hear(QUESTIONS[language])
    amina.hear("Maria Lindqvist")
    maria.reply(ANSWERS[language])
    amina.hear(ANSWERS[language])
    expect(amina.page.locator(".top--person")).to_contain_text("Maria Lindqvist")
    amina.write(THANKS[language])
    maria.hear(THANKS[language])
    amina.look("person")
    if has_script and language == "ar":
        maria.look("conversation")
    assert amina.is_same_page() == has_script

    maria.close()
    amina.hear(amina.words(CLOSED, name="Maria Lindqvist"))
    expect(amina.page.locator(".top--person")).to_have_count(0)
    amina.say(QUESTIONS[language])
    expect(amina.last.locator(".source")).to_contain_text("Skatteverket")
    assert amina.is_same_page() == has_script


@pytest.mark.parametrize("language", DANGERS)
def test_in_danger_the_number_comes_first(resident: Residents, language: str) -> None:
    amina = resident(language)
    amina.start()
    amina.say(DANGERS[language])
    call = amina.last.locator(".danger__call")
    expect(call).to_have_attribute("href", "tel:112")
    expect(call).to_be_in_viewport(ratio=1)
    amina.look("danger")


@pytest.mark.parametrize("has_script", [True, False])
def test_what_an_editor_has_read_is_no_longer_called_unread(
    resident: Residents, desk: Desks, *, has_script: bool
) -> None:
    petra, amina = desk("petra", has_script=has_script), resident("ar")
    petra.open("answers")
    petra.page.locator("a[href='/staff/answers/id_card/ar']").click()
    expect(petra.page.locator("#preview")).to_have_attribute("dir", "rtl")
    petra.page.locator("form[action$='/review'] button").click()
    expect(petra.page.locator("form[action$='/take-back']")).to_be_visible()
    if has_script:
        petra.look("content-answer")
    amina.start()
    amina.say(QUESTIONS["ar"])
    expect(amina.last.locator(".source")).not_to_contain_text(amina.words(UNREAD))

    petra.open("answers")
    expect(petra.page.locator(".grid .state--reviewed")).to_have_count(1)
    if has_script:
        petra.look("content")
    petra.open("answers/id_card/ar")
    petra.page.locator("form[action$='/take-back'] button").click()
    expect(petra.page.locator("form[action$='/review']")).to_be_visible()
    amina.say(QUESTIONS["ar"])
    expect(amina.last.locator(".source")).to_contain_text(amina.words(UNREAD))
