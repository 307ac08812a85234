"""Conversations: their tokens, the order of what is said, and leaving nothing behind."""

import asyncio
from datetime import UTC, datetime
from hashlib import sha256

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from backend.conversation import (
    Author,
    Channel,
    Consent,
    Conversation,
    Message,
    append,
    erase_conversation,
    find_by_token,
    find_conversation,
    find_sent,
    label_of,
    messages_after,
    open_chat,
    record_consent,
    start_conversation,
)
from backend.db import Database
from backend.inbox import Received, receive
from backend.outbox import Outbox
from backend.places import RouteKind
from backend.reply import Button, Kind, Reply
from tests.conftest import NOW, Urls
from tests.people import (
    Town,
    arrive,
    asks_for_person,
    book_time,
    municipality_of,
    open_slots,
    take_number,
)

BOT_ID = "4711"
DOORS_OPEN = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


async def say(
    database: Database,
    town: Town,
    conversation: Conversation,
    words: str,
    author: Author = Author.RESIDENT,
    client_msg_id: str | None = None,
) -> Message:
    async with database.transaction(town.system) as db:
        found = await find_conversation(db, conversation.id)
        assert found is not None
        return await append(db, found, author, Reply(words), client_msg_id=client_msg_id)


async def words_of(
    database: Database, town: Town, conversation: Conversation, after: int = 0
) -> list[tuple[int, str]]:
    async with database.transaction(town.resident(conversation)) as db:
        found = await messages_after(db, conversation.id, after)
        return [(message.seq, message.text) for message in found]


