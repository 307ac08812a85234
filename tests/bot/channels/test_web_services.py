"""What each service does and does not do, as residents and staff read it, and the honest no."""

import re
import shutil
from datetime import time
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from backend.db import Database, system
from backend.load_municipality import load_municipality
from backend.places import Office, OpeningHours, Service, find_municipality
from content.languages import RESIDENT_LANGUAGES
from content.municipalities import MUNICIPALITIES_FOLDER, read_municipality
from content.texts import Domain, load_texts
from tests.backend.console_app import Browser, browser_of, make_console
from tests.conftest import Urls
from tests.phone import Phone, resident_app, words

PANELS = re.compile(r'<section class="panel" id="(\w+)">')
EITHER = {
    "sv": "Skatteverket (id-kort) eller Polisen (nationellt id-kort)",
    "ar": "Skatteverket (id-kort) أو Polisen (nationellt id-kort)",
    "en": "Skatteverket (id-kort) or Polisen (nationellt id-kort)",
}
LINK = "What we do and do not do"
NOT_REVIEWED = "No person has reviewed this translation yet."
TEXTS_NOT_REVIEWED = "No person has reviewed these texts yet."
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
        ("sv", "Kommunen kan inte besluta om det här. Enligt lag är det {either} som beslutar."),
        ("ar", "لا تستطيع البلدية اتخاذ قرار في هذا. بموجب القانون، الجهة التي تقرر هي {either}."),
        ("en", "The municipality cannot decide this. By law, {either} decides."),
    ],
)
async def test_the_chat_says_what_the_municipality_cannot_decide(
    app: FastAPI, language: str, line: str
) -> None:
    amina = await Phone(app, language).start()
    await amina.press("topic:id_card")
    either = EITHER[language]
    assert line.format(either=either) in unescape(amina.last)
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
    assert PANELS.findall(page) == ["interpreter_day"]


async def test_the_search_reads_what_staff_read_and_nothing_else(
    shared_database: Database, module_urls: Urls
) -> None:
    """Neither names from the code nor the addresses behind links."""
    all_three = ["interpreter_day", "drop_in", "queue"]
    expected = {"johan": all_three, "MIGRATIONSVERKET by law": ["interpreter_day"]}
    for typed in ("contact", "does_not", "reason", "serviceview", "https", "#"):
        expected[typed] = []
    found: dict[str, list[str]] = {}
    page = ""
    app = make_console(shared_database, module_urls)
    async with browser_of(app, "maria@lindby.example") as browser:
        for typed in expected:
            page = (await browser.get(f"/staff/services?find={quote(typed)}")).text
            found[typed] = PANELS.findall(page)
    assert found == expected
    assert "Nothing found" in page


async def test_nobody_reads_the_page_of_staff_without_signing_in(
    shared_database: Database, module_urls: Urls
) -> None:
    answer = await Browser(make_console(shared_database, module_urls)).get("/staff/services")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/sign-in")


async def last_answer(app: FastAPI, topic: str, language: str, slug: str) -> str:
    phone = await Phone(app, language, slug).start()
    await phone.press(f"topic:{topic}")
    return phone.last


@pytest.mark.parametrize(
    ("slug", "topic"),
    [
        ("lindby", "id_card"),  # with a no and a place in the chain
        ("strandby", "id_card"),  # with a place in the chain
        ("lindby", "find_housing"),  # with a no
    ],
)
async def test_an_answer_leads_to_the_services_once(app: FastAPI, slug: str, topic: str) -> None:
    assert (await last_answer(app, topic, "en", slug)).count(LINK) == 1


@pytest.mark.parametrize(
    ("slug", "topic", "notes"), [("lindby", "id_card", (0, 1)), ("saarela", "id_card", (1, 0))]
)
async def test_an_answer_says_once_that_nobody_has_reviewed_the_swedish(
    app: FastAPI, slug: str, topic: str, notes: tuple[int, int]
) -> None:
    """In Lindby the answer is an original and calls nothing a translation, in Saarela it is one."""
    answer = await last_answer(app, topic, "sv", slug)
    said = load_texts(Domain.RESIDENT, "sv").gettext
    assert (answer.count(said(NOT_REVIEWED)), answer.count(said(TEXTS_NOT_REVIEWED))) == notes


