"""Deleting the conversation: asked once, done at once."""

from backend.reply import Button, Reply
from bot import buttons
from bot.turn import Turn


def ask(turn: Turn) -> list[Reply]:
    _ = turn.texts.gettext
    turn.open_flow("delete")
    text = _(
        "Do you want to delete this conversation? All that was written here is removed and cannot"
        " be brought back. A booked time stays under its code; cancel it first if you do not need"
        " it."
    )
    choices = (
        Button(_("Yes, delete the conversation"), "delete_yes", icon="close"),
        Button(_("No, keep it"), "stop", icon="check"),
        buttons.my_bookings(turn.texts),
    )
    return [Reply(text, buttons=choices)]


def delete(turn: Turn) -> list[Reply]:
    """Only after the question; the delivery erases when the turn is over."""
    if turn.conversation.flow != "delete":
        return ask(turn)
    turn.is_erasing = True
    return [Reply(turn.texts.gettext("Your conversation has been deleted."))]
