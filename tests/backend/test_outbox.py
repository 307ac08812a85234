"""What a messenger did not take is shown to the caseworker who wrote it."""

import re

from fastapi import FastAPI
from sqlalchemy import select, update

from backend.conversation import Channel, Conversation, find_conversation
from backend.db import Database, system
from backend.handover import Handover
from backend.outbox import Outbox, OutboxState, undelivered
from tests.backend.console_app import browser_of, make_console, waiting_resident
from tests.conftest import Urls

MARIA = "maria@lindby.example"


async def on_telegram(database: Database, handover: Handover) -> None:
    async with database.transaction(system(handover.municipality_id)) as db:
        await db.execute(
            update(Conversation)
            .where(Conversation.id == handover.conversation_id)
            .values(channel=Channel.TELEGRAM, bot_id="1", external_id="2")
        )


async def settle(database: Database, handover: Handover, words: str, state: OutboxState) -> int:
    """The number of the message that ends in this state."""
    async with database.transaction(system(handover.municipality_id)) as db:
        row = (await db.scalars(select(Outbox).where(Outbox.payload["text"].astext == words))).one()
        row.state = state
        return row.seq


async def block(database: Database, handover: Handover) -> None:
    async with database.transaction(system(handover.municipality_id)) as db:
        conversation = await find_conversation(db, handover.conversation_id)
        assert conversation is not None
        conversation.is_blocked = True


async def test_the_console_shows_what_did_not_arrive(database: Database, urls: Urls) -> None:
    app: FastAPI = make_console(database, urls)
    handover = await waiting_resident(database)
    await on_telegram(database, handover)
    page = f"/staff/conversations/{handover.conversation_id}"
    async with browser_of(app, MARIA) as maria:
        await maria.post(f"{page}/claim", version=str(handover.version))
        for words in ("arrives", "may arrive", "does not arrive"):
            await maria.post(f"{page}/reply", text=words, client_msg_id=words.replace(" ", "-"))
        await settle(database, handover, "arrives", OutboxState.SENT)
        doubtful = await settle(database, handover, "may arrive", OutboxState.UNKNOWN)
        dead = await settle(database, handover, "does not arrive", OutboxState.DEAD)
        shown = (await maria.get(f"{page}/entries")).text
        await block(database, handover)
        blocked = (await maria.get(page)).text
    async with database.transaction(system(handover.municipality_id)) as db:
        found = await undelivered(db, handover.conversation_id)
    assert found == {doubtful: OutboxState.UNKNOWN, dead: OutboxState.DEAD}
    assert re.findall(r"(arrives|may arrive|does not arrive)</bdi>", shown) == [
        "arrives",
        "may arrive",
        "does not arrive",
    ]
    assert shown.index("may arrive</bdi>") < shown.index("Perhaps not delivered")
    assert shown.index("Perhaps not delivered") < shown.index("does not arrive</bdi>")
    assert shown.index("does not arrive</bdi>") < shown.index("Not delivered")
    assert "has blocked this chat" not in shown
    assert "The resident has blocked this chat." in blocked
