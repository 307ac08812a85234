"""The inbox: who waits for a person, one conversation beside it, and what a caseworker does there:
claim, reply, close (the bot answers again), put back and hand to a colleague."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from backend.audit import who_has_read
from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.console_lines import about, entries, queue_lines, reply_languages, short_moment
from backend.console_phrases import (
    Draft,
    Speakers,
    found_phrases,
    kept_phrases,
    language_choices,
    next_draft,
    read_draft,
)
from backend.conversation import (
    Author,
    Conversation,
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
from backend.staff import Permission, Staff, who_may
from content.languages import RESIDENT_LANGUAGES

router = APIRouter(prefix="/staff", route_class=ConsoleRoute, include_in_schema=False)

NOTHING_WRITTEN = Draft()

ReadingDesk = Annotated[Desk, Depends(signed_in(Permission.SEE_QUEUE))]
answering = signed_in(Permission.ANSWER)
AnsweringDesk = Annotated[Desk, Depends(answering)]


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
    desk: ReadingDesk, *, current: UUID | None = None, version: int = 0, waits: bool = False
) -> Response:
    """The list alone; a conversation whose owner has changed makes the whole page load again."""
    async with desk.transaction() as db:
        shown = await latest_handover(db, current) if current else None
        # Who claims sees it at once; a second load would take away what is being written by then.
        is_own_claim = waits and shown and shown.claimed_by == desk.colleague.staff_id
        is_same = shown and shown.version == version
        if current and not is_same and not is_own_claim:
            return Response(status_code=204, headers={"HX-Refresh": "true"})
        queue = await _queue(desk, db)
        waiting = await count_waiting(db)
    return desk.fragment(
        "console/queue_part.html",
        current=current,
        version=version,
        waits=waits,
        waiting=waiting,
        **queue,
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
    refused = partial(_refused_reply, desk, conversation_id, form)
    try:
        text = clean(typed)
        if text:
            await _send(desk, conversation_id, text, form)
    except TooLong:
        return await refused(422, Problem("too_long", text=typed))
    except (NotYours, KeyReused) as refusal:
        kind = "not_yours" if isinstance(refusal, NotYours) else "sent_before"
        return await refused(409, Problem(kind, text=typed))
    return _to(conversation_id)


@router.get("/conversations/{conversation_id}/phrases", dependencies=[Depends(answering)])
async def leave_phrases(conversation_id: UUID) -> Response:
    """For a browser that loads the address of the form again."""
    return _to(conversation_id)


@router.post("/conversations/{conversation_id}/phrases")
async def choose_phrase(desk: AnsweringDesk, conversation_id: UUID) -> Response:
    """Writes in the form only; nothing is sent. Script asks for the list of phrases alone."""
    form = await desk.form()
    async with desk.transaction() as db:
        conversation, _ = await _visible(db, conversation_id)
    speakers = _speakers(desk, conversation)
    if desk.is_refresh:
        found = found_phrases(str(form.get("find") or ""), speakers)
        return desk.fragment("console/phrases_found.html", found=found, conversation=conversation)
    return await _conversation_page(desk, conversation_id, draft=next_draft(form, speakers))


def _speakers(desk: Desk, conversation: Conversation) -> Speakers:
    return Speakers(desk.colleague.language, conversation.language, desk.colleague.name)


async def _refused_reply(
    desk: Desk, conversation_id: UUID, form: FormData, status: int, problem: Problem
) -> Response:
    async with desk.transaction() as db:
        conversation, _ = await _visible(db, conversation_id)
    draft = read_draft(form, _speakers(desk, conversation))
    return await _conversation_page(
        desk, conversation_id, status=status, problem=problem, draft=draft
    )


async def _send(desk: Desk, conversation_id: UUID, text: str, form: FormData) -> None:
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
        draft = read_draft(form, _speakers(desk, conversation))
        await append(
            db,
            conversation,
            Author.CASEWORKER,
            Reply(
                text,
                title=desk.colleague.name,
                language=language or conversation.language,
                phrases=kept_phrases(draft.spoken, text),
            ),
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
    desk: Desk,
    conversation_id: UUID,
    *,
    status: int = 200,
    problem: Problem | None = None,
    draft: Draft = NOTHING_WRITTEN,
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
            waits=handover.state == HandoverState.WAITING,
            entries=await _read(desk, db, conversation_id),
            readers=[
                (short_moment(desk, desk.now() - reader.age), reader.name)
                for reader in await who_has_read(db, "conversation", conversation_id)
            ],
            languages=await reply_languages(desk, db, conversation, has_phrase=bool(draft.spoken)),
            draft=draft,
            every_language=language_choices(desk.colleague.language),
            receivers=await _receivers(desk, db),
            message_id=uuid4(),
            problem=problem,
            **await _queue(desk, db),
            **await about(desk, db, conversation, handover),
        )


async def _queue(desk: Desk, db: AsyncSession) -> dict[str, Any]:
    return {"groups": queue_lines(desk, await list_open(db)), "dead": await count_dead(db)}


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
