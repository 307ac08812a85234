"""The inbox: who waits for a person, one conversation beside it, and what a caseworker does there:
claim, reply, close (the bot answers again), put back and hand to a colleague."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from backend.audit import who_has_read
from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.console_lines import age_text, entries, language_label, queue_lines, short_moment
from backend.console_topics import handover_title
from backend.conversation import (
    Author,
    Conversation,
    Owner,
    append,
    find_conversation,
    find_sent,
    messages_after,
)
from backend.handover import (
    AlreadyClaimed,
    CannotReceive,
    Handover,
    HandoverState,
    NotYours,
    claim,
    count_waiting,
    give_back,
    latest_handover,
    list_open,
    lock_own,
    put_back,
    transfer,
)
from backend.inbox import KeyReused, count_dead
from backend.outbox import undelivered
from backend.plain_text import TooLong, clean
from backend.reply import Reply
from backend.resident_notices import Notice, tell
from backend.staff import Permission, Staff, spoken_languages, who_may
from content.languages import RESIDENT_LANGUAGES

router = APIRouter(prefix="/staff", route_class=ConsoleRoute, include_in_schema=False)

ReadingDesk = Annotated[Desk, Depends(signed_in(Permission.SEE_QUEUE))]
AnsweringDesk = Annotated[Desk, Depends(signed_in(Permission.ANSWER))]


@dataclass(frozen=True)
class Problem:
    """Why a reply or claim did not happen; `text` is what was typed, so that nothing is lost."""

    kind: str
    text: str = ""
    name: str = ""
    at: str = ""


@router.get("/inbox")
async def show_inbox(desk: ReadingDesk) -> Response:
    after = await desk.latest_event()
    async with desk.transaction() as db:
        await desk.record(db, "read", "queue", desk.colleague.body_id)
        return await desk.page(
            db,
            "console/inbox.html",
            place="inbox",
            topics="queue",
            after=after,
            current=None,
            **await _queue(desk, db),
        )


@router.get("/inbox/queue")
async def refresh_queue(
    desk: ReadingDesk, current: UUID | None = None, version: int = 0
) -> Response:
    """The list alone; a conversation whose owner has changed makes the whole page load again."""
    async with desk.transaction() as db:
        if current and await _version(db, current) != version:
            return Response(status_code=204, headers={"HX-Refresh": "true"})
        queue = await _queue(desk, db)
        waiting = await count_waiting(db)
    return desk.fragment(
        "console/queue_part.html", current=current, version=version, waiting=waiting, **queue
    )


@router.get("/conversations/{conversation_id}")
async def show_conversation(desk: ReadingDesk, conversation_id: UUID) -> Response:
    return await _conversation_page(desk, conversation_id)


@router.get("/conversations/{conversation_id}/entries")
async def refresh_entries(desk: ReadingDesk, conversation_id: UUID) -> Response:
    async with desk.transaction() as db:
        conversation, _ = await _visible(db, conversation_id)
        shown = await _read(desk, db, conversation_id)
    return desk.fragment(
        "console/entries_part.html", entries=shown, is_blocked=conversation.is_blocked
    )


@router.post("/conversations/{conversation_id}/claim")
async def claim_conversation(desk: AnsweringDesk, conversation_id: UUID) -> Response:
    form = await desk.form()
    version = _number(form.get("version"))
    try:
        async with desk.transaction() as db:
            _, handover = await _visible(db, conversation_id)
            handover = await claim(db, desk.colleague, handover.id, version, desk.now())
            conversation = await _fresh(db, conversation_id)
            await _tell(desk, db, conversation, Notice.JOINED)
            await desk.record(db, "claim", "conversation", conversation_id)
    except AlreadyClaimed as refusal:
        problem = _already_claimed(desk, refusal)
        return await _conversation_page(desk, conversation_id, status=409, problem=problem)
    return _to(conversation_id)


@router.post("/conversations/{conversation_id}/reply")
async def reply(desk: AnsweringDesk, conversation_id: UUID) -> Response:
    form = await desk.form()
    typed = str(form.get("text") or "")
    try:
        text = clean(typed)
        if text:
            await _send(desk, conversation_id, text, form)
    except TooLong:
        problem = Problem("too_long", text=typed)
        return await _conversation_page(desk, conversation_id, status=422, problem=problem)
    except (NotYours, KeyReused) as refusal:
        kind = "not_yours" if isinstance(refusal, NotYours) else "sent_before"
        problem = Problem(kind, text=typed)
        return await _conversation_page(desk, conversation_id, status=409, problem=problem)
    return _to(conversation_id)


async def _send(desk: Desk, conversation_id: UUID, text: str, form: Any) -> None:
    """The form carries its own id: pressed twice, it sends once."""
    client_msg_id = clean(str(form.get("client_msg_id") or ""))[:64] or str(uuid4())
    language = _known_language(form.get("language"))
    async with desk.transaction() as db:
        await _visible(db, conversation_id)
        conversation = await lock_own(db, desk.colleague, conversation_id)
        sent = await find_sent(db, conversation_id, client_msg_id)
        if sent and sent.text != text:
            raise KeyReused
        if sent:
            return
        await append(
            db,
            conversation,
            Author.CASEWORKER,
            Reply(text, title=desk.colleague.name, language=language or conversation.language),
            staff_id=desk.colleague.staff_id,
            client_msg_id=client_msg_id,
            at=desk.now(),
        )
        await desk.record(db, "reply", "conversation", conversation_id)


@router.post("/conversations/{conversation_id}/close")
async def close(desk: AnsweringDesk, conversation_id: UUID) -> Response:
    return await _let_go(desk, conversation_id, Notice.CLOSED)


@router.post("/conversations/{conversation_id}/put-back")
async def return_to_queue(desk: AnsweringDesk, conversation_id: UUID) -> Response:
    return await _let_go(desk, conversation_id, Notice.PUT_BACK)


async def _let_go(desk: Desk, conversation_id: UUID, notice: Notice) -> Response:
    """The resident is told first, while the caseworker may still write in the conversation."""
    await desk.form()
    try:
        async with desk.transaction() as db:
            await _visible(db, conversation_id)
            conversation = await lock_own(db, desk.colleague, conversation_id)
            await _tell(desk, db, conversation, notice)
            if notice is Notice.CLOSED:
                await give_back(db, desk.colleague, conversation_id, desk.now())
            else:
                await put_back(db, desk.colleague, conversation_id)
            action = "close" if notice is Notice.CLOSED else "put_back"
            await desk.record(db, action, "conversation", conversation_id)
    except NotYours:
        problem = Problem("not_yours")
        return await _conversation_page(desk, conversation_id, status=409, problem=problem)
    return RedirectResponse("/staff/inbox", status_code=303)


@router.post("/conversations/{conversation_id}/transfer")
async def hand_on(desk: AnsweringDesk, conversation_id: UUID) -> Response:
    form = await desk.form()
    version, receiver_id = _number(form.get("version")), _id(form.get("receiver"))
    try:
        async with desk.transaction() as db:
            _, handover = await _visible(db, conversation_id)
            receiver = await transfer(
                db, desk.colleague, handover.id, version, receiver_id, desk.now()
            )
            conversation = await _fresh(db, conversation_id)
            await _tell(desk, db, conversation, Notice.TRANSFERRED, receiver.name)
            await desk.record(db, "transfer", "conversation", conversation_id)
    except (NotYours, CannotReceive):
        problem = Problem("changed")
        return await _conversation_page(desk, conversation_id, status=409, problem=problem)
    return RedirectResponse("/staff/inbox", status_code=303)


async def _conversation_page(
    desk: Desk, conversation_id: UUID, *, status: int = 200, problem: Problem | None = None
) -> Response:
    after = await desk.latest_event()
    async with desk.transaction() as db:
        conversation, handover = await _visible(db, conversation_id)
        return await desk.page(
            db,
            "console/conversation.html",
            status=status,
            place="inbox",
            topics=f"queue,conversation:{conversation_id}",
            after=after,
            current=conversation_id,
            version=handover.version,
            entries=await _read(desk, db, conversation_id),
            readers=[
                (short_moment(desk, desk.now() - reader.age), reader.name)
                for reader in await who_has_read(db, "conversation", conversation_id)
            ],
            languages=await _reply_languages(desk, db, conversation),
            receivers=await _receivers(desk, db),
            message_id=uuid4(),
            problem=problem,
            **await _queue(desk, db),
            **await _about(desk, db, conversation, handover),
        )


async def _queue(desk: Desk, db: AsyncSession) -> dict[str, Any]:
    return {"groups": queue_lines(desk, await list_open(db)), "dead": await count_dead(db)}


async def _about(
    desk: Desk, db: AsyncSession, conversation: Conversation, handover: Handover
) -> dict[str, Any]:
    owner = await db.scalar(select(Staff.name).where(Staff.id == conversation.staff_id))
    return {
        "conversation": conversation,
        "is_blocked": conversation.is_blocked,
        "handover": handover,
        "title": handover_title(desk.texts, handover),
        "language": language_label(desk, conversation.language),
        "since": short_moment(desk, handover.created_at),
        "age": age_text(desk.texts, handover.created_at, desk.now()),
        "answer_by": short_moment(desk, handover.answer_by),
        "is_late": desk.now() > handover.answer_by,
        "is_mine": conversation.staff_id == desk.colleague.staff_id,
        "is_waiting": handover.state == HandoverState.WAITING,
        "is_over": conversation.owner == Owner.BOT,
        "owner": owner or "",
    }


async def _reply_languages(
    desk: Desk, db: AsyncSession, conversation: Conversation
) -> list[tuple[str, str, bool]]:
    """Code, name and whether preselected: the resident's own language if the caseworker has it."""
    spoken = await spoken_languages(db, desk.colleague.staff_id)
    is_shared = conversation.language in spoken
    chosen = conversation.language if is_shared else desk.colleague.language
    codes = dict.fromkeys([chosen, conversation.language, *spoken, desk.colleague.language])
    return [(code, language_label(desk, code), code == chosen) for code in codes]


