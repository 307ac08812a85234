"""Immediate danger: the number first, then a person. Nothing here needs the recogniser."""

from sqlalchemy import update

from backend.conversation import Owner
from backend.handover import URGENT, Handover, open_handover
from backend.live import announce
from backend.reply import Button, Kind, Link, Reply
from bot.turn import Turn

URGENT_DANGER = "urgent_danger"
# Of development lines all that mean danger reach it, and two in a hundred others.
POSSIBLE = 0.05


async def warn(turn: Turn) -> list[Reply]:
    _ = turn.texts.gettext
    turn.open_flow(None)
    await _raise_priority(turn)
    choices = (
        Button(
            _("Talk to a person here"),
            "danger_human",
            hint=_("You go to the front of the queue for a caseworker."),
            icon="person",
        ),
        Button(_("I am not in danger"), "menu"),
    )
    return [
        Reply(
            _call(turn),
            kind=Kind.DANGER,
            title=_("Call 112"),
            links=(Link(_("Call 112"), "tel:112"),),
            buttons=choices,
        )
    ]


def hint(turn: Turn) -> list[Reply]:
    """The number alone, above the answer, where danger is possible but something else likelier."""
    seen = turn.understanding
    if seen is None or seen.top == URGENT_DANGER or seen.probability(URGENT_DANGER) < POSSIBLE:
        return []
    return [Reply(_call(turn), links=(Link(turn.texts.gettext("Call 112"), "tel:112"),))]


def _call(turn: Turn) -> str:
    return turn.texts.gettext(
        "Call 112 now if you or somebody else is in danger."
        " Say where you are and what has happened."
    )


async def _raise_priority(turn: Turn) -> None:
    """Who already waits moves to the head of the queue."""
    if turn.conversation.owner != Owner.QUEUE:
        return
    handover = await open_handover(turn.db, turn.conversation.id)
    await turn.db.execute(
        update(Handover)
        .where(Handover.id == handover.id)
        .values(priority=URGENT, version=Handover.version + 1)
    )
    await announce(turn.db, "queue", str(handover.id), handover.body_id)
