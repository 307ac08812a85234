"""Nothing acknowledged is lost: what came in is stored first, then each conversation is worked
through in order under its lease, one transaction per turn."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app_state import Core
from backend.audit import record
from backend.conversation import (
    Author,
    Channel,
    Conversation,
    append,
    erase_conversation,
    find_conversation,
    label_of,
    open_chat,
)
from backend.db import resident, system
from backend.inbox import Inbox, InboxState, Received, find_received, receive
from backend.lease import LeaseLost, lock_leased, release_lease, take_lease
from backend.places import Municipality, list_municipalities
from backend.reply import Reply
from bot.emergency import is_emergency
from bot.flows.menu import cannot_read
from bot.handle import handle
from bot.sections import SectionIndex
from bot.turn import Turn
from nlu.client import NluClient, Understanding

WAIT_SECONDS = 3.0
LOOK_AGAIN_AFTER = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
LOOK_FOR_WORK_SECONDS = 2.0
BETWEEN_LOOKS_SECONDS = 0.2  # a look costs a query per municipality, however many hints come
MAX_TRIES = 5
CONVERSATIONS_AT_ONCE = 24  # fewer than the pool has connections
log = logging.getLogger(__name__)

# Only the head of each conversation counts: what comes after it has to wait for it.
HEAD = select(func.min(Inbox.id)).where(Inbox.state == InboxState.READY).correlate(None)
NEXT = select(Inbox).where(Inbox.id == HEAD.scalar_subquery(), Inbox.next_at <= func.now())
# Pages and API work through their own messages; only what they left behind is picked up here.
WITH_WORK = text(
    """
    select conversation_id from (
        select distinct on (conversation_id) conversation_id, next_at, channel, received_at
        from inbox where state = 'ready' order by conversation_id, id) heads
    where next_at <= now()
        and (channel = 'telegram' or received_at < now() - interval '5 seconds')
    union
    select conversation_id from (
        select distinct on (conversation_id) conversation_id, next_at from outbox
        where state in ('ready', 'leased') order by conversation_id, id) heads
    where next_at <= now()
    limit 100
    """
)

Send = Callable[[Municipality, UUID, UUID], Awaitable[bool]]


@dataclass(frozen=True)
class Outcome:
    """Of an accepted message: done with the numbers of what followed, or still to come."""

    is_done: bool
    first_seq: int = 0
    last_seq: int = 0
    is_erased: bool = False


class Delivery:
    def __init__(self, core: Core, nlu: NluClient, sections: SectionIndex) -> None:
        self._core = core
        self._nlu = nlu
        self._sections = sections
        self.send: Send | None = None  # set by the channel that pushes
        self._working: set[UUID] = set()
        self._accepted: dict[Received, asyncio.Task[Outcome]] = {}
        self._slots = asyncio.Semaphore(CONVERSATIONS_AT_ONCE)  # for turns
        self._background_slots = asyncio.Semaphore(CONVERSATIONS_AT_ONCE)

    async def accept(self, municipality: Municipality, received: Received) -> Outcome:
        """Stores and commits, then runs the turn for up to three seconds. Raises KeyReused."""
        scope = resident(municipality.id, received.conversation_id)
        async with self._core.database.transaction(scope) as db:
            await receive(db, received)
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
            await self.work_through(municipality, received.conversation_id)
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
    ) -> bool:
        """All that waits in one conversation, in order, while nobody else does it. Whether there
        was anything."""
        scope = resident(municipality.id, conversation_id)
        try:
            async with self._slots:
                async with self._core.database.transaction(scope) as db:
                    token = await take_lease(db, conversation_id)
                if token is None:
                    return False
                steps = await self._turns(municipality, conversation_id, token)
            # Sending needs no slot, and who writes meanwhile does not wait for its end.
            while (
                is_sending and self.send and await self.send(municipality, conversation_id, token)
            ):
                async with self._slots:
                    steps += 1 + await self._turns(municipality, conversation_id, token)
        except LeaseLost:
            return False
        async with self._core.database.transaction(scope) as db:
            await release_lease(db, conversation_id, token)
        return steps > 0

    async def _turns(self, municipality: Municipality, conversation_id: UUID, token: UUID) -> int:
        count = 0
        while await self._one(municipality, conversation_id, token):
            count += 1
        return count

    async def _one(self, municipality: Municipality, conversation_id: UUID, token: UUID) -> bool:
        """One stored message: understood outside, handled inside its transaction."""
        scope = resident(municipality.id, conversation_id)
        async with self._core.database.transaction(scope) as db:
            row = await db.scalar(NEXT)
            conversation = await find_conversation(db, conversation_id)
        if row is None or conversation is None:
            return False
        understanding = await self._understand(conversation, row)
        try:
            async with self._core.database.transaction(scope) as db:
                locked = await lock_leased(db, conversation_id, token)
                await self._turn(db, municipality, locked, row, understanding)
        except LeaseLost:
            raise
        except Exception as error:
            log.exception("a turn failed", extra={"fields": {"inbox_id": row.id}})
            async with self._core.database.transaction(scope) as db:
                locked = await lock_leased(db, conversation_id, token)
                await self._failed(db, municipality, locked, row, error)
        return True

    async def _understand(self, conversation: Conversation, row: Inbox) -> Understanding | None:
        said = row.payload.get("text")
        if not said or conversation.owner == "caseworker" or is_emergency(said):
            return None
        return await self._nlu.understand(said)

    async def _turn(
        self,
        db: AsyncSession,
        municipality: Municipality,
        conversation: Conversation,
        row: Inbox,
        understanding: Understanding | None,
    ) -> None:
        turn = self._make_turn(db, municipality, conversation, row, understanding)
        if row.payload.get("language"):
            conversation.language = row.payload["language"]
        first = conversation.last_seq
        await _record_resident(db, turn, row)
        replies = await handle(turn)
        await db.flush()
        if turn.is_erasing:
            await _erase(db, conversation, row, replies)
            return
        for reply in replies:
            await append(db, conversation, Author.BOT, reply, at=turn.now)
        await _close(db, row, InboxState.DONE, first)

    def _make_turn(
        self,
        db: AsyncSession,
        municipality: Municipality,
        conversation: Conversation,
        row: Inbox,
        understanding: Understanding | None,
    ) -> Turn:
        return Turn(
            db=db,
            now=self._core.clock(),
            municipality=municipality,
            conversation=conversation,
            answers=self._core.answers,
            sections=self._sections,
            secret_key=self._core.settings.secret_key,
            text=row.payload.get("text"),
            action=row.payload.get("action"),
            understanding=understanding,
        )

    async def _failed(
        self,
        db: AsyncSession,
        municipality: Municipality,
        conversation: Conversation,
        row: Inbox,
        error: Exception,
    ) -> None:
        """Tried again with growing pauses; after the fifth time put aside, and the resident is
        told what still works."""
        if row.tries + 1 < MAX_TRIES:
            await db.execute(
                update(Inbox)
                .where(Inbox.id == row.id)
                .values(
                    tries=Inbox.tries + 1,
                    next_at=text(f"now() + interval '{2**row.tries} seconds'"),
                    last_error=type(error).__name__,
                )
            )
            return
        turn = self._make_turn(db, municipality, conversation, row, None)
        first = conversation.last_seq
        await _record_resident(db, turn, row)
        for reply in cannot_read(turn):
            await append(db, conversation, Author.BOT, reply, at=turn.now)
        await _close(db, row, InboxState.DEAD, first)

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
                waiting = set(await db.scalars(WITH_WORK))
            for conversation_id in waiting - self._working:
                self._working.add(conversation_id)
                tasks.create_task(_logged(self._work(municipality, conversation_id)))

    async def _work(self, municipality: Municipality, conversation_id: UUID) -> None:
        try:
            async with self._background_slots:
                has_moved = await self.work_through(municipality, conversation_id, is_sending=True)
        finally:
            self._working.discard(conversation_id)
        if has_moved:  # Something may have come in just before the lease was given back.
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


async def _record_resident(db: AsyncSession, turn: Turn, row: Inbox) -> None:
    """What a resident wrote, or the label of the button that was pressed."""
    said = turn.text
    if said is None and turn.action:
        said = await label_of(db, turn.conversation.id, turn.action)
    if said:
        await append(
            db,
            turn.conversation,
            Author.RESIDENT,
            Reply(said),
            client_msg_id=row.external_id,
            at=turn.now,
        )


async def _close(db: AsyncSession, row: Inbox, state: InboxState, first: int) -> None:
    await db.execute(
        update(Inbox)
        .where(Inbox.id == row.id)
        .values(
            state=state,
            done_at=text("now()"),
            first_seq=first,
            last_seq=select(Conversation.last_seq)
            .where(Conversation.id == row.conversation_id)
            .scalar_subquery(),
        )
    )


async def _erase(
    db: AsyncSession, conversation: Conversation, row: Inbox, replies: list[Reply]
) -> None:
    """A messenger's chat goes on as a new, empty conversation that says it is done."""
    await record(db, "erase", "conversation", conversation.id, body_id=conversation.body_id)
    await erase_conversation(db, conversation)
    if conversation.channel != Channel.TELEGRAM or conversation.external_id is None:
        return
    await db.execute(text("select set_config('app.actor', 'system', true)"))
    new_id = await open_chat(
        db, Channel.TELEGRAM, conversation.bot_id, conversation.external_id, conversation.language
    )
    # The tap that asked for it stays known, without its content: it may be handed out again.
    db.add(
        Inbox(
            channel=row.channel,
            bot_id=row.bot_id,
            external_id=row.external_id,
            conversation_id=new_id,
            payload={},
            request_sha256=row.request_sha256,
            state=InboxState.DONE,
        )
    )
    fresh = await find_conversation(db, new_id)
    if fresh:
        for reply in replies:
            await append(db, fresh, Author.BOT, reply)
