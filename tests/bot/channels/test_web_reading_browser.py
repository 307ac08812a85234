"""Listening and printing in a real browser: what script adds to pages that work without it."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import BrowserContext, Page, async_playwright

from backend.db import Database
from tests.browser import browser
from tests.conftest import Urls
from tests.phone import resident_app

# A bare machine has no voices; what the page would say is kept instead.
VOICES = """
    window.said = [];
    window.SpeechSynthesisUtterance = function (text) { this.text = text; };
    speechSynthesis.getVoices = () => [{ lang: "sv_SE", localService: true }];
    speechSynthesis.speak = (words) => window.said.push([words.lang, words.text.split("\\n")[0]]);
"""


@pytest.fixture
async def url(shared_database: Database, module_urls: Urls) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(resident_app(shared_database, module_urls), log_level="error")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await running


@pytest.fixture
async def context() -> AsyncIterator[BrowserContext]:
    program = os.environ.get("BROWSER_PATH") or str(browser())
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield await chromium.new_context(viewport={"width": 360, "height": 800})
        await chromium.close()


async def shown(page: Page) -> list[bool]:
    return [await page.locator(f"[data-{name}]").is_visible() for name in ("listen", "print")]


async def test_listening_is_offered_only_in_a_language_with_a_voice(
    context: BrowserContext, url: str
) -> None:
    await context.add_init_script(VOICES)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    await page.goto(f"{url}/m/lindby/answers/id_card/ar")
    assert await shown(page) == [False, True]

    await page.goto(f"{url}/m/lindby/answers/id_card/sv")
    assert await shown(page) == [True, True]
    await page.click("[data-listen]")
    assert await page.evaluate("window.said") == [["sv-SE", "Id-kort"]]
    assert complaints == []


async def test_without_script_there_are_no_dead_buttons(context: BrowserContext, url: str) -> None:
    await context.route("**/resident.js*", lambda route: route.abort())
    page = await context.new_page()
    await page.goto(f"{url}/m/lindby/answers/id_card/ar")
    assert await shown(page) == [False, False]


@pytest.mark.parametrize("language", ["sv", "ar", "th", "ti"])
async def test_a_small_phone_shows_both_pages_without_scrolling_sideways(
    context: BrowserContext, url: str, language: str
) -> None:
    page = await context.new_page()
    await page.set_extra_http_headers({"accept-language": language})
    for address in ("/m/lindby/chain", f"/m/lindby/answers/bank_account/{language}"):
        await page.goto(url + address)
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
