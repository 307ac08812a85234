"""What script adds to the console, seen in a real browser; without it every page works as forms."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect, sync_playwright

from backend.db import Database
from backend.settings import sqlalchemy_url
from tests.backend.console_app import resident_writes, waiting_resident
from tests.browser import browser
from tests.conftest import PASSWORD, Urls
from tests.content.translators import translated
from tests.live import LiveApp, running_app

FRIDAY = datetime(2026, 11, 27, 12, 10, tzinfo=UTC)  # the drop-in is open
# What the browser notes when a log-in ends: its stream closes, and the next request is refused.
SIGNED_OUT = ("[object Event]", "401 (Unauthorized)")
T = TypeVar("T")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    program = os.environ.get("BROWSER_PATH") or str(browser())
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Page]:
    """A page that fails the test when the browser complains, as about the security policy."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="sv-SE")
    complaints: list[str] = []
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [text for text in complaints if not text.endswith(SIGNED_OUT)] == []


def in_database(urls: Urls, deed: Callable[[Database], Awaitable[T]]) -> T:
    async def do() -> T:
        database = Database(sqlalchemy_url(urls.app), pool_size=1)
        try:
            return await deed(database)
        finally:
            await database.close()

    # Playwright's own loop runs in this thread.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(do())).result()


def sign_in(page: Page, app: LiveApp, name: str) -> None:
    page.goto(f"{app.url}/staff/sign-in")
    page.fill("#name", f"{name}@lindby.example")
    page.fill("#password", PASSWORD)
    page.click("form button")
    page.wait_for_selector(".rail__me")


def test_the_resident_appears_live_and_a_half_written_answer_stays(
    live: LiveApp, urls: Urls, page: Page
) -> None:
    handover = in_database(urls, waiting_resident)
    sign_in(page, live, "maria")
    page.click(f"#case-{handover.conversation_id}")
    page.click("#claim")
    page.fill("#text", "half an ans")
    page.click(".botline summary")
    in_database(
        urls,
        lambda database: resident_writes(
            database, handover.municipality_id, handover.conversation_id, "ما زلت هنا"
        ),
    )
    expect(page.locator("#entries")).to_contain_text("ما زلت هنا")
    expect(page.locator("#text")).to_have_value("half an ans")
    expect(page.locator(".botline[open]")).to_have_count(1)


def test_a_new_conversation_appears_in_the_inbox_without_a_reload(
    live: LiveApp, urls: Urls, page: Page
) -> None:
    sign_in(page, live, "maria")
    expect(page.locator(".case")).to_have_count(0)
    in_database(urls, waiting_resident)
    expect(page.locator(".case")).to_have_count(1)
    expect(page.locator("#rail-count")).to_contain_text("1")


def test_ctrl_enter_sends(live: LiveApp, urls: Urls, page: Page) -> None:
    handover = in_database(urls, waiting_resident)
    sign_in(page, live, "maria")
    page.goto(f"{live.url}/staff/conversations/{handover.conversation_id}")
    page.click("#claim")
    page.fill("#text", "Hej, jag heter Maria")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entry--mine")).to_contain_text("Hej, jag heter Maria")
    expect(page.locator("#text")).to_have_value("")


def test_a_form_is_answered_although_its_part_was_refreshed_meanwhile(
    urls: Urls, vectors: Path, page: Page
) -> None:
    def wait(route: Route) -> None:
        """The live event comes back before the answer to the form."""
        if route.request.method == "POST":
            page.evaluate("htmx.trigger('[hx-trigger^=\"sse:drop_in\"]', 'sse:drop_in')")
            page.wait_for_timeout(600)
        route.continue_()

    with running_app(urls.app, FRIDAY, vectors) as app:
        sign_in(page, app, "leyla")
        page.goto(f"{app.url}/staff/drop-in")
        page.route("**/staff/**", wait)
        for _ in range(2):
            page.locator(".lane__paper .btn").nth(1).click()
            expect(page.locator(".given")).to_have_count(1)
        assert page.evaluate("document.querySelectorAll('.rail').length") == 1
        expect(page.locator(".lane__list li")).to_have_count(2)
        page.goto("about:blank")


def test_signing_out_elsewhere_brings_the_page_to_the_door(
    live: LiveApp, chromium: Chromium, page: Page
) -> None:
    sign_in(page, live, "maria")
    other = chromium.new_context(storage_state=page.context.storage_state()).new_page()
    other.goto(f"{live.url}/staff/me")
    other.click("form[action='/staff/sign-out'] button")
    page.wait_for_url("**/staff/sign-in")
    other.context.close()


def test_a_phrase_is_found_while_typing_and_sent_in_the_residents_language(
    live: LiveApp, urls: Urls, page: Page
) -> None:
    handover = in_database(urls, waiting_resident)
    sign_in(page, live, "maria")
    page.goto(f"{live.url}/staff/conversations/{handover.conversation_id}")
    page.click("#claim")
    page.fill("#text", "مرحباً")
    page.locator("#find").press_sequentially("flyttad")
    offer = page.locator("button.phrase")
    expect(offer).to_have_count(1)
    expect(page.locator("#find")).to_be_focused()
    offer.click()
    page.fill("#value_date", "2026-11-23")
    page.fill("#value_day", "2026-11-30")
    page.fill("#value_time", "09:30")
    page.locator("#value_time").press("Enter")
    moved = "Din tid den 23 november 2026 är flyttad. Ny tid: måndag 30 november klockan 09:30."
    expect(page.locator("#meaning .gloss__text")).to_have_text(f"مرحباً\n\n{moved}")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entry--mine .bubble__text")).to_contain_text("الاثنين 30 نوفمبر")
    expect(page.locator(".entry--mine .gloss__text")).to_contain_text(moved)
    expect(page.locator("#text")).to_have_value("")


def test_an_editor_downloads_texts_and_sees_what_a_translated_file_would_change(
    live: LiveApp, page: Page, tmp_path: Path
) -> None:
    sign_in(page, live, "petra")
    page.goto(f"{live.url}/staff/answers?language=ar")
    page.click("a[href^='/staff/translations']")
    with page.expect_download() as downloading:
        page.click("form[action$='/file'] button")
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert file.name == "landa-se-ar.po"

    file.write_bytes(translated(file.read_bytes(), {"se/id_card/title": "بطاقة (id-kort)"}))
    page.set_input_files("#file", file)
    page.click("form[action$='/check'] button")
    expect(page.locator("[role=status]")).to_contain_text("content/se/id_card/ar.md")
