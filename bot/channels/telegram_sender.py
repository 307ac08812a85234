"""Sends what waits in the outbox, in order, and knows what each failure means."""

import asyncio
import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from prometheus_client import Counter
from sqlalchemy import extract, func, select, text, update
from telegram import Bot, Message
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
from backend.live import announce
from backend.outbox import UNDELIVERED, Outbox, OutboxState
from backend.places import Municipality
from backend.rate_limit import TooMany, count
from backend.reply import Kind, Reply, reply_from
from bot.channels.telegram_text import keyboard_of, parts_of
from bot.documents import calendar_document

log = logging.getLogger(__name__)

REPEATED = Counter("landa_sends_repeated", "Messages sent again that may have arrived before")
PER_BOT_SECOND = 25
BETWEEN_MESSAGES = 1.0  # seconds in one chat; Telegram refuses more
LONGEST_NAP = 3.0  # a short pause is waited for; a longer one frees the conversation
LONGEST_PAUSE = 300.0
GIVE_UP_AFTER = 4 * 3600 + 512.0  # 1, 2, 4 … 256 s, then every five minutes for four hours


@dataclass(frozen=True)
class Judgement:
    """What a failed send means: its state, the pause before the next try, and side effects."""

    state: OutboxState
    pause: float = 0.0
    is_doubtful: bool = False  # it may have arrived, so that a next try may be a repeat
    is_plain: bool = False
    is_blocked: bool = False


@dataclass(frozen=True)
class Job:
    """The oldest row of a conversation that is not settled, and the right to write about it."""

    municipality: Municipality
    conversation: Conversation
    row: Outbox
    lease: UUID
    pause: float
    age: float  # seconds, by the database's clock like the pause


