"""A caseworker who reads no Arabic finds a phrase, fills it in and sends it; colleagues who read
the conversation see it in their own language."""

import html
import json
import re
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend.console_phrases import gloss, kept_phrases
from backend.db import Database, system
from backend.handover import Handover
from backend.reply import Spoken
from tests.backend.console_app import (
    Browser,
    audit_of,
    browser_of,
    make_console,
    page_of,
    take,
    waiting_resident,
)
from tests.conftest import Urls

MARIA = "maria@lindby.example"
JOHAN = "johan@lindby.example"
ANDERS = "anders@lindby.example"

BRING = "يرجى إحضار الرسالة التي وصلتك."
MOVED = "تغيّر موعدك الذي كان في 23 نوفمبر 2026. الموعد الجديد: الاثنين 30 نوفمبر الساعة 09:30."
MOVED_EN = "Your time on 23 November 2026 has been moved. New time: Monday 30 November at 09:30."
NEW_TIME = {"value_date": "2026-11-23", "value_day": "2026-11-30", "value_time": "09:30"}
NOT_CHECKED = "Phrase, not yet checked by a person who speaks the language"


@pytest.fixture
def app(database: Database, urls: Urls) -> FastAPI:
    return make_console(database, urls)


async def press(browser: Browser, handover: Handover, **fields: str) -> str:
    answer = await browser.post(f"{page_of(handover)}/phrases", **fields)
    assert answer.status_code == 200
    return answer.text


