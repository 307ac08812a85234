"""Sends what waits in the outbox, in order, and knows what each failure means."""

import asyncio
import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, text, update
from telegram import Bot
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from backend.app_state import Core
from backend.conversation import Conversation, find_conversation
from backend.db import system
from backend.handover import announce_blocked
from backend.lease import lock_leased
from backend.outbox import Outbox, OutboxState
from backend.places import Municipality
from backend.rate_limit import TooMany, count
from backend.reply import Kind, Reply, reply_from
from bot.channels.telegram_text import keyboard_of, parts_of
from bot.documents import calendar_document

log = logging.getLogger(__name__)

PER_BOT_SECOND = 25
PER_CHAT_SECOND = 1
LONGEST_NAP = 3.0  # a short pause is waited for; a longer one frees the conversation
FIRST_RETRIES = 9  # after 1, 2, 4 … 256 s
LAST_RETRY = FIRST_RETRIES + 48  # then every five minutes for four hours


@dataclass(frozen=True)
class Judgement:
    """What a failed send means: its state, the pause before the next try, and side effects."""

    state: OutboxState
    pause: float = 0.0
    is_attempt: bool = True
    is_plain: bool = False
    is_blocked: bool = False


class Sender:
    def __init__(self, core: Core, bots: dict[str, Bot]) -> None:
        self._core = core
        self._bots = bots

    async def send(self, municipality: Municipality, conversation_id: UUID, lease: UUID) -> None:
        """Everything of one conversation that may go out now. Raises LeaseLost."""
        bot = self._bots.get(municipality.slug)
        if bot is None:
            return
        while found := await self._head(municipality, conversation_id):
            conversation, row, pause = found
            if row.state == OutboxState.LEASED and row.attempts > 1:
                # Twice nobody knows how it ended; a third time would only repeat it.
                await self._write(conversation, row, lease, state=OutboxState.UNKNOWN)
                continue
            if pause > LONGEST_NAP:
                return
            await asyncio.sleep(max(0.0, pause))
            await self._write(
                conversation, row, lease, state=OutboxState.LEASED, attempts=row.attempts + 1
            )
            await self._try(bot, municipality, conversation, row, lease)

    async def _head(
        self, municipality: Municipality, conversation_id: UUID
    ) -> tuple[Conversation, Outbox, float] | None:
        query = (
            select(Outbox)
            .where(
                Outbox.conversation_id == conversation_id,
                Outbox.state.in_([OutboxState.READY, OutboxState.LEASED]),
            )
            .order_by(Outbox.id)
            .limit(1)
        )
        async with self._core.database.transaction(system(municipality.id)) as db:
            conversation = await find_conversation(db, conversation_id)
            row = await db.scalar(query)
            if conversation is None or row is None or conversation.external_id is None:
                return None
            wait = text("select extract(epoch from cast(:at as timestamptz) - clock_timestamp())")
            pause = await db.scalar(wait, {"at": row.next_at})
        return conversation, row, float(pause or 0)

    async def _try(
        self,
        bot: Bot,
        municipality: Municipality,
        conversation: Conversation,
        row: Outbox,
        lease: UUID,
    ) -> None:
        reply = reply_from(
            row.payload["text"], {k: v for k, v in row.payload.items() if k != "text"}
        )
        try:
            await self._send_parts(bot, municipality, conversation, row, lease, reply)
        except TelegramError as error:
            judgement = judge(error, row)
            log.warning("telegram: %s, now %s", type(error).__name__, judgement.state)
            await self._note(conversation, row, lease, judgement, type(error).__name__)

    async def _send_parts(
        self,
        bot: Bot,
        municipality: Municipality,
        conversation: Conversation,
        row: Outbox,
        lease: UUID,
        reply: Reply,
    ) -> None:
        chat_id = int(conversation.external_id or 0)
        parts = parts_of(reply, self._core.settings.public_url)
        keyboard = None if row.is_plain else keyboard_of(reply)
        has_document = reply.kind is Kind.BOOKED and bool(reply.reference)
        total = len(parts) + has_document
        for index in range(row.parts_sent, total):
            await self._wait_for_budget(bot, conversation)
            if index < len(parts):
                markup = keyboard if index == len(parts) - 1 else None
                sent = await bot.send_message(chat_id, parts[index], reply_markup=markup)
            else:
                document = await calendar_document(self._core, municipality, reply.reference)
                sent = await bot.send_document(chat_id, document.content, filename=document.name)
            await self._write(
                conversation,
                row,
                lease,
                parts_sent=index + 1,
                external_message_id=str(sent.message_id),
            )
        await self._write(conversation, row, lease, state=OutboxState.SENT)

    async def _wait_for_budget(self, bot: Bot, conversation: Conversation) -> None:
        """25 a second for the bot and one a second for a chat, counted for all processes."""
        bot_id = bot.token.partition(":")[0]
        keys = ((f"chat:{conversation.id}", PER_CHAT_SECOND), (f"bot:{bot_id}", PER_BOT_SECOND))
        for key, limit in keys:
            # The budget is counted in the database, where no event of this process can wait for it.
            while not await self._may_send(conversation.municipality_id, key, limit):  # noqa: ASYNC110
                await asyncio.sleep(0.2 + random.random() * 0.2)  # noqa: S311 -- jitter

    async def _may_send(self, municipality_id: UUID, key: str, limit: int) -> bool:
        try:
            async with self._core.database.transaction(system(municipality_id)) as db:
                await count(db, key, limit=limit, window=timedelta(seconds=1))
        except TooMany:
            return False
        return True

    async def _note(
        self,
        conversation: Conversation,
        row: Outbox,
        lease: UUID,
        judgement: Judgement,
        error: str,
    ) -> None:
        await self._write(
            conversation,
            row,
            lease,
            state=judgement.state,
            pause=judgement.pause,
            attempts=row.attempts - (not judgement.is_attempt),
            is_plain=row.is_plain or judgement.is_plain,
            last_error=error,
        )
        if judgement.is_blocked:
            await self._close_channel(conversation, lease)

    async def _close_channel(self, conversation: Conversation, lease: UUID) -> None:
        """The resident blocked the bot: nothing more goes out, and the caseworker is told."""
        async with self._core.database.transaction(system(conversation.municipality_id)) as db:
            locked = await lock_leased(db, conversation.id, lease)
            locked.is_blocked = True
            await db.execute(
                update(Outbox)
                .where(
                    Outbox.conversation_id == conversation.id,
                    Outbox.state == OutboxState.READY,
                )
                .values(state=OutboxState.DEAD, done_at=text("now()"))
            )
            await announce_blocked(db, locked)

    async def _write(
        self,
        conversation: Conversation,
        row: Outbox,
        lease: UUID,
        *,
        state: OutboxState | None = None,
        pause: float = 0.0,
        **values: Any,
    ) -> None:
        """Every write checks the lease: a sender that lost it changes nothing."""
        if state is not None:
            values["state"] = state
            values["next_at"] = text(f"now() + interval '{pause} seconds'")
            if state in (OutboxState.SENT, OutboxState.DEAD, OutboxState.UNKNOWN):
                values["done_at"] = text("now()")
        async with self._core.database.transaction(system(conversation.municipality_id)) as db:
            await lock_leased(db, conversation.id, lease)
            await db.execute(update(Outbox).where(Outbox.id == row.id).values(**values))
        for name in ("attempts", "parts_sent", "is_plain"):
            if name in values:
                setattr(row, name, values[name])


