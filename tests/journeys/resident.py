"""A resident with a phone: chooses a language, writes, presses buttons, and reads what comes."""

import time
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.bot.script import Words
from tests.journeys.screen import SMALLEST, check_screen, take_picture

PATIENCE = 30
PICTURED_IN_ENGLISH = ("answer", "booked")


@dataclass
class Resident:
    page: Page
    url: str
    language: str
    has_script: bool = True
    taps: int = 0

    @property
    def home(self) -> str:
        return f"{self.url}/m/lindby"

    @property
    def words(self) -> Words:
        return Words(self.language)

    @property
    def last(self) -> Locator:
        return self.page.locator("#log > li").last

    def start(self) -> None:
        """From the choice of the language into the conversation."""
        self.page.goto(self.home)
        self.page.locator(f".language[value={self.language}]").click()
        expect(self.page.locator("#log > li")).to_have_count(2)
        self.mark()

    def say(self, text: str) -> None:
        before = self._newest()
        self.write(text)
        self._wait_for_answer(before)

    def write(self, text: str) -> None:
        """Nobody has to answer."""
        self.page.fill("#text", text)
        self.page.click("#say button")
        expect(self.page.locator("#text")).to_have_value("")

    def button(self, label: str) -> Locator:
        """The newest button that is called like this."""
        return self.page.locator("#log button[name=action]").filter(has_text=label).last

    def press(self, label: str) -> None:
        self.tap(self.button(label))

    def tap(self, button: Locator) -> None:
        before = self._newest()
        button.click()
        self.taps += 1
        self._wait_for_answer(before)

    def hear(self, text: str) -> None:
        """Live, or after looking for new messages as often as people do."""
        if self.has_script:
            expect(self.page.locator("#log")).to_contain_text(text)
            return
        deadline = time.monotonic() + PATIENCE
        while text not in self.page.locator("#log").inner_text():
            assert time.monotonic() < deadline, f"{text!r} never came"
            self._look_for_new_messages()

    def mark(self) -> None:
        """From here on a reload would be noticed."""
        self.page.evaluate("window.isSamePage = true")

    def is_same_page(self) -> bool:
        return bool(self.page.evaluate("window.isSamePage === true"))

    def look(self, screen: str) -> None:
        check_screen(self.page, self.language, SMALLEST)
        if self.has_script and (self.language != "en" or screen in PICTURED_IN_ENGLISH):
            take_picture(self.page, f"{self.language}-{screen}")

    def _newest(self) -> int:
        return int(self.last.get_attribute("data-seq") or 0)

    def _wait_for_answer(self, before: int) -> None:
        """Until the last word is not the resident's own any more."""
        deadline = time.monotonic() + PATIENCE
        while not self._is_answered(before):
            assert time.monotonic() < deadline, "no answer came"
            if self.has_script:
                self.page.wait_for_timeout(30)
            else:
                self._look_for_new_messages()

    def _is_answered(self, before: int) -> bool:
        """A press is lost while a form is under way, and the live stream may be faster than it."""
        is_own = "turn--me" in (self.last.get_attribute("class") or "")
        is_busy = self.page.locator(".htmx-request").count() > 0
        return self._newest() > before and not is_own and not is_busy

    def _look_for_new_messages(self) -> None:
        self.page.wait_for_timeout(100)
        self.page.locator("noscript a").first.click()
