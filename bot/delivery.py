"""Nothing acknowledged is lost: what came in is stored first, then each conversation is worked
through in order under its lease, one transaction per turn."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app_state import Core
from backend.conversation import (
    Conversation,
    Owner,
)
from backend.db import resident, system
from backend.inbox import Inbox, InboxState, Received, find_received, receive
from backend.lease import LeaseLost, lock_leased, release_lease, take_lease
from backend.places import Municipality, list_municipalities
from backend.rate_limit import count
from bot.emergency import is_emergency
from bot.sections import SectionIndex, encoded_only
from bot.stored_turn import Outcome, StoredTurns
from nlu.client import NluClient, Understanding

WAIT_SECONDS = 3.0
PER_MINUTE = 20
PER_DAY = 200
LOOK_AGAIN_AFTER = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
LOOK_FOR_WORK_SECONDS = 2.0
BETWEEN_LOOKS_SECONDS = 0.2  # a look costs a query per municipality, however many hints come
CONVERSATIONS_AT_ONCE = 24  # fewer than the pool has connections
log = logging.getLogger(__name__)

# Pages and API work through their own messages; only what they left behind is picked up here.
WITH_WORK = text(
    """
    select conversation_id from (
        select conversation_id, received_at as since from (
            select distinct on (conversation_id) conversation_id, next_at, channel, received_at
            from inbox where state = 'ready' order by conversation_id, id) heads
        where next_at <= now()
            and (channel = 'telegram' or received_at < now() - interval '5 seconds')
        union all
        select conversation_id, created_at from (
            select distinct on (conversation_id) conversation_id, next_at, created_at from outbox
            where state in ('ready', 'leased') order by conversation_id, id) heads
        where next_at <= now()) waiting
    where conversation_id <> all(:working)
    group by conversation_id order by min(since) limit 100
    """
)

Send = Callable[[Municipality, UUID, UUID], Awaitable[bool]]


@dataclass(frozen=True)
class Work:
    """The head of a conversation's inbox, with the conversation as it was before the turn."""

    row: Inbox
    conversation: Conversation


