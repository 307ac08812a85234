"""What every screen has to keep: it fits the phone, reads in the right direction, and the browser
does not complain. On request it leaves a picture in tests/screenshots."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from content.languages import language as find_language

SCREENSHOTS = Path(__file__).resolve().parent.parent / "screenshots"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
SMALLEST = 320
WIDER_THAN_THE_SCREEN = """
() => {
  const width = document.documentElement.clientWidth;
  const isOutside = (box) => box.width > 1 && (box.left < -1 || box.right > width + 1);
  const found = [...document.querySelectorAll("body *")]
    .filter((element) => element.checkVisibility() && !element.closest(".vh, .skip, svg"))
    .filter((element) => isOutside(element.getBoundingClientRect()))
    .map((element) => `${element.tagName}.${element.className}`);
  return document.documentElement.scrollWidth > width ? ["the page", ...found] : found;
}
"""


def check_screen(page: Page, language: str, *widths: int) -> None:
    """Nothing is cut off or needs scrolling sideways, in the given widths and in its own."""
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("html").get_attribute("dir") == find_language(language).direction
    size = page.viewport_size or PHONE
    for width in (*widths, size["width"]):
        page.set_viewport_size({"width": width, "height": size["height"]})
        assert page.evaluate(WIDER_THAN_THE_SCREEN) == [], (page.url, width)


def take_picture(page: Page, name: str) -> None:
    if os.environ.get("SCREENSHOTS") == "1":
        SCREENSHOTS.mkdir(exist_ok=True)
        # Hiding the caret would need a style that the page's policy forbids.
        page.screenshot(path=SCREENSHOTS / f"{name}.png", caret="initial")


@dataclass
class Complaints:
    """Everything that the browser writes to its console; a violated policy is among it."""

    texts: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", lambda message: self.texts.append(message.text))
        page.on("pageerror", lambda error: self.texts.append(str(error)))
