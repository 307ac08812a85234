"""The chain and whole answers as pages: no conversation and no script needed."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import pytest
from fastapi import FastAPI

from backend.answer_reviews import mark_reviewed
from backend.db import Database
from bot.channels.web_reading import square
from content.chain import load_chain
from content.languages import RESIDENT_LANGUAGES
from content.texts import Domain, load_texts
from tests.conftest import NOW, Urls
from tests.content.test_editing import IN_ELEVEN_LANGUAGES
from tests.people import colleague, find_town
from tests.phone import Phone, resident_app, words

STEP = re.compile(r'<li class="card step" id="(\w+)">')


@pytest.fixture
def app(shared_database: Database, module_urls: Urls) -> FastAPI:
    return resident_app(shared_database, module_urls)


@pytest.mark.parametrize(
    ("slug", "country"), [("lindby", "se"), ("strandby", "dk"), ("saarela", "fi")]
)
async def test_the_chain_stands_in_the_order_of_its_country(
    app: FastAPI, slug: str, country: str
) -> None:
    page = await Phone(app).open(f"/m/{slug}/chain")
    assert page.status_code == 200
    assert STEP.findall(page.text) == [step.topic for step in load_chain(country).steps]


async def test_the_chain_without_a_municipality_is_that_of_the_default_one(app: FastAPI) -> None:
    page = await Phone(app, "sv").open("/chain")
    assert "<h1>Vägen steg för steg</h1>" in page.text
    assert "På tur: först du, sedan Migrationsverket" in words(page.text)


async def test_a_step_links_to_what_comes_first_and_to_its_whole_answer(app: FastAPI) -> None:
    page = await Phone(app).open("/m/lindby/chain")
    step = page.text.partition('id="bank_account"')[2].partition("</li>")[0]
    assert re.findall(r'href="(/[^"]*|#[^"]*)"', step.replace("icons.svg#", "")) == [
        "#id_card",
        "/m/lindby/answers/bank_account/en",
    ]


async def test_the_chain_says_where_rules_may_have_changed(app: FastAPI) -> None:
    page = await Phone(app).open("/m/saarela/chain")
    cautious = [part for part in page.text.split("<li ") if "Rules may have changed." in part]
    assert [STEP.findall(f"<li {part}") for part in cautious] == [["child_benefit"]]


@pytest.mark.parametrize("entry", RESIDENT_LANGUAGES, ids=lambda entry: entry.code)
async def test_both_pages_speak_every_language_without_inline_style_or_script(
    app: FastAPI, entry: object
) -> None:
    code, direction = entry.code, entry.direction  # type: ignore[attr-defined]  # of the table
    for address in ("/m/lindby/chain", f"/m/lindby/answers/id_card/{code}"):
        page = await Phone(app, code).open(address)
        assert f'<html lang="{code}" dir="{direction}">' in page.text
        assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", page.text) == []


async def test_the_answer_in_the_chat_shows_its_place_in_the_chain_and_leads_on(
    app: FastAPI,
) -> None:
    amina = await Phone(app).start()
    await amina.press("topic:id_card")
    line = "First: Personal identity number Now: ID card Then: Bank account"
    assert line in amina.last
    assert "Whose turn: first you, then Skatteverket" in amina.last
    assert 'href="/m/lindby/chain"' in amina.page.text
    await amina.press_label("Bank account")
    assert "Now: Bank account" in amina.last


async def test_the_answer_in_the_chat_leads_to_its_large_print(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.press("topic:school")
    assert "Now:" not in amina.last
    assert 'href="/m/lindby/answers/school/en"' in amina.page.text


async def test_the_whole_answer_has_every_section_source_date_and_the_way_back(
    app: FastAPI,
) -> None:
    page = await Phone(app).open("/m/lindby/answers/id_card/en")
    assert re.findall(r"<h2>(.*?)</h2>", page.text) == [
        "What to do",
        "What to bring",
        "Cost",
        "How long it takes",
        "If you get a no",
        "More",
    ]
    said = words(page.text)
    assert "Source: Skatteverket" in said
    assert "This text is from 22 November 2026." in said
    assert "No person has reviewed this translation yet." in said
    address = "http://127.0.0.1:8000/m/lindby/answers/id_card/en"
    assert address in said
    assert f'src="{square(address)}"' in unescape(page.text)


async def test_the_address_decides_the_language_of_a_whole_answer(app: FastAPI) -> None:
    phone = await Phone(app, "ar").start()
    page = await phone.open("/m/lindby/answers/id_card/sv")
    assert '<html lang="sv" dir="ltr">' in page.text
    assert "Källa: Skatteverket" in words(page.text)


async def test_the_original_leads_to_the_large_print_of_the_original(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.press("original:school:what")
    assert 'href="/m/lindby/answers/school/sv"' in amina.page.text


async def test_an_expired_answer_is_not_printed(
    shared_database: Database, module_urls: Urls
) -> None:
    later = resident_app(shared_database, module_urls, lambda: NOW + timedelta(days=300))
    page = await Phone(later).open("/m/lindby/answers/id_card/en")
    assert "This answer is being checked, because the rules may have changed." in page.text
    assert "<h2>" not in page.text
    assert "square__code" not in page.text


@pytest.mark.parametrize(
    "address",
    [
        "/m/lindby/answers/bus_pass/en",
        "/m/lindby/answers/id_card/xx",
        "/m/strandby/answers/transport/en",
        "/m/nowhere/chain",
    ],
)
async def test_what_is_not_written_is_a_kind_page(app: FastAPI, address: str) -> None:
    assert (await Phone(app).open(address)).status_code == 404


def test_the_square_is_a_picture_without_styles_and_tells_nobody_the_address() -> None:
    drawn = square("https://landa.example/m/lindby/answers/id_card/ar")
    assert drawn.startswith("data:image/svg+xml")
    assert re.findall(r"style|landa|href", unquote(drawn)) == []


@pytest.mark.parametrize("code", IN_ELEVEN_LANGUAGES)
async def test_a_translation_says_in_its_own_language_that_nobody_has_reviewed_it(
    app: FastAPI, code: str
) -> None:
    page = await Phone(app, code).open(f"/m/lindby/answers/id_card/{code}")
    note = load_texts(Domain.RESIDENT, code).gettext("No person has reviewed this translation yet.")
    assert note in words(page.text)


async def test_the_page_does_not_call_a_text_unread_that_an_editor_has_reviewed(
    app: FastAPI, shared_database: Database
) -> None:
    town = await find_town(shared_database)
    editor = (await colleague(shared_database, town, "Petra")).staff_id
    answer = app.state.core.answers.find("se", "dental_care", "en")
    notes = []
    for deed in (mark_reviewed, None):
        page = await Phone(app).open("/m/lindby/answers/dental_care/en")
        notes.append("No person has reviewed this translation yet." in page.text)
        if deed:
            async with shared_database.transaction(town.staff()) as db:
                await deed(db, answer, editor, NOW)
    assert notes == [True, False]