def judge(error: TelegramError, row: Outbox) -> Judgement:
    """The outcome table. `row.attempts` already counts the try that failed."""
    if isinstance(error, RetryAfter):
        seconds = _seconds(error.retry_after)
        pause = seconds + random.random()  # noqa: S311 -- jitter
        return Judgement(OutboxState.READY, pause=pause, is_attempt=False)
    if isinstance(error, Forbidden) or "chat not found" in str(error).lower():
        return Judgement(OutboxState.DEAD, is_blocked=True)
    if isinstance(error, BadRequest):
        if row.is_plain:
            return Judgement(OutboxState.DEAD)
        return Judgement(OutboxState.READY, is_plain=True)
    if _was_not_sent(error):
        if row.attempts > LAST_RETRY:
            return Judgement(OutboxState.DEAD)
        pause = 2 ** (row.attempts - 1) if row.attempts <= FIRST_RETRIES else 300
        return Judgement(OutboxState.READY, pause=pause)
    # After the request went out nobody knows; one more try, and its code makes it harmless.
    if row.attempts > 1:
        return Judgement(OutboxState.UNKNOWN)
    return Judgement(OutboxState.READY, pause=1.0)


def _was_not_sent(error: TelegramError) -> bool:
    cause = error.__cause__
    never_out = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    return isinstance(error, InvalidToken) or isinstance(cause, never_out)


def _seconds(retry_after: float | timedelta) -> float:
    return retry_after.total_seconds() if isinstance(retry_after, timedelta) else retry_after