@dataclass
class Progress:
    """What one visit to a conversation brought: outcomes by message id, and whether it sent."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    has_sent: bool = False


class Delivery:
    def __init__(self, core: Core, nlu: NluClient, sections: SectionIndex) -> None:
        self._core = core
        self._nlu = nlu
        self._stored = StoredTurns(core, sections)
        self.send: Send | None = None  # set by the channel that pushes
        self._working: set[UUID] = set()
        self._left: dict[UUID, UUID] = {}  # leases that could not be given back
        self._accepted: dict[Received, asyncio.Task[Outcome]] = {}
        self._slots = asyncio.Semaphore(CONVERSATIONS_AT_ONCE)  # for turns
        self._background_slots = asyncio.Semaphore(CONVERSATIONS_AT_ONCE)

    async def accept(self, municipality: Municipality, received: Received) -> Outcome:
        """Stores and commits, then runs the turn for up to three seconds. Raises KeyReused, or
        TooMany beyond the limits of `count_message`."""
        scope = resident(municipality.id, received.conversation_id)
        async with self._core.database.transaction(scope) as db:
            # Danger is heard however much somebody has written.
            if await receive(db, received) and not is_emergency(received.text or ""):
                await count_message(db, received.conversation_id)
        work = self._accepted.get(received)  # a repeat waits together with its twin
        if work is None:
            work = asyncio.create_task(self._until_done(municipality, received))
            self._accepted[received] = work
            work.add_done_callback(lambda done: self._ended(received, done))
        try:
            return await asyncio.wait_for(asyncio.shield(work), WAIT_SECONDS)
        except TimeoutError:
            return Outcome(is_done=False)

    def _ended(self, received: Received, work: asyncio.Task[Outcome]) -> None:
        """What failed after its request was answered stays stored; the loop tries it again."""
        self._accepted.pop(received, None)
        if not work.cancelled() and (error := work.exception()):
            log.warning("a turn goes on later: %s", type(error).__name__)

    async def finish(self) -> None:
        """Lets turns that outlived their request come to their end; the rest is in the inbox."""
        if self._accepted:
            _, late = await asyncio.wait(self._accepted.values(), timeout=WAIT_SECONDS)
            for work in late:
                work.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _until_done(self, municipality: Municipality, received: Received) -> Outcome:
        for pause in LOOK_AGAIN_AFTER:
            await asyncio.sleep(pause)
            progress = await self.work_through(municipality, received.conversation_id)
            outcome = progress.outcomes.get(received.external_id)
            if outcome is None:  # another worker was there, now or before
                outcome = await self._outcome(municipality, received)
            if outcome.is_done:
                return outcome
        return Outcome(is_done=False)

    async def _outcome(self, municipality: Municipality, received: Received) -> Outcome:
        scope = resident(municipality.id, received.conversation_id)
        async with self._core.database.transaction(scope) as db:
            row = await find_received(db, received)
        if row is None:
            return Outcome(is_done=True, is_erased=True)
        if row.state == InboxState.READY:
            return Outcome(is_done=False)
        return Outcome(True, row.first_seq or 0, row.last_seq or 0)

    async def work_through(
        self, municipality: Municipality, conversation_id: UUID, *, is_sending: bool = False
    ) -> Progress:
        """All that waits in one conversation, in order, while nobody else does it."""
        scope = resident(municipality.id, conversation_id)
        progress = Progress()
        token = self._left.pop(conversation_id, None)
        try:
            async with self._slots:
                async with self._core.database.transaction(scope) as db:
                    token = await take_lease(db, conversation_id, token)
                    work = await _next(db, conversation_id) if token else None
                if token is None:
                    return progress
                await self._turns(municipality, work, token, progress)
            # Sending needs no slot, and who writes meanwhile does not wait for its end.
            while (
                is_sending and self.send and await self.send(municipality, conversation_id, token)
            ):
                progress.has_sent = True
                async with self._slots:
                    async with self._core.database.transaction(scope) as db:
                        work = await _next(db, conversation_id)
                    await self._turns(municipality, work, token, progress)
            async with self._core.database.transaction(scope) as db:
                await release_lease(db, conversation_id, token)
        except LeaseLost:
            pass
        except BaseException:
            if token:
                self._left[conversation_id] = token
            raise
        return progress

    async def _turns(
        self, municipality: Municipality, work: Work | None, token: UUID, progress: Progress
    ) -> None:
        while work:
            outcome, following = await self._one(municipality, work, token)
            progress.outcomes[work.row.external_id] = outcome
            work = following

    async def _one(
        self, municipality: Municipality, work: Work, token: UUID
    ) -> tuple[Outcome, Work | None]:
        """One stored message, understood outside and handled inside its transaction; with it what
        is to be done next."""
        conversation_id = work.conversation.id
        scope = resident(municipality.id, conversation_id)
        understanding = await self._understand(work)
        try:
            async with self._core.database.transaction(scope) as db:
                locked = await lock_leased(db, conversation_id, token)
                outcome = await self._stored.run(db, municipality, locked, work.row, understanding)
                return outcome, await _next(db, conversation_id)
        except LeaseLost:
            raise
        except Exception as error:
            log.exception("a turn failed", extra={"fields": {"inbox_id": work.row.id}})
            async with self._core.database.transaction(scope) as db:
                locked = await lock_leased(db, conversation_id, token)
                outcome = await self._stored.fail(db, municipality, locked, work.row, error)
                return outcome, await _next(db, conversation_id)

    async def _understand(self, work: Work) -> Understanding | None:
        said = work.row.payload.get("text")
        if not said or work.conversation.owner == Owner.CASEWORKER or is_emergency(said):
            return None
        return await self._nlu.understand(said) or await encoded_only(said)

    async def run(self) -> None:
        """The background loop: works through whatever waits, in every municipality."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._core.hints.work.clear()
                await _logged(self._start_work(tasks))
                await asyncio.sleep(BETWEEN_LOOKS_SECONDS)
                await _wait(self._core.hints.work, LOOK_FOR_WORK_SECONDS)

    async def _start_work(self, tasks: asyncio.TaskGroup) -> None:
        """A task for each conversation: one that is slow or has to pause holds up no other."""
        for municipality in await list_municipalities(self._core.database):
            async with self._core.database.transaction(system(municipality.id)) as db:
                waiting = await db.scalars(WITH_WORK, {"working": list(self._working)})
            for conversation_id in waiting.all():
                self._working.add(conversation_id)
                tasks.create_task(_logged(self._work(municipality, conversation_id)))

    async def _work(self, municipality: Municipality, conversation_id: UUID) -> None:
        try:
            async with self._background_slots:
                done = await self.work_through(municipality, conversation_id, is_sending=True)
        finally:
            self._working.discard(conversation_id)
        # Something may have come in just before the lease was given back.
        if done.outcomes or done.has_sent:
            self._core.hints.work.set()


async def _logged(work: Awaitable[None]) -> None:
    """The edge of the loop: what failed stays stored and is looked at again."""
    try:
        await work
    except Exception:
        log.exception("background work failed")


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def count_message(db: AsyncSession, conversation_id: UUID) -> None:
    """Raises TooMany beyond 20 messages a minute or 200 a day in one conversation."""
    key = f"message:{conversation_id}"
    await count(db, key, limit=PER_MINUTE, window=timedelta(minutes=1))
    await count(db, f"{key}:day", limit=PER_DAY, window=timedelta(days=1))


async def _next(db: AsyncSession, conversation_id: UUID) -> Work | None:
    """Only the head of a conversation counts: what comes after it has to wait for it."""
    own = Inbox.conversation_id == conversation_id
    head = select(func.min(Inbox.id)).where(own, Inbox.state == InboxState.READY).correlate(None)
    found = await db.execute(
        select(Inbox, Conversation)
        .join(Conversation, Conversation.id == Inbox.conversation_id)
        .where(own, Inbox.id == head.scalar_subquery(), Inbox.next_at <= func.now())
    )
    row = found.first()
    return Work(row.Inbox, row.Conversation) if row else None
