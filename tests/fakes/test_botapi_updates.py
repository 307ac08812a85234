"""How updates reach the bot: long polling, the webhook, repeats, order, retention."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tests.fakes.botapi import BotApi
from tests.fakes.botapi_chat import Chat

SECRET = "s3cret-Token_1"


class Receiver:
    """A webhook that reads updates with the library and answers as it is told."""

    def __init__(self, bot: Bot) -> None:
        self.url = ""
        self.texts: list[str] = []
        self.verdict: Callable[[Update], Awaitable[Response]] = self._accept
        self._bot = bot

    async def take(self, request: Request) -> Response:
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != SECRET:
            return Response(status_code=401)
        update = Update.de_json(await request.json(), self._bot)
        answer = await self.verdict(update)
        if answer.status_code < 300:
            self.texts.append(said(update))
        return answer

    async def _accept(self, _: Update) -> Response:
        return Response()

    async def received(self, count: int) -> list[str]:
        await seen(lambda: len(self.texts) >= count)
        return self.texts


async def seen(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    pytest.fail("waited 10 s in vain")


def said(update: Update) -> str:
    assert update.message is not None
    return update.message.text or ""


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[None]:
    app = Starlette(routes=[Route("/telegram", receiver.take, methods=["POST"])])
    config = uvicorn.Config(app, lifespan="off", access_log=False, log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpToolsProtocol(config, state, {}), "127.0.0.1", 0
    )
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/telegram"
    yield
    server.close()
    for connection in list(state.connections):
        assert connection.transport is not None
        connection.transport.abort()
    await server.wait_closed()


@pytest.fixture
async def receiver(bot: Bot) -> AsyncIterator[Receiver]:
    receiver = Receiver(bot)
    async with listening(receiver):
        yield receiver


def chats(api: BotApi, count: int) -> list[Chat]:
    return [api.user(f"Person {number}").chat for number in range(count)]


async def test_an_offset_confirms_what_came_before(api: BotApi, bot: Bot) -> None:
    chat = api.user("Amina").chat
    ids = [chat.send(str(number)) for number in range(5)]
    assert ids == list(range(ids[0], ids[0] + 5))
    assert [u.update_id for u in await bot.get_updates(limit=2)] == ids[:2]
    assert [u.update_id for u in await bot.get_updates(limit=2)] == ids[:2]
    assert [u.update_id for u in await bot.get_updates(offset=ids[2])] == ids[2:]
    assert api.pending_update_count == 3
    assert [u.update_id for u in await bot.get_updates(offset=-1)] == ids[4:]
    assert await bot.get_updates(offset=ids[4] + 1) == ()


async def test_a_long_poll_waits_for_the_next_update(api: BotApi, bot: Bot) -> None:
    chat = api.user("Amina").chat
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    assert not poll.done()
    chat.send("hello")
    [update] = await asyncio.wait_for(poll, 2)
    assert said(update) == "hello"


async def test_a_long_poll_ends_empty_after_its_timeout(api: BotApi, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await asyncio.sleep(0.1)
    api.advance(30)
    assert await asyncio.wait_for(poll, 2) == ()


async def test_a_second_poller_and_a_webhook_end_a_long_poll(api: BotApi, bot: Bot) -> None:
    async with Bot(api.token, base_url=api.base_url) as rival:
        first = asyncio.create_task(bot.get_updates(timeout=10))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(rival.get_updates(timeout=10))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        await bot.set_webhook("http://127.0.0.1:9/telegram")
        with pytest.raises(Conflict, match="terminated by setWebhook request"):
            await second
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_poller_that_hung_up_is_no_rival(api: BotApi, bot: Bot) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bot.get_updates(timeout=10), 0.1)
    again = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    api.user("Amina").chat.send("hello")
    assert [said(update) for update in await again] == ["hello"]


async def test_allowed_updates_choose_what_is_kept(api: BotApi, bot: Bot) -> None:
    chat = api.user("Amina").chat
    await bot.get_updates(allowed_updates=["callback_query"])
    assert chat.send("hello") == 0
    await bot.get_updates()
    assert chat.send("hello") == 0
    await bot.get_updates(allowed_updates=[])
    assert chat.send("hello") > 0
    assert api.pending_update_count == 1


async def test_updates_are_kept_for_a_day(api: BotApi, bot: Bot) -> None:
    chat = api.user("Amina").chat
    chat.send("old")
    api.advance(3600)
    chat.send("younger")
    api.advance(23 * 3600)
    assert [said(update) for update in await bot.get_updates()] == ["younger"]


async def test_the_clock_can_start_anywhere() -> None:
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    with BotApi(now=now) as api:
        async with Bot(api.token, base_url=api.base_url) as bot:
            api.user("Amina").chat.send("hello")
            [update] = await bot.get_updates()
    assert update.message is not None
    assert 0 <= (update.message.date - now).total_seconds() < 5


async def test_replayed_updates_come_again_in_polling(api: BotApi, bot: Bot) -> None:
    chat = api.user("Amina").chat
    first, second = chat.send("one"), chat.send("two")
    await bot.get_updates(offset=second + 1)
    api.replay(second, first)
    assert [said(update) for update in await bot.get_updates(offset=second + 1)] == ["two", "one"]
    assert await bot.get_updates(offset=second + 1) == ()


async def test_the_webhook_gets_the_secret_and_each_update(
    api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url, secret_token=SECRET, max_connections=7)
    amina, samir = chats(api, 2)
    for number in range(50):
        amina.send(f"amina {number}")
        samir.send(f"samir {number}")
    texts = await receiver.received(100)
    for name in ("amina", "samir"):
        assert [text for text in texts if name in text] == [f"{name} {n}" for n in range(50)]
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.pending_update_count) == (receiver.url, 7, 0)
    assert info.last_error_message is None


async def test_a_wrong_secret_is_seen_in_webhook_info(
    api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url, secret_token="other")
    api.user("Amina").chat.send("hello")
    await seen(lambda: len(api.deliveries) >= 3)
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 401 Unauthorized"
    assert info.last_error_date is not None
    assert (info.pending_update_count, receiver.texts) == (1, [])


async def test_updates_are_delivered_again_until_accepted(
    api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    tries: Counter[int] = Counter()

    async def fail_twice(update: Update) -> Response:
        tries[update.update_id] += 1
        return Response(status_code=200 if tries[update.update_id] > 2 else 503)

    receiver.verdict = fail_twice
    await bot.set_webhook(receiver.url, secret_token=SECRET)
    chat = api.user("Amina").chat
    ids = [chat.send(str(number)) for number in range(5)]
    assert await receiver.received(5) == ["0", "1", "2", "3", "4"]
    assert [delivery.update_id for delivery in api.deliveries[:6]] == [ids[0]] * 3 + [ids[1]] * 3
    assert tries == Counter(dict.fromkeys(ids, 3))


async def test_one_stuck_chat_does_not_delay_the_others(
    api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    stuck, fine = chats(api, 2)
    opened = asyncio.Event()

    async def wait_for_stuck(update: Update) -> Response:
        assert update.effective_chat is not None
        if update.effective_chat.id == stuck.id:
            await opened.wait()
        return Response()

    receiver.verdict = wait_for_stuck
    await bot.set_webhook(receiver.url, secret_token=SECRET)
    stuck.send("stuck 1")
    stuck.send("stuck 2")
    for number in range(3):
        fine.send(f"fine {number}")
    assert await receiver.received(3) == ["fine 0", "fine 1", "fine 2"]
    opened.set()
    assert (await receiver.received(5))[3:] == ["stuck 1", "stuck 2"]


async def test_an_unreachable_webhook_is_named_and_the_day_still_counts(
    api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook("http://127.0.0.1:9/telegram")
    chat = api.user("Amina").chat
    chat.send("lost")
    await seen(lambda: len(api.deliveries) > 0)
    assert (await bot.get_webhook_info()).last_error_message == "Connection refused"
    api.advance(24 * 3600)
    chat.send("kept")
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.set_webhook(receiver.url, secret_token=SECRET)
    assert await receiver.received(1) == ["kept"]


async def test_a_webhook_may_answer_with_a_call(api: BotApi, bot: Bot, receiver: Receiver) -> None:
    async def answer(update: Update) -> Response:
        assert update.effective_chat is not None
        reply = {"method": "sendMessage", "chat_id": update.effective_chat.id, "text": "hi"}
        return JSONResponse(reply)

    receiver.verdict = answer
    await bot.set_webhook(receiver.url, secret_token=SECRET)
    chat = api.user("Amina").chat
    chat.send("hello")
    assert [message.text for message in await chat.expect(1)] == ["hi"]


async def test_held_updates_come_swapped_doubled_and_with_gaps(
    api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url, secret_token=SECRET)
    chat = api.user("Amina").chat
    api.hold()
    first, second, _, fourth = [chat.send(text) for text in ("one", "two", "three", "four")]
    await asyncio.sleep(0.05)
    assert receiver.texts == []
    api.release([second, first, fourth, second])
    assert await receiver.received(4) == ["two", "one", "four", "two"]
    api.replay(first)
    assert (await receiver.received(5))[4:] == ["one"]


async def test_pending_updates_can_be_dropped(api: BotApi, bot: Bot, receiver: Receiver) -> None:
    chat = api.user("Amina").chat
    chat.send("before")
    await bot.set_webhook(receiver.url, secret_token=SECRET, drop_pending_updates=True)
    chat.send("after")
    assert await receiver.received(1) == ["after"]


@pytest.mark.parametrize(
    ("url", "secret", "expected"),
    [
        ("ftp://a.example", "ok", "Invalid webhook url specified"),
        ("https://a.example", "no spaces", "Secret token contains unallowed characters"),
        ("https://a.example", "a" * 257, "Secret token is too long"),
    ],
)
async def test_unfit_webhooks_are_refused(bot: Bot, url: str, secret: str, expected: str) -> None:
    with pytest.raises(BadRequest, match=expected):
        await bot.set_webhook(url, secret_token=secret)


async def test_a_thousand_updates_keep_their_order_in_each_chat(
    api: BotApi, bot: Bot, receiver: Receiver
) -> None:
    people = chats(api, 20)
    for number in range(50):
        for place, chat in enumerate(people):
            chat.send(f"{place}: {number}")
    await bot.set_webhook(receiver.url, secret_token=SECRET)
    texts = await receiver.received(1000)
    for place in range(20):
        own = [text for text in texts if text.startswith(f"{place}: ")]
        assert own == [f"{place}: {number}" for number in range(50)]
