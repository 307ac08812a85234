"""Hello, thanks, who are you: short, true, and always with a way on."""

from backend.reply import Reply
from bot import buttons
from bot.flows import menu
from bot.turn import Turn


def greet(turn: Turn) -> list[Reply]:
    return menu.welcome(turn)


def thank(turn: Turn) -> list[Reply]:
    text = turn.texts.gettext("You are welcome. Ask again whenever you want.")
    return [Reply(text, buttons=(buttons.menu(turn.texts),))]


def goodbye(turn: Turn) -> list[Reply]:
    turn.open_flow(None)
    text = turn.texts.gettext("Goodbye. You can come back here whenever you want.")
    return [Reply(text)]


def help_(turn: Turn) -> list[Reply]:
    text = turn.texts.gettext(
        "Write your question in your own words, in your language. I answer with prepared texts"
        " that name their source, book times with an interpreter, give you a queue number for the"
        " drop-in, and connect you to a person. Write stop to leave what we are doing."
    )
    return [Reply(text), menu.show_menu(turn)]


def bot_challenge(turn: Turn) -> list[Reply]:
    text = turn.texts.gettext(
        "I am a computer program, not a person. My answers are written in advance: I make nothing"
        " up. You can always ask for a person."
    )
    return [Reply(text, buttons=(buttons.human(turn.texts), buttons.menu(turn.texts)))]


def feedback(turn: Turn) -> list[Reply]:
    text = turn.texts.gettext(
        "Thank you for telling us. If an answer was wrong or you need more help, a caseworker can"
        " read it and answer you."
    )
    return [Reply(text, buttons=(buttons.human(turn.texts), buttons.menu(turn.texts)))]


def stop(turn: Turn) -> list[Reply]:
    was_open = turn.conversation.flow is not None
    turn.open_flow(None)
    if was_open:
        return [
            Reply(turn.texts.gettext("We stop here. Nothing was booked or changed.")),
            menu.show_menu(turn),
        ]
    return [menu.show_menu(turn)]


def nothing_to_answer(turn: Turn) -> list[Reply]:
    """A yes or a no without a question before it."""
    return [Reply(turn.texts.gettext("What can I help you with?")), menu.show_menu(turn)]
