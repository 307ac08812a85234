"""Telegram: updates are stored before they are acknowledged, by webhook or long polling.

python-telegram-bot is parser and sender here; the conversation itself lives in our database.
"""

import asyncio
import hmac
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import telegram
from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import func, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from backend.app_state import Core
from backend.conversation import Channel, Conversation, open_chat
from backend.db import system
from backend.inbox import Inbox, KeyReused, Received, find_received, receive
from backend.live import wake_workers
from backend.places import Municipality, UnknownMunicipality, find_municipality
from backend.rate_limit import TooMany
from bot.channels.incoming import MAX_CHARACTERS, clean
from bot.channels.telegram_sender import Sender
from bot.delivery import CONVERSATIONS_AT_ONCE, Delivery, count_message
from bot.emergency import is_emergency
from content.languages import complete_languages

# Otherwise the library warns each time that Telegram asks for a pause.
os.environ.setdefault("PTB_TIMEDELTA", "1")

router = APIRouter(tags=["telegram"])
log = logging.getLogger(__name__)

POLL_SECONDS = 25
ANSWER_SECONDS = 10  # well below the lease, which has to last for a whole call
RETRY_SECONDS = 2.0
LONGEST_PAUSE = 60
COMMANDS = {
    "/start": "start",
    "/help": "help",
    "/stop": "stop",
    "/language": "languages",
    "/book": "book",
    "/person": "human",
}
UPDATES = ["message", "callback_query"]


@dataclass(frozen=True)
class Incoming:
    """What a resident wrote or pressed in a private chat: a text or an action."""

    update_id: int
    chat_id: int
    phone_language: str
    text: str | None = None
    action: str | None = None
    callback_id: str | None = None