async def test_no_note_stands_under_a_no_in_the_language_it_was_written_in(app: FastAPI) -> None:
    answer = await last_answer(app, "id_card", "en", "lindby")
    assert "decides. No person has" not in answer
    assert answer.count(NOT_REVIEWED) == 1  # of the answer, which is a translation


async def bring_vikby(database: Database, tmp_path: Path, *changes: tuple[str, str]) -> None:
    """Loaded from a file elsewhere, as an operator may."""
    text = (MUNICIPALITIES_FOLDER / "lindby.toml").read_text(encoding="utf-8")
    for old, new in (("lindby", "vikby"), *changes):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "vikby.toml"
    path.write_text(text, encoding="utf-8")
    await load_municipality(database, read_municipality(path))


async def test_no_link_leads_to_services_that_nobody_has_described(
    database: Database, urls: Urls, tmp_path: Path
) -> None:
    await bring_vikby(database, tmp_path)
    phone = await Phone(resident_app(database, urls), "ar", "vikby").start()
    await phone.press("topic:id_card")
    assert phone.page.status_code == 200
    for address in ("/m/vikby", "/m/vikby/chain", "/m/vikby/leave", "/m/vikby/answers/id_card/ar"):
        assert 'href="/m/vikby/services"' not in (await phone.open(address)).text
    page = await phone.open("/m/vikby/services")
    assert page.status_code == 404
    assert '<html lang="ar" dir="rtl"' in page.text
    assert '<a class="reply" href="/m/vikby">' in page.text
    assert '<a class="reply" href="tel:112">' in page.text


async def test_staff_are_told_why_there_is_nothing_to_read(
    database: Database, urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.directory.MUNICIPALITIES_FOLDER", tmp_path)
    async with browser_of(make_console(database, urls), "maria@lindby.example") as browser:
        page = words((await browser.get("/staff/services")).text)
    assert "No services are described yet." in page
    assert "Nothing found" not in page


async def test_a_link_to_a_service_works_where_the_search_has_hidden_it(
    shared_database: Database, module_urls: Urls
) -> None:
    app = make_console(shared_database, module_urls)
    async with browser_of(app, "maria@lindby.example") as browser:
        page = (await browser.get("/staff/services?find=1177")).text
    assert 'href="/staff/services#drop_in"' in page


async def test_the_page_names_places_and_hours_as_the_database_does(
    database: Database, urls: Urls
) -> None:
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        service = (await db.scalars(select(Service).where(Service.key == "drop_in"))).one()
        service.name = service.name | {"en": "The open door"}
        office = (await db.scalars(select(Office).where(Office.id == service.office_id))).one()
        office.address = "Nygatan 1"
        hours = OpeningHours.service_id == service.id
        await db.execute(update(OpeningHours).where(hours).values(opens=time(8, 15)))
    page = words((await Phone(resident_app(database, urls)).open("/services")).text)
    assert "Nygatan 1" in page
    assert "08:15" in page
    assert page.count("The open door") == 3  # its own heading and the substitute of the two others


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,FR", "Mon · Fri"),
        (
            "FREQ=MONTHLY;BYDAY=1MO",
            "Monday 7 December · Monday 4 January",
        ),
    ],
)
async def test_a_day_that_does_not_come_every_week_is_a_date(
    database: Database, urls: Urls, rule: str, days: str
) -> None:
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        services = select(Service.id).where(Service.key == "drop_in")
        hours = OpeningHours.service_id.in_(services)
        await db.execute(update(OpeningHours).where(hours).values(rrule=rule))
    page = words((await Phone(resident_app(database, urls)).open("/services")).text)
    assert days in page


async def test_files_added_as_the_readme_says_are_the_page(
    database: Database, urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "municipalities"
    shutil.copytree(MUNICIPALITIES_FOLDER, folder)
    shutil.copy(folder / "directory/lindby.toml", folder / "directory/vikby.toml")
    await bring_vikby(database, folder)
    monkeypatch.setattr("content.directory.MUNICIPALITIES_FOLDER", folder)
    phone = Phone(resident_app(database, urls), slug="vikby")
    lindby = words((await phone.open("/m/lindby/services")).text)
    assert words((await phone.open("/m/vikby/services")).text) == lindby
    assert 'href="/m/vikby/services"' in phone.page.text
