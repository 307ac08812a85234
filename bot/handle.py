"""Decides what a turn is about: one list, read from top to bottom."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

from backend.conversation import Owner
from backend.rate_limit import TooMany
from backend.reply import Reply
from bot import buttons, learn
from bot.emergency import is_emergency
from bot.flows import (
    answer,
    book,
    danger,
    delete_data,
    drop_in,
    hand_over,
    language,
    manage,
    menu,
    nearest,
    small_talk,
)
from bot.short_words import ShortWord, read_short_word
from bot.topic_titles import TITLES
from bot.turn import Turn
from content.taxonomy import load_taxonomy
from nlu.client import OUT_OF_SCOPE, Verdict

BOOKINGS = frozenset({"book", "book_interpreter_day", "reschedule_booking"})
# In an open booking a longer message that is surely about something else is left to the recogniser.
ABOUT_TIMES = BOOKINGS | {"affirm", "deny"}
WORDS_OF_A_SHORT_ANSWER = 2

Step = Callable[[Turn], Awaitable[list[Reply]]]


async def handle(turn: Turn) -> list[Reply]:
    """The replies to one message or tap. Whatever else a turn changes is in its transaction."""
    if turn.text is not None and is_emergency(turn.text):
        return await danger.warn(turn)
    if turn.action is not None and turn.action.startswith("language:"):
        return [*language.change(turn, turn.action.removeprefix("language:")), *await _resume(turn)]
    if turn.conversation.owner == Owner.CASEWORKER and turn.action not in ("delete", "delete_yes"):
        return []  # A person owns the chat: the bot only records. Deleting is always possible.
    if turn.action is not None:
        return await _press(turn, turn.action)
    if turn.conversation.owner == Owner.QUEUE:
        return await _while_waiting(turn)
    return await _read(turn, turn.text or "")


async def _while_waiting(turn: Turn) -> list[Reply]:
    """What is written in the queue is for the caseworker; the bot says only where it stands."""
    if _is_sure(turn) and _top(turn) in ("queue_status", "talk_to_human"):
        return await hand_over.waiting(turn)
    return []


async def _read(turn: Turn, text: str) -> list[Reply]:
    if not text:
        return menu.missed(turn)
    open_flow = turn.conversation.flow
    word = read_short_word(text)
    if word is not None:
        return await _short_word(turn, word)
    times = await _times_in_flow(turn)
    if times is not None:
        return times
    if turn.understanding is None or not turn.understanding.ranking:
        return [*(nearest.offer(turn) or menu.cannot_read(turn)), *await _resume(turn)]
    replies = await _understood(turn)
    if open_flow and turn.conversation.flow == open_flow:
        replies += await _resume(turn)
    return [*danger.hint(turn), *replies, *language.offer(turn)]


async def _times_in_flow(turn: Turn) -> list[Reply] | None:
    """A day, time or number for the open booking, read before the recogniser. It decides only about
    longer messages that it is sure are about something else: "is it open on Saturday?"."""
    if turn.conversation.flow not in ("book", "confirm", "move"):
        return None
    is_elsewhere = _is_sure(turn) and _top(turn) not in ABOUT_TIMES
    if is_elsewhere and turn.entities.other_words > WORDS_OF_A_SHORT_ANSWER:
        return None
    if turn.conversation.flow == "move":
        return await manage.read(turn)
    try:
        return await book.read(turn)
    except TooMany:
        return _too_many_holds(turn)


async def _understood(turn: Turn) -> list[Reply]:
    seen = turn.understanding
    if seen is None or seen.verdict is Verdict.NONE:
        await learn.missed(turn)
        return nearest.offer(turn) or menu.missed(turn)
    if _top(turn) == OUT_OF_SCOPE:
        await learn.missed(turn)
        return menu.missed(turn)
    if _top(turn) == "urgent_danger" or _is_sure(turn) or _is_booking_with_day(turn):
        return [*await _mean(turn, _top(turn)), *await _meeting_about(turn)]
    book.read_wish(turn)  # The button that is pressed next does not repeat the day.
    choices = tuple(
        buttons.choice(turn.texts, intent, menu.summary(turn, intent)) for intent in seen.offers
    )
    return menu.which(turn, choices)


def _is_booking_with_day(turn: Turn) -> bool:
    """A day beside what is probably a booking leaves no doubt."""
    return _top(turn) in BOOKINGS and turn.entities.has_day


async def _meeting_about(turn: Turn) -> list[Reply]:
    """A topic with a day and a language, "my rent contract on Monday in Arabic", asks for a meeting
    about it: times follow the answer."""
    found = turn.entities
    is_asked = found.has_day and found.interpreter and _top(turn) in load_taxonomy().topics
    return await book.start(turn) if is_asked and not turn.conversation.flow else []


def _is_sure(turn: Turn) -> bool:
    return turn.understanding is not None and turn.understanding.verdict is Verdict.ANSWER


def _top(turn: Turn) -> str:
    return (turn.understanding.top if turn.understanding else None) or OUT_OF_SCOPE


async def _mean(turn: Turn, intent: str) -> list[Reply]:
    """Does what an id of the taxonomy stands for."""
    if intent in load_taxonomy().topics:
        return await answer.answer_topic(turn, intent)
    if intent in ACTS:
        turn.conversation.misses = 0
        return await ACTS[intent](turn)
    return menu.missed(turn)


async def _short_word(turn: Turn, word: ShortWord) -> list[Reply]:
    match word:
        case ShortWord.YES:
            return await _yes(turn)
        case ShortWord.NO | ShortWord.STOP:
            return await _stop(turn)
        case ShortWord.RESTART:
            return menu.welcome(turn)
        case ShortWord.HELP:
            return [*small_talk.help_(turn), *await _resume(turn)]


async def _yes(turn: Turn) -> list[Reply]:
    """Yes to what was asked last; a choice among several still needs its button."""
    booking_id = turn.state.get("booking_id", "")
    match turn.conversation.flow:
        case "confirm":
            return await book.confirm_held(turn, UUID(booking_id))
        case "cancel":
            return await manage.cancel(turn, UUID(booking_id))
        case "delete":
            return delete_data.delete(turn)
        case None:
            return small_talk.nothing_to_answer(turn)
    return await _resume(turn)


async def _stop(turn: Turn) -> list[Reply]:
    if turn.conversation.flow == "confirm":
        await book.drop_hold(turn, UUID(turn.state["booking_id"]))
        turn.open_flow("book")
    return small_talk.stop(turn)


async def _resume(turn: Turn) -> list[Reply]:
    """The open flow asks again, so that an interruption loses nothing."""
    booking_id = turn.state.get("booking_id", "")
    match turn.conversation.flow:
        case "book":
            return await book.offer(turn)
        case "confirm":
            return await book.ask_again(turn, UUID(booking_id))
        case "move":
            return await manage.ask_move_again(turn)
        case "cancel":
            return await manage.ask_cancel(turn, UUID(booking_id))
        case "hand_over":
            return await hand_over.start(turn)
        case "delete":
            return delete_data.ask(turn)
    return []


async def _press(turn: Turn, action: str) -> list[Reply]:
    """A button. One that is old or made up gets the menu, never an error."""
    name, _, rest = action.partition(":")
    if not rest and name in PLAIN:
        return await PLAIN[name](turn)
    if rest and name in WITH_VALUE:
        with suppress(ValueError):
            return await WITH_VALUE[name](turn, rest)
    return [Reply(turn.texts.gettext("This choice is no longer valid.")), menu.show_menu(turn)]


async def _slot(turn: Turn, value: str) -> list[Reply]:
    try:
        if turn.conversation.flow == "move":
            return await manage.move(turn, UUID(turn.state["booking_id"]), UUID(value))
        return await book.choose(turn, UUID(value))
    except TooMany:
        return _too_many_holds(turn)


def _too_many_holds(turn: Turn) -> list[Reply]:
    text = turn.texts.gettext(
        "You have chosen a time too often in a short while. Wait an hour, or talk to a person."
    )
    return [Reply(text, buttons=(buttons.human(turn.texts),))]


async def _confirm(turn: Turn, value: str) -> list[Reply]:
    try:
        return await book.confirm_held(turn, UUID(value))
    except TooMany:
        text = turn.texts.gettext(
            "You have booked three times this week. Talk to a person if you need more."
        )
        return [Reply(text, buttons=(buttons.human(turn.texts), buttons.my_bookings(turn.texts)))]


async def _later(turn: Turn, value: str) -> list[Reply]:
    if turn.conversation.flow == "move":
        return await manage.ask_move_again(turn, int(value))
    return await book.offer(turn, int(value))


async def _section(turn: Turn, value: str) -> list[Reply]:
    topic, _, section_id = value.partition(":")
    return await answer.answer_topic(turn, _known(topic), section_id or None)


async def _original(turn: Turn, value: str) -> list[Reply]:
    topic, _, section_id = value.partition(":")
    return await answer.show_original(turn, _known(topic), section_id)


async def _meant(turn: Turn, value: str) -> list[Reply]:
    if value not in TITLES:
        raise ValueError(value)
    await learn.corrected(turn, value)
    return await _mean(turn, value)


def _known(topic: str) -> str:
    if topic not in load_taxonomy().topics:
        raise ValueError(topic)
    return topic


def _at_once(function: Callable[[Turn], list[Reply]]) -> Step:
    async def step(turn: Turn) -> list[Reply]:
        return function(turn)

    return step


async def _menu(turn: Turn) -> list[Reply]:
    turn.open_flow(None)
    return [menu.show_menu(turn)]


async def _start(turn: Turn) -> list[Reply]:
    """A messenger has no language page, so the choice comes with the greeting."""
    choice = [] if turn.conversation.language_chosen else language.ask(turn)
    return [*choice, *menu.welcome(turn)]


async def _unreadable(turn: Turn) -> list[Reply]:
    text = turn.texts.gettext("I can read only text. Please write your question in words.")
    return [Reply(text), *await _resume(turn)]


async def _feedback(turn: Turn) -> list[Reply]:
    await learn.commented(turn)
    return small_talk.feedback(turn)


async def _queue_status(turn: Turn) -> list[Reply]:
    if turn.conversation.owner == Owner.QUEUE:
        return await hand_over.waiting(turn)
    return await drop_in.show(turn)


ACTS: dict[str, Step] = {
    "greet": _at_once(small_talk.greet),
    "goodbye": _at_once(small_talk.goodbye),
    "thank": _at_once(small_talk.thank),
    "help": _at_once(small_talk.help_),
    "bot_challenge": _at_once(small_talk.bot_challenge),
    "affirm": _yes,
    "deny": _stop,
    "stop": _stop,
    "restart": _at_once(menu.welcome),
    "change_language": _at_once(language.ask),
    "book_drop_in": drop_in.start,
    "book_interpreter_day": book.start,
    "book": book.start,
    "my_bookings": manage.show,
    "cancel_booking": manage.ask_cancel,
    "reschedule_booking": manage.ask_move,
    "opening_hours": drop_in.start,
    "talk_to_human": hand_over.start,
    "queue_status": _queue_status,
    "urgent_danger": danger.warn,
    "feedback": _feedback,
    "delete_data": _at_once(delete_data.ask),
}

PLAIN: dict[str, Step] = {
    "start": _start,
    "unreadable": _unreadable,
    "menu": _menu,
    "help": _at_once(small_talk.help_),
    "languages": _at_once(language.ask),
    "stop": _stop,
    "book": book.start_anew,
    "my_bookings": manage.show,
    "drop_in": drop_in.start,
    "ticket": drop_in.take,
    "ticket_show": drop_in.show,
    "ticket_leave": drop_in.leave,
    "human": hand_over.start,
    "danger_human": lambda turn: hand_over.join(turn, is_shared=True, reason="danger"),
    "leave_queue": hand_over.leave,
    "delete": _at_once(delete_data.ask),
    "delete_yes": _at_once(delete_data.delete),
}


async def _share(turn: Turn, value: str) -> list[Reply]:
    return await hand_over.join(turn, is_shared={"yes": True, "no": False}.get(value, False))


async def _topic(turn: Turn, value: str) -> list[Reply]:
    return await answer.answer_topic(turn, _known(value))


async def _group(turn: Turn, value: str) -> list[Reply]:
    return menu.show_group(turn, value)


WITH_VALUE: dict[str, Callable[[Turn, str], Awaitable[list[Reply]]]] = {
    "menu": _group,
    "topic": _topic,
    "section": _section,
    "original": _original,
    "mean": _meant,
    "slot": _slot,
    "later": _later,
    "confirm": _confirm,
    "release": lambda turn, value: book.drop_hold(turn, UUID(value)),
    "move": lambda turn, value: manage.ask_move_anew(turn, UUID(value)),
    "cancel": lambda turn, value: manage.ask_cancel(turn, UUID(value)),
    "cancel_yes": lambda turn, value: manage.cancel(turn, UUID(value)),
    "share": _share,
}
