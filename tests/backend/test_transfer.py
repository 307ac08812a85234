"""A caseworker hands a conversation to a named colleague: one has it at any time, and the resident
knows who."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Conversation
from backend.db import Database, resident
from backend.handover import (
    CannotReceive,
    Handover,
    NotYours,
    claim,
    give_back,
    latest_handover,
    transfer,
)
from backend.staff import Colleague, Role, Staff, change_roles
from tests.backend.console_app import (
    Browser,
    audit_of,
    browser_of,
    make_console,
    page_of,
    waiting_resident,
)
from tests.conftest import NOW, Urls
from tests.people import Town, arrive, asks_for_person, colleague, find_town

MARIA, JOHAN = "maria@lindby.example", "johan@lindby.example"
ROUNDS = 20


async def claimed(database: Database, town: Town, who: Colleague) -> Handover:
    amina = await arrive(database, town)
    handover = await asks_for_person(database, town, amina)
    async with database.transaction(town.staff()) as db:
        return await claim(db, who, handover.id, 1, NOW)


async def hands_over(
    database: Database, town: Town, who: Colleague, handover: Handover, receiver: UUID
) -> str:
    async with database.transaction(town.staff()) as db:
        return (await transfer(db, who, handover.id, handover.version, receiver, NOW)).name


async def owner_of(database: Database, town: Town, handover: Handover) -> tuple[object, ...]:
    """Who has it by the conversation, by the hand-over, and in which state and version."""
    async with database.transaction(town.system) as db:
        conversation = await db.get_one(Conversation, (town.id, handover.conversation_id))
        found = await latest_handover(db, handover.conversation_id)
        assert found
        return (conversation.staff_id, found.claimed_by, found.state, found.version)


async def test_the_colleague_has_it_and_the_former_owner_no_longer(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    handover = await claimed(shared_database, lindby, maria)
    name = await hands_over(shared_database, lindby, maria, handover, johan.staff_id)
    assert name == "Johan Ek"
    found = await owner_of(shared_database, lindby, handover)
    assert found == (johan.staff_id, johan.staff_id, "claimed", 3)
    async with shared_database.transaction(lindby.staff()) as db:
        with pytest.raises(NotYours):
            await give_back(db, maria, handover.conversation_id, NOW)


@pytest.mark.parametrize("name", ["Leyla", "Anders", "Maria", "Samira"])
async def test_reception_another_body_oneself_and_an_interpreter_cannot_receive(
    shared_database: Database, lindby: Town, name: str
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    receiver = await colleague(shared_database, lindby, name)
    handover = await claimed(shared_database, lindby, maria)
    with pytest.raises(CannotReceive):
        await hands_over(shared_database, lindby, maria, handover, receiver.staff_id)
    found = await owner_of(shared_database, lindby, handover)
    assert found == (maria.staff_id, maria.staff_id, "claimed", 2)


async def test_who_has_left_or_may_no_longer_answer_cannot_receive(database: Database) -> None:
    lindby = await find_town(database)
    maria = await colleague(database, lindby, "Maria")
    johan = await colleague(database, lindby, "Johan")
    handover = await claimed(database, lindby, maria)
    async with database.transaction(lindby.system) as db:
        await change_roles(db, johan.staff_id, {Role.RECEPTIONIST})
    with pytest.raises(CannotReceive):
        await hands_over(database, lindby, maria, handover, johan.staff_id)
    async with database.transaction(lindby.system) as db:
        await change_roles(db, johan.staff_id, {Role.CASEWORKER})
        await db.execute(update(Staff).values(is_active=False).where(Staff.id == johan.staff_id))
    with pytest.raises(CannotReceive):
        await hands_over(database, lindby, maria, handover, johan.staff_id)


async def test_only_the_owner_who_has_seen_the_newest_hands_it_over(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    handover = await claimed(shared_database, lindby, maria)
    with pytest.raises(NotYours):
        await hands_over(shared_database, lindby, johan, handover, maria.staff_id)
    handover.version -= 1
    with pytest.raises(NotYours):
        await hands_over(shared_database, lindby, maria, handover, johan.staff_id)


Deed = Callable[[AsyncSession], Awaitable[object]]


async def press(database: Database, town: Town, deed: Deed) -> str:
    try:
        async with database.transaction(town.staff()) as db:
            await deed(db)
    except NotYours:
        return "not yours"
    return "done"


async def test_of_handing_over_and_closing_at_once_one_wins(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    for _ in range(ROUNDS):
        handover = await claimed(shared_database, lindby, maria)
        row, chat = handover.id, handover.conversation_id

        def hand_over(db: AsyncSession, row: UUID = row) -> Awaitable[Staff]:
            return transfer(db, maria, row, 2, johan.staff_id, NOW)

        def close(db: AsyncSession, chat: UUID = chat) -> Awaitable[Conversation]:
            return give_back(db, maria, chat, NOW)

        ends = await asyncio.gather(
            press(shared_database, lindby, hand_over), press(shared_database, lindby, close)
        )
        found = await owner_of(shared_database, lindby, handover)
        assert (tuple(ends), found) in (
            (("done", "not yours"), (johan.staff_id, johan.staff_id, "claimed", 3)),
            (("not yours", "done"), (None, maria.staff_id, "closed", 3)),
        )


async def test_without_the_guard_a_closed_conversation_is_handed_over(
    shared_database: Database, lindby: Town
) -> None:
    """The negative control of the test above."""
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    handover = await claimed(shared_database, lindby, maria)

    async def check_then_hand_over(db: AsyncSession) -> None:
        mine = select(Handover.id).where(Handover.claimed_by == maria.staff_id)
        if await db.scalar(mine) is None:
            raise NotYours
        await asyncio.sleep(0.1)
        give = update(Handover).where(Handover.id == handover.id)
        await db.execute(give.values(claimed_by=johan.staff_id))

    async def close(db: AsyncSession) -> None:
        await give_back(db, maria, handover.conversation_id, NOW)

    ends = await asyncio.gather(
        press(shared_database, lindby, check_then_hand_over), press(shared_database, lindby, close)
    )
    assert tuple(ends) == ("done", "done")


@pytest.fixture
def app(database: Database, urls: Urls) -> FastAPI:
    return make_console(database, urls)


def offered(page: str) -> dict[str, str]:
    """The ids behind the names that may receive."""
    found = re.search(r'<select id="receiver".*?</select>', page, re.DOTALL)
    options = re.findall(r'value="([^"]+)">([^<]+)<', found.group()) if found else []
    return {name: value for value, name in options}


async def give(browser: Browser, handover: Handover, name: str) -> int:
    """Takes the conversation and hands it over."""
    url = page_of(handover)
    await browser.post(f"{url}/claim", version="1")
    receiver = offered((await browser.get(url)).text)[name]
    return (await browser.post(f"{url}/transfer", version="2", receiver=receiver)).status_code


async def test_colleagues_who_may_answer_are_offered(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        before = (await maria.get(page_of(handover))).text
        await maria.post(f"{page_of(handover)}/claim", version="1")
        after = (await maria.get(page_of(handover))).text
    assert offered(before) == {}
    assert list(offered(after)) == ["Johan Ek"]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            (
                "Maria Lindqvist has handed the conversation to Johan Ek, who can read the same"
                " messages and will answer you."
            ),
        ),
        (
            "sv",
            (
                "Maria Lindqvist har lämnat över samtalet till Johan Ek, som kan läsa samma"
                " meddelanden och svarar dig."
            ),
        ),
        (
            "ar",
            (
                "انتقلت المحادثة من Maria Lindqvist إلى Johan Ek. تظهر الرسائل نفسها لدى Johan Ek،"
                " وسيأتيك الجواب من هناك."
            ),
        ),
    ],
)
async def test_the_resident_is_told_who_answers_now(
    app: FastAPI, database: Database, language: str, told: str
) -> None:
    handover = await waiting_resident(database, language=language)
    async with browser_of(app, MARIA) as maria:
        assert await give(maria, handover, "Johan Ek") == 303
    scope = resident(handover.municipality_id, handover.conversation_id)
    async with database.transaction(scope) as db:
        last = text("select author, text from message order by seq desc limit 1")
        assert tuple((await db.execute(last)).one()) == ("event", told)


async def test_the_colleague_finds_it_under_mine_with_what_happened(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria, browser_of(app, JOHAN) as johan:
        await give(maria, handover, "Johan Ek")
        inbox = (await johan.get("/staff/inbox")).text
        page = (await johan.get(page_of(handover))).text
        answer = await johan.post(f"{page_of(handover)}/reply", text="hello")
    assert re.findall(r"<h2>([^<]+)</h2>", inbox) == ["Mine"]
    assert "Maria Lindqvist handed the conversation to Johan Ek at 10:00" in page
    assert answer.status_code == 303


async def test_the_former_owner_cannot_reply_and_the_text_is_kept(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await give(maria, handover, "Johan Ek")
        answer = await maria.post(f"{page_of(handover)}/reply", text="one more thing")
    assert answer.status_code == 409
    assert "Nothing was sent: Johan Ek has the conversation." in answer.text
    assert ">one more thing</textarea>" in answer.text


async def test_handing_over_is_audited(app: FastAPI, database: Database) -> None:
    handover = await waiting_resident(database)
    async with browser_of(app, MARIA) as maria:
        await give(maria, handover, "Johan Ek")
    assert await audit_of(database) == [
        ("sign_in", "staff"),
        ("claim", "conversation"),
        ("read", "conversation"),
        ("transfer", "conversation"),
    ]


async def test_a_stale_page_and_a_wrong_receiver_change_nothing(
    app: FastAPI, database: Database
) -> None:
    handover = await waiting_resident(database)
    url = f"{page_of(handover)}/transfer"
    async with browser_of(app, MARIA) as maria, browser_of(app, JOHAN) as johan:
        await maria.post(f"{page_of(handover)}/claim", version="1")
        receiver = offered((await maria.get(page_of(handover))).text)["Johan Ek"]
        answers = [
            await maria.post(url, version="1", receiver=receiver),
            await maria.post(url, version="2", receiver=str(uuid4())),
            await maria.post(url, version="2", receiver="Johan"),
            await johan.post(url, version="2", receiver=receiver),
        ]
    assert [answer.status_code for answer in answers] == [409, 409, 422, 409]
    assert "This changed while you were looking. Look once more." in answers[0].text
