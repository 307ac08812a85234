"""The inbox: who sees which conversation, who may take it, and what the resident is told."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend.console_topics import TOPICS
from backend.conversation import Owner, find_conversation
from backend.db import Database, resident, system
from backend.handover import URGENT, Handover, withdraw
from content.taxonomy import load_taxonomy
from tests.backend.console_app import (
    audit_of,
    browser_of,
    make_console,
    page_of,
    resident_writes,
    take,
    waiting_resident,
)
from tests.conftest import NOW, Urls

MARIA = "maria@lindby.example"
JOHAN = "johan@lindby.example"
ANDERS = "anders@lindby.example"
METTE = "mette@strandby.example"
RESIDENT_WORDS = "ما عندي حساب"


@pytest.fixture
def app(database: Database, urls: Urls) -> FastAPI:
    return make_console(database, urls)


async def said_to_resident(database: Database, handover: Handover) -> list[tuple[str, str]]:
    """Author and text of what came after the resident asked for a person."""
    scope = resident(handover.municipality_id, handover.conversation_id)
    async with database.transaction(scope) as db:
        rows = await db.execute(text("select author, text from message where seq > 2 order by seq"))
        return [(row.author, row.text) for row in rows]


async def owner_of(database: Database, handover: Handover) -> str | None:
    async with database.transaction(system(handover.municipality_id)) as db:
        found: str | None = await db.scalar(
            text("select owner from conversation where id = :id"), {"id": handover.conversation_id}
        )
        return found


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found.group(1)


async def test_an_empty_inbox_says_so(app: FastAPI) -> None:
    async with browser_of(app, MARIA) as maria:
        assert "Nobody is waiting" in (await maria.get("/staff/inbox")).text


async def test_urgent_comes_first_then_the_oldest_then_mine(
    app: FastAPI, database: Database
) -> None:
    mine = await waiting_resident(database, topic="school")
    await waiting_resident(database, topic="tenancy_contract", now=NOW + timedelta(minutes=1))
    await waiting_resident(database, topic="find_housing")
    await waiting_resident(database, topic="id_card", priority=URGENT)
    async with browser_of(app, MARIA) as maria:
        await take(maria, mine)
        page = (await maria.get("/staff/inbox")).text
    titles = re.findall(r"<b>([^<]+)</b><span class=\"case__age", page)
    assert titles == ["Somebody may be in danger", "Finding a home", "Rental contract", "School"]


async def test_first_words_show_only_what_is_shared(app: FastAPI, database: Database) -> None:
    await waiting_resident(database, is_shared=False, topic=None)
    async with browser_of(app, MARIA) as maria:
        page = (await maria.get("/staff/inbox")).text
    assert RESIDENT_WORDS not in page
    assert "Not shared" in page
    assert "Nothing to read yet" in page


async def test_a_shared_transcript_is_readable_before_it_is_taken_and_leaves_a_trace(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        page = (await maria.get(page_of(handover))).text
    assert f'dir="auto">{RESIDENT_WORDS}</bdi>' in page
    assert "Bank account" in page
    assert "Maria Lindqvist" in page  # under "Has read"
    assert await audit_of(database) == [("sign_in", "staff"), ("read", "conversation")]


async def test_an_unshared_transcript_stays_hidden_before_and_after_taking(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database, is_shared=False)
    async with browser_of(app, MARIA) as maria:
        before = (await maria.get(page_of(handover))).text
        await take(maria, handover)
        after = (await maria.get(page_of(handover))).text
    assert RESIDENT_WORDS not in before + after
    assert "The resident does not share what was written before 10:00." in before


async def test_what_is_written_while_waiting_is_meant_for_the_caseworker(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database, is_shared=False)
    await resident_writes(
        database, handover.municipality_id, handover.conversation_id, "Hello, I wait"
    )
    async with browser_of(app, MARIA) as maria:
        assert "Hello, I wait" in (await maria.get(page_of(handover))).text


@pytest.mark.parametrize("name", [ANDERS, METTE])
async def test_another_body_and_another_municipality_find_nothing(
    app: FastAPI, database: Database, name: str
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, name) as stranger:
        statuses = [
            (await stranger.get(page_of(handover))).status_code,
            (await stranger.get(f"{page_of(handover)}/entries")).status_code,
            (await stranger.post(f"{page_of(handover)}/claim", version="1")).status_code,
            (await stranger.post(f"{page_of(handover)}/reply", text="hello")).status_code,
            (await stranger.post(f"{page_of(handover)}/close")).status_code,
            (await stranger.post(f"{page_of(handover)}/put-back")).status_code,
        ]
        inbox = (await stranger.get("/staff/inbox")).text
    assert statuses == [404] * 6
    assert "Nobody is waiting" in inbox
    assert await owner_of(database, handover) == Owner.QUEUE


async def test_unknown_and_broken_ids_are_not_found(app: FastAPI) -> None:
    async with browser_of(app, MARIA) as maria:
        assert (await maria.get(f"/staff/conversations/{uuid4()}")).status_code == 404
        assert (await maria.get("/staff/conversations/1 or 1=1")).status_code == 404


async def test_taking_a_conversation_tells_the_resident_in_the_own_language(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database, language="en")
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        page = (await maria.get(page_of(handover))).text
    assert await owner_of(database, handover) == Owner.CASEWORKER
    assert await said_to_resident(database, handover) == [
        ("event", "Maria Lindqvist is here now and reads what you write. The bot is silent.")
    ]
    assert "Maria Lindqvist took the conversation at 10:00" in page
    assert ("claim", "conversation") in await audit_of(database)


async def test_the_second_who_takes_it_is_told_who_was_first(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria, browser_of(app, JOHAN) as johan:
        await take(maria, handover)
        answer = await johan.post(f"{page_of(handover)}/claim", version=str(handover.version))
    assert answer.status_code == 409
    assert "Already taken by Maria Lindqvist at 10:00." in answer.text


async def test_two_who_take_at_once_have_one_winner(app: FastAPI, database: Database) -> None:
    async with browser_of(app, MARIA) as maria, browser_of(app, JOHAN) as johan:
        for _ in range(10):
            handover = await waiting_resident(database)
            claims = (
                person.post(f"{page_of(handover)}/claim", version=str(handover.version))
                for person in (maria, johan)
            )
            statuses = [answer.status_code for answer in await asyncio.gather(*claims)]
            assert sorted(statuses) == [303, 409]


async def test_a_conversation_that_the_resident_has_left_cannot_be_taken(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with database.transaction(system(handover.municipality_id)) as db:
        from_db = await db.get_one(Handover, (handover.municipality_id, handover.id))
        conversation = await find_conversation(db, handover.conversation_id)
        assert conversation
        await withdraw(db, conversation, from_db.created_at)
    async with browser_of(app, MARIA) as maria:
        answer = await maria.post(f"{page_of(handover)}/claim", version="1")
    assert answer.status_code == 404


async def test_reply_reaches_the_resident_once_however_often_it_is_pressed(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database, language="en")
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        message_id = hidden((await maria.get(page_of(handover))).text, "client_msg_id")
        fields = {"text": "Hello\nyou", "client_msg_id": message_id, "language": "en"}
        presses = (maria.post(f"{page_of(handover)}/reply", **fields) for _ in range(3))
        statuses = [answer.status_code for answer in await asyncio.gather(*presses)]
    assert statuses == [303, 303, 303]
    said = await said_to_resident(database, handover)
    assert [row for row in said if row[0] == "caseworker"] == [("caseworker", "Hello\nyou")]


async def test_another_text_under_a_used_id_is_kept_and_not_silently_dropped(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        await maria.post(f"{page_of(handover)}/reply", text="one", client_msg_id="same")
        answer = await maria.post(f"{page_of(handover)}/reply", text="two", client_msg_id="same")
    assert answer.status_code == 409
    assert ">two</textarea>" in answer.text
    assert hidden(answer.text, "client_msg_id") != "same"


async def test_only_the_owner_replies_and_the_text_is_kept(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria, browser_of(app, JOHAN) as johan:
        await take(maria, handover)
        answer = await johan.post(f"{page_of(handover)}/reply", text="my long answer")
    assert answer.status_code == 409
    assert "Nothing was sent: Maria Lindqvist has the conversation." in answer.text
    assert ">my long answer</textarea>" in answer.text
    assert "my long answer" not in str(await said_to_resident(database, handover))


async def test_too_long_and_unstorable_text(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database, language="en")
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        long = await maria.post(f"{page_of(handover)}/reply", text="x" * 4001)
        odd = await maria.post(f"{page_of(handover)}/reply", text="a\x00b", client_msg_id="\x00")
        empty = await maria.post(f"{page_of(handover)}/reply", text=" \x00 ")
    assert (long.status_code, odd.status_code, empty.status_code) == (422, 303, 303)
    assert "x" * 4001 in long.text
    said = await said_to_resident(database, handover)
    assert [row for row in said if row[0] == "caseworker"] == [("caseworker", "ab")]


async def test_what_residents_write_is_only_text(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    words = "<script>alert(1)</script>\u202egnp.exe <img src=x onerror=alert(1)>"
    await resident_writes(database, handover.municipality_id, handover.conversation_id, words)
    async with browser_of(app, MARIA) as maria:
        page = (await maria.get(page_of(handover))).text + (await maria.get("/staff/inbox")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "[U+202E]gnp.exe" in page


async def test_closing_gives_the_conversation_back_to_the_bot(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database, language="en")
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        answer = await maria.post(f"{page_of(handover)}/close")
        page = (await maria.get(page_of(handover))).text
    assert answer.headers["location"] == "/staff/inbox"
    assert await owner_of(database, handover) == Owner.BOT
    assert (await said_to_resident(database, handover))[-1] == (
        "event",
        (
            "Maria Lindqvist has closed the conversation. The bot answers again."
            " You can always ask for a person."
        ),
    )
    assert "Maria Lindqvist closed the conversation at 10:00" in page
    assert "Closed. The bot answers the resident." in page


async def test_what_is_said_to_the_bot_after_closing_stays_with_the_bot(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        await maria.post(f"{page_of(handover)}/close")
        await resident_writes(
            database, handover.municipality_id, handover.conversation_id, "something private"
        )
        assert "something private" not in (await maria.get(page_of(handover))).text


async def test_putting_back_keeps_the_age_and_lets_a_colleague_take_it(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database, language="en")
    async with browser_of(app, MARIA) as maria, browser_of(app, JOHAN) as johan:
        await take(maria, handover)
        await maria.post(f"{page_of(handover)}/put-back")
        assert await owner_of(database, handover) == Owner.QUEUE
        version = hidden((await johan.get(page_of(handover))).text, "version")
        answer = await johan.post(f"{page_of(handover)}/claim", version=version)
    assert answer.status_code == 303
    assert [author for author, _ in await said_to_resident(database, handover)] == ["event"] * 3


async def test_only_the_owner_closes(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria, browser_of(app, JOHAN) as johan:
        await take(maria, handover)
        assert (await johan.post(f"{page_of(handover)}/close")).status_code == 409
        assert (await johan.post(f"{page_of(handover)}/put-back")).status_code == 409
    assert await owner_of(database, handover) == Owner.CASEWORKER


async def test_every_deed_is_audited(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await take(maria, handover)
        await maria.post(f"{page_of(handover)}/reply", text="hello")
        await maria.post(f"{page_of(handover)}/put-back")
    assert await audit_of(database) == [
        ("sign_in", "staff"),
        ("claim", "conversation"),
        ("reply", "conversation"),
        ("put_back", "conversation"),
    ]


async def test_forms_without_the_token_of_the_page_change_nothing(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        maria.csrf = ""
        answer = await maria.post(f"{page_of(handover)}/claim", version="1")
    assert answer.status_code == 403
    assert await owner_of(database, handover) == Owner.QUEUE


async def test_reading_has_no_effect(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        for action in ("claim", "reply", "close", "put-back"):
            assert (await maria.get(f"{page_of(handover)}/{action}")).status_code in (404, 405)
    assert await owner_of(database, handover) == Owner.QUEUE


async def test_the_list_says_when_the_open_conversation_has_changed_hands(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    url = f"/staff/inbox/queue?current={handover.conversation_id}&version=1&waits=1"
    async with browser_of(app, MARIA) as maria, browser_of(app, JOHAN) as johan:
        before = await johan.get(url)
        await take(maria, handover)
        after, own = await johan.get(url), await maria.get(url)
    assert "hx-refresh" not in before.headers
    assert after.headers["hx-refresh"] == "true"
    # The page that Maria has by now may hold a half-written answer.
    assert "hx-refresh" not in own.headers


def test_every_topic_has_a_word_for_staff() -> None:
    assert set(TOPICS) == set(load_taxonomy().topics)
