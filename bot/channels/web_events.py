"""The live part of the chat: new turns, the person in the bar, and moving queues, as HTML."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from backend.app_state import Core, core_of
from backend.live import latest_event, news
from backend.pages import render
from backend.visitor import Visitor, visit
from backend.web_security import check_own_page
from bot.channels.web_chat import Chat, ConversationGone, is_still_there, load_chat

router = APIRouter(include_in_schema=False)
HEARTBEAT_SECONDS = 15
MAX_SEQ = 2**31 - 1


@router.get("/m/{slug}/events")
async def events(request: Request, slug: str, after: str = "0") -> EventSourceResponse:
    """Turns after the number of Last-Event-ID, else of the address, and whatever follows."""
    check_own_page(request)
    visitor = await visit(request, slug)
    resumed = request.headers.get("last-event-id")
    stream = Stream(core_of(request), visitor, _number(resumed or after), is_fresh=not resumed)
    return EventSourceResponse(
        stream.events(), ping=HEARTBEAT_SECONDS, headers={"Cache-Control": "no-store"}
    )


class Stream:
    """One open page: what it has been sent already."""

    def __init__(self, core: Core, visitor: Visitor, seq: int, *, is_fresh: bool) -> None:
        self.core = core
        self.visitor = visitor
        self.seq = seq
        self.is_fresh = is_fresh
        self.sent: dict[str, str] = {}

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """Ends with "gone" when the conversation is erased or the cookie is another's."""
        try:
            async for event in self._rounds():
                yield event
        except ConversationGone:
            yield ServerSentEvent(event="gone", data="")

    async def _rounds(self) -> AsyncIterator[ServerSentEvent]:
        municipality_id = self.visitor.municipality.id
        position = await latest_event(self.core.database, municipality_id)
        while True:
            chat = await self._load()
            for event in self._changes(chat):
                yield event
            topics = (self._own_topic(), *chat.topics)
            position = await self._next_news(topics, position)

    async def _next_news(self, topics: tuple[str, ...], position: int) -> int:
        """Waits, and looks after every quiet interval whether the page may still be served."""
        database, hints = self.core.database, self.core.hints
        latest = news(database, hints, self.visitor.municipality.id, topics, position)
        async with aclosing(latest):
            async for seen in latest:
                if seen != position:
                    return seen
                if not await is_still_there(database, self.visitor):
                    raise ConversationGone
        return position

    def _own_topic(self) -> str:
        conversation = self.visitor.conversation
        return f"conversation:{conversation.id}" if conversation else ""

    async def _load(self) -> Chat:
        now = self.core.clock()
        return await load_chat(self.core.database, self.visitor, now, self.seq, is_whole=True)

    def _changes(self, chat: Chat) -> Iterator[ServerSentEvent]:
        if self.is_fresh and not chat.turns:
            # The page was drawn a moment ago: drawing its bar again would only move the focus.
            self.sent = dict(self._parts(chat))
        self.is_fresh = False
        for turn in chat.turns:
            self.seq = turn.seq
            html = self._render("turns", chat, turns=[turn])
            yield ServerSentEvent(event="turn", data=html, id=str(turn.seq))
        for name, html in self._parts(chat):
            if self.sent.get(name) != html:
                self.sent[name] = html
                yield ServerSentEvent(event=name, data=html)

    def _parts(self, chat: Chat) -> Iterator[tuple[str, str]]:
        """Pieces of the page that are replaced as a whole."""
        yield "pending", self._render("pending", chat, pending=chat.pending, last_seq=self.seq)
        yield "bar", self._render("bar", chat)
        if chat.before is not None:
            yield "queue", self._render("queue_place", chat, before=chat.before)
        if chat.standing:
            html = self._render("standing", chat, standing=chat.standing)
            yield f"place-{chat.ticket_id}", html

    def _render(self, template: str, chat: Chat, **values: Any) -> str:
        frame = self.visitor.frame(chat.person)
        return render(f"resident/{template}.html", self.visitor.reader, **(frame | values))


def _number(text: str) -> int:
    return min(int(text), MAX_SEQ) if text.isdecimal() else 0
