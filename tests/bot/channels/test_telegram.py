"""Dialogues in Telegram by long polling: the same as on the web, and each update has its effect
exactly once."""

import asyncio
import io
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from icalendar import Calendar

from backend.conversation import Author, append, find_conversation
from backend.db import Database
from backend.handover import claim, give_back, lock_own, open_handover
from backend.json_log import set_up_logging
from backend.reply import Reply
from backend.resident_notices import Notice, tell
from bot import delivery
from tests.bot.channels.telegram_town import (
    FRIDAY,
    SECRET,
    Town,
    eventually,
    message_update,
    telegram_town,
)
from tests.conftest import Urls
from tests.fakes.botapi_chat import Chat
from tests.fakes.botapi_faults import bad_gateway, connection_reset, truncated_json
from tests.people import colleague, find_town

CANNOT_READ = (
    "I cannot read free text just now. The buttons work: choose below, or talk to a person."
)
NO_LONGER_VALID = "This choice is no longer valid."
MENU = "What is it about?"


@pytest.fixture(scope="module")
def town(module_urls: Urls, vectors: Path) -> Iterator[Town]:
    with telegram_town(module_urls, vectors) as town:
        yield town


async def tap(chat: Chat, label: str, count: int = 1) -> list[str]:
    """Presses a button and waits for so many messages; their texts."""
    chat.press(label)
    return [message.text for message in await chat.expect(count)]


async def first_words(chat: Chat) -> None:
    chat.command("/start")
    await chat.expect(3)


async def test_start_brings_the_choice_of_language_a_greeting_and_the_menu(town: Town) -> None:
    chat = town.newcomer()
    chat.command("/start lindby")
    choice, greeting, menu = await chat.expect(3)
    assert choice.text == "Choose your language."
    assert {"Svenska", "English", "العربية"} <= set(choice.labels)
    assert greeting.text.startswith("Hello! I answer questions about life in Lindby.")
    assert (menu.text, menu.labels[-3:]) == (MENU, ["Book a time", "Drop-in", "Talk to a person"])


async def test_a_language_button_changes_the_language_for_good(town: Town) -> None:
    chat = town.newcomer(language="sv")
    chat.command("/start")
    choice, _, _ = await chat.expect(3)
    assert choice.text != "Choose your language."
    assert await tap(chat, "English", 2) == ["We go on in English.", MENU]
    chat.command("/start")
    greeting, _ = await chat.expect(2)
    assert greeting.text.startswith("Hello!")


async def test_a_phone_in_a_language_we_do_not_speak_begins_in_the_towns_own(town: Town) -> None:
    chat = town.newcomer(language="pt-br")
    await first_words(chat)
    [language] = town.rows("select language from conversation where external_id = %s", str(chat.id))
    assert language == "sv"


async def test_free_text_without_the_recogniser_still_leads_to_buttons(town: Town) -> None:
    chat = town.newcomer()
    chat.send("how is the weather in Paris")
    sorry, menu = await chat.expect(2)
    assert (sorry.text, menu.text) == (CANNOT_READ, MENU)
    assert await tap(chat, "Papers and ID") == ["Papers and ID"]
    [answer] = await tap(chat, "ID card")
    assert "\n\nSource: " in answer
    assert "This text is from " in answer


async def test_three_taps_book_a_time_and_bring_a_neutral_calendar_file(town: Town) -> None:
    chat = town.newcomer()
    await first_words(chat)
    await tap(chat, "Book a time")
    time = chat.replies[-1].labels[0]
    [question] = await tap(chat, time)
    assert question.startswith("The time is held for you for 10 minutes")
    chat.press("Yes, book this time")
    booked, file = await chat.expect(2)
    assert booked.text.startswith("Your time is booked\n\nYour code is ")
    assert file.document is not None
    [code] = town.rows(
        "select code from booking b join conversation c on c.id = b.conversation_id"
        " where c.external_id = %s and state = 'confirmed'",
        str(chat.id),
    )
    assert (file.document.file_name, file.text) == (f"landa-{code}.ics", "")
    [event] = Calendar.from_ical(file.document.content).walk("VEVENT")
    assert str(event["SUMMARY"]) == "A time in Lindby"
    assert "DESCRIPTION" not in event
    assert len(chat.answers) == 3


async def test_a_queue_number_is_taken_from_home_and_seen_again(town: Town) -> None:
    chat = town.newcomer()
    await first_words(chat)
    await tap(chat, "Drop-in")
    [ticket] = await tap(chat, "Take a queue number")
    number = ticket.splitlines()[0]
    assert number.startswith("Your number is A")
    [again] = await tap(chat, "Where am I in the queue?")
    assert again.splitlines()[0] == number
    assert await tap(chat, "I cannot come") == [
        "You have left the drop-in queue. Thank you for telling us."
    ]


