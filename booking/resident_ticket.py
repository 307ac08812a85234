"""The page behind a queue number's link: where it stands, live, and giving it back."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select
from sse_starlette import EventSourceResponse, ServerSentEvent

from backend.app_state import Core, core_of
from backend.db import system
from backend.live import latest_event, news
from backend.pages import Reader, render
from backend.places import RouteKind, in_language
from backend.resident_pages import visitor_page
from backend.visitor import visit_municipality
from backend.web_security import check_own_page
from booking.drop_in import Ticket, TicketGone, TicketState, end_ticket
from booking.resident_cards import Standing, meeting_of_ticket, standing, ticket_facts
from booking.resident_links import OpenedLink, check_link_form, open_link
from content.languages import language_name

router = APIRouter(include_in_schema=False)
HEARTBEAT_SECONDS = 15


@router.get("/t/{token}")
async def ticket(request: Request, token: str) -> HTMLResponse:
    link = await open_link(request, RouteKind.TICKET, token)
    core = core_of(request)
    now = core.clock()
    async with core.database.transaction(system(link.municipality.id)) as db:
        row = await db.scalar(select(Ticket).where(Ticket.id == link.row_id))
        if row is None:
            raise HTTPException(404)
        visitor = await visit_municipality(request, link.municipality, row.language)
        meeting = await meeting_of_ticket(db, row)
        place = await standing(db, row.id, visitor.language, now)
    values: dict[str, Any] = {
        "link": link,
        "standing": place,
        "service": in_language(meeting.service.name, visitor.language),
        "spoken": language_name(row.language, visitor.language),
        "facts": ticket_facts(meeting, visitor.language),
    }
    response = visitor_page(request, "ticket", visitor, **values)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@router.post("/t/{token}/leave")
async def leave(request: Request, token: str) -> Response:
    """ "I cannot come": those who wait behind move up at once."""
    link = await open_link(request, RouteKind.TICKET, token)
    await check_link_form(request, link)
    core = core_of(request)
    try:
        async with core.database.transaction(system(link.municipality.id)) as db:
            await end_ticket(db, link.row_id, TicketState.LEFT, core.clock())
    except TicketGone:
        # Served or called off meanwhile: the page says so.
        pass
    return RedirectResponse(link.address, status_code=303)


@router.get("/t/{token}/events")
async def events(request: Request, token: str) -> EventSourceResponse:
    check_own_page(request)
    link = await open_link(request, RouteKind.TICKET, token)
    core = core_of(request)
    async with core.database.transaction(system(link.municipality.id)) as db:
        language = await db.scalar(select(Ticket.language).where(Ticket.id == link.row_id))
    visitor = await visit_municipality(request, link.municipality, language)
    stream = _standings(core, link, visitor.reader)
    headers = {"Cache-Control": "no-store"}
    return EventSourceResponse(stream, ping=HEARTBEAT_SECONDS, headers=headers)


async def _standings(
    core: Core, link: OpenedLink, reader: Reader
) -> AsyncIterator[ServerSentEvent]:
    """Ends when the number is used, so that no phone listens for nothing."""
    municipality_id = link.municipality.id
    position = await latest_event(core.database, municipality_id)
    place = await _standing(core, link, reader.language, core.clock())
    if place is None:
        return
    yield _event(place, reader)
    latest = news(core.database, core.hints, municipality_id, (place.lane_topic,), position)
    async with aclosing(latest):
        async for seen in latest:
            if seen == position:
                continue
            position = seen
            place = await _standing(core, link, reader.language, core.clock())
            if place:
                yield _event(place, reader)
            if place is None or not place.is_open:
                yield ServerSentEvent(event="gone", data="")
                return


async def _standing(core: Core, link: OpenedLink, language: str, now: datetime) -> Standing | None:
    async with core.database.transaction(system(link.municipality.id)) as db:
        return await standing(db, link.row_id, language, now)


def _event(place: Standing, reader: Reader) -> ServerSentEvent:
    html = render("resident/standing.html", reader, standing=place)
    return ServerSentEvent(event="place", data=html)
