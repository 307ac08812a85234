"""One stored message becomes one turn: all that it changes, in the caller's transaction."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import text, update
from sqlalchemy.exc import SQLAlchemyError
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
from backend.inbox import Inbox, InboxState
from backend.places import Municipality
from backend.reply import Kind, Reply
from bot.flows.menu import cannot_read
from bot.handle import handle
from bot.sections import SectionIndex
from bot.turn import Turn
from nlu.client import Understanding

MAX_TRIES = 5


@dataclass(frozen=True)
class Outcome:
    """Of an accepted message: done with the numbers of what followed, or still to come."""

    is_done: bool
    first_seq: int = 0
    last_seq: int = 0
    is_erased: bool = False


class StoredTurns:
    """Runs turns for conversations that the caller has locked."""

    def __init__(self, core: Core, sections: SectionIndex) -> None:
        self._core = core
        self._sections = sections

    async def run(
        self,
        db: AsyncSession,
        municipality: Municipality,
        conversation: Conversation,
        row: Inbox,
        understanding: Understanding | None,
    ) -> Outcome:
        turn = self._begin(db, municipality, conversation, row, understanding)
        if row.payload.get("language"):
            conversation.language = row.payload["language"]
        first = conversation.last_seq
        await _record_resident(db, turn, row)
        replies = await handle(turn)
        await db.flush()
        if turn.is_erasing:
            await _erase(db, conversation, row, replies)
            return Outcome(is_done=True, is_erased=True)
        for reply in replies:
            await append(db, conversation, Author.BOT, reply, at=turn.now)
        return await _close(db, conversation, row, InboxState.DONE, first)

    def _begin(
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

    async def fail(
        self,
        db: AsyncSession,
        municipality: Municipality,
        conversation: Conversation,
        row: Inbox,
        error: Exception,
    ) -> Outcome:
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
            return Outcome(is_done=False)
        turn = self._begin(db, municipality, conversation, row, None)
        first = conversation.last_seq
        # What cannot even be stored must not hold up what comes after it.
        with suppress(SQLAlchemyError):
            async with db.begin_nested():
                await _record_resident(db, turn, row)
                for reply in cannot_read(turn):
                    await append(db, conversation, Author.BOT, reply, at=turn.now)
        await db.refresh(conversation, ["last_seq"])
        return await _close(db, conversation, row, InboxState.DEAD, first)


async def _record_resident(db: AsyncSession, turn: Turn, row: Inbox) -> None:
    """What a resident wrote, or the label of the button that was pressed."""
    reply = Reply(turn.text or "")
    if turn.action:
        label = await label_of(db, turn.conversation.id, turn.action)
        reply = Reply(label or "", kind=Kind.TAP)
    if reply.text:
        await append(
            db,
            turn.conversation,
            Author.RESIDENT,
            reply,
            client_msg_id=row.external_id,
            at=turn.now,
        )


async def _close(
    db: AsyncSession, conversation: Conversation, row: Inbox, state: InboxState, first: int
) -> Outcome:
    last = conversation.last_seq
    await db.execute(
        update(Inbox)
        .where(Inbox.id == row.id)
        .values(state=state, done_at=text("now()"), first_seq=first, last_seq=last)
    )
    return Outcome(True, first, last)


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
