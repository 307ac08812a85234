"""Ordered faults look to python-telegram-bot like the real ones, and say what really happened."""

import time
from datetime import timedelta

import pytest
from telegram import Bot
from telegram.error import Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from tests.fakes.botapi import BotApi
from tests.fakes.botapi_chat import Chat
from tests.fakes.botapi_faults import (
    Fault,
    FaultKind,
    bad_gateway,
    blocked,
    connection_reset,
    cut_off,
    internal_error,
    no_answer,
    slow_body,
    too_many_requests,
    truncated_json,
)


@pytest.fixture
def chat(api: BotApi) -> Chat:
    chat = api.user("Amina").chat
    chat.command("/start")
    return chat


@pytest.mark.parametrize(
    ("fault", "error", "copies"),
    [
        (internal_error(), NetworkError, 1),
        (internal_error(after_work=True), NetworkError, 2),
        (bad_gateway(), NetworkError, 1),
        (bad_gateway(after_work=True), NetworkError, 2),
        (connection_reset(), NetworkError, 1),
        (cut_off(), NetworkError, 2),
        (no_answer(), TimedOut, 2),
        (truncated_json(), TelegramError, 2),
        (too_many_requests(1), RetryAfter, 1),
    ],
    ids=lambda value: value.kind.name if isinstance(value, Fault) else None,
)
async def test_one_repeat_after_a_fault_shows_whether_the_work_was_done(
    api: BotApi, bot: Bot, chat: Chat, fault: Fault, error: type[TelegramError], copies: int
) -> None:
    api.fail("sendMessage", fault)
    with pytest.raises(TelegramError) as failed:
        await bot.send_message(chat.id, "Booking K7P-42", read_timeout=0.2)
    assert type(failed.value) is error
    await bot.send_message(chat.id, "Booking K7P-42")
    assert [message.text for message in chat.replies] == ["Booking K7P-42"] * copies
    assert [call.fault for call in api.calls("sendMessage")] == [fault.kind, None]


async def test_too_many_requests_name_their_pause(api: BotApi, bot: Bot, chat: Chat) -> None:
    api.fail("sendMessage", too_many_requests(17), times=2)
    for _ in range(2):
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(chat.id, "hello")
        assert refused.value.retry_after == timedelta(seconds=17)
    await bot.send_message(chat.id, "hello")
    assert [call.status for call in api.calls("sendMessage")] == [429, 429, 200]


async def test_a_slow_body_arrives_whole(api: BotApi, bot: Bot, chat: Chat) -> None:
    api.fail("sendMessage", slow_body(0.4))
    before = time.monotonic()
    sent = await bot.send_message(chat.id, "hello", read_timeout=2)
    assert time.monotonic() - before >= 0.4
    assert sent.text == "hello"


async def test_a_person_can_block_from_some_call_on(api: BotApi, bot: Bot, chat: Chat) -> None:
    api.fail("sendMessage", blocked(), after=1)
    await bot.send_message(chat.id, "hello")
    for _ in range(2):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(chat.id, "still there?")
    assert [message.text for message in chat.replies] == ["hello"]


async def test_a_fault_can_concern_one_chat_and_last(api: BotApi, bot: Bot, chat: Chat) -> None:
    other = api.user("Samir").chat
    other.command("/start")
    api.fail("sendMessage", internal_error(), times=None, chat=chat)
    for _ in range(3):
        with pytest.raises(NetworkError):
            await bot.send_message(chat.id, "hello")
    await bot.send_message(other.id, "hello")
    api.heal()
    await bot.send_message(chat.id, "hello")
    assert (len(chat.replies), len(other.replies)) == (1, 1)


async def test_a_lost_answer_to_a_poll_loses_no_update(api: BotApi, bot: Bot, chat: Chat) -> None:
    api.fail("getUpdates", cut_off())
    with pytest.raises(NetworkError):
        await bot.get_updates()
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "/start"


async def test_telegram_can_be_down_and_come_back(api: BotApi, bot: Bot, chat: Chat) -> None:
    await bot.send_message(chat.id, "before")
    with api.down(), pytest.raises(NetworkError, match="ConnectError"):
        await bot.send_message(chat.id, "meanwhile")
    await bot.send_message(chat.id, "after")
    assert [message.text for message in chat.replies] == ["before", "after"]


async def test_chance_repeats_itself_for_a_seed() -> None:
    runs: list[list[FaultKind | None]] = []
    for _ in range(2):
        with BotApi() as api:
            chat = api.user("Amina").chat
            chat.command("/start")
            faults = [internal_error(), bad_gateway(after_work=True), connection_reset()]
            api.fail_by_chance(1, 0.4, faults, ["sendMessage"])
            async with Bot(api.token, base_url=api.base_url) as bot:
                for number in range(20):
                    try:
                        await bot.send_message(chat.id, str(number))
                    except NetworkError:
                        continue
            runs.append([call.fault for call in api.calls("sendMessage")])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 4
