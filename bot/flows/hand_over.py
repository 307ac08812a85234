"""To a person: ask what may be shown, then say honestly how long it takes."""

from datetime import datetime

from sqlalchemy import select

from backend.conversation import Owner, record_consent
from backend.handover import (
    URGENT,
    Handover,
    Request,
    ask_for_person,
    open_handover,
    people_before,
    withdraw,
)
from backend.opening import answer_by, office_calendar
from backend.places import Service, ServiceKind
from backend.reply import Button, Kind, Reply
from bot import buttons
from bot.flows.queue_text import people_before_text
from bot.turn import Turn
from content.locale_format import local_day, moment_text, time_text
from content.opening import Calendar, is_open, next_opening


async def start(turn: Turn) -> list[Reply]:
    """Asks whether the caseworker may read what was written; nothing is chosen beforehand."""
    _ = turn.texts.gettext
    if turn.conversation.owner == Owner.QUEUE:
        return await waiting(turn)
    promise = await _promise(turn, await _queue(turn))
    turn.open_flow("hand_over")
    text = f"{promise}\n\n{_question(turn)}"
    choices = (
        Button(
            _("Yes, show the conversation"),
            "share:yes",
            hint=_("Then you do not have to tell it once more."),
        ),
        Button(
            _("No, do not show it"),
            "share:no",
            hint=_("The caseworker sees only your language and that you are waiting."),
        ),
        buttons.book(turn.texts),
        buttons.stop(turn.texts),
    )
    return [Reply(text, kind=Kind.CONSENT, title=_("Talk to a person"), buttons=choices)]


async def join(turn: Turn, *, is_shared: bool, reason: str = "asked") -> list[Reply]:
    """Into the queue, with the consent recorded as it was asked."""
    if turn.conversation.owner != Owner.BOT:
        return await waiting(turn)
    service = await _queue(turn)
    calendar = await _calendar(turn, service)
    await record_consent(
        turn.db, turn.conversation, "transcript", _question(turn), is_given=is_shared
    )
    await ask_for_person(
        turn.db,
        turn.conversation,
        Request(
            body_id=service.body_id,
            reason=reason,
            topic=turn.topic if is_shared else None,
            is_shared=is_shared,
            answer_by=answer_by(calendar, service, turn.now),
            priority=URGENT if reason == "danger" else 0,
        ),
        turn.now,
    )
    turn.open_flow(None)
    return await waiting(turn)


async def waiting(turn: Turn) -> list[Reply]:
    """Place in the queue and the promise, again whenever somebody asks."""
    _ = turn.texts.gettext
    handover = await open_handover(turn.db, turn.conversation.id)
    before = await people_before(turn.db, handover)
    lines = [
        _("You are in the queue for a person."),
        people_before_text(turn.texts, before),
        await _promise(turn, await _queue(turn), handover),
        _("You can close this page and come back. Your place is kept."),
    ]
    choices = (
        buttons.book(turn.texts),
        Button(_("Leave the queue"), "leave_queue", icon="close"),
    )
    return [
        Reply(
            "\n".join(lines), kind=Kind.WAITING, title=lines[0], code=str(before), buttons=choices
        )
    ]


async def leave(turn: Turn) -> list[Reply]:
    _ = turn.texts.gettext
    if turn.conversation.owner == Owner.QUEUE:
        await withdraw(turn.db, turn.conversation, turn.now)
        text = _("You have left the queue. I answer again.")
    else:
        text = _("You are not in the queue now.")
    return [Reply(text, buttons=(buttons.human(turn.texts), buttons.menu(turn.texts)))]


async def _promise(turn: Turn, service: Service, handover: Handover | None = None) -> str:
    """Open: "answered at the latest at 14:30". Closed: when it opens and the latest answer."""
    _ = turn.texts.gettext
    calendar = await _calendar(turn, service)
    latest = handover.answer_by if handover else answer_by(calendar, service, turn.now)
    by = _short_moment(turn, latest)
    if is_open(calendar, turn.now):
        return _("A caseworker will answer you here no later than {moment}.", moment=by)
    opening = next_opening(calendar, turn.now)
    opens = _short_moment(turn, opening.starts) if opening else by
    return _(
        "It is closed now and opens {opening}. You will get an answer here no later than {moment}."
        " You can also book a time.",
        opening=opens,
        moment=by,
    )


def _question(turn: Turn) -> str:
    return turn.texts.gettext(
        "May the caseworker read what you have written so far? Only caseworkers in the unit can"
        " read it. Other authorities, schools and banks see nothing."
    )


def _short_moment(turn: Turn, moment: datetime) -> str:
    """Only the time when it is today."""
    if local_day(moment, turn.zone) == local_day(turn.now, turn.zone):
        time = time_text(moment, turn.language, turn.zone)
        return turn.texts.gettext("today at {time}", time=time)
    return moment_text(moment, turn.language, turn.zone)


async def _queue(turn: Turn) -> Service:
    return (
        await turn.db.scalars(
            select(Service).where(Service.kind == ServiceKind.QUEUE).order_by(Service.key).limit(1)
        )
    ).one()


async def _calendar(turn: Turn, service: Service) -> Calendar:
    return await office_calendar(turn.db, turn.municipality, service.office_id, service.id)
