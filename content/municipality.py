"""Municipalities as files describe them: bodies, offices, services and staff.
The database is filled from these; nothing here changes at run time."""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from zoneinfo import ZoneInfo

from content.opening import Calendar, OpeningHours
from content.wording import Wording


class ServiceKind(StrEnum):
    INTERPRETER_DAY = "interpreter_day"
    DROP_IN = "drop_in"
    QUEUE = "queue"


class Chair(StrEnum):
    SOCIAL_WORKER = "social_worker"
    BENEFITS_OFFICER = "benefits_officer"
    INTERPRETER = "interpreter"


class Role(StrEnum):
    RECEPTIONIST = "receptionist"
    CASEWORKER = "caseworker"
    ADMIN = "admin"
    CONTENT_EDITOR = "content_editor"


@dataclass(frozen=True)
class Body:
    key: str
    name: Wording


@dataclass(frozen=True)
class Office:
    key: str
    name: Wording
    address: str
    room: Wording
    directions: Wording
    calendar: Calendar


@dataclass(frozen=True)
class StaffMember:
    """With a sign-in name an account of the console; without one, a person who holds a chair."""

    key: str
    name: str
    sign_in: str | None
    languages: tuple[str, ...]
    roles: tuple[Role, ...]
    body: str
    chairs: tuple[Chair, ...]
    hours: tuple[OpeningHours, ...]


@dataclass(frozen=True)
class InterpreterBlock:
    """Part of an interpreter day on which one interpreter is present."""

    opens: time
    closes: time
    languages: tuple[str, ...]
    interpreter: str


@dataclass(frozen=True)
class InterpreterDay:
    slot_minutes: int
    chairs: tuple[Chair, ...]
    blocks: tuple[InterpreterBlock, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        spoken = (language for block in self.blocks for language in block.languages)
        return tuple(dict.fromkeys(spoken))


@dataclass(frozen=True)
class Lane:
    letter: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class DropIn:
    minutes_per_visit: int
    lanes: tuple[Lane, ...]

    def lane_for(self, language: str) -> Lane | None:
        return next((lane for lane in self.lanes if language in lane.languages), None)


@dataclass(frozen=True)
class Queue:
    """The queue to a person in the chat; the promise counts minutes of open time."""

    answer_minutes: int


ServiceForm = InterpreterDay | DropIn | Queue


@dataclass(frozen=True)
class Service:
    """What is offered, honestly: what it does not do as well, whom to ask and who steps in."""

    key: str
    kind: ServiceKind
    name: Wording
    body: str
    office: str
    does: tuple[Wording, ...]
    does_not: tuple[Wording, ...]
    contact: str
    substitute: str
    calendar: Calendar
    form: ServiceForm


@dataclass(frozen=True)
class Municipality:
    """`name_in` is the whole phrase "in Lindby" in languages that inflect or rewrite the name.
    `keeps_unanswered` lets the bot learn from redacted lines that it could not answer."""

    slug: str
    name: Wording
    name_in: Wording
    country: str
    time_zone: ZoneInfo
    default_language: str
    demo: bool
    keeps_unanswered: bool
    theme: str
    bodies: tuple[Body, ...]
    offices: tuple[Office, ...]
    staff: tuple[StaffMember, ...]
    services: tuple[Service, ...]

    def body(self, key: str) -> Body:
        return next(body for body in self.bodies if body.key == key)

    def office(self, key: str) -> Office:
        return next(office for office in self.offices if office.key == key)

    def service(self, key: str) -> Service:
        return next(service for service in self.services if service.key == key)

    def staff_member(self, key: str) -> StaffMember:
        return next(member for member in self.staff if member.key == key)

    def services_of(self, kind: ServiceKind) -> tuple[Service, ...]:
        return tuple(service for service in self.services if service.kind is kind)
