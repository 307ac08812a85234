"""The public API: the same conversation core as JSON. Errors are problem documents (RFC 9457)."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sse_starlette import EventSourceResponse, ServerSentEvent

from backend.app_state import Core, core_of
from backend.conversation import (
    Author,
    Channel,
    Conversation,
    Message,
    append,
    find_by_token,
    find_conversation,
    messages_after,
    start_conversation,
)
from backend.db import resident
from backend.inbox import Received
from backend.live import news
from backend.places import Municipality, RouteKind, enter_by_slug, enter_by_token
from backend.reply import Button, Way, reply_from
from bot.channels.incoming import MAX_CHARACTERS, clean, count_start
from bot.delivery import Delivery
from bot.first_words import first_words
from bot.stored_turn import Outcome
from content.languages import complete_languages

router = APIRouter(prefix="/api/v1", tags=["conversations"])

PROBLEM = {"description": "A problem document", "content": {"application/problem+json": {}}}
PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys(
    (400, 401, 404, 409, 413, 422, 429, 503), PROBLEM
)
Text = Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$", examples=["sv"])]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewConversation(Strict):
    language: Language
    municipality: Annotated[str | None, Field(max_length=41)] = None


class Started(BaseModel):
    id: UUID
    token: str
    messages: list["Said"]


class NewMessage(Strict):
    """Either `text` or `action` (of a button). `client_msg_id` makes a repeat harmless."""

    client_msg_id: Annotated[str, Field(min_length=1, max_length=100)]
    text: Text | None = None
    action: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    language: Language | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "NewMessage":
        if (self.text is None) == (self.action is None):
            raise ValueError("send either text or action")
        return self


class SaidButton(BaseModel):
    label: str
    action: str
    group: str = ""


class SaidLink(BaseModel):
    label: str
    url: str


class SaidSource(BaseModel):
    name: str
    url: str
    notes: list[str]


class SaidWay(BaseModel):
    """Where an answer stands in the chain: first this, now that, then these."""

    first: list[SaidButton]
    now: str
    then: list[SaidButton]
    turn: str
    url: str


class Said(BaseModel):
    """One message of the conversation."""

    seq: int
    author: Author
    language: str
    kind: str
    title: str
    text: str
    limit: str = Field(description="What the municipality cannot do about it, and who can")
    code: str
    buttons: list[SaidButton]
    links: list[SaidLink]
    source: SaidSource | None
    way: SaidWay | None
    checked_on: str | None


class Messages(BaseModel):
    messages: list[Said]


class Later(BaseModel):
    """Stored, but not answered yet: the events address brings what follows."""

    status: Literal["stored"]
    events: str


async def current(
    request: Request,
    conversation_id: Annotated[UUID, Path()],
    authorization: Annotated[str | None, Header()] = None,
) -> tuple[Municipality, Conversation]:
    """The conversation that the bearer token opens; anything else is 404."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "Send the conversation's token as: Authorization: Bearer TOKEN")
    core = core_of(request)
    async with core.database.outside_walls() as db:
        municipality = await enter_by_token(db, token, RouteKind.CONVERSATION)
        conversation = await find_by_token(db, token) if municipality else None
    if conversation is None or municipality is None or conversation.id != conversation_id:
        raise HTTPException(404, "There is no such conversation.")
    return municipality, conversation


Current = Annotated[tuple[Municipality, Conversation], Depends(current)]


@router.post("/conversations", status_code=201, responses=PROBLEMS)
async def start(request: Request, body: NewConversation) -> Started:
    """A new conversation in a language, with its first words."""
    core = core_of(request)
    if body.language not in {language.code for language in complete_languages()}:
        raise HTTPException(422, f"The language {body.language} is not offered.")
    slug = body.municipality or core.settings.default_municipality
    async with core.database.outside_walls() as db:
        municipality = await enter_by_slug(db, slug)
        await count_start(db, request)
        conversation, token = await start_conversation(
            db, municipality.id, Channel.API, body.language
        )
        said = [
            await append(db, conversation, Author.BOT, reply)
            for reply in first_words(municipality, body.language)
        ]
    return Started(
        id=conversation.id, token=token, messages=[publish(message, core) for message in said]
    )