def written(page: str) -> str:
    found = re.search(r"<textarea id=\"text\"[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found
    return html.unescape(found.group(1))


def offered(page: str) -> list[str]:
    return re.findall(r'name="phrase" value="([^"]+)"', page)


def carried(page: str) -> str:
    found = re.search(r'name="spoken" value="([^"]+)"', page)
    assert found
    return html.unescape(found.group(1))


def meaning(page: str) -> str:
    found = re.search(r'id="meaning">.*?gloss__text">(.*?)</p>', page, re.DOTALL)
    return html.unescape(found.group(1)) if found else ""


def chosen_language(page: str) -> list[str]:
    return re.findall(r'<option value="(\w+)" selected', page)


def glosses(page: str) -> list[tuple[str, str]]:
    """What the transcript says under a message, and where it is from."""
    found = re.findall(
        r'gloss__text">([^<]*)</p><p class="sub">.*?</svg>([^<]*)</p>',
        page,
        re.DOTALL,
    )
    return [(html.unescape(words), origin.strip()) for words, origin in found]


async def last_message(database: Database, handover: Handover) -> tuple[str, str, Any]:
    async with database.transaction(system(handover.municipality_id)) as db:
        rows = await db.execute(
            text(
                "select language, text, payload from message"
                " where author = 'caseworker' order by seq desc limit 1"
            )
        )
        row = rows.one()
        return row.language, row.text, row.payload.get("phrases")


async def test_a_word_in_the_staff_language_finds_phrases_in_both(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        page = await press(maria, handover, find="bring letter", text="Own words")
    assert offered(page) == ["bring.letter"]
    assert "<span>Please bring the letter that you received.</span>" in page
    assert f'<span lang="ar" dir="auto">{BRING}</span>' in page
    assert written(page) == "Own words"


async def test_nothing_typed_shows_all_and_unknown_words_say_so(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        everything = await press(maria, handover, find="")
        nothing = await press(maria, handover, find="xyzq")
    assert len(offered(everything)) >= 60
    assert offered(nothing) == []
    assert "No phrase has these words." in nothing


async def test_script_asks_for_the_list_alone(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        before = await audit_of(database)
        maria.http.headers["hx-request"] = "true"
        part = await press(maria, handover, find="bring letter")
    assert offered(part) == ["bring.letter"]
    assert "<html" not in part
    assert await audit_of(database) == before  # nobody has read the conversation by typing


async def test_a_phrase_without_placeholders_lands_in_the_answer_at_once(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        page = await press(maria, handover, phrase="bring.letter", text="مرحباً")
    assert written(page) == f"مرحباً\n\n{BRING}"
    assert meaning(page) == "مرحباً\n\nPlease bring the letter that you received."
    assert chosen_language(page) == ["ar"]


async def test_placeholders_are_filled_in_before_the_phrase_is_put_into_the_answer(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        fields = await press(maria, handover, phrase="times.moved")
        half = await press(maria, handover, insert="times.moved", value_date="2026-11-23")
        done = await press(maria, handover, insert="times.moved", **NEW_TIME)
    assert re.findall(r'name="value_(\w+)" type="(\w+)"', fields) == [
        ("date", "date"),
        ("day", "date"),
        ("time", "time"),
    ]
    assert "Fill in every field" not in fields
    assert written(fields) == ""
    assert "Fill in every field" in half
    assert "Your time on 23 November 2026 has been moved. New time: ___ at ___." in half
    assert written(half) == ""
    assert written(done) == MOVED
    assert NOT_CHECKED in done
    assert meaning(done) == MOVED_EN


async def test_the_caseworkers_own_name_is_filled_in(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        page = await press(maria, handover, phrase="greeting.hello")
    assert 'name="value_name" type="text" value="Maria Lindqvist"' in page


async def test_the_resident_gets_the_own_language_and_colleagues_read_theirs(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        page = await press(maria, handover, insert="times.moved", **NEW_TIME)
        answer = await maria.post(
            f"{page_of(handover)}/reply", text=written(page), spoken=carried(page), language="ar"
        )
        assert answer.status_code == 303
        in_english = (await maria.get(page_of(handover))).text
    async with browser_of(app, JOHAN) as johan:
        await johan.post("/staff/language", language="fi")
        in_finnish = (await johan.get(page_of(handover))).text
    values = {"date": "2026-11-23", "day": "2026-11-30", "time": "09:30"}
    assert await last_message(database, handover) == (
        "ar",
        MOVED,
        [{"key": "times.moved", "values": values, "text": MOVED}],
    )
    assert glosses(in_english) == [(MOVED_EN, NOT_CHECKED)]
    moved_fi = "Aikasi 23. marraskuuta 2026 on siirretty. Uusi aika: maanantai 30. marraskuuta"
    unchecked_fi = "Lause, jota kieltä osaava ihminen ei ole vielä tarkistanut"
    assert glosses(in_finnish) == [(f"{moved_fi} klo 9.30.", unchecked_fi)]


async def test_an_edited_phrase_is_not_passed_off_as_one(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        page = await press(maria, handover, phrase="bring.letter")
        await maria.post(
            f"{page_of(handover)}/reply", text="كلام آخر", spoken=carried(page), language="ar"
        )
        transcript = (await maria.get(page_of(handover))).text
    assert await last_message(database, handover) == ("ar", "كلام آخر", None)
    assert glosses(transcript) == []


@pytest.mark.parametrize(
    "spoken",
    [
        "no json",
        "[]",
        json.dumps({"key": "no.phrase", "values": {}}),
        json.dumps({"key": "times.moved", "values": {"date": "2026-11-23"}}),
        json.dumps({"key": "times.moved", "values": "2026-11-23"}),
    ],
)
async def test_a_phrase_that_the_form_makes_up_is_ignored(
    app: FastAPI, database: Database, spoken: str
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        await maria.post(f"{page_of(handover)}/reply", text=MOVED, spoken=spoken, language="ar")
    assert await last_message(database, handover) == ("ar", MOVED, None)


async def test_what_was_chosen_survives_a_refused_reply(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        chosen = await press(maria, handover, phrase="bring.letter")
        await maria.post(f"{page_of(handover)}/reply", text="one", client_msg_id="same")
        answer = await maria.post(
            f"{page_of(handover)}/reply",
            text=written(chosen),
            spoken=carried(chosen),
            client_msg_id="same",
        )
    assert answer.status_code == 409
    assert written(answer.text) == BRING
    assert carried(answer.text) == carried(chosen)


async def test_another_body_finds_no_conversation_to_choose_phrases_for(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, ANDERS) as anders:
        answer = await anders.post(f"{page_of(handover)}/phrases", find="letter")
    assert answer.status_code == 404


async def test_the_address_of_the_form_leads_back_to_the_conversation(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        answer = await maria.get(f"{page_of(handover)}/phrases")
    assert (answer.status_code, answer.headers["location"]) == (303, page_of(handover))


def test_own_words_stay_as_they_are_around_a_phrase() -> None:
    spoken = [Spoken("bring.letter", {}, BRING)]
    assert gloss(f"Maria: {BRING}", spoken, "en") == (
        "Maria: Please bring the letter that you received."
    )


def test_a_phrase_that_has_left_the_library_has_no_gloss() -> None:
    assert gloss("نعم", [Spoken("gone.away", {}, "نعم")], "en") == ""


def test_only_phrases_that_still_stand_in_the_text_are_kept() -> None:
    bring = Spoken("bring.letter", {}, BRING)
    assert kept_phrases([bring, Spoken("help.we_can", {}, "نعم")], BRING) == (bring,)
