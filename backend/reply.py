"""One thing said to a resident, in a shape that every channel can show."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Which card the web page draws; other channels show the text."""

    SAY = "say"
    MENU = "menu"
    ANSWER = "answer"
    TIMES = "times"
    HOLD = "hold"
    BOOKED = "booked"
    TICKET = "ticket"
    CONSENT = "consent"
    WAITING = "waiting"
    DANGER = "danger"
    EVENT = "event"
    TAP = "tap"  # what the button said that a resident pressed


@dataclass(frozen=True)
class Button:
    label: str
    action: str
    hint: str = ""
    group: str = ""  # heading over a run of buttons, such as a day
    icon: str = ""


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Source:
    name: str
    url: str
    checked_on: str  # ISO date
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A line of a card: when, where, who comes, what to bring."""

    icon: str
    label: str
    value: str


@dataclass(frozen=True)
class Spoken:
    """A phrase of the library inside a caseworker's text, so that colleagues can read it."""

    key: str
    values: Mapping[str, str]  # as the form sent them
    text: str  # as it stands in the message


@dataclass(frozen=True)
class Way:
    """Where an answer stands in the chain: what comes before it, what it opens, whose turn it is.
    `url` is the page with the whole chain."""

    now: str
    turn: str
    url: str
    first: tuple[Button, ...] = ()
    then: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Reply:
    """`text` alone must make sense: paragraphs, and lists with "- "."""

    text: str
    kind: Kind = Kind.SAY
    title: str = ""
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()
    source: Source | None = None
    way: Way | None = None
    limit: str = ""  # what the municipality cannot do about the topic, and who can
    facts: tuple[Fact, ...] = ()
    code: str = ""  # a booking's code or a ticket's number
    reference: str = ""  # id of the booking or ticket behind the card
    language: str = ""  # of the text where it is not the resident's
    phrases: tuple[Spoken, ...] = ()
    page: str = ""  # address of the whole answer, to read and to print

    def payload(self) -> dict[str, Any]:
        """What is stored beside the text."""
        return {key: value for key, value in asdict(self).items() if key != "text" and value}


def reply_from(text: str, payload: Mapping[str, Any]) -> Reply:
    fields = dict(payload)
    source = fields.pop("source", None)
    way = fields.pop("way", None)
    return Reply(
        text=text,
        kind=Kind(fields.pop("kind", Kind.SAY)),
        buttons=tuple(Button(**item) for item in fields.pop("buttons", ())),
        links=tuple(Link(**item) for item in fields.pop("links", ())),
        source=Source(**{**source, "notes": tuple(source.get("notes", ()))}) if source else None,
        way=_way_from(way) if way else None,
        facts=tuple(Fact(**item) for item in fields.pop("facts", ())),
        phrases=tuple(Spoken(**item) for item in fields.pop("phrases", ())),
        **fields,
    )


def _way_from(stored: Mapping[str, Any]) -> Way:
    first, then = (tuple(Button(**item) for item in stored[key]) for key in ("first", "then"))
    return Way(stored["now"], stored["turn"], stored["url"], first, then)
