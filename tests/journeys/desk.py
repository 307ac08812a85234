"""A colleague at the console in a second browser, with script or without."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.conftest import PASSWORD
from tests.journeys.screen import check_screen, take_picture


@dataclass
class Desk:
    page: Page
    url: str
    has_script: bool = True

    def sign_in(self, name: str) -> None:
        self.page.goto(f"{self.url}/staff/sign-in")
        self.page.fill("#name", f"{name}@lindby.example")
        self.page.fill("#password", PASSWORD)
        self.page.click("form button")
        expect(self.page.locator(".rail__me")).to_be_visible()

    def open(self, place: str) -> None:
        self.page.goto(f"{self.url}/staff/{place}")

    def hear(self, text: str) -> None:
        """Live, or after loading the page again."""
        if not self.has_script:
            self.page.reload()
        expect(self.page.locator("#entries")).to_contain_text(text)

    def look(self, screen: str) -> None:
        check_screen(self.page, "sv")
        take_picture(self.page, f"console-{screen}")

    def claim(self) -> None:
        """The only conversation that waits."""
        self.page.locator(".case").click()
        self.page.click("#claim")
        expect(self.page.locator("#send")).to_be_visible()

    def reply(self, text: str) -> None:
        self.page.fill("#text", text)
        self.page.click("#send")
        expect(self.page.locator("#entries")).to_contain_text(text)
        expect(self.page.locator("#text")).to_have_value("")

    def close(self) -> None:
        asked = self.page.locator(".ask").filter(has=self.page.locator("form[action$='/close']"))
        asked.locator("summary").click()
        asked.locator("form button").click()
        expect(self.page.locator("#send")).to_have_count(0)

    def lane(self, letter: str) -> Locator:
        tag = self.page.locator(".tag", has_text=letter)
        return self.page.locator(".lane").filter(has=tag)

    def paper(self, letter: str) -> str:
        """Gives a paper number and returns it."""
        waiting = self.lane(letter).locator(".lane__list li")
        before = waiting.count()
        self.lane(letter).locator("[id^=paper-]").click()
        expect(waiting).to_have_count(before + 1)
        number = waiting.locator("b").last.inner_text()
        expect(self.page.locator(".given b")).to_have_text(number)
        return number

    def call(self, letter: str) -> str:
        """Calls the next number and returns it."""
        called = self.lane(letter).locator(".lane__now")
        before = called.count()
        self.lane(letter).locator(".lane__call button").click()
        expect(called).to_have_count(before + 1)
        return called.locator("b").last.inner_text()

    def served(self, letter: str) -> None:
        """All who were called in this lane."""
        called = self.lane(letter).locator(".lane__now")
        for left in reversed(range(called.count())):
            self.lane(letter).locator("[id^=served-]").first.click()
            expect(called).to_have_count(left)