class Sender:
    def __init__(self, core: Core, bots: dict[str, Bot]) -> None:
        self._core = core
        self._bots = bots

    async def send(self, municipality: Municipality, conversation_id: UUID, lease: UUID) -> bool:
        """The oldest waiting message, if it may go out now. Raises LeaseLost."""
        job = await self._find_job(municipality, conversation_id, lease)
        if job is None or job.pause > LONGEST_NAP:
            return False
        bot = self._bots.get(municipality.slug)
        if bot is None:
            never_tried = later(job.age)
            await self._write(
                job, state=never_tried.state, pause=never_tried.pause, last_error="NoBot"
            )
        elif job.row.state == OutboxState.LEASED and job.row.attempts > 1:
            # Twice nobody knows how it ended; a third time would only repeat it.
            await self._write(job, state=OutboxState.UNKNOWN)
        else:
            await asyncio.sleep(max(0.0, job.pause))
            if job.row.attempts:  # Nobody knows how the last try ended.
                REPEATED.inc()
            await self._write(job, state=OutboxState.LEASED, attempts=job.row.attempts + 1)
            await self._try(bot, job)
        return True

    async def _find_job(
        self, municipality: Municipality, conversation_id: UUID, lease: UUID
    ) -> Job | None:
        own = Outbox.conversation_id == conversation_id
        last = select(func.max(Outbox.done_at)).where(own).correlate(None).scalar_subquery()
        due = func.greatest(Outbox.next_at, last + timedelta(seconds=BETWEEN_MESSAGES))
        query = (
            select(
                Outbox,
                extract("epoch", due - func.clock_timestamp()),
                extract("epoch", func.clock_timestamp() - Outbox.created_at),
            )
            .where(
                own,
                Outbox.state.in_([OutboxState.READY, OutboxState.LEASED]),
            )
            .order_by(Outbox.id)
            .limit(1)
        )
        async with self._core.database.transaction(system(municipality.id)) as db:
            found = (await db.execute(query)).first()
            conversation = await find_conversation(db, conversation_id)
        if found is None or conversation is None or conversation.external_id is None:
            return None
        row, pause, age = found
        return Job(municipality, conversation, row, lease, float(pause), float(age))

    async def _try(self, bot: Bot, job: Job) -> None:
        try:
            await self._send_parts(bot, job)
        except TelegramError as error:
            judgement = judge(error, job.row, job.age)
            log.warning("telegram: %s, now %s", type(error).__name__, judgement.state)
            await self._settle(job, judgement, type(error).__name__)

    async def _send_parts(self, bot: Bot, job: Job) -> None:
        payload = dict(job.row.payload)
        reply = reply_from(payload.pop("text"), payload)
        language = job.conversation.language
        parts = parts_of(reply, self._core.settings.public_url, language)
        has_document = reply.kind is Kind.BOOKED and bool(reply.reference)
        first, total = job.row.parts_sent, len(parts) + has_document
        for index in range(first, total):
            await asyncio.sleep(BETWEEN_MESSAGES if index > first else 0)
            await self._wait_for_budget(bot, job)
            sent = await self._send_part(bot, job, reply, parts, index)
            # The next part begins with its own first try.
            await self._write(
                job,
                state=OutboxState.SENT if index + 1 == total else OutboxState.LEASED,
                parts_sent=index + 1,
                attempts=1,
                external_message_id=str(sent.message_id),
            )

    async def _send_part(
        self, bot: Bot, job: Job, reply: Reply, parts: list[str], index: int
    ) -> Message:
        """Buttons stand under the last part of the text; a calendar file follows it."""
        chat_id = int(job.conversation.external_id or 0)
        if index == len(parts):
            document = await calendar_document(self._core, job.municipality, reply.reference)
            return await bot.send_document(chat_id, document.content, filename=document.name)
        is_last = index == len(parts) - 1
        keyboard = keyboard_of(reply) if is_last and not job.row.is_plain else None
        return await bot.send_message(chat_id, parts[index], reply_markup=keyboard)

    async def _wait_for_budget(self, bot: Bot, job: Job) -> None:
        # The budget is counted in the database, where no event of this process can wait for it.
        while not await self._may_send(bot, job):  # noqa: ASYNC110
            await asyncio.sleep(0.2 + random.random() * 0.2)  # noqa: S311 -- jitter

    async def _may_send(self, bot: Bot, job: Job) -> bool:
        """25 a second for the bot, counted for all processes, and only while the lease is ours."""
        key = f"bot:{bot.token.partition(':')[0]}"
        try:
            async with self._core.database.transaction(system(job.municipality.id)) as db:
                await lock_leased(db, job.conversation.id, job.lease)
                await count(db, key, limit=PER_BOT_SECOND, window=timedelta(seconds=1))
        except TooMany:
            return False
        return True

    async def _settle(self, job: Job, judgement: Judgement, error: str) -> None:
        await self._write(
            job,
            state=judgement.state,
            pause=judgement.pause,
            attempts=job.row.attempts - (not judgement.is_doubtful),
            is_plain=job.row.is_plain or judgement.is_plain,
            last_error=error,
        )
        if judgement.is_blocked:
            await self._close_channel(job)

    async def _close_channel(self, job: Job) -> None:
        """The resident blocked the bot: nothing more goes out, and the caseworker is told."""
        async with self._core.database.transaction(system(job.municipality.id)) as db:
            locked = await lock_leased(db, job.conversation.id, job.lease)
            locked.is_blocked = True
            await db.execute(
                update(Outbox)
                .where(
                    Outbox.conversation_id == job.conversation.id,
                    Outbox.state == OutboxState.READY,
                )
                .values(state=OutboxState.DEAD, done_at=text("now()"))
            )
            await announce_blocked(db, locked)

    async def _write(
        self, job: Job, *, state: OutboxState | None = None, pause: float = 0.0, **values: Any
    ) -> None:
        """Every write checks the lease: a sender that lost it changes nothing."""
        if state is not None:
            values["state"] = state
            values["next_at"] = text(f"now() + interval '{pause} seconds'")
            if state in (OutboxState.SENT, OutboxState.DEAD, OutboxState.UNKNOWN):
                values["done_at"] = text("now()")
        async with self._core.database.transaction(system(job.municipality.id)) as db:
            conversation = await lock_leased(db, job.conversation.id, job.lease)
            await db.execute(update(Outbox).where(Outbox.id == job.row.id).values(**values))
            if state in UNDELIVERED:
                topic = f"conversation:{conversation.id}"
                await announce(db, topic, str(job.row.seq), conversation.body_id)
        for name in ("attempts", "parts_sent", "is_plain"):
            if name in values:
                setattr(job.row, name, values[name])


def judge(error: TelegramError, row: Outbox, age: float) -> Judgement:
    """The outcome table. `row.attempts` counts tries that may have arrived, this one included."""
    if isinstance(error, RetryAfter):
        seconds = _seconds(error.retry_after)
        return Judgement(OutboxState.READY, pause=seconds + random.random())  # noqa: S311 -- jitter
    if isinstance(error, Forbidden) or "chat not found" in str(error).lower():
        return Judgement(OutboxState.DEAD, is_blocked=True)
    if isinstance(error, BadRequest):
        if row.is_plain:
            return Judgement(OutboxState.DEAD)
        return Judgement(OutboxState.READY, is_plain=True)
    if _was_not_sent(error):
        return later(age)
    # After the request went out nobody knows; one more try, and its code makes it harmless.
    if row.attempts > 1:
        return Judgement(OutboxState.UNKNOWN, is_doubtful=True)
    return Judgement(OutboxState.READY, pause=1.0, is_doubtful=True)


def later(age: float) -> Judgement:
    """Not sent: the pauses double, because each is as long as the message has waited."""
    if age > GIVE_UP_AFTER:
        return Judgement(OutboxState.DEAD)
    return Judgement(OutboxState.READY, pause=min(age + 1, LONGEST_PAUSE))


def _was_not_sent(error: TelegramError) -> bool:
    cause = error.__cause__
    never_out = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    return isinstance(error, InvalidToken) or isinstance(cause, never_out)


def _seconds(retry_after: float | timedelta) -> float:
    return retry_after.total_seconds() if isinstance(retry_after, timedelta) else retry_after
