"""A Friday in Lindby, with the trained model, as people meet it in a real browser."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser import browser
from tests.conftest import Urls, copy_database
from tests.journeys.desk import Desk
from tests.journeys.resident import PATIENCE, Resident
from tests.journeys.screen import DESK, PHONE, Complaints
from tests.live import LiveApp, running_app
from tests.people import EMPTY

# The drop-in, the office and the queue for a person are open.
FRIDAY = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)

Residents = Callable[..., Resident]
Desks = Callable[..., Desk]


@pytest.fixture(scope="package")
def town(owner_url: str, template_database: Urls) -> Urls:
    return copy_database(owner_url, template_database, "landa_journeys")


@pytest.fixture(scope="package")
def app(town: Urls, vectors: Path, nlu: dict[str, str]) -> Iterator[LiveApp]:
    with running_app(town.app, FRIDAY, vectors, **nlu) as app:
        yield app


@pytest.fixture(scope="package")
def chromium(app: LiveApp) -> Iterator[Browser]:
    """Ends before the app does, which waits for open streams."""
    program = os.environ.get("BROWSER_PATH") or str(browser())
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def signed_in(chromium: Browser, app: LiveApp) -> dict[str, Any]:
    """The cookies of each colleague: a name may sign in five times a minute only."""
    states = {}
    for name in ("maria", "leyla", "petra"):
        context = chromium.new_context(locale="sv-SE")
        Desk(context.new_page(), app.url).sign_in(name)
        states[name] = context.storage_state()
        context.close()
    return states


@pytest.fixture
def new_context(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Browsers of different people; the test fails when one of them complains."""
    contexts = []
    complaints = Complaints()

    def make(**options: Any) -> BrowserContext:
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE * 1000)
        context.on("page", complaints.listen)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert complaints.texts == []


@pytest.fixture(autouse=True)
def empty_town(town: Urls) -> None:
    """Before each test nobody waits and all times are free; who signed in stays so."""
    with psycopg.connect(town.owner) as connection:
        for statement in EMPTY.split(";"):
            connection.execute(statement.encode())


@pytest.fixture
def resident(new_context: Callable[..., BrowserContext], app: LiveApp) -> Residents:
    def make(language: str, *, has_script: bool = True) -> Resident:
        context = new_context(
            viewport=PHONE,
            locale=language,
            is_mobile=True,
            has_touch=True,
            java_script_enabled=has_script,
        )
        return Resident(context.new_page(), app.url, language, has_script)

    return make


@pytest.fixture
def desk(
    new_context: Callable[..., BrowserContext], app: LiveApp, signed_in: dict[str, Any]
) -> Desks:
    def make(name: str, *, has_script: bool = True) -> Desk:
        context = new_context(
            viewport=DESK,
            locale="sv-SE",
            storage_state=signed_in[name],
            java_script_enabled=has_script,
        )
        return Desk(context.new_page(), app.url, has_script)

    return make
