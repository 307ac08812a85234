"""Opening hours as the database has them, and the honest promise of an answer."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.places import Closure, Municipality, Office, OpeningHours, Service
from content import opening
from content.opening import Calendar
from content.wording import Wording


async def office_calendar(
    db: AsyncSession, municipality: Municipality, office_id: UUID, service_id: UUID | None = None
) -> Calendar:
    """The hours of an office, or of one service there; closures are always the office's."""
    office = (await db.scalars(select(Office).where(Office.id == office_id))).one()
    hours = await db.scalars(
        select(OpeningHours).where(
            OpeningHours.office_id == office_id,
            OpeningHours.service_id.is_not_distinct_from(service_id),
        )
    )
    closures = await db.scalars(select(Closure).where(Closure.office_id == office_id))
    return Calendar(
        country=municipality.country,
        time_zone=ZoneInfo(office.time_zone),
        hours=tuple(opening.OpeningHours(row.rrule, row.opens, row.closes) for row in hours),
        closures=tuple(
            opening.Closure(row.first_day, row.last_day, Wording(row.reason)) for row in closures
        ),
    )


def answer_by(calendar: Calendar, service: Service, now: datetime) -> datetime:
    """When the queue has been open for the promised minutes; a week when it never opens."""
    minutes = service.answer_minutes or 0
    promised = opening.open_minutes_later(calendar, now, minutes)
    return promised or now + timedelta(days=7)
