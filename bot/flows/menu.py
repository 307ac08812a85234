"""The guided menu: six pictures, then topics, and the two ways on that are always there."""

from backend.reply import Button, Kind, Reply
from bot import buttons
from bot.topic_titles import GROUP_TOPICS, GROUPS, SUMMARIES, TITLES
from bot.turn import Turn
from content.texts import Texts


def welcome(turn: Turn) -> list[Reply]:
    turn.open_flow(None)
    return [greeting(turn.texts, turn.place), show_menu(turn)]


def show_menu(turn: Turn) -> Reply:
    return menu_reply(turn.texts)


def greeting(texts: Texts, place: str) -> Reply:
    text = texts.gettext(
        "Hello! I answer questions about life {place}. I am a computer program, but you can"
        " always ask to talk to a person.",
        place=place,
    )
    return Reply(text)


def menu_reply(texts: Texts) -> Reply:
    _ = texts.gettext
    groups = tuple(
        Button(_(word), f"menu:{group}", icon=icon) for group, (word, icon) in GROUPS.items()
    )
    ways = (
        Button(
            _("Book a time"), "book", hint=_("With an interpreter if you want"), icon="pic-time"
        ),
        Button(_("Drop-in"), "drop_in", hint=_("Come without a booked time"), icon="pic-queue"),
        Button(
            _("Talk to a person"), "human", hint=_("A caseworker answers you here"), icon="pic-talk"
        ),
    )
    return Reply(_("What is it about?"), kind=Kind.MENU, buttons=groups + ways)


def show_group(turn: Turn, group: str) -> list[Reply]:
    _ = turn.texts.gettext
    if group not in GROUPS:
        return [show_menu(turn)]
    topics = tuple(
        Button(_(TITLES[topic]), f"topic:{topic}", hint=summary(turn, topic))
        for topic in GROUP_TOPICS[group]
    )
    return [Reply(_(GROUPS[group][0]), buttons=(*topics, buttons.menu(turn.texts)))]


def which(turn: Turn, choices: tuple[Button, ...]) -> list[Reply]:
    """Asks which of some topics is meant; the menu and a person are always there."""
    question = turn.texts.gettext("I want to understand you correctly. What is it about?")
    ways = (buttons.menu(turn.texts), buttons.human(turn.texts))
    return [Reply(question, buttons=(*choices, *ways))]


def missed(turn: Turn) -> list[Reply]:
    """Not understood: the menu at first, a person at the second time. Never a dead end."""
    _ = turn.texts.gettext
    turn.conversation.misses += 1
    if turn.conversation.misses >= 2:
        text = _(
            "I am sorry, I do not know the answer to this. A caseworker can help you, or you can"
            " choose below."
        )
        ways = (buttons.human(turn.texts), buttons.book(turn.texts), buttons.menu(turn.texts))
        return [Reply(text, buttons=ways)]
    text = _("I did not understand. Write it in another way, or choose below.")
    return [Reply(text), show_menu(turn)]


def cannot_read(turn: Turn) -> list[Reply]:
    """The recogniser is away: everything that has a button still works."""
    text = turn.texts.gettext(
        "I cannot read free text just now. The buttons work: choose below, or talk to a person."
    )
    return [Reply(text), show_menu(turn)]


def summary(turn: Turn, intent: str) -> str:
    """The answer's own line in the resident's language, else what the id is about."""
    answer = turn.answers.find(turn.municipality.country, intent, turn.language)
    if answer and not answer.is_expired(turn.now.date()):
        return answer.summary
    return turn.texts.gettext(SUMMARIES[intent])