class Bots:
    """The bots of the municipalities that have one, by slug."""

    def __init__(self, core: Core, by_slug: dict[str, Bot]) -> None:
        self._core = core
        self.by_slug = by_slug
        self._answers: set[asyncio.Task[Any]] = set()

    async def poll(self) -> None:
        """Fetches updates (for a laptop), or asks Telegram to bring them to the webhook."""
        begin = self._poll if self._core.settings.telegram_polling else self._ask_for_updates
        await asyncio.gather(*(begin(slug, bot) for slug, bot in self.by_slug.items()))

    async def _poll(self, slug: str, bot: Bot) -> None:
        offset = 0
        while True:
            try:
                offset = await self._fetch(slug, bot, offset)
            except (TelegramError, SQLAlchemyError, UnknownMunicipality) as error:
                # What could not be stored is not confirmed: the next fetch brings it again.
                log.warning("telegram polling: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _fetch(self, slug: str, bot: Bot, offset: int) -> int:
        """The offset that confirms the stored updates. It may fall: after a week without
        updates Telegram begins to count somewhere else."""
        wanted = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": UPDATES}
        updates: list[dict[str, Any]] = await bot._post(  # noqa: SLF001 -- get_updates() refuses all of them for one that it cannot read
            "getUpdates", wanted, read_timeout=POLL_SECONDS + ANSWER_SECONDS
        )
        if not updates:
            return offset
        municipality = await find_municipality(self._core.database, slug)
        shapes = [_read_shape(raw, bot) for raw in updates]
        await self.store(municipality, bot, list(filter(None, shapes)))
        return max(int(raw["update_id"]) for raw in updates) + 1

    async def _ask_for_updates(self, slug: str, bot: Bot) -> None:
        settings = self._core.settings
        pause = RETRY_SECONDS
        while True:
            try:
                await bot.set_webhook(
                    f"{settings.public_url}/telegram/{slug}",
                    secret_token=settings.telegram_secret,
                    allowed_updates=UPDATES,
                )
            except TelegramError as error:
                log.warning("telegram webhook not set: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 300)
            else:
                return

    async def store(
        self, municipality: Municipality, bot: Bot, incoming: Sequence[Incoming]
    ) -> None:
        """Commits all of it to the inbox; what came before is harmless."""
        async with self._core.database.transaction(system(municipality.id)) as db:
            for said in incoming:
                language = _language_of(said, municipality)
                chat = (Channel.TELEGRAM, _bot_id(bot), str(said.chat_id))
                await _receive(db, said, bot, await open_chat(db, *chat, language))
            await _reopen_channels(db, bot, incoming)
            await wake_workers(db)
        for said in incoming:
            if said.callback_id:
                self._stop_spinner(bot, said.callback_id)

    def _stop_spinner(self, bot: Bot, callback_id: str) -> None:
        """The phone shows a wheel until the tap is answered; nothing depends on it."""

        async def answer() -> None:
            try:
                await bot.answer_callback_query(callback_id)
            except TelegramError:
                return

        task = asyncio.create_task(answer())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


async def _receive(db: AsyncSession, said: Incoming, bot: Bot, conversation_id: UUID) -> None:
    received = Received(
        channel=Channel.TELEGRAM,
        bot_id=_bot_id(bot),
        external_id=str(said.update_id),
        conversation_id=conversation_id,
        text=said.text,
        action=said.action,
    )
    try:
        is_new = await receive(db, received)
    except KeyReused:
        log.warning("an update id came twice with different content")
    else:
        if is_new and not is_emergency(said.text or ""):
            await _slow_down(db, received)


async def _slow_down(db: AsyncSession, received: Received) -> None:
    """Telegram would only send a refused update again: who floods is answered a minute later."""
    try:
        async with db.begin_nested():
            await count_message(db, received.conversation_id)
    except TooMany as refusal:
        pause = timedelta(seconds=min(refusal.retry_after, LONGEST_PAUSE))
        row = await find_received(db, received)
        assert row is not None  # noqa: S101 -- stored just before in the same transaction
        await db.execute(update(Inbox).where(Inbox.id == row.id).values(next_at=func.now() + pause))


async def _reopen_channels(db: AsyncSession, bot: Bot, incoming: Sequence[Incoming]) -> None:
    """Who writes has let the bot in again."""
    await db.execute(
        update(Conversation)
        .where(
            Conversation.channel == Channel.TELEGRAM,
            Conversation.bot_id == _bot_id(bot),
            Conversation.external_id.in_([str(said.chat_id) for said in incoming]),
            Conversation.is_blocked,
        )
        .values(is_blocked=False)
    )


@asynccontextmanager
async def bots(core: Core, delivery: Delivery) -> AsyncIterator[Bots]:
    """The bots, initialised without a call to Telegram, and the sender behind the outbox."""
    async with AsyncExitStack() as stack:
        by_slug = {}
        for slug, token in core.settings.telegram_tokens.items():
            bot = make_bot(token, core.settings.telegram_api_url)
            for request in bot._request:  # noqa: SLF001 -- initialize() would call getMe
                await request.initialize()
                stack.push_async_callback(request.shutdown)
            by_slug[slug] = bot
        delivery.send = Sender(core, by_slug).send
        yield Bots(core, by_slug)


def make_bot(token: str, api_url: str) -> Bot:
    """A connection for each conversation that may send, and as many for taps."""
    connections = 2 * CONVERSATIONS_AT_ONCE
    return Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=HTTPXRequest(
            connection_pool_size=connections, read_timeout=ANSWER_SECONDS, connect_timeout=5
        ),
        get_updates_request=HTTPXRequest(),
    )


@router.post("/telegram/{slug}", include_in_schema=False)
async def webhook(request: Request, slug: str) -> Response:
    """200 means stored. Telegram repeats an update until it gets that."""
    found: Bots = request.app.state.telegram
    settings = request.app.state.core.settings
    secret = request.headers.get("x-telegram-bot-api-secret-token", "")
    if not settings.telegram_secret or not hmac.compare_digest(
        secret.encode(), settings.telegram_secret.encode()
    ):
        raise HTTPException(401, "The secret is missing or wrong.")
    bot = found.by_slug.get(slug)
    if bot is None:
        raise HTTPException(404, "This municipality has no Telegram bot.")
    incoming = await _parse(request, bot)
    if incoming is not None:
        municipality = await find_municipality(request.app.state.core.database, slug)
        await found.store(municipality, bot, [incoming])
    return Response(status_code=200)


async def _parse(request: Request, bot: Bot) -> Incoming | None:
    try:
        raw = await request.json()
    except (ValueError, RecursionError):
        raise HTTPException(400, "This is not JSON.") from None
    if not isinstance(raw, dict):
        raise HTTPException(400, "This is not an update.")
    return _read_shape(raw, bot)


def _read_shape(raw: dict[str, Any], bot: Bot) -> Incoming | None:
    """None for shapes we do not know: to get them once more would not help."""
    try:
        return _read(Update.de_json(raw, bot))
    except (KeyError, TypeError, ValueError, AttributeError):
        log.warning("an update of unknown shape was left out")
        return None


def _read(received: Update) -> Incoming | None:
    """What a person said to the bot alone. Photos and voices are answered with "text only"."""
    chat, query, message = received.effective_chat, received.callback_query, received.message
    if chat is None or chat.type != telegram.Chat.PRIVATE:
        return None
    user = received.effective_user
    said: dict[str, str] = {}
    if query is not None:
        said = {"action": clean(query.data or "")[:100], "callback_id": query.id}
    elif message is not None:
        said = _read_text(clean(message.text or ""))
    if not any(said.values()):
        return None
    language = ((user and user.language_code) or "").split("-")[0].lower()
    return Incoming(int(received.update_id), int(chat.id), language, **said)


def _read_text(text: str) -> dict[str, str]:
    if not text:
        return {"action": "unreadable"}
    command = text.split(maxsplit=1)[0].partition("@")[0].lower()
    if command in COMMANDS:
        return {"action": COMMANDS[command]}
    return {"text": text[:MAX_CHARACTERS]}


def _language_of(incoming: Incoming, municipality: Municipality) -> str:
    """The phone's language to begin with, where it is offered."""
    offered = {language.code for language in complete_languages()}
    is_offered = incoming.phone_language in offered
    return incoming.phone_language if is_offered else municipality.default_language


def _bot_id(bot: Bot) -> str:
    return bot.token.partition(":")[0]
