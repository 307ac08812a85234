"""python-telegram-bot meets the emulator: dialogues, presses, edits, files, limits, refusals."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from tests.fakes.botapi import BotApi
from tests.fakes.botapi_chat import Chat
from tests.fakes.botapi_world import CallbackAnswer

HOSTILE_TEXTS = [
    "\x00",
    "\ud83d",
    "\u202eabc\u202c",
    "می‌خواهم",
    "👨‍👩‍👧‍👦" * 300,
    "<b>&amp;",
    " x ",
    "a" * 10_000,
]


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"pick:{label}")] for label in labels]
    )


def started_chat(api: BotApi, name: str = "Amina") -> Chat:
    chat = api.user(name, language_code="ar").chat
    chat.command("/start")
    return chat


async def test_the_library_recognises_the_bot(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (7000000001, True, "landa_test_bot")


async def test_updates_parse_into_the_librarys_types(api: BotApi, bot: Bot) -> None:
    amina = api.user("Amina", language_code="ar", last_name="Haddad", username="amina_h")
    amina.chat.command("/start lindby")
    [update] = await bot.get_updates()
    message = update.message
    assert message is not None
    assert message.from_user is not None
    assert message.text == "/start lindby"
    assert message.from_user.to_dict() == {
        "id": amina.id,
        "is_bot": False,
        "first_name": "Amina",
        "last_name": "Haddad",
        "username": "amina_h",
        "language_code": "ar",
    }
    assert (message.chat.type, message.chat.id) == ("private", amina.id)
    assert [(e.type, e.offset, e.length) for e in message.entities] == [("bot_command", 0, 6)]
    assert abs((datetime.now(UTC) - message.date).total_seconds()) < 5


async def test_text_arrives_exactly_as_written(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    for text in HOSTILE_TEXTS:
        chat.send(text)
    updates = await bot.get_updates(offset=1)
    assert [update.message.text for update in updates[1:] if update.message] == HOSTILE_TEXTS


async def test_other_kinds_of_messages_and_edits_arrive(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    chat.attach(voice={"file_id": "v1", "file_unique_id": "u1", "duration": 3})
    chat.edit(chat.transcript[0].message_id, "/start again")
    _, voice, edited = await bot.get_updates()
    assert voice.message is not None
    assert voice.message.voice is not None
    assert (voice.message.text, voice.message.voice.file_id) == (None, "v1")
    assert edited.edited_message is not None
    assert edited.edited_message.text == "/start again"


async def test_a_dialogue_runs_under_the_librarys_own_polling(api: BotApi) -> None:
    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text("Which day?", reply_markup=keyboard("Monday", "Friday"))

    async def picked(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert isinstance(query, CallbackQuery)
        await query.answer("Saved")
        await query.edit_message_text(f"Booked: {query.data}")

    application = (
        Application.builder()
        .token(api.token)
        .base_url(api.base_url)
        .base_file_url(api.base_file_url)
        .build()
    )
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(picked))
    chat = api.user("Amina", language_code="ar").chat
    async with application:
        assert application.updater is not None
        await application.updater.start_polling(timeout=timedelta(seconds=5))
        await application.start()
        chat.command("/start")
        [question] = await chat.expect(1)
        assert question.labels == ["Monday", "Friday"]
        chat.press("Friday")
        assert await chat.expect_answer() == CallbackAnswer("Saved", is_alert=False)
        transcript = await chat.until(lambda seen: seen[-1].edit_date > 0)
        await application.updater.stop()
        await application.stop()
    assert [(message.text, message.labels) for message in transcript] == [
        ("/start", []),
        ("Booked: pick:Friday", []),
    ]


async def test_a_press_is_answered_once_and_in_time(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    await bot.send_message(chat.id, "Day?", reply_markup=keyboard("Monday"))
    chat.press("pick:Monday")
    chat.press("Monday")
    _, press, late_press = await bot.get_updates()
    assert press.callback_query is not None
    assert late_press.callback_query is not None
    assert press.callback_query.data == "pick:Monday"
    assert press.callback_query.chat_instance == late_press.callback_query.chat_instance
    assert press.callback_query.message is not None
    assert press.callback_query.message.message_id == chat.replies[0].message_id
    await press.callback_query.answer("Noted", show_alert=True)
    too_old = "Query is too old and response timeout expired or query id is invalid"
    with pytest.raises(BadRequest, match=too_old):
        await press.callback_query.answer()
    api.advance(61)
    with pytest.raises(BadRequest, match=too_old):
        await late_press.callback_query.answer()
    assert chat.answers == [CallbackAnswer("Noted", is_alert=True)]


async def test_a_stale_press_names_a_message_that_is_gone(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    sent = await bot.send_message(chat.id, "Day?", reply_markup=keyboard("Monday"))
    await bot.delete_message(chat.id, sent.message_id)
    chat.press_stale("forged:1", sent.message_id)
    _, press = await bot.get_updates()
    assert press.callback_query is not None
    assert press.callback_query.data == "forged:1"
    assert press.callback_query.message is not None
    assert press.callback_query.message.is_accessible is False
    assert [message.text for message in chat.deleted] == ["Day?"]


async def test_edits_replace_text_and_take_buttons_away(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    sent = await bot.send_message(chat.id, "You are 3rd", reply_markup=keyboard("Leave"))
    await bot.edit_message_text("You are 2nd", chat.id, sent.message_id)
    assert [(message.text, message.labels) for message in chat.replies] == [("You are 2nd", [])]
    await bot.edit_message_reply_markup(chat.id, sent.message_id, reply_markup=keyboard("Leave"))
    assert chat.replies[0].labels == ["Leave"]
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text(
            "You are 2nd", chat.id, sent.message_id, reply_markup=keyboard("Leave")
        )


async def test_only_the_bots_own_messages_can_be_edited(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    own = await bot.send_message(chat.id, "Hello")
    for message_id, text, expected in [
        (chat.transcript[0].message_id, "x", "Message can't be edited"),
        (own.message_id + 1, "x", "Message to edit not found"),
        (own.message_id, "a" * 4097, "Message_too_long"),
    ]:
        with pytest.raises(BadRequest, match=expected):
            await bot.edit_message_text(text, chat.id, message_id)


async def test_messages_can_be_deleted_for_two_days(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    first = await bot.send_message(chat.id, "Hello")
    second = await bot.send_message(chat.id, "again")
    assert await first.delete()
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await first.delete()
    api.advance(48 * 3600 + 2)
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await second.delete()


async def test_a_document_can_be_sent_read_back_and_sent_again(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    calendar = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    sent = await bot.send_document(
        chat.id, calendar, filename="Tid K7P-42.ics", caption="Your time"
    )
    assert sent.document is not None
    assert (sent.document.mime_type, sent.document.file_size) == ("text/calendar", len(calendar))
    file = await sent.document.get_file()
    assert bytes(await file.download_as_bytearray()) == calendar
    await bot.send_document(chat.id, sent.document.file_id)
    first, again = chat.replies
    assert first.document is not None
    assert (first.text, first.document.file_name) == ("Your time", "Tid K7P-42.ics")
    assert first.document.content == calendar
    assert again.document == first.document


async def test_unfit_documents_are_refused(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    cases: list[tuple[bytes | str, str, str]] = [
        (b"", "", "File must be non-empty"),
        (b"x", "😀" * 513, "Message caption is too long"),
        ("BQACunknown", "", "Wrong file identifier/http url specified"),
    ]
    for document, caption, expected in cases:
        with pytest.raises(BadRequest, match=expected):
            await bot.send_document(chat.id, document, caption=caption)
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("BQACunknown")


async def test_replies_point_to_their_message(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    first = chat.transcript[0].message_id
    sent = await bot.send_message(chat.id, "Yes?", reply_parameters=ReplyParameters(first))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "/start"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(chat.id, "?", reply_parameters=ReplyParameters(first + 99))


async def test_commands_are_kept_by_language(bot: Bot) -> None:
    english, swedish = [BotCommand("book", "Book a time")], [BotCommand("book", "Boka en tid")]
    await bot.set_my_commands(english)
    await bot.set_my_commands(swedish, language_code="sv")
    assert list(await bot.get_my_commands()) == english
    assert list(await bot.get_my_commands(language_code="sv")) == swedish
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([BotCommand("Boka", "x")])


async def test_typing_is_seen(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    await bot.send_chat_action(chat.id, "typing")
    assert chat.actions == ["typing"]
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(chat.id, "dancing")


async def test_strangers_cannot_be_reached_and_blocking_is_told(api: BotApi, bot: Bot) -> None:
    stranger = api.user("Samir").chat
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(stranger.id, "Hello")
    stranger.command("/start")
    stranger.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(stranger.id, "Hello")
    _, blocked = await bot.get_updates()
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    stranger.unblock()
    await bot.send_message(stranger.id, "Hello")
    assert [message.text for message in stranger.replies] == ["Hello"]


async def test_rates_are_limited_when_asked_for(api: BotApi, bot: Bot) -> None:
    api.limit_rates()
    chats = [started_chat(api, f"Person {number}") for number in range(31)]
    await bot.send_message(chats[0].id, "one")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(chats[0].id, "two")
    assert refused.value.retry_after == timedelta(seconds=1)
    answers = await asyncio.gather(
        *(bot.send_message(chat.id, "hello") for chat in chats[1:]), return_exceptions=True
    )
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [RetryAfter]
    api.advance(1)
    await bot.send_message(chats[0].id, "two")
    assert [message.text for message in chats[0].replies] == ["one", "two"]


async def test_errors_have_telegrams_shape(api: BotApi) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        wrong_token = await client.get(f"{api.base_url}{api.token}x/getMe")
        no_token = await client.get(f"{api.base_url}1:short/getMe")
        no_method = await client.get(f"{api.base_url}{api.token}/sendSpaceship")
        surrogate = await client.post(
            f"{api.base_url}{api.token}/sendMessage",
            content=rb'{"chat_id": 1, "text": "\ud83d"}',
            headers={"Content-Type": "application/json"},
        )
    not_found = {"ok": False, "error_code": 404, "description": "Not Found"}
    assert (wrong_token.status_code, no_token.status_code) == (401, 404)
    assert wrong_token.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert (no_token.json(), no_method.json()) == (not_found, not_found)
    assert surrogate.json()["description"] == "Bad Request: strings must be encoded in UTF-8"


async def test_the_library_refuses_to_start_with_a_wrong_token(api: BotApi) -> None:
    with pytest.raises(InvalidToken):
        async with Bot(f"{api.token}x", base_url=api.base_url):
            pytest.fail("the token was accepted")


async def test_calls_are_counted_and_the_transcript_can_be_shown(api: BotApi, bot: Bot) -> None:
    chat = started_chat(api)
    await bot.send_message(chat.id, "Day?", reply_markup=keyboard("Monday", "Friday"))
    [first] = await chat.expect(1)
    await chat.quiet(0.05)
    assert (first.text, api.count("sendMessage"), api.count("getUpdates")) == ("Day?", 1, 0)
    assert api.calls("sendMessage")[0].arguments["text"] == "Day?"
    assert chat.show().splitlines()[1:] == [
        f"{first.message_id} bot: Day?",
        "    [Monday]",
        "    [Friday]",
    ]
    with pytest.raises(AssertionError, match=r"waited 0\.01 s for 2 more"):
        await chat.expect(2, within=0.01)
