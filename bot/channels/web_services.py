"""The service directory as a page, for residents and, with a search, for staff."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from backend.app_state import Core, core_of
from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.db import resident
from backend.places import Municipality, Office, OpeningHours, Service, in_language
from backend.resident_pages import visitor_page
from backend.visitor import visit
from bot.limits import find_limit
from bot.topic_titles import TITLES
from content.authorities import Authority, find_authority
from content.directory import (
    Listing,
    Reason,
    described_municipality,
    is_described,
    load_directory,
)
from content.locale_format import clock_text, day_parts, day_text, local_day
from content.municipality import Municipality as Described
from content.municipality import Service as DescribedService
from content.opening import occurs_on
from content.texts import N_, Domain, Texts, load_texts

router = APIRouter(include_in_schema=False)
staff_router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)

REASONS = {
    Reason.LAW: N_("By law, another authority decides this."),
    Reason.CARE: N_("Only health care staff may give care."),
    Reason.LEGAL: N_("Our staff are not lawyers."),
    Reason.MONEY: N_("Money is paid only after a decision."),
    Reason.EMERGENCY: N_("In danger you need help faster than we can answer."),
    Reason.DECISION: N_("A decision needs an application of your own."),
}
WEEKS = 8  # looked at to see whether a day comes every week
NEXT_DATES = 3


@dataclass(frozen=True)
class Who:
    """A service further down the page or an authority with its address."""

    name: str
    url: str


@dataclass(frozen=True)
class No:
    text: str
    reason: str
    who: Who


@dataclass(frozen=True)
class ServiceView:
    """`hours` are days and times; `people` are shown to staff only."""

    key: str
    name: str
    does: tuple[str, ...]
    does_not: tuple[No, ...]
    office: str
    address: str
    room: str
    hours: tuple[tuple[str, str], ...]
    substitute: Who
    people: tuple[str, str]

    @property
    def words(self) -> Iterator[str]:
        """All that staff read of it, to be searched."""
        yield from (self.name, *self.does, self.office, self.address, self.room)
        for no in self.does_not:
            yield from (no.text, no.reason, no.who.name)
        for days, times in self.hours:
            yield from (days, times)
        yield from (self.substitute.name, *self.people)


@dataclass(frozen=True)
class LimitView:
    title: str
    text: str
    authority: Authority

    @property
    def words(self) -> Iterator[str]:
        yield from (self.title, self.text, self.authority.name)


@dataclass(frozen=True)
class Place:
    """What the database says, as everywhere else; what a service does is in the files."""

    service: Service
    office: Office
    hours: list[OpeningHours]
    today: date


@router.get("/services")
@router.get("/m/{slug}/services")
async def services(request: Request, slug: str | None = None) -> HTMLResponse:
    visitor = await visit(request, slug)
    if not is_described(visitor.municipality.slug):
        raise HTTPException(404)
    texts = load_texts(Domain.RESIDENT, visitor.language)
    views = await _services(core_of(request), visitor.municipality, texts)
    limits = _limits(visitor.municipality, texts)
    return visitor_page(request, "services", visitor, services=views, limits=limits)


@staff_router.get("/staff/services")
async def staff_services(
    desk: Annotated[Desk, Depends(signed_in(None))],
    find: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """In the language of the console; every word typed has to stand in what is shown."""
    texts = load_texts(Domain.RESIDENT, desk.colleague.language)
    words = find.casefold().split()
    views = await _services(desk.core, desk.municipality, texts)
    limits = _limits(desk.municipality, texts)
    async with desk.transaction() as db:
        return await desk.page(
            db,
            "console/services.html",
            place="services",
            find=find,
            is_described=is_described(desk.municipality.slug),
            services=[view for view in views if _has(words, view.words)],
            limits=[view for view in limits if _has(words, view.words)],
        )


def _has(words: Iterable[str], shown: Iterable[str]) -> bool:
    text = "\n".join(shown).casefold()
    return all(word in text for word in words)


async def _services(core: Core, municipality: Municipality, texts: Texts) -> list[ServiceView]:
    """In the order of the file; one that is not loaded yet is left out."""
    if not is_described(municipality.slug):
        return []
    described = described_municipality(municipality.slug)
    places = await _places(core, municipality)
    listings = load_directory(municipality.slug).services
    return [
        _service(described, service, listings[service.key], places, texts)
        for service in described.services
        if service.key in listings and service.key in places
    ]


async def _places(core: Core, municipality: Municipality) -> dict[str, Place]:
    """By the key of the service. Colleagues, too, see those of other bodies, as residents do."""
    async with core.database.transaction(resident(municipality.id)) as db:
        rows = await db.execute(
            select(Service, Office).join(
                Office,
                (Office.municipality_id == Service.municipality_id)
                & (Office.id == Service.office_id),
            )
        )
        today = local_day(core.clock(), ZoneInfo(municipality.time_zone))
        places = {row.Service.id: Place(row.Service, row.Office, [], today) for row in rows}
        query = select(OpeningHours).where(OpeningHours.service_id.is_not(None))
        for hours in await db.scalars(query):
            if hours.service_id in places:
                places[hours.service_id].hours.append(hours)
    return {place.service.key: place for place in places.values()}


def _service(
    described: Described,
    service: DescribedService,
    listing: Listing,
    places: Mapping[str, Place],
    texts: Texts,
) -> ServiceView:
    language, place = texts.language, places[service.key]

    def who(key: str) -> Who:
        return _who(described.country, key, places, language)

    return ServiceView(
        key=service.key,
        name=in_language(place.service.name, language),
        does=tuple(line.text(language) for line in service.does),
        does_not=tuple(
            No(line.text(language), texts.gettext(REASONS[no.reason]), who(no.who))
            for line, no in zip(service.does_not, listing.instead, strict=True)
        ),
        office=in_language(place.office.name, language),
        address=place.office.address,
        room=in_language(place.office.room, language),
        hours=tuple(_hours(place.hours, place.today, language)),
        substitute=who(listing.substitute),
        people=(
            described.staff_member(service.contact).name,
            described.staff_member(service.substitute).name,
        ),
    )


def _who(country: str, key: str, places: Mapping[str, Place], language: str) -> Who:
    if key in places:
        return Who(in_language(places[key].service.name, language), f"#{key}")
    authority = find_authority(country, key)
    return Who(authority.name, authority.url)


def _hours(hours: Iterable[OpeningHours], today: date, language: str) -> Iterator[tuple[str, str]]:
    """In the order of a week. Two rules on the same days may follow each other in a day."""
    rows = [(_coming_days(row.rrule, today), row) for row in hours]
    rows.sort(key=lambda row: (sorted({day.weekday() for day in row[0]}), row[1].opens))
    for days, row in rows:
        if days:
            times = f"{clock_text(row.opens, language)}–{clock_text(row.closes, language)}"
            yield _days_text(days, language), times


def _coming_days(rule: str, today: date) -> list[date]:
    days = (today + timedelta(days=number) for number in range(7 * WEEKS))
    return [day for day in days if occurs_on(rule, day)]


def _days_text(days: list[date], language: str) -> str:
    """Weekdays where they come every week, else the next dates."""
    by_weekday = {day.weekday(): day for day in days}
    if len(days) == WEEKS * len(by_weekday):
        week = (day_parts(by_weekday[number], language).weekday for number in sorted(by_weekday))
        return " · ".join(week)
    return " · ".join(day_text(day, language) for day in days[:NEXT_DATES])


def _limits(municipality: Municipality, texts: Texts) -> list[LimitView]:
    return [
        LimitView(
            texts.gettext(TITLES[topic]),
            find_limit(texts, municipality, topic),
            find_authority(municipality.country, topic),
        )
        for topic in load_directory(municipality.slug).limits
    ]