async def test_a_conversation_is_found_by_its_token_of_which_only_the_hash_is_kept(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        conversation, token = await start_conversation(db, lindby.id, Channel.WEB, "ar")
    assert conversation.token_sha256 == sha256(token.encode()).digest()
    assert len(token) == 43
    found_in = await municipality_of(shared_database, token, RouteKind.CONVERSATION)
    assert found_in == lindby.id
    async with shared_database.transaction(lindby.system) as db:
        found = await find_by_token(db, token)
        assert found is not None
        assert (found.id, found.language, found.owner) == (conversation.id, "ar", "bot")
        assert await find_by_token(db, token[:-1]) is None


async def test_a_token_is_of_one_kind(shared_database: Database, lindby: Town) -> None:
    async with shared_database.transaction(lindby.system) as db:
        _, token = await start_conversation(db, lindby.id, Channel.WEB, "ar")
    assert await municipality_of(shared_database, token, RouteKind.SIGN_IN) is None


async def test_two_conversations_never_have_the_same_token(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        tokens = {(await start_conversation(db, lindby.id, Channel.API, "en"))[1] for _ in range(5)}
    assert len(tokens) == 5


async def test_a_chat_of_a_messenger_is_opened_once(
    shared_database: Database, lindby: Town
) -> None:
    async def first_message() -> object:
        async with shared_database.transaction(lindby.system) as db:
            return await open_chat(db, Channel.TELEGRAM, BOT_ID, "chat 1", "so")

    opened = await asyncio.gather(*(first_message() for _ in range(10)))
    assert len(set(opened)) == 1


async def test_the_same_chat_number_at_another_bot_is_another_conversation(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        here = await open_chat(db, Channel.TELEGRAM, BOT_ID, "chat 1", "so")
        there = await open_chat(db, Channel.TELEGRAM, "4712", "chat 1", "so")
    assert here != there


async def test_messages_are_numbered_in_the_order_of_their_commits(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    await asyncio.gather(*(say(shared_database, lindby, amina, "hello") for _ in range(20)))
    said = await words_of(shared_database, lindby, amina)
    assert said == [(number, "hello") for number in range(1, 21)]


async def test_a_number_that_was_rolled_back_is_used_again(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    async with shared_database.transaction(lindby.system) as db:
        found = await find_conversation(db, amina.id)
        assert found is not None
        await append(db, found, Author.RESIDENT, Reply("lost"))
        await db.rollback()
    await say(shared_database, lindby, amina, "kept")
    assert await words_of(shared_database, lindby, amina) == [(1, "kept")]


async def test_a_message_keeps_its_card_its_author_and_its_time(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    reply = Reply("Choose", kind=Kind.MENU, buttons=(Button("ID card", "topic:id_card"),))
    async with shared_database.transaction(lindby.system) as db:
        found = await find_conversation(db, amina.id)
        assert found is not None
        sent = await append(db, found, Author.BOT, reply, at=NOW)
        assert (sent.seq, found.last_seq) == (1, 1)
    assert (sent.author, sent.language, sent.text, sent.created_at) == ("bot", "ar", "Choose", NOW)
    assert sent.payload == reply.payload()


async def test_a_text_in_another_language_says_so(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    async with shared_database.transaction(lindby.system) as db:
        found = await find_conversation(db, amina.id)
        assert found is not None
        sent = await append(db, found, Author.BOT, Reply("Hej", language="sv"))
    assert sent.language == "sv"


async def test_only_what_residents_have_not_seen_is_listed(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    for words in ("one", "two", "three", "four"):
        await say(shared_database, lindby, amina, words)
    assert await words_of(shared_database, lindby, amina, after=2) == [(3, "three"), (4, "four")]
    async with shared_database.transaction(lindby.system) as db:
        between = await messages_after(db, amina.id, 1, up_to=3)
        assert [message.text for message in between] == ["two", "three"]


async def test_a_message_with_its_own_id_is_stored_once(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    first = await say(shared_database, lindby, amina, "hello", client_msg_id="m1")
    await say(shared_database, lindby, yusuf, "hello", client_msg_id="m1")
    with pytest.raises(IntegrityError, match="client_msg_id"):
        await say(shared_database, lindby, amina, "hello", client_msg_id="m1")
    async with shared_database.transaction(lindby.system) as db:
        found = await find_sent(db, amina.id, "m1")
        assert found is not None
        assert found.id == first.id
        assert await find_sent(db, amina.id, "m2") is None


async def test_what_a_messenger_must_be_sent_is_queued_and_what_it_brought_is_not(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        chat = await open_chat(db, Channel.TELEGRAM, BOT_ID, "chat 1", "so")
        found = await find_conversation(db, chat)
        assert found is not None
    for author in (Author.RESIDENT, Author.BOT, Author.CASEWORKER, Author.EVENT):
        await say(shared_database, lindby, found, f"said by {author}", author)
    async with shared_database.transaction(lindby.system) as db:
        queued = await db.scalars(select(Outbox).order_by(Outbox.id))
        assert [(row.seq, row.payload["text"], row.state) for row in queued] == [
            (2, "said by bot", "ready"),
            (3, "said by caseworker", "ready"),
            (4, "said by event", "ready"),
        ]


async def test_web_and_api_read_the_message_itself(shared_database: Database, lindby: Town) -> None:
    for channel in (Channel.WEB, Channel.API):
        resident = await arrive(shared_database, lindby, channel=channel)
        await say(shared_database, lindby, resident, "hello", Author.BOT)
    async with shared_database.transaction(lindby.system) as db:
        assert (await db.scalars(select(Outbox))).all() == []


async def events_of(database: Database, town: Town, conversation: Conversation) -> list[str]:
    about = text(
        "select topic from event where topic = :topic or reference = :id order by event.id"
    )
    async with database.transaction(town.system) as db:
        values = {"topic": f"conversation:{conversation.id}", "id": str(conversation.id)}
        return list(await db.scalars(about, values))


async def test_the_inbox_hears_of_messages_once_a_person_is_asked_for(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    mine = f"conversation:{amina.id}"
    await say(shared_database, lindby, amina, "to the bot")
    assert await events_of(shared_database, lindby, amina) == [mine]
    await asks_for_person(shared_database, lindby, amina)
    await say(shared_database, lindby, amina, "to the caseworker")
    assert await events_of(shared_database, lindby, amina) == [mine, mine, "queue"]


async def test_a_pressed_button_is_shown_by_its_label(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    times = (
        Button("09:00", "slot:1", group="Monday 30 November"),
        Button("Nobody", "human"),
    )
    async with shared_database.transaction(lindby.system) as db:
        found = await find_conversation(db, amina.id)
        assert found is not None
        await append(db, found, Author.BOT, Reply("Which?", buttons=times))
        await append(db, found, Author.BOT, Reply("?", buttons=(Button("A person", "human"),)))
        labels = [await label_of(db, amina.id, action) for action in ("slot:1", "human", "none")]
    assert labels == ["Monday 30 November 09:00", "A person", None]


async def test_a_consent_keeps_what_was_read_by_whom_and_how(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await record_consent(db, amina, "share", "May Maria read this?", is_given=False)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        (kept,) = await db.scalars(select(Consent))
    assert (kept.conversation_id, kept.purpose, kept.is_given) == (amina.id, "share", False)
    assert kept.text_sha256 == sha256(b"May Maria read this?").digest()
    assert (kept.language, kept.channel, kept.withdrawn_at) == ("ar", "web", None)


SECRET = "my husband hits me"


def leaks(owner_url: str) -> list[str]:
    """Tables that still have the words anywhere in a row."""
    found = []
    with psycopg.connect(owner_url) as owner:
        tables = owner.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in tables.fetchall():
            query = sql.SQL("select 1 from {} row where row::text like %s limit 1")
            if owner.execute(query.format(sql.Identifier(table)), [f"%{SECRET}%"]).fetchone():
                found.append(table)
    return sorted(found)


async def fill_with_the_secret(database: Database, town: Town, resident: Conversation) -> None:
    await say(database, town, resident, SECRET)
    received = Received("web", str(resident.id), "m1", resident.id, text=SECRET)
    async with database.transaction(town.system) as db:
        await receive(db, received)
        found = await find_conversation(db, resident.id)
        assert found is not None
        found.flow_state = {"said": SECRET}
        await record_consent(db, found, "share", SECRET, is_given=True)
        db.add(Outbox(conversation_id=resident.id, seq=9, payload={"text": SECRET}))


async def test_after_erasure_no_word_is_left_anywhere(
    shared_database: Database, lindby: Town, module_urls: Urls
) -> None:
    amina = await arrive(shared_database, lindby)
    await asks_for_person(shared_database, lindby, amina)
    await fill_with_the_secret(shared_database, lindby, amina)
    assert leaks(module_urls.owner) == ["conversation", "inbox", "message", "outbox"]
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await erase_conversation(db, amina)
    assert leaks(module_urls.owner) == []


async def test_erasure_takes_the_conversation_with_all_that_hangs_on_it(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        amina, token = await start_conversation(db, lindby.id, Channel.WEB, "ar")
    yusuf = await arrive(shared_database, lindby)
    for resident in (amina, yusuf):
        await fill_with_the_secret(shared_database, lindby, resident)
        await asks_for_person(shared_database, lindby, resident)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await erase_conversation(db, amina)
    assert await municipality_of(shared_database, token, RouteKind.CONVERSATION) is None
    async with shared_database.transaction(lindby.system) as db:
        left = {
            table: (await db.scalars(text(f"select distinct conversation_id from {table}"))).all()
            for table in ("message", "consent", "inbox", "outbox", "handover")
        }
        people = await db.scalars(select(Conversation.id))
        assert people.all() == [yusuf.id]
    assert left == {table: [yusuf.id] for table in left}


async def test_after_erasure_the_time_and_the_number_stay_without_a_name(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    ticket = await take_number(shared_database, lindby, "ar", DOORS_OPEN, amina.id)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await erase_conversation(db, amina)
    async with shared_database.transaction(lindby.system) as db:
        kept = await db.execute(text("select id, state, conversation_id from booking"))
        assert [tuple(row) for row in kept] == [(booking.id, "confirmed", None)]
        kept = await db.execute(text("select id, state, conversation_id from ticket"))
        assert [tuple(row) for row in kept] == [(ticket.id, "waiting", None)]


async def test_nobody_erases_another_residents_conversation(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    await say(shared_database, lindby, amina, "still here")
    async with shared_database.transaction(lindby.resident(yusuf)) as db:
        await erase_conversation(db, amina)
    assert await words_of(shared_database, lindby, amina) == [(1, "still here")]
