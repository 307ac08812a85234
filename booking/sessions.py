"""A service on a date at an office: its slots, their seats, and the people on the chairs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Id, MunicipalityId, Table


class Chair(StrEnum):
    SOCIAL_WORKER = "social_worker"
    BENEFITS_OFFICER = "benefits_officer"
    INTERPRETER = "interpreter"


class Session(Table):
    __tablename__ = "session"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    service_id: Mapped[UUID]
    office_id: Mapped[UUID]
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    is_closed: Mapped[bool] = mapped_column(default=False)


class Slot(Table):
    __tablename__ = "slot"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    session_id: Mapped[UUID]
    time_zone: Mapped[str]
    local_start: Mapped[datetime]
    fold: Mapped[int] = mapped_column(default=0)
    starts: Mapped[datetime]
    ends: Mapped[datetime]


class Seat(Table):
    __tablename__ = "seat"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    slot_id: Mapped[UUID]
    seat_no: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    staff_languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_ready: Mapped[bool] = mapped_column(default=True)
    booking_id: Mapped[UUID | None]
    hold_until: Mapped[datetime | None]
    reason: Mapped[str | None]
    added_by: Mapped[UUID | None]


class ChairAssignment(Table):
    __tablename__ = "chair_assignment"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    seat_id: Mapped[UUID]
    chair: Mapped[str]
    staff_id: Mapped[UUID]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
