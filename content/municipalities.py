"""Reads the municipalities' files. A municipality is added by adding a file; every mistake is
reported with its file and key."""

from collections.abc import Iterable, Mapping
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from content.entry import ContentError, Entry, read_toml
from content.municipality import (
    Body,
    Chair,
    DropIn,
    InterpreterBlock,
    InterpreterDay,
    Lane,
    Municipality,
    Office,
    Queue,
    Role,
    Service,
    ServiceForm,
    ServiceKind,
    StaffMember,
)
from content.opening import (
    COUNTRIES,
    Calendar,
    Closure,
    OpeningHours,
    UnsupportedRule,
    check_rule,
)
from content.person_name import ConfusableName, check_person_name

MUNICIPALITIES_FOLDER = Path(__file__).parent / "municipalities"


def load_municipalities(folder: Path = MUNICIPALITIES_FOLDER) -> Mapping[str, Municipality]:
    """By slug, in the order of the file names. Raises ContentError."""
    municipalities = (read_municipality(path) for path in sorted(folder.glob("*.toml")))
    return {municipality.slug: municipality for municipality in municipalities}


def read_municipality(path: Path) -> Municipality:
    entry = read_toml(path)
    entry.refuse_unknown(frozenset(Municipality.__dataclass_fields__))
    if entry.text("slug") != path.stem:
        raise ContentError(entry.where, f"make 'slug' the name of the file, '{path.stem}'")
    country, zone = _parse_country(entry), _parse_zone(entry)
    offices = tuple(_parse_office(part, country, zone) for part in entry.entries("offices"))
    municipality = Municipality(
        slug=entry.text("slug"),
        name=entry.wording("name"),
        name_in=entry.wording("name_in"),
        country=country,
        time_zone=zone,
        default_language=entry.text("default_language"),
        demo=entry.flag("demo"),
        keeps_unanswered=entry.has("keeps_unanswered") and entry.flag("keeps_unanswered"),
        theme=entry.text("theme"),
        bodies=tuple(_parse_body(part) for part in entry.entries("bodies")),
        offices=offices,
        staff=tuple(_parse_staff_member(part) for part in entry.entries("staff")),
        services=tuple(_parse_service(part, offices) for part in entry.entries("services")),
    )
    _check_references(entry.where, municipality)
    return municipality


def _parse_country(entry: Entry) -> str:
    country = entry.text("country")
    if country not in COUNTRIES:
        raise ContentError(entry.where, f"choose 'country' from: {', '.join(COUNTRIES)}")
    return country


