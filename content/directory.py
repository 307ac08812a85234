"""The service directory: for each service of a municipality why it does not do what it does not
do and who can, whom to turn to when it is closed, and what the municipality as a whole cannot
decide or promise. Read from municipalities/directory/<slug>.toml beside the services."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from content.authorities import load_authorities
from content.entry import ContentError, Entry, read_toml
from content.findings import Finding
from content.municipalities import MUNICIPALITIES_FOLDER, load_municipalities, read_municipality
from content.municipality import Municipality, Service


class Reason(StrEnum):
    """Why a service does not do something."""

    LAW = "law"
    CARE = "care"
    LEGAL = "legal"
    MONEY = "money"
    EMERGENCY = "emergency"
    DECISION = "decision"


class Limit(StrEnum):
    """What no office of a municipality can do."""

    DECISION = "decision"
    ELSEWHERE = "elsewhere"  # as a decision, where the facts do not say whose it is
    BANK = "bank"
    HOME = "home"
    JOB = "job"


@dataclass(frozen=True)
class Instead:
    """`who` is another service of the municipality, or a topic whose authority can help."""

    reason: Reason
    who: str


@dataclass(frozen=True)
class Listing:
    """`instead` has one item for each line of what the service does not do, in its order."""

    substitute: str
    instead: tuple[Instead, ...]


@dataclass(frozen=True)
class Directory:
    services: dict[str, Listing]
    limits: dict[str, Limit]  # by topic

    @staticmethod
    def empty() -> "Directory":
        return Directory({}, {})


def load_directory(slug: str) -> Directory:
    """Empty for a municipality without the file. Raises ContentError."""
    path = MUNICIPALITIES_FOLDER / "directory" / f"{slug}.toml"
    return _directory_of(path) if path.exists() else Directory.empty()


def is_described(slug: str) -> bool:
    """Whether anything tells what its services do; otherwise there is no page about them."""
    paths = (f"{slug}.toml", f"directory/{slug}.toml")
    return all((MUNICIPALITIES_FOLDER / path).exists() for path in paths)


def described_municipality(slug: str) -> Municipality:
    """What the file of one that `is_described` says. Raises ContentError."""
    return _municipality_of(MUNICIPALITIES_FOLDER / f"{slug}.toml")


def read_directory(path: Path) -> Directory:
    entry = read_toml(path)
    entry.refuse_unknown(frozenset({"services", "cannot"}))
    services, cannot = entry.entry("services"), entry.entry("cannot")
    cannot.refuse_unknown(frozenset(Limit))
    return Directory(
        {key: _parse_listing(services.entry(key)) for key in services.values},
        {topic: Limit(limit) for limit in cannot.values for topic in cannot.texts(limit)},
    )


def check_directories(folder: Path) -> Iterator[Finding]:
    """Every service has a substitute and says who helps instead; every text is in all languages."""
    try:
        municipalities = load_municipalities(folder).values()
    except ContentError as error:
        yield Finding(error.where, error.message)
        return
    for municipality in municipalities:
        yield from _check_languages(municipality)
        path = folder / "directory" / f"{municipality.slug}.toml"
        if not path.exists():
            if municipality.services:
                yield Finding(f"directory/{path.name}", "write this file: every service needs one")
            continue
        try:
            directory = read_directory(path)
        except ContentError as error:
            yield Finding(f"directory/{error.where}", error.message)
            continue
        yield from _check_directory(f"directory/{path.name}", municipality, directory)


@cache
def _directory_of(path: Path) -> Directory:
    return read_directory(path)


@cache
def _municipality_of(path: Path) -> Municipality:
    return read_municipality(path)


def _check_directory(
    where: str, municipality: Municipality, directory: Directory
) -> Iterator[Finding]:
    known = {service.key for service in municipality.services}
    for service in municipality.services:
        listing = directory.services.get(service.key)
        if listing is None:
            yield Finding(where, f"add [services.{service.key}] with its substitute")
            continue
        yield from _check_listing(f"{where}: {service.key}", municipality, service, listing)
    for key in sorted(set(directory.services) - known):
        yield Finding(where, f"remove [services.{key}]: there is no such service")
    for topic in directory.limits:
        if (municipality.country, topic) not in load_authorities():
            yield Finding(f"{where}: cannot", f"there is no topic '{topic}' in authorities.toml")


def _check_listing(
    where: str, municipality: Municipality, service: Service, listing: Listing
) -> Iterator[Finding]:
    others = {other.key for other in municipality.services} - {service.key}
    for who in (listing.substitute, *(item.who for item in listing.instead)):
        if who not in others and (municipality.country, who) not in load_authorities():
            message = f"'{who}' is neither another service nor a topic with an authority"
            yield Finding(where, message)
    if len(listing.instead) != len(service.does_not):
        message = f"write {len(service.does_not)} lines 'instead', one for each of 'does_not'"
        yield Finding(where, message)


def _check_languages(municipality: Municipality) -> Iterator[Finding]:
    """A municipality speaks the languages in which its own name is written."""
    for service in municipality.services:
        wordings = (service.name, *service.does, *service.does_not)
        for code in municipality.name_in.by_language:
            if any(code not in wording.by_language for wording in wordings):
                where = f"{municipality.slug}.toml: services {service.key}"
                yield Finding(where, f"write every text in '{code}' as well")


def _parse_listing(entry: Entry) -> Listing:
    entry.refuse_unknown(frozenset({"substitute", "instead"}))
    return Listing(
        entry.text("substitute"), tuple(_parse_instead(part) for part in entry.entries("instead"))
    )


def _parse_instead(entry: Entry) -> Instead:
    entry.refuse_unknown(frozenset({"reason", "who"}))
    return Instead(entry.choice("reason", Reason), entry.text("who"))
