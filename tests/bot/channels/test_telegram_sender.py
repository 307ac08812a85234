"""The outcome table: what each failure means for the message, for its chat and for the others."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from backend.conversation import Author, append, find_conversation
from backend.db import Database, system
from backend.places import find_municipality
from backend.reply import Button, Reply
from bot.channels import telegram_sender
from tests.bot.channels.telegram_town import Town, eventually, telegram_town
from tests.conftest import Urls
from tests.fakes.botapi_chat import Chat
from tests.fakes.botapi_faults import (
    FaultKind,
    bad_gateway,
    connection_reset,
    cut_off,
    internal_error,
    no_answer,
    slow_body,
    too_many_requests,
    truncated_json,
)


@pytest.fixture(scope="module")
def town(module_urls: Urls, vectors: Path) -> Iterator[Town]:
    with telegram_town(module_urls, vectors) as town:
        yield town


async def known(town: Town, name: str = "Amina") -> Chat:
    """Somebody in the middle of a conversation."""
    chat = town.newcomer(name)
    chat.command("/stop")
    await chat.expect(1)
    return chat


async def seconds_to_say(town: Town, database: Database, chat: Chat) -> float:
    started = time.monotonic()
    await say(town, database, chat, Reply("at once"))
    await chat.expect(1)
    return time.monotonic() - started


async def say(town: Town, database: Database, chat: Chat, *replies: Reply) -> None:
    """The bot has something to tell, all of it in one transaction."""
    lindby = await find_municipality(database, "lindby")
    async with database.transaction(system(lindby.id)) as db:
        conversation = await find_conversation(db, town.conversation(chat))
        assert conversation is not None
        for reply in replies:
            await append(db, conversation, Author.BOT, reply)


def times_seen(chat: Chat, *texts: str) -> list[int]:
    seen = Counter(message.text for message in chat.replies)
    return [seen[text] for text in texts]


async def settled(town: Town, chat: Chat, within: float = 15.0) -> list[str]:
    """The states of all messages to a chat, once none of them waits any more."""
    await eventually(lambda: not {"ready", "leased"} & set(town.outbox(chat)), within)
    return town.outbox(chat)


async def test_a_pause_that_telegram_asks_for_holds_up_only_this_chat(
    town: Town, shared_database: Database
) -> None:
    amina, yusuf = await known(town), await known(town, "Yusuf")
    usual = await seconds_to_say(town, shared_database, yusuf)
    town.api.fail("sendMessage", too_many_requests(30), chat=amina)
    await say(town, shared_database, amina, Reply("first"), Reply("second"))
    await eventually(lambda: "RetryAfter" in town.outbox(amina, "last_error"))
    assert await seconds_to_say(town, shared_database, yusuf) < usual + 1
    [pause] = town.rows(
        "select extract(epoch from next_at - now()) from outbox where last_error = 'RetryAfter'"
    )
    assert 25 < pause < 31
    assert town.outbox(amina, "state, attempts")[1:] == [("ready", 0), ("ready", 0)]
    town.change("update outbox set next_at = now() where last_error = 'RetryAfter'")
    assert [message.text for message in await amina.expect(2)] == ["first", "second"]
    assert await settled(town, amina) == ["sent", "sent", "sent"]


async def test_a_short_pause_is_waited_for(town: Town, shared_database: Database) -> None:
    chat = await known(town)
    town.api.fail("sendMessage", too_many_requests(1), chat=chat)
    started = time.monotonic()
    await say(town, shared_database, chat, Reply("patience"))
    await chat.expect(1)
    assert 1 <= time.monotonic() - started < 5
    assert await settled(town, chat) == ["sent", "sent"]


async def test_a_chat_whose_calls_hang_holds_up_no_other(
    town: Town, shared_database: Database
) -> None:
    stuck = [await known(town, f"Stuck {number}") for number in range(6)]
    fine = await known(town, "Fine")
    usual = await seconds_to_say(town, shared_database, fine)
    for chat in stuck:
        town.api.fail("sendMessage", no_answer(), times=2, chat=chat)
        await say(town, shared_database, chat, Reply("hello?"))
    assert await seconds_to_say(town, shared_database, fine) < usual + 1
    for chat in stuck:
        assert await settled(town, chat) == ["sent", "unknown"]


async def test_a_refused_connection_is_tried_again_and_the_message_arrives_once(
    town: Town, shared_database: Database
) -> None:
    chat = await known(town)
    with town.api.down():
        await say(town, shared_database, chat, Reply("I come late"), Reply("me too"))
        await eventually(lambda: "NetworkError" in town.outbox(chat, "last_error"))
        await asyncio.sleep(2)
        assert town.outbox(chat, "attempts")[1] <= 1
    await chat.expect(2)
    await chat.quiet()
    assert times_seen(chat, "I come late", "me too") == [1, 1]
    assert town.outbox(chat, "state, attempts")[1:] == [("sent", 1), ("sent", 1)]


DOUBTFUL_FAULTS = (
    (internal_error(), 1),
    (internal_error(after_work=True), 2),
    (bad_gateway(), 1),
    (bad_gateway(after_work=True), 2),
    (connection_reset(), 1),
    (cut_off(), 2),
    (truncated_json(), 2),
    (no_answer(), 2),
    (slow_body(20), 2),
)


async def test_a_doubtful_failure_is_repeated_once(town: Town, shared_database: Database) -> None:
    people = [await known(town, fault.kind.name) for fault, _ in DOUBTFUL_FAULTS]
    for chat, (fault, _) in zip(people, DOUBTFUL_FAULTS, strict=True):
        town.api.fail("sendMessage", fault, chat=chat)
        await say(town, shared_database, chat, Reply("Booking K7P-42"), Reply("after it"))
    for chat, (fault, copies) in zip(people, DOUBTFUL_FAULTS, strict=True):
        assert await settled(town, chat) == ["sent", "sent", "sent"], fault
        assert times_seen(chat, "Booking K7P-42", "after it") == [copies, 1], fault


async def test_two_doubtful_failures_end_as_unknown_and_are_counted(
    town: Town, shared_database: Database
) -> None:
    chat = await known(town)
    before, repeated = unknown_in_metrics(town), metric(town, "landa_sends_repeated_total")
    town.api.fail("sendMessage", cut_off(), times=2, chat=chat)
    await say(town, shared_database, chat, Reply("perhaps"), Reply("surely"))
    assert await settled(town, chat) == ["sent", "unknown", "sent"]
    assert times_seen(chat, "perhaps", "surely") == [2, 1]
    assert unknown_in_metrics(town) == before + 1
    assert metric(town, "landa_sends_repeated_total") == repeated + 1


def unknown_in_metrics(town: Town) -> int:
    return metric(town, 'landa_waiting{kind="outbox_unknown",municipality="lindby"}')


def metric(town: Town, name: str) -> int:
    with town.app.http() as http:
        lines = http.get("/metrics").text.splitlines()
    [line] = [line for line in lines if line.startswith(f"{name} ")]
    return int(float(line.rpartition(" ")[2]))


async def test_a_doubtful_part_is_repeated_and_the_parts_before_it_are_not(
    town: Town, shared_database: Database
) -> None:
    chat = await known(town)
    town.api.fail("sendMessage", cut_off(), after=1, chat=chat)
    parts = ["a" * 3000, "b" * 3000, "c" * 3000]
    await say(town, shared_database, chat, Reply("\n\n".join(parts)))
    assert await settled(town, chat) == ["sent", "sent"]
    assert times_seen(chat, *parts) == [1, 2, 1]
    assert [message.text[0] for message in chat.replies[1:]] == ["a", "b", "b", "c"]


async def test_buttons_stand_under_the_last_part(town: Town, shared_database: Database) -> None:
    chat = await known(town)
    long = Reply("word " * 1500, buttons=(Button("Something else", "menu"),))
    await say(town, shared_database, chat, long)
    assert await settled(town, chat) == ["sent", "sent"]
    assert [message.labels for message in chat.replies[1:]] == [[], ["Something else"]]


async def test_what_telegram_refuses_goes_once_more_without_buttons(
    town: Town, shared_database: Database
) -> None:
    chat = await known(town)
    refused = Reply("no room for this button", buttons=(Button("x", "a" * 65),))
    await say(town, shared_database, chat, refused, Reply("after it"))
    assert await settled(town, chat) == ["sent", "sent", "sent"]
    assert [(message.text, message.labels) for message in chat.replies[1:]] == [
        ("no room for this button", []),
        ("after it", []),
    ]


async def test_what_telegram_refuses_twice_is_put_aside(
    town: Town, shared_database: Database
) -> None:
    chat = await known(town)
    before = len([call for call in town.api.calls("sendMessage") if call.status == 400])
    await say(town, shared_database, chat, Reply("\u202e\u202d"), Reply("after it"))
    assert await settled(town, chat) == ["sent", "dead", "sent"]
    refused = [call for call in town.api.calls("sendMessage") if call.status == 400]
    assert len(refused) == before + 2
    assert town.outbox(chat, "last_error")[1] == "BadRequest"


async def test_who_blocks_the_bot_gets_nothing_more_and_staff_learn_it(
    town: Town, shared_database: Database
) -> None:
    chat = await known(town)
    conversation = town.conversation(chat)
    chat.block()
    await say(town, shared_database, chat, *(Reply(f"{number}") for number in range(5)))
    assert await settled(town, chat) == ["sent", *["dead"] * 5]
    assert (
        len([c for c in town.api.calls("sendMessage") if (c.chat_id, c.status) == (chat.id, 403)])
        == 1
    )
    assert blocked(town, chat) == [True]
    queue, own = ("queue", str(conversation)), (f"conversation:{conversation}", "6")
    events = town.rows("select topic, reference from event order by id desc limit 2")
    assert events == [own, queue]
    chat.unblock()
    chat.send("I am back")
    await chat.expect(2)
    assert blocked(town, chat) == [False]


def blocked(town: Town, chat: Chat) -> list[bool]:
    return town.rows("select is_blocked from conversation where external_id = %s", str(chat.id))


async def test_a_chat_that_is_gone_is_closed_like_a_blocked_one(
    town: Town, shared_database: Database
) -> None:
    chat = await known(town)
    conversation = town.conversation(chat)
    town.change("update conversation set external_id = '1' where id = %s", conversation)
    states = "select state from outbox where conversation_id = %s order by id"
    lindby = await find_municipality(shared_database, "lindby")
    async with shared_database.transaction(system(lindby.id)) as db:
        found = await find_conversation(db, conversation)
        assert found is not None
        await append(db, found, Author.BOT, Reply("anybody there?"))
    await eventually(lambda: town.rows(states, conversation) == ["sent", "dead"])


@pytest.mark.parametrize(
    ("attempts", "ends", "copies"), [(1, "sent", 2), (2, "unknown", 1)], ids=["first", "second"]
)
async def test_a_crash_between_sending_and_noting_it_means_one_repeat_at_most(
    town: Town, shared_database: Database, attempts: int, ends: str, copies: int
) -> None:
    chat = await known(town)
    await say(town, shared_database, chat, Reply("Booking K7P-42"), Reply("after it"))
    assert await settled(town, chat) == ["sent", "sent", "sent"]
    town.change(
        "update outbox set state = 'leased', attempts = %s, parts_sent = 0, done_at = null"
        " where conversation_id = %s and seq = 2",
        attempts,
        town.conversation(chat),
    )
    assert await settled(town, chat) == ["sent", ends, "sent"]
    assert times_seen(chat, "Booking K7P-42", "after it") == [copies, 1]


async def test_a_sender_that_lost_its_lease_writes_nothing_more(
    town: Town, shared_database: Database
) -> None:
    chat = await known(town)
    town.api.fail("sendMessage", slow_body(0.8), chat=chat)
    await say(town, shared_database, chat, Reply("slowly"))
    await eventually(lambda: "leased" in town.outbox(chat))
    town.change(
        "update conversation set lease_token = gen_random_uuid(),"
        " lease_until = now() + interval '3 seconds' where id = %s",
        town.conversation(chat),
    )
    await asyncio.sleep(1.5)
    assert town.outbox(chat, "state, parts_sent")[1] == ("leased", 0)
    assert await settled(town, chat) == ["sent", "sent"]
    assert times_seen(chat, "slowly") == [2]


async def test_a_town_that_lost_its_bot_keeps_its_messages_without_hurry(
    town: Town, shared_database: Database
) -> None:
    strandby = await find_municipality(shared_database, "strandby")
    conversation = town.rows(
        "insert into conversation (municipality_id, channel, bot_id, external_id, language)"
        " values (%s, 'telegram', '9', '9', 'en') returning id",
        strandby.id,
    )
    conversation_id = UUID(str(conversation[0]))
    async with shared_database.transaction(system(strandby.id)) as db:
        found = await find_conversation(db, conversation_id)
        assert found is not None
        await append(db, found, Author.BOT, Reply("later"))
    query = "select state, attempts, last_error from outbox where conversation_id = %s"
    await eventually(lambda: town.rows(query, conversation_id) == [("ready", 0, "NoBot")])


async def test_messages_keep_their_order_and_settle_whatever_telegram_does(
    town: Town, shared_database: Database
) -> None:
    people = [await known(town, f"Person {number}") for number in range(6)]
    begun = len(town.api.calls("sendMessage"))
    faults = [
        too_many_requests(1),
        internal_error(),
        internal_error(after_work=True),
        bad_gateway(),
        connection_reset(),
        cut_off(),
        truncated_json(),
    ]
    town.api.fail_by_chance(7, 0.25, faults, ["sendMessage"])
    texts = [f"message {number}" for number in range(6)]
    for chat in people:
        await say(town, shared_database, chat, *map(Reply, texts))
    states = {chat.id: (await settled(town, chat, within=40))[1:] for chat in people}
    town.api.heal()
    calls = town.api.calls("sendMessage")[begun:]
    assert {call.fault for call in calls} > {FaultKind.TOO_MANY_REQUESTS, FaultKind.CUT_OFF}
    for chat in people:
        own = [call for call in calls if call.chat_id == chat.id]
        asked = [call.arguments["text"] for call in own]
        assert list(dict.fromkeys(asked)) == texts
        assert asked == sorted(asked)
        for text, state in zip(texts, states[chat.id], strict=True):
            tries = [call.fault for call in own if call.arguments["text"] == text]
            doubtful = [f for f in tries if f not in (None, FaultKind.TOO_MANY_REQUESTS)]
            assert (len(doubtful), state) in [(0, "sent"), (1, "sent"), (2, "unknown")]
            assert times_seen(chat, text)[0] <= 1 + len(doubtful)


@pytest.fixture
def patient_town(urls: Urls, vectors: Path) -> Iterator[Town]:
    with telegram_town(urls, vectors, is_patient=True) as town:
        town.api.limit_rates()
        yield town


async def test_a_reply_of_two_messages_takes_about_two_seconds_at_telegrams_own_pace(
    patient_town: Town,
) -> None:
    chat = await known(patient_town)
    for text in ("one", "two", "three"):
        await asyncio.sleep(1)
        started = time.monotonic()
        chat.send(text)
        await chat.expect(2)
        assert 1 < time.monotonic() - started < 3
    long = patient_town.newcomer("Long")
    long.command("/start")
    await long.expect(3)
    assert {call.status for call in patient_town.api.calls("sendMessage")} == {200}


async def test_a_bot_keeps_to_its_budget_however_many_write(
    patient_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_sender, "PER_BOT_SECOND", 5)
    people = [patient_town.newcomer(f"Person {number}") for number in range(20)]
    for chat in people:
        chat.command("/stop")
    for chat in people:
        await chat.expect(1, within=20)
    moments = sorted(call.at for call in patient_town.api.calls("sendMessage"))
    assert len(moments) == 20
    # Two windows of the counter may meet within one second, so four of them last more than two.
    assert moments[-1] - moments[0] > 2
    assert min(late - early for early, late in zip(moments, moments[10:], strict=False)) > 1
