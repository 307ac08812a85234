"""The service directory as a page, for residents and, with a search, for staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.places import Municipality
from backend.resident_pages import visitor_page
from backend.visitor import visit
from bot.limits import find_limit
from bot.topic_titles import TITLES
from content.authorities import Authority, find_authority
from content.directory import Reason, described_municipality, load_directory
from content.locale_format import clock_text, day_parts
from content.municipality import Municipality as Described
from content.municipality import Service
from content.opening import RULES_START, OpeningHours, occurs_on
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
FIRST_WEEK = tuple(RULES_START + timedelta(days=number) for number in range(7))


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


@dataclass(frozen=True)
class LimitView:
    title: str
    text: str
    authority: Authority


@router.get("/services")
@router.get("/m/{slug}/services")
async def services(request: Request, slug: str | None = None) -> HTMLResponse:
    visitor = await visit(request, slug)
    texts = load_texts(Domain.RESIDENT, visitor.language)
    views = _services(visitor.municipality, texts)
    if not views:
        raise HTTPException(404)
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
    views = _services(desk.municipality, texts)
    limits = _limits(desk.municipality, texts)
    async with desk.transaction() as db:
        return await desk.page(
            db,
            "console/services.html",
            place="services",
            find=find,
            services=[view for view in views if _has(words, repr(view))],
            limits=[view for view in limits if _has(words, repr(view))],
        )


def _has(words: Iterable[str], text: str) -> bool:
    return all(word in text.casefold() for word in words)


def _services(municipality: Municipality, texts: Texts) -> list[ServiceView]:
    described = described_municipality(municipality.slug)
    if described is None:
        return []
    listed = load_directory(municipality.slug).services
    return [
        _service(described, service, texts)
        for service in described.services
        if service.key in listed
    ]


def _service(described: Described, service: Service, texts: Texts) -> ServiceView:
    language = texts.language
    listing = load_directory(described.slug).services[service.key]
    office = described.office(service.office)
    return ServiceView(
        key=service.key,
        name=service.name.text(language),
        does=tuple(line.text(language) for line in service.does),
        does_not=tuple(
            No(
                line.text(language),
                texts.gettext(REASONS[no.reason]),
                _who(described, no.who, texts),
            )
            for line, no in zip(service.does_not, listing.instead, strict=True)
        ),
        office=office.name.text(language),
        address=office.address,
        room=office.room.text(language),
        hours=tuple(_hours(hours, language) for hours in service.calendar.hours),
        substitute=_who(described, listing.substitute, texts),
        people=(
            described.staff_member(service.contact).name,
            described.staff_member(service.substitute).name,
        ),
    )


def _who(described: Described, key: str, texts: Texts) -> Who:
    for service in described.services:
        if service.key == key:
            return Who(service.name.text(texts.language), f"#{key}")
    authority = find_authority(described.country, key)
    return Who(authority.name, authority.url)


def _hours(hours: OpeningHours, language: str) -> tuple[str, str]:
    days = (day_parts(day, language).weekday for day in FIRST_WEEK if occurs_on(hours.rrule, day))
    times = f"{clock_text(hours.opens, language)}–{clock_text(hours.closes, language)}"
    return " · ".join(days), times


def _limits(municipality: Municipality, texts: Texts) -> list[LimitView]:
    return [
        LimitView(
            texts.gettext(TITLES[topic]),
            find_limit(texts, municipality, topic),
            find_authority(municipality.country, topic),
        )
        for topic in load_directory(municipality.slug).limits
    ]