async def _receivers(desk: Desk, db: AsyncSession) -> list[tuple[UUID, str]]:
    able = await who_may(db, Permission.ANSWER, desk.colleague.body_id)
    return [(staff.id, staff.name) for staff in able if staff.id != desk.colleague.staff_id]


async def _visible(db: AsyncSession, conversation_id: UUID) -> tuple[Conversation, Handover]:
    """What the walls let through; anything else is not there."""
    conversation = await find_conversation(db, conversation_id)
    handover = await latest_handover(db, conversation_id)
    if conversation is None or handover is None:
        raise HTTPException(404)
    return conversation, handover


async def _read(desk: Desk, db: AsyncSession, conversation_id: UUID) -> list[Any]:
    """The transcript as far as it is shared. Reading it leaves a trace."""
    await desk.record(db, "read", "conversation", conversation_id)
    messages = await messages_after(db, conversation_id, 0)
    names = {row.id: row.name for row in await db.execute(select(Staff.id, Staff.name))}
    return entries(desk, messages, names, await undelivered(db, conversation_id))


async def _version(db: AsyncSession, conversation_id: UUID) -> int:
    handover = await latest_handover(db, conversation_id)
    return handover.version if handover else -1


async def _fresh(db: AsyncSession, conversation_id: UUID) -> Conversation:
    found = await db.scalars(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .execution_options(populate_existing=True)
    )
    return found.one()


async def _tell(
    desk: Desk, db: AsyncSession, conversation: Conversation, notice: Notice, receiver: str = ""
) -> None:
    await tell(
        db,
        conversation,
        notice,
        staff_id=desk.colleague.staff_id,
        name=desk.colleague.name,
        now=desk.now(),
        receiver=receiver,
    )


def _already_claimed(desk: Desk, refusal: AlreadyClaimed) -> Problem:
    if refusal.name is None or refusal.at is None:
        return Problem("changed")
    return Problem("claimed", name=refusal.name, at=short_moment(desk, refusal.at))


def _known_language(value: object) -> str:
    known = [language.code for language in RESIDENT_LANGUAGES]
    return str(value) if value in known else ""


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _id(value: object) -> UUID:
    try:
        return UUID(str(value or ""))
    except ValueError:
        raise HTTPException(422) from None


def _to(conversation_id: UUID) -> Response:
    return RedirectResponse(f"/staff/conversations/{conversation_id}", status_code=303)