@router.post(
    "/conversations/{conversation_id}/messages",
    responses={**PROBLEMS, 202: {"model": Later, "description": "Stored, answered later"}},
)
async def send(request: Request, current: Current, body: NewMessage) -> Messages:
    """What a resident writes or presses; returns the messages that follow."""
    municipality, conversation = current
    core = core_of(request)
    if body.language and body.language not in {entry.code for entry in complete_languages()}:
        raise HTTPException(422, f"The language {body.language} is not offered.")
    received = Received(
        channel=Channel.API,
        bot_id=str(conversation.id),
        external_id=clean(body.client_msg_id),
        conversation_id=conversation.id,
        text=clean(body.text) if body.text is not None else None,
        action=clean(body.action) if body.action is not None else None,
        language=body.language,
    )
    delivery: Delivery = request.app.state.delivery
    outcome = await delivery.accept(municipality, received)
    if not outcome.is_done:
        return _later(conversation)  # type: ignore[return-value]  # FastAPI passes a response on
    return Messages(messages=await _followed(core, municipality, conversation, outcome))


@router.get("/conversations/{conversation_id}/messages", responses=PROBLEMS)
async def read(request: Request, current: Current, after: int = 0) -> Messages:
    """The messages after a number, oldest first."""
    municipality, conversation = current
    core = core_of(request)
    bounded = max(0, min(after, 2**31 - 1))
    async with core.database.transaction(resident(municipality.id, conversation.id)) as db:
        found = await messages_after(db, conversation.id, bounded)
    return Messages(messages=[publish(message, core) for message in found])


@router.get(
    "/conversations/{conversation_id}/events",
    responses={**PROBLEMS, 200: {"content": {"text/event-stream": {}}}},
)
async def events(
    request: Request,
    current: Current,
    last_event_id: Annotated[int, Header(ge=0, le=2**31 - 1)] = 0,
) -> EventSourceResponse:
    """New messages as server-sent events; resumes by Last-Event-ID. The event "gone" is the last
    one: the conversation has been erased."""
    municipality, conversation = current
    stream = _stream(core_of(request), municipality.id, conversation.id, last_event_id)
    return EventSourceResponse(stream, ping=15)


async def _stream(
    core: Core, municipality_id: UUID, conversation_id: UUID, seq: int
) -> AsyncIterator[ServerSentEvent]:
    topics = (f"conversation:{conversation_id}",)
    async with aclosing(news(core.database, core.hints, municipality_id, topics, 0)) as rounds:
        async for _ in rounds:
            async with core.database.transaction(resident(municipality_id, conversation_id)) as db:
                is_gone = await find_conversation(db, conversation_id) is None
                found = await messages_after(db, conversation_id, seq)
            for message in found:
                seq = message.seq
                data = publish(message, core).model_dump_json()
                yield ServerSentEvent(data=data, event="message", id=str(seq))
            if is_gone:
                yield ServerSentEvent(data="{}", event="gone")
                return


async def _followed(
    core: Core, municipality: Municipality, conversation: Conversation, outcome: Outcome
) -> list[Said]:
    async with core.database.transaction(resident(municipality.id, conversation.id)) as db:
        found = await messages_after(db, conversation.id, outcome.first_seq, outcome.last_seq)
    return [publish(message, core) for message in found if message.author != Author.RESIDENT]


def _later(conversation: Conversation) -> JSONResponse:
    address = f"/api/v1/conversations/{conversation.id}/events"
    return JSONResponse(json.loads(Later(status="stored", events=address).model_dump_json()), 202)


def publish(message: Message, core: Core) -> Said:
    """The stored message in its public shape; own links become whole addresses."""
    reply = reply_from(message.text, message.payload)
    source = reply.source
    return Said(
        seq=message.seq,
        author=Author(message.author),
        language=message.language,
        kind=reply.kind,
        title=reply.title,
        text=reply.text,
        limit=reply.limit,
        code=reply.code,
        buttons=_buttons(reply.buttons),
        links=[SaidLink(label=link.label, url=absolute(link.url, core)) for link in reply.links],
        source=SaidSource(name=source.name, url=source.url, notes=list(source.notes))
        if source
        else None,
        way=_way(reply.way, core) if reply.way else None,
        checked_on=source.checked_on if source else None,
    )


def _way(way: Way, core: Core) -> SaidWay:
    return SaidWay(
        first=_buttons(way.first),
        now=way.now,
        then=_buttons(way.then),
        turn=way.turn,
        url=absolute(way.url, core),
    )


def _buttons(buttons: Iterable[Button]) -> list[SaidButton]:
    return [SaidButton(label=b.label, action=b.action, group=b.group) for b in buttons]


def absolute(url: str, core: Core) -> str:
    return f"{core.settings.public_url}{url}" if url.startswith("/") else url
