"""The messages of a conversation as the web page draws them: one view per message."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.conversation import Author, Message
from backend.reply import Button, Kind, Reply, reply_from
from booking.resident_cards import Held, Standing
from content.languages import RESIDENT_LANGUAGES
from content.locale_format import date_text, time_text
from content.texts import Domain, Texts, load_texts

MENU_CHOICES = 6
DIRECTIONS = {entry.code: str(entry.direction) for entry in RESIDENT_LANGUAGES}
MODIFIERS = {
    Author.RESIDENT: " turn--me",
    Author.CASEWORKER: " turn--person",
    Author.EVENT: " turn--event",
    Author.BOT: "",
}


@dataclass(frozen=True)
class Cards:
    """What the database says now about the things behind older and newer cards."""

    held: Mapping[str, Held] = field(default_factory=dict)
    cancelled: frozenset[str] = frozenset()
    standing: Mapping[str, Standing] = field(default_factory=dict)
    before: int | None = None  # in the queue for a person


@dataclass(frozen=True)
class Reading:
    """Who reads, where: what a view needs beside the message itself."""

    language: str
    zone: ZoneInfo
    names: Mapping[UUID, str]
    cards: Cards


@dataclass(frozen=True)
class TurnView:
    seq: int
    author: str
    reply: Reply
    texts: Texts
    language: str  # of the card around the text; the text itself may be in another
    direction: str
    text_language: str
    text_direction: str
    name: str
    time: str
    modifier: str
    is_same: bool  # the speaker of the message before goes on
    is_latest: bool
    template: str
    checked_on: str = ""
    choices: tuple[Button, ...] = ()
    chips: tuple[Button, ...] = ()
    rows: tuple[Button, ...] = ()
    next: tuple[Button, ...] = ()
    days: tuple[tuple[str, tuple[Button, ...]], ...] = ()
    original: Button | None = None
    hold: Held | None = None
    standing: Standing | None = None
    is_cancelled: bool = False
    before: int = 0
    waiting_lines: tuple[str, ...] = ()


def view_turns(
    messages: Iterable[Message], reading: Reading, *, previous: Message | None = None
) -> list[TurnView]:
    """The views in order; the last thing the resident said is where the page opens."""
    shown = list(messages)
    said = [message.seq for message in shown if message.author == Author.RESIDENT]
    latest = said[-1] if said else 0
    views = []
    for message, frame in zip(shown, _frame_languages(shown, reading.language), strict=True):
        is_latest = message.seq == latest
        views.append(_view(message, frame, reading, previous, is_latest=is_latest))
        previous = message
    return views


def _frame_languages(messages: list[Message], language: str) -> Iterator[str]:
    """What was said before a change of language stays in the former one, whole. A text that
    names its language may be the original of an answer, so it tells nothing about the card."""
    spoken = [m.language for m in messages if not m.payload.get("language")]
    current = spoken[0] if spoken else language
    for message in messages:
        if not message.payload.get("language"):
            current = message.language
        yield current if current in DIRECTIONS else language


def _view(
    message: Message, frame: str, reading: Reading, previous: Message | None, *, is_latest: bool
) -> TurnView:
    reply = reply_from(message.text, message.payload)
    name = reading.names.get(message.staff_id, "") if message.staff_id else ""
    is_same = previous is not None and (previous.author, previous.staff_id) == (
        message.author,
        message.staff_id,
    )
    return TurnView(
        seq=message.seq,
        author=message.author,
        reply=reply,
        texts=load_texts(Domain.RESIDENT, frame),
        language=frame,
        direction=DIRECTIONS[frame],
        text_language=message.language,
        text_direction=DIRECTIONS.get(message.language, "auto"),
        name=name,
        time=time_text(message.created_at, frame, reading.zone),
        modifier=MODIFIERS[Author(message.author)] + (" turn--same" if is_same else ""),
        is_same=is_same,
        is_latest=is_latest,
        template=f"resident/kinds/{_card(reply)}.html",
        **sort_buttons(reply),
        **_card_values(reply, reading.cards, frame),
    )


def _card(reply: Reply) -> str:
    return Kind.SAY if reply.kind in (Kind.EVENT, Kind.TAP) else reply.kind


def sort_buttons(reply: Reply) -> dict[str, Any]:
    """Where each button stands: choices among things as rows or chips, ways on below them."""
    buttons = reply.buttons
    if reply.kind is Kind.MENU:
        return {"choices": buttons[:MENU_CHOICES], "rows": buttons[MENU_CHOICES:]}
    times = tuple(button for button in buttons if button.group)
    rest = tuple(button for button in buttons if not button.group)
    originals = tuple(b for b in rest if b.action.startswith("original:"))
    chips = tuple(b for b in rest if b.action.startswith(("section:", "language:")))
    rows = tuple(b for b in rest if b not in chips and b not in originals and _is_choice(b))
    return {
        "days": tuple((day, tuple(run)) for day, run in groupby(times, key=lambda b: b.group)),
        "chips": chips,
        "rows": rows,
        "original": originals[0] if originals else None,
        "next": tuple(b for b in rest if b not in (*chips, *rows, *originals)),
    }


def _is_choice(button: Button) -> bool:
    return bool(button.hint) or (not button.icon and ":" in button.action)


def _card_values(reply: Reply, cards: Cards, language: str) -> dict[str, Any]:
    match reply.kind:
        case Kind.ANSWER if reply.source:
            checked_on = date.fromisoformat(reply.source.checked_on)
            return {"checked_on": date_text(checked_on, language)}
        case Kind.HOLD:
            return {"hold": cards.held.get(reply.reference, Held(0, "", is_booked=False))}
        case Kind.BOOKED:
            return {"is_cancelled": reply.reference in cards.cancelled}
        case Kind.TICKET:
            return {"standing": cards.standing.get(reply.reference)}
        case Kind.WAITING:
            told = int(reply.code) if reply.code.isdecimal() else 0
            # The card draws the first two lines itself: where one is, and how many are before.
            lines = tuple(filter(None, reply.text.splitlines()[2:]))
            return {
                "before": told if cards.before is None else cards.before,
                "waiting_lines": lines,
            }
    return {}


def references(messages: Iterable[Message], kind: Kind) -> list[UUID]:
    """The bookings or tickets behind the cards of one kind, each once."""
    found = [
        message.payload["reference"]
        for message in messages
        if message.payload.get("kind") == kind and message.payload.get("reference")
    ]
    return [UUID(reference) for reference in dict.fromkeys(found)]