async def test_a_caseworker_takes_over_answers_and_gives_the_bot_back(
    town: Town, shared_database: Database
) -> None:
    chat = town.newcomer()
    await first_words(chat)
    await tap(chat, "Talk to a person")
    [waiting] = await tap(chat, "Yes, show the conversation")
    assert waiting.startswith("You are in the queue for a person.")
    caseworker = Caseworker(town, shared_database, chat)
    await caseworker.claim()
    [joined] = await chat.expect(1)
    assert joined.text.startswith("Maria Lindqvist is here now")
    chat.send("My landlord wants me out.")
    await eventually(lambda: "My landlord wants me out." in town.said(chat, "resident"))
    await caseworker.reply("Do not sign anything yet.")
    [reply] = await chat.expect(1)
    assert reply.text == "Maria Lindqvist\n\nDo not sign anything yet."
    await chat.quiet()
    await caseworker.close()
    [closed] = await chat.expect(1)
    assert closed.text.startswith("Maria Lindqvist has closed the conversation.")
    chat.command("/help")
    assert (await chat.expect(2))[1].text == MENU


class Caseworker:
    """Maria of the integration unit, in one conversation."""

    def __init__(self, town: Town, database: Database, chat: Chat) -> None:
        self._database = database
        self._conversation_id = town.conversation(chat)

    async def claim(self) -> None:
        lindby = await find_town(self._database)
        self._maria = await colleague(self._database, lindby, "Maria")
        self._scope = lindby.staff()
        async with self._database.transaction(self._scope) as db:
            handover = await open_handover(db, self._conversation_id)
            await claim(db, self._maria, handover.id, handover.version, FRIDAY)
        await self._tell(Notice.JOINED)

    async def reply(self, text: str) -> None:
        async with self._database.transaction(self._scope) as db:
            conversation = await lock_own(db, self._maria, self._conversation_id)
            reply = Reply(text, title=self._maria.name)
            await append(db, conversation, Author.CASEWORKER, reply, staff_id=self._maria.staff_id)

    async def close(self) -> None:
        await self._tell(Notice.CLOSED)
        async with self._database.transaction(self._scope) as db:
            await give_back(db, self._maria, self._conversation_id, FRIDAY)

    async def _tell(self, notice: Notice) -> None:
        async with self._database.transaction(self._scope) as db:
            conversation = await find_conversation(db, self._conversation_id)
            assert conversation is not None
            maria = self._maria
            await tell(
                db, conversation, notice, staff_id=maria.staff_id, name=maria.name, now=FRIDAY
            )


@pytest.mark.parametrize(
    "content",
    [
        {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}},
        {"photo": [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}]},
        {"location": {"latitude": 59.3, "longitude": 18.1}},
    ],
    ids=["voice", "photo", "location"],
)
async def test_what_is_no_text_is_answered_with_text_only(
    town: Town, content: dict[str, Any]
) -> None:
    chat = town.newcomer()
    chat.attach(**content)
    [reply] = await chat.expect(1)
    assert reply.text == "I can read only text. Please write your question in words."


async def test_one_update_that_nobody_can_read_does_not_stop_the_others(town: Town) -> None:
    chat = town.newcomer()
    chat.attach(sticker={"file_id": "no other field that a sticker must have"})
    chat.send("hello")
    await chat.expect(2)
    assert town.said(chat, "resident") == ["hello"]


async def test_a_picture_in_the_middle_of_a_booking_loses_nothing(town: Town) -> None:
    chat = town.newcomer()
    chat.command("/book@landa_test_bot")
    [times] = await chat.expect(1)
    chat.attach(photo=[{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9}])
    sorry, again = await chat.expect(2)
    assert (sorry.text[:22], again.labels) == ("I can read only text. ", times.labels)


async def test_groups_channels_edits_and_news_about_members_are_left_alone(town: Town) -> None:
    chat = town.newcomer()
    await first_words(chat)
    before = town.rows("select count(*) from inbox")
    group = {"id": -100, "type": "group", "title": "SFI"}
    for kind, shape in (("message", group), ("message", group | {"type": "supergroup"})):
        update = message_update(0, chat, "hello", chat=shape)["message"]
        town.api.update(kind, chat, update)
    post = {"message_id": 1, "date": 1, "chat": group | {"type": "channel"}, "text": "news"}
    for number, kind in enumerate(("channel_post", "edited_message", "my_chat_member")):
        assert town.post({"update_id": 900 + number, kind: post}) == 200
    await eventually(lambda: town.api.pending_update_count == 0)
    await chat.quiet()
    assert town.rows("select count(*) from inbox") == before


async def test_old_and_forged_buttons_get_the_menu_and_no_endless_wheel(town: Town) -> None:
    chat = town.newcomer()
    await first_words(chat)
    number = chat.replies[-1].message_id
    for data in ("slot:not-a-uuid", "nonsense", "confirm:" + "0" * 36, "\u202e\x00"):
        chat.press_stale(data, number)
        assert [message.text for message in await chat.expect(2)] == [NO_LONGER_VALID, MENU]
    chat.press_stale("slot:00000000-0000-0000-0000-000000000000", number)
    await chat.expect(2)
    await chat.expect_answer(5)