def _parse_zone(entry: Entry) -> ZoneInfo:
    name = entry.text("time_zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ContentError(entry.where, f"there is no time zone '{name}'") from error


def _parse_body(entry: Entry) -> Body:
    entry.refuse_unknown(frozenset({"key", "name"}))
    return Body(entry.text("key"), entry.wording("name"))


def _parse_office(entry: Entry, country: str, zone: ZoneInfo) -> Office:
    entry.refuse_unknown(
        frozenset({"key", "name", "address", "room", "directions", "hours", "closures"})
    )
    closures = tuple(_parse_closure(part) for part in entry.entries("closures"))
    return Office(
        key=entry.text("key"),
        name=entry.wording("name"),
        address=entry.text("address"),
        room=entry.wording("room"),
        directions=entry.wording("directions"),
        calendar=Calendar(country, zone, _parse_hours(entry), closures),
    )


def _parse_closure(entry: Entry) -> Closure:
    entry.refuse_unknown(frozenset({"first_day", "last_day", "reason"}))
    return Closure(entry.day("first_day"), entry.day("last_day"), entry.wording("reason"))


def _parse_staff_member(entry: Entry) -> StaffMember:
    entry.refuse_unknown(frozenset(StaffMember.__dataclass_fields__))
    return StaffMember(
        key=entry.text("key"),
        name=_parse_name(entry),
        sign_in=entry.text("sign_in") if entry.has("sign_in") else None,
        languages=entry.texts("languages"),
        roles=entry.choices("roles", Role),
        body=entry.text("body"),
        chairs=entry.choices("chairs", Chair),
        hours=_parse_hours(entry),
    )


def _parse_name(entry: Entry) -> str:
    name = entry.text("name")
    try:
        check_person_name(name)
    except ConfusableName as error:
        raise ContentError(entry.where, str(error)) from error
    return name


def _parse_service(entry: Entry, offices: tuple[Office, ...]) -> Service:
    entry.refuse_unknown(
        frozenset(Service.__dataclass_fields__) - {"calendar", "form"}
        | {"hours", "slot_minutes", "chairs", "blocks", "minutes_per_visit", "lanes"}
        | {"answer_minutes"}
    )
    kind = entry.choice("kind", ServiceKind)
    return Service(
        key=entry.text("key"),
        kind=kind,
        name=entry.wording("name"),
        body=entry.text("body"),
        office=entry.text("office"),
        does=entry.wordings("does"),
        does_not=entry.wordings("does_not"),
        contact=entry.text("contact"),
        substitute=entry.text("substitute"),
        calendar=_service_calendar(entry, offices),
        form=_parse_form(entry, kind),
    )


def _service_calendar(entry: Entry, offices: tuple[Office, ...]) -> Calendar:
    """A service has its own hours and is closed when its office is."""
    for office in offices:
        if office.key == entry.text("office"):
            place = office.calendar
            return Calendar(place.country, place.time_zone, _parse_hours(entry), place.closures)
    raise ContentError(entry.where, f"there is no office '{entry.text('office')}'")


def _parse_form(entry: Entry, kind: ServiceKind) -> ServiceForm:
    if kind is ServiceKind.QUEUE:
        return Queue(entry.number("answer_minutes"))
    if kind is ServiceKind.DROP_IN:
        lanes = tuple(_parse_lane(part) for part in entry.entries("lanes"))
        return DropIn(entry.number("minutes_per_visit"), lanes)
    blocks = tuple(_parse_block(part) for part in entry.entries("blocks"))
    return InterpreterDay(entry.number("slot_minutes"), entry.choices("chairs", Chair), blocks)


def _parse_lane(entry: Entry) -> Lane:
    entry.refuse_unknown(frozenset({"letter", "languages"}))
    return Lane(entry.text("letter"), entry.texts("languages"))


def _parse_block(entry: Entry) -> InterpreterBlock:
    entry.refuse_unknown(frozenset({"at", "languages", "interpreter"}))
    opens, closes = _parse_span(entry, entry.text("at"))
    return InterpreterBlock(opens, closes, entry.texts("languages"), entry.text("interpreter"))


def _parse_hours(entry: Entry) -> tuple[OpeningHours, ...]:
    return tuple(
        OpeningHours(_parse_rule(part), *_parse_span(part, span))
        for part in entry.entries("hours")
        for span in part.texts("at")
    )


def _parse_rule(entry: Entry) -> str:
    entry.refuse_unknown(frozenset({"rrule", "at"}))
    rule = entry.text("rrule")
    try:
        check_rule(rule)
    except UnsupportedRule as error:
        raise ContentError(entry.where, str(error)) from error
    return rule


def _parse_span(entry: Entry, span: str) -> tuple[time, time]:
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in span.split("-"))
    except ValueError as error:
        raise ContentError(entry.where, f"write '{span}' like 09:00-12:00") from error
    if opens >= closes:
        raise ContentError(entry.where, f"let '{span}' end after it begins")
    return opens, closes


def _check_references(where: str, municipality: Municipality) -> None:
    bodies = {body.key for body in municipality.bodies}
    people = {member.key for member in municipality.staff}
    for member in municipality.staff:
        _check_known(f"{where}: staff {member.key}", "body", [member.body], bodies)
    for service in municipality.services:
        place = f"{where}: services {service.key}"
        _check_known(place, "body", [service.body], bodies)
        _check_known(place, "contact or substitute", [service.contact, service.substitute], people)
        if service.contact == service.substitute:
            raise ContentError(place, "name a substitute who is somebody else than the contact")
        if isinstance(service.form, InterpreterDay):
            interpreters = [block.interpreter for block in service.form.blocks]
            _check_known(place, "interpreter", interpreters, people)


def _check_known(where: str, what: str, used: Iterable[str], known: set[str]) -> None:
    unknown = sorted(set(used) - known)
    if unknown:
        raise ContentError(where, f"there is no {what} '{unknown[0]}'")
