"""What a small phone and its owner need: few bytes, keys instead of a finger, two tabs, and a
double tap that does no harm."""

from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.bot.script import PERSON, QUESTIONS
from tests.conftest import Urls
from tests.journeys.conftest import Residents
from tests.journeys.resident import Resident
from tests.live import LiveApp

MOST_BYTES = 60_000
MOST_TABS = 40
FOCUSED = """
() => {
  const focused = document.activeElement;
  const text = focused.labels?.[0]?.innerText || focused.innerText;
  return [text.trim().split("\\n").at(-1), getComputedStyle(focused).outlineStyle];
}
"""


def test_the_first_load_of_the_chat_is_small(
    resident: Residents, new_context: Callable[..., BrowserContext]
) -> None:
    amina = resident("ar")
    amina.start()
    page = new_context(storage_state=amina.page.context.storage_state()).new_page()
    sizes: list[float] = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda loaded: sizes.append(loaded["encodedDataLength"]))
    page.goto(amina.home)
    expect(page.locator("#log > li")).to_have_count(2)
    page.wait_for_function("navigator.serviceWorker.ready")
    assert len(sizes) >= 8
    assert sum(sizes) < MOST_BYTES


def test_everything_is_reached_with_the_keys(
    new_context: Callable[..., BrowserContext], app: LiveApp
) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, locale="en").new_page()
    amina = Resident(page, app.url, "en")
    page.goto(amina.home)
    tab_to(page, "English")
    page.keyboard.press("Enter")
    expect(page.locator("#log > li")).to_have_count(2)

    tab_to(page, amina.words("Write to Landa"))
    page.keyboard.type(QUESTIONS["en"])
    page.keyboard.press("Enter")
    expect(amina.last.locator(".source")).to_be_visible()
    for label in ("Cost", "What to do", "Book a time"):
        tab_to(page, amina.words(label), key="Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".turn--me .say").last).to_have_text(amina.words(label))
        expect(page.locator(".htmx-request")).to_have_count(0)
    assert page.locator(".answer").last.locator(".prose li").count() == 4
    expect(amina.last.locator(".time").first).to_be_visible()


def tab_to(page: Page, label: str, *, key: str = "Tab") -> None:
    """Until the thing with this label has the focus, visibly."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        name, outline = page.evaluate(FOCUSED)
        if name == label:
            assert outline == "solid"
            return
    raise AssertionError(f"{label!r} was not reached with {MOST_TABS} presses")


def test_two_tabs_of_one_conversation_stay_in_step(resident: Residents) -> None:
    amina = resident("sv")
    amina.start()
    other = Resident(amina.page.context.new_page(), amina.url, "sv")
    other.page.goto(amina.home)
    other.mark()

    amina.say(QUESTIONS["sv"])
    other.hear(QUESTIONS["sv"])
    expect(other.page.locator(".source")).to_have_count(1)
    other.say(PERSON["sv"])
    amina.hear(PERSON["sv"])
    expect(amina.last).to_contain_text(amina.words("Yes, show the conversation"))
    assert turns(amina) == turns(other)
    assert amina.is_same_page()
    assert other.is_same_page()


def turns(talk: Resident) -> list[str]:
    return [text.strip() for text in talk.page.locator("#log > li").all_inner_texts()]


@pytest.mark.parametrize("has_script", [True, False])
def test_a_double_tap_books_once(resident: Residents, town: Urls, *, has_script: bool) -> None:
    amina = resident("ar", has_script=has_script)
    amina.start()
    amina.press(amina.words("Book a time"))
    amina.tap(amina.last.locator(".time").first)
    amina.button(amina.words("Yes, book this time")).dblclick()
    expect(amina.page.locator(".slip .code")).to_have_count(1)
    amina.page.goto(amina.home)
    expect(amina.page.locator(".slip .code")).to_have_count(1)
    with psycopg.connect(town.owner) as connection:
        booked = connection.execute("select state, count(*) from booking group by state").fetchall()
    assert booked == [("confirmed", 1)]