async def test_a_deleted_conversation_stays_deleted_when_telegram_repeats_the_tap(
    town: Town,
) -> None:
    chat = town.newcomer()
    chat.send("a secret of mine")
    await chat.expect(2)
    chat.press_stale("delete", chat.replies[-1].message_id)
    await chat.expect(1)
    tap_id = chat.press("Yes, delete the conversation")
    [done] = await chat.expect(1)
    assert done.text == "Your conversation has been deleted."
    town.api.replay(tap_id)
    await eventually(lambda: town.api.pending_update_count == 0)
    await chat.quiet()
    assert town.said(chat, "resident", "bot") == ["Your conversation has been deleted."]


async def test_a_flood_is_answered_a_minute_later_and_danger_at_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PER_MINUTE", 2)
    flood, calm = town.newcomer(), town.newcomer()
    for _ in range(3):
        flood.command("/person")
    await flood.expect(2)
    await flood.quiet()
    for _ in range(2):
        calm.command("/person")
    await calm.expect(2)
    calm.send("he is hitting me now")
    [danger] = await calm.expect(1)
    assert "Call 112" in danger.text
    pause = "select extract(epoch from next_at - now()) from inbox where state = 'ready'"
    assert [0 < float(seconds) <= 61 for seconds in town.rows(pause)] == [True]
    town.change("update inbox set next_at = now()")
    await flood.expect(1)


async def test_replayed_and_swapped_updates_have_no_second_effect(town: Town) -> None:
    chat = town.newcomer()
    town.api.hold()
    first, second, third = [chat.send(text) for text in ("one", "two", "three")]
    town.api.release([second, first, second, third, first])
    await chat.expect(6)
    town.api.replay(third, first)
    await eventually(lambda: town.api.pending_update_count == 0)
    await chat.quiet()
    assert town.said(chat, "resident") == ["two", "one", "three"]


async def test_polling_goes_on_after_telegram_and_the_database_were_away(town: Town) -> None:
    chat = town.newcomer()
    with town.api.down():
        await asyncio.sleep(0.2)
    await eventually(town.is_at_rest)
    with town.without_database():
        chat.send("while the database was away")
        await asyncio.sleep(1)
        assert town.api.pending_update_count == 1
    await chat.expect(2, within=15)
    await chat.quiet()
    assert town.said(chat, "resident") == ["while the database was away"]


async def test_a_thousand_permuted_updates_with_duplicates_have_each_effect_once(
    town: Town,
) -> None:
    """Two of 35 people get answers; the others wait for a person, so that the bot only records."""
    people = [town.newcomer(f"Person {number}") for number in range(35)]
    answered, silent = people[:2], people[2:]
    for chat in silent:
        wait_for_a_person(town, chat)
    town.api.hold()
    written = {chat.send(f"{chat.id} {n}"): f"{chat.id} {n}" for chat in people for n in range(20)}
    random = Random(1)
    order = [*written, *random.sample(list(written), 300)]
    random.shuffle(order)
    town.api.release(order)
    await eventually(lambda: town.api.pending_update_count == 0, within=240)
    await eventually(lambda: town.waiting() == 0, within=240)
    for chat in people:
        once = dict.fromkeys(written[number] for number in order)
        assert town.said(chat, "resident") == [t for t in once if t.startswith(f"{chat.id} ")]
        times = 20 if chat in answered else 0
        assert Counter(town.said(chat, "bot")) == +Counter({CANNOT_READ: times, MENU: times})


def wait_for_a_person(town: Town, chat: Chat) -> None:
    town.change(
        "insert into conversation"
        " (municipality_id, body_id, channel, bot_id, external_id, language, owner)"
        " select b.municipality_id, b.id, 'telegram', %s, %s, 'en', 'queue' from body b"
        " join municipality m on m.id = b.municipality_id"
        " where m.slug = 'lindby' and b.key = 'integration'",
        town.api.token.partition(":")[0],
        str(chat.id),
    )


@contextmanager
def production_log() -> Iterator[io.StringIO]:
    """What a running app writes, as it writes it."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    quieted = ("httpx", "httpcore", "sqlalchemy.engine", "uvicorn.access", "telegram")
    levels = {name: logging.getLogger(name).level for name in quieted}
    written = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", written)
        set_up_logging()
    try:
        yield written
    finally:
        root.handlers[:], root.level = before
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


async def test_neither_a_token_nor_a_text_reaches_the_log(town: Town) -> None:
    chat = town.newcomer()
    with production_log() as written:
        for fault in (bad_gateway(), connection_reset(), truncated_json()):
            town.api.fail("sendMessage", fault, chat=chat)
            chat.send("my personal number is 19900101-0000")
            await chat.expect(1, within=10)
        with town.api.down():
            await asyncio.sleep(0.3)
        town.post({"update_id": "x", "message": {"text": "my personal number"}})
    lines = written.getvalue()
    assert "telegram: NetworkError, now ready" in lines
    secret = town.api.token.partition(":")[2]
    found = [word for word in (secret, SECRET, "personal number", str(chat.id)) if word in lines]
    assert found == []
