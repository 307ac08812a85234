"""The page behind a booking link: see, save, move or cancel the time. Opening changes nothing."""

import re
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app_state import core_of
from backend.db import system
from backend.places import RouteKind, in_language
from backend.resident_pages import visitor_page
from backend.visitor import visit_municipality
from booking import resident_ticket
from booking.bookings import Booking, BookingGone, BookingState, find_booking, spaced
from booking.cancel_booking import cancel_booking
from booking.free_times import FreeTime, free_times
from booking.hold import SlotTaken
from booking.move_booking import BookingChanged, move_booking
from booking.resident_calendar import booking_calendar
from booking.resident_cards import (
    booking_facts,
    map_address,
    meeting_of_slot,
    needs_interpreter,
    when,
)
from booking.resident_links import OpenedLink, check_link_form, open_link
from content.locale_format import day_text, local_day, time_text

router = APIRouter(include_in_schema=False)
router.include_router(resident_ticket.router)


@router.get("/b/{token}")
async def booking(request: Request, token: str) -> HTMLResponse:
    return await _page(request, await open_link(request, RouteKind.BOOKING, token), "booking")


@router.get("/b/{token}/calendar.ics")
async def calendar(request: Request, token: str) -> Response:
    link = await open_link(request, RouteKind.BOOKING, token)
    core = core_of(request)
    async with core.database.transaction(system(link.municipality.id)) as db:
        found = await _booking(db, link)
        content = await booking_calendar(db, link.municipality, found, core.clock())
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="landa.ics"',
        "X-Robots-Tag": "noindex",
    }
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


@router.get("/b/{token}/cancel")
async def ask_cancel(request: Request, token: str) -> HTMLResponse:
    link = await open_link(request, RouteKind.BOOKING, token)
    return await _page(request, link, "booking_cancel")


@router.post("/b/{token}/cancel")
async def cancel(request: Request, token: str) -> Response:
    link = await open_link(request, RouteKind.BOOKING, token)
    await check_link_form(request, link)
    core = core_of(request)
    async with core.database.transaction(system(link.municipality.id)) as db:
        try:
            await cancel_booking(db, link.row_id, core.clock())
        except BookingGone:
            return RedirectResponse(f"{link.address}?gone", status_code=303)
    return RedirectResponse(link.address, status_code=303)


@router.get("/b/{token}/move")
async def choose_time(request: Request, token: str, slot: UUID | None = None) -> HTMLResponse:
    """The free times; with one of them chosen, the question whether to take it."""
    link = await open_link(request, RouteKind.BOOKING, token)
    core = core_of(request)
    async with core.database.transaction(system(link.municipality.id)) as db:
        found = await _booking(db, link)
        times = await free_times(db, found.service_id, found.language, core.clock())
    chosen = next((time for time in times if time.slot_id == slot), None)
    if slot and chosen is None:
        return await _page(request, link, "booking_move", times=times, is_taken=True)
    template = "booking_move_confirm" if chosen else "booking_move"
    return await _page(request, link, template, times=times, chosen=chosen)


@router.post("/b/{token}/move")
async def move(request: Request, token: str) -> Response:
    link = await open_link(request, RouteKind.BOOKING, token)
    form = await check_link_form(request, link)
    core = core_of(request)
    slot_id = _slot_id(form.get("slot", ""))
    seen = _version(form.get("version", ""))
    try:
        async with core.database.transaction(system(link.municipality.id)) as db:
            await move_booking(db, link.row_id, slot_id, core.clock(), seen_version=seen)
    except BookingChanged:
        return RedirectResponse(f"{link.address}/move?slot={slot_id}&changed", status_code=303)
    except SlotTaken:
        return RedirectResponse(f"{link.address}/move?slot={slot_id}", status_code=303)
    except BookingGone:
        return RedirectResponse(f"{link.address}?gone", status_code=303)
    return RedirectResponse(f"{link.address}?moved", status_code=303)


def _slot_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(422) from None


def _version(text: str) -> int:
    """A page without one is older than every booking."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


async def _booking(db: AsyncSession, link: OpenedLink) -> Booking:
    try:
        return await find_booking(db, link.row_id)
    except BookingGone:
        raise HTTPException(404) from None


async def _page(
    request: Request,
    link: OpenedLink,
    template: str,
    *,
    times: list[FreeTime] | None = None,
    chosen: FreeTime | None = None,
    is_taken: bool = False,
) -> HTMLResponse:
    core = core_of(request)
    now = core.clock()
    async with core.database.transaction(system(link.municipality.id)) as db:
        found = await _booking(db, link)
        meeting = await meeting_of_slot(db, found.slot_id)
        interpreted = found.language if await needs_interpreter(db, found) else None
    visitor = await visit_municipality(request, link.municipality, found.language)
    language = visitor.language
    values: dict[str, Any] = {
        "link": link,
        "code": spaced(found.code),
        "state": found.state,
        "is_coming": found.state == BookingState.CONFIRMED and meeting.ends > now,
        "when": when(meeting, language),
        "facts": booking_facts(meeting, language, interpreted),
        "map_address": map_address(meeting),
        "calendar_title": in_language(link.municipality.name_in, language),
        "days": _days(times or [], language),
        "chosen": _chosen(chosen, language),
        "is_taken": is_taken,
        "is_moved": "moved" in request.query_params,
        "is_gone": "gone" in request.query_params,
        "is_changed": "changed" in request.query_params,
        "version": found.version,
    }
    response = visitor_page(request, template, visitor, **values)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _days(times: list[FreeTime], language: str) -> list[tuple[str, list[tuple[UUID, str]]]]:
    """Free times under their day, as they are read."""
    days = groupby(times, key=lambda time: local_day(time.starts, ZoneInfo(time.time_zone)))
    return [
        (
            day_text(day, language),
            [
                (time.slot_id, time_text(time.starts, language, ZoneInfo(time.time_zone)))
                for time in run
            ],
        )
        for day, run in days
    ]


def _chosen(time: FreeTime | None, language: str) -> dict[str, Any] | None:
    if time is None:
        return None
    ((day, ((slot_id, hour),)),) = _days([time], language)
    return {"slot_id": slot_id, "day": day, "time": hour}
