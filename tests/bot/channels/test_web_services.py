"""What each service does and does not do, as residents and staff read it, and the honest no."""

import re
from html import unescape

import pytest
from fastapi import FastAPI

from backend.db import Database
from content.languages import RESIDENT_LANGUAGES
from tests.backend.console_app import Browser, browser_of, make_console
from tests.conftest import Urls
from tests.phone import Phone, resident_app, words

PEOPLE = ("maria", "leyla", "eva", "petra")


@pytest.fixture
def app(shared_database: Database, module_urls: Urls) -> FastAPI:
    return resident_app(shared_database, module_urls)


async def test_the_page_says_in_swedish_what_is_not_done_why_and_who_can(app: FastAPI) -> None:
    page = words((await Phone(app, "sv").open("/services")).text)
    assert (
        "Beslutar inte om uppehållstillstånd. Det gör Migrationsverket."
        " Enligt lag är det en annan myndighet som beslutar. Den som kan hjälpa: Migrationsverket"
    ) in page
    assert "Kommunen kan inte öppna ett bankkonto. Banken bestämmer." in page


async def test_the_page_stands_from_right_to_left_in_arabic(app: FastAPI) -> None:
    page = (await Phone(app, "ar").open("/m/saarela/services")).text
    assert '<html lang="ar" dir="rtl">' in page
    assert "بموجب القانون، تقرر في هذا جهة رسمية أخرى." in words(page)
    assert '<a href="https://www.kela.fi" rel="noreferrer"><bdi>Kela</bdi></a>' in page


@pytest.mark.parametrize("slug", ["lindby", "strandby", "saarela"])
@pytest.mark.parametrize("entry", RESIDENT_LANGUAGES, ids=lambda entry: entry.code)
async def test_every_municipality_speaks_every_language(
    app: FastAPI, slug: str, entry: object
) -> None:
    code = entry.code  # type: ignore[attr-defined]  # of the table
    page = await Phone(app, code).open(f"/m/{slug}/services")
    assert page.status_code == 200
    sections = re.findall(r'<section class="card step" id="(\w+)">', page.text)
    assert sections == ["interpreter_day", "drop_in", "queue"]
    assert ("Who can help:" in page.text) is (code == "en")
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", page.text) == []


async def test_an_unknown_municipality_has_no_services(app: FastAPI) -> None:
    assert (await Phone(app).open("/m/nowhere/services")).status_code == 404


@pytest.mark.parametrize(
    ("language", "line"),
    [
        (
            "sv",
            "Kommunen kan inte besluta om det här. Enligt lag är det Skatteverket (id-kort) eller"
            " Polisen (nationellt id-kort) som beslutar.",
        ),
        (
            "ar",
            "لا تستطيع البلدية اتخاذ قرار في هذا. بموجب القانون، الجهة التي تقرر هي Skatteverket (id-kort)"
            " أو Polisen (nationellt id-kort).",
        ),
        (
            "en",
            "The municipality cannot decide this. By law, Skatteverket (id-kort) or"
            " Polisen (nationellt id-kort) decides.",
        ),
    ],
)
async def test_the_chat_says_what_the_municipality_cannot_decide(
    app: FastAPI, language: str, line: str
) -> None:
    amina = await Phone(app, language).start()
    await amina.press("topic:id_card")
    assert line in unescape(amina.last)
    assert 'href="/m/lindby/services"' in amina.page.text


async def test_the_chat_says_nothing_of_the_kind_where_the_municipality_decides(
    app: FastAPI,
) -> None:
    amina = await Phone(app).start()
    await amina.press("topic:school")
    assert "The municipality cannot" not in amina.last


@pytest.mark.parametrize("person", PEOPLE)
async def test_every_role_of_staff_reads_the_services(
    shared_database: Database, module_urls: Urls, person: str
) -> None:
    app = make_console(shared_database, module_urls)
    async with browser_of(app, f"{person}@lindby.example") as browser:
        page = words((await browser.get("/staff/services")).text)
    assert "Contact: Maria Lindqvist, substitute: Johan Ek" in page
    assert "By law, another authority decides this." in page


async def test_staff_find_a_service_by_typing(shared_database: Database, module_urls: Urls) -> None:
    app = make_console(shared_database, module_urls)
    async with browser_of(app, "maria@lindby.example") as browser:
        page = (await browser.get("/staff/services?find=1177")).text
    assert re.findall(r'<section class="panel" id="(\w+)">', page) == ["interpreter_day"]


async def test_nobody_reads_the_page_of_staff_without_signing_in(
    shared_database: Database, module_urls: Urls
) -> None:
    answer = await Browser(make_console(shared_database, module_urls)).get("/staff/services")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/sign-in")
