"""Fewer seats at a time, or one more than planned: two forms of the day list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.plain_text import storable
from backend.staff import Permission
from booking.capacity import CannotChange, StillBooked, add_seat, reduce_seats
from booking.console_day import day_of, day_page, to_day
from booking.sessions import Slot

router = APIRouter(prefix="/staff/seats", route_class=ConsoleRoute, include_in_schema=False)

SeatsDesk = Annotated[Desk, Depends(signed_in(Permission.CHANGE_SEATS))]
MAX_REASON = 200


@router.post("/reduce")
async def take_away(desk: SeatsDesk) -> Response:
    form = await desk.form()
    on, seats = day_of(form.get("on")), str(form.get("seats") or "")
    if not (seats.isdecimal() and len(seats) < 4):
        return await day_page(desk, on, status=422, problem="seats_unclear")
    try:
        async with desk.transaction() as db:
            slot_id = await _slot_id(db, form)
            await reduce_seats(db, slot_id, int(seats), desk.now())
            await desk.record(db, "reduce_seats", "slot", slot_id)
    except StillBooked as refusal:
        return await day_page(desk, on, status=409, problem="still_booked", codes=refusal.codes)
    except CannotChange:
        return await day_page(desk, on, status=409, problem="not_changed")
    return to_day(on)


@router.post("/add")
async def add_one(desk: SeatsDesk) -> Response:
    form = await desk.form()
    on, reason = day_of(form.get("on")), storable(str(form.get("reason") or ""))
    if not 0 < len(reason) <= MAX_REASON:
        return await day_page(desk, on, status=422, problem="no_reason", reason=reason)
    try:
        async with desk.transaction() as db:
            slot_id = await _slot_id(db, form)
            await add_seat(db, slot_id, desk.colleague.staff_id, reason, desk.now())
            await desk.record(db, "add_seat", "slot", slot_id)
    except CannotChange:
        return await day_page(desk, on, status=409, problem="not_changed", reason=reason)
    return to_day(on)


async def _slot_id(db: AsyncSession, form: FormData) -> UUID:
    """What the walls let through; anything else is not there."""
    try:
        slot_id = UUID(str(form.get("slot") or ""))
    except ValueError:
        raise HTTPException(404) from None
    if await db.scalar(select(Slot.id).where(Slot.id == slot_id)) is None:
        raise HTTPException(404)
    return slot_id
