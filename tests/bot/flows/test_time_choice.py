"""A day, an hour or a language in own words: first, in the middle of a booking, in a move."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from backend.db import system
from backend.reply import Kind, Reply
from booking.bookings import Booking
from booking.free_times import FreeTime
from bot.flows.time_choice import arrange, as_state, chosen, from_state
from nlu.clause import When
from nlu.client import Understanding, Verdict
from tests.bot.conftest import Chat, StartChat, understood

BOOK = understood("book")
UNSURE = understood("out_of_scope", verdict=Verdict.NONE)
MONDAY = date(2026, 11, 30)


def first_button(replies: list[Reply]) -> str:
    button = replies[-1].buttons[0]
    return f"{button.group} {button.label}"


def texts(replies: list[Reply]) -> list[str]:
    return [reply.text for reply in replies]


async def bookings(chat: Chat) -> list[tuple[str, str]]:
    async with chat.database.transaction(system(chat.municipality.id)) as db:
        query = select(Booking).where(Booking.conversation_id == chat.id)
        found = await db.scalars(query.order_by(Booking.created_at))
        return [(booking.state, booking.language) for booking in found]


async def test_the_day_that_was_written_is_offered_first(chats: StartChat) -> None:
    chat = await chats("en")
    [offer] = await chat.say("can I come on 7 December", BOOK)
    assert offer.text == "Times on Monday 7 December. Choose one."
    assert first_button([offer]) == "Monday 7 December 09:00"
    assert [button.label for button in offer.buttons[-3:]] == [
        "Later days",
        "All free times",
        "Stop this",
    ]


async def test_all_free_times_are_one_tap_away(chats: StartChat) -> None:
    chat = await chats("en")
    await chat.say("can I come on 7 December", BOOK)
    [offer] = await chat.press_label("All free times")
    assert offer.text == "Choose a time. The meeting is free of charge."
    assert first_button([offer]) == "Monday 30 November 09:00"


async def test_the_part_of_the_day_counts(chats: StartChat) -> None:
    chat = await chats("ar")
    [offer] = await chat.say("موعد يوم الاثنين بعد الظهر", BOOK)
    assert first_button([offer]) == "الاثنين 30 نوفمبر 14:00"


async def test_a_day_without_free_times_is_said_and_the_nearest_are_offered(
    chats: StartChat,
) -> None:
    chat = await chats("en")
    [offer] = await chat.say("a time on Friday 4 December", BOOK)
    assert offer.text == "Nothing is free on Friday 4 December. These are the nearest times."
    groups = list(dict.fromkeys(button.group for button in offer.buttons if button.group))
    assert groups == ["Tuesday 1 December", "Monday 7 December", "Tuesday 8 December"]


async def test_an_hour_without_free_times_is_said_and_the_day_is_offered(chats: StartChat) -> None:
    chat = await chats("so")
    [offer] = await chat.say("isniinta saacadda 10", BOOK)
    assert offer.text == ("Saacaddaas waqti bannaan ma jiro. Kuwani waa waqtiyada ugu dhow.")
    assert first_button([offer]) == "Isniin, 30 Noofeembar 11:00"


async def test_the_language_that_was_asked_for_is_that_of_the_booking(chats: StartChat) -> None:
    chat = await chats("en")
    replies = await chat.say(
        "I need help with my rent contract on Monday in Arabic", understood("book_interpreter_day")
    )
    assert texts(replies) == [
        "Language of the meeting: Arabic.",
        "Times on Monday 30 November. Choose one.",
    ]
    await chat.press(replies[-1].buttons[0].action)
    await chat.say("yes")
    assert await bookings(chat) == [("confirmed", "ar")]


async def test_a_topic_with_a_day_and_a_language_is_answered_and_times_follow(
    chats: StartChat,
) -> None:
    chat = await chats("en")
    text = "I need help with my rent contract on Monday in Arabic"
    replies = await chat.say(text, understood("tenancy_contract"))
    assert [reply.kind for reply in replies] == [Kind.ANSWER, Kind.SAY, Kind.TIMES]
    assert first_button(replies) == "Monday 30 November 09:00"
    assert (await chat.conversation()).flow_state["topic"] == "tenancy_contract"


async def test_a_day_settles_what_is_probably_a_booking(chats: StartChat) -> None:
    chat = await chats("en")
    guess = understood("book", "my_bookings", "drop_in", verdict=Verdict.OFFER)
    [offer] = await chat.say("my time 7 December", guess)
    assert first_button([offer]) == "Monday 7 December 09:00"


async def test_a_language_without_an_interpreter_is_said_by_its_name(chats: StartChat) -> None:
    chat = await chats("en", municipality="strandby")
    [reply] = await chat.say("a time with a Thai interpreter", BOOK)
    assert reply.text == (
        "There is no free time for Thai in the next six weeks. You can come to the drop-in,"
        " or talk to a person."
    )


@pytest.mark.parametrize("seen", [None, UNSURE, understood("reschedule_booking")])
async def test_a_day_in_the_open_booking_shows_its_times_whatever_the_recogniser_says(
    chats: StartChat, seen: Understanding | None
) -> None:
    chat = await chats("en")
    await chat.press("book")
    [offer] = await chat.say("tuesday instead?", seen)
    assert offer.text == "Times on Tuesday 1 December. Choose one."
    assert first_button([offer]) == "Tuesday 1 December 15:00"


@pytest.mark.parametrize(
    ("language", "day", "expected"),
    [
        ("sv", "måndag den 7 december då?", "måndag 7 december 09:00"),
        ("ar", "٧ ديسمبر؟", "الاثنين 7 ديسمبر 09:00"),
    ],
)
async def test_a_day_is_understood_while_the_recogniser_is_down(
    chats: StartChat, language: str, day: str, expected: str
) -> None:
    chat = await chats(language)
    await chat.press("book")
    assert first_button(await chat.say(day)) == expected


async def test_a_clock_time_that_fits_one_shown_time_holds_it(chats: StartChat) -> None:
    chat = await chats("ti")
    await chat.say("ቆጸራ ሰኑይ", BOOK)
    [held] = await chat.say("ሰኑይ 7/12 ሰዓት 11:30")
    assert held.kind is Kind.HOLD
    assert await bookings(chat) == [("held", "ti")]


async def test_a_number_is_an_hour_or_a_day_among_the_shown_times(chats: StartChat) -> None:
    chat = await chats("ar")
    await chat.press("book")
    [day] = await chat.say("٧")
    assert first_button([day]) == "الاثنين 7 ديسمبر 09:00"
    [hour] = await chat.say("10")
    assert hour.kind is Kind.TIMES
    assert first_button([hour]) == "الاثنين 7 ديسمبر 10:00"


async def test_a_number_that_fits_nothing_is_left_to_the_recogniser(chats: StartChat) -> None:
    chat = await chats("en")
    await chat.press("book")
    replies = await chat.say("23", UNSURE)
    assert texts(replies)[0] == "I did not understand. Write it in another way, or choose below."


async def test_another_day_lets_go_of_the_held_time(chats: StartChat) -> None:
    chat = await chats("en")
    [offer] = await chat.press("book")
    await chat.press(offer.buttons[0].action)
    [times] = await chat.say("no, on 7 December please")
    assert first_button([times]) == "Monday 7 December 09:00"
    assert await bookings(chat) == [("cancelled", "en")]


async def test_naming_the_held_day_keeps_it(chats: StartChat) -> None:
    chat = await chats("en")
    [offer] = await chat.press("book")
    await chat.press(offer.buttons[0].action)
    [held] = await chat.say("monday is fine")
    assert (held.kind, await bookings(chat)) == (Kind.HOLD, [("held", "en")])


async def test_another_language_in_the_middle_shows_its_times(chats: StartChat) -> None:
    chat = await chats("en")
    await chat.press("book")
    replies = await chat.say("with an interpreter for Somali")
    assert texts(replies)[0] == "Language of the meeting: Somali."
    assert first_button(replies) == "Monday 30 November 11:00"


async def test_short_words_come_before_days_and_a_sure_question_keeps_its_answer(
    chats: StartChat,
) -> None:
    chat = await chats("en")
    await chat.press("book")
    question = "is the office also open on saturdays"
    replies = await chat.say(question, understood("opening_hours"))
    assert texts(replies)[0] == "There is no drop-in on Saturday 28 November."
    assert replies[-1].kind is Kind.TIMES
    stopped = await chat.say("stop")
    assert texts(stopped)[0] == "We stop here. Nothing was booked or changed."


async def test_a_question_in_the_middle_keeps_the_day_that_was_asked_for(chats: StartChat) -> None:
    chat = await chats("en")
    await chat.say("a time on 7 December", BOOK)
    replies = await chat.say("how do I get an id card", understood("id_card"))
    assert first_button(replies) == "Monday 7 December 09:00"


async def test_the_day_outlives_the_question_what_was_meant(chats: StartChat) -> None:
    chat = await chats("en")
    guess = understood("my_bookings", "book", verdict=Verdict.OFFER)
    await chat.say("my time 7 December", guess)
    [offer] = await chat.press("mean:book")
    assert first_button([offer]) == "Monday 7 December 09:00"


async def test_a_booked_time_moves_to_the_day_that_was_written(chats: StartChat) -> None:
    chat = await chats("en")
    [offer] = await chat.press("book")
    await chat.press(offer.buttons[0].action)
    await chat.say("yes")
    [offer] = await chat.say("can I move it to 7 December", understood("reschedule_booking"))
    assert first_button([offer]) == "Monday 7 December 09:00"
    [other] = await chat.say("8 december then")
    assert first_button([other]) == "Tuesday 8 December 15:00"
    [hour] = await chat.say("10")
    assert first_button([hour]) == "Monday 30 November 10:00"
    [everything] = await chat.press_label("All free times")
    assert everything.text == "Choose the new time."
    [moved] = await chat.press(other.buttons[0].action)
    assert (moved.kind, moved.title) == (Kind.BOOKED, "Your time has been moved")


async def test_opening_hours_answer_for_the_day_that_was_asked(chats: StartChat) -> None:
    chat = await chats("sv")
    open_then = await chat.say("är det öppet fredag nästa vecka?", understood("opening_hours"))
    assert [text.split(". ")[0] for text in texts(open_then)] == [
        "Drop-in är öppet fredag 4 december 13:00–16:00"
    ]
    closed = await chat.say("är det öppet på lördag?", understood("opening_hours"))
    assert texts(closed)[0] == "Det finns ingen drop-in lördag 28 november."
    assert "fredag 4 december" in texts(closed)[1]


def free(day: date, *hours: int) -> list[FreeTime]:
    starts = [datetime.combine(day, time(hour), UTC) for hour in hours]
    return [FreeTime(uuid4(), at, at + timedelta(minutes=30), "UTC") for at in starts]


def test_what_fits_comes_first_and_then_later_days(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [*free(MONDAY, 9, 14), *free(MONDAY + timedelta(days=1), 9)]
    when = When(MONDAY, MONDAY, time(12), time(18))
    assert arrange(times, when) == times[1:]
    assert arrange(times, When(MONDAY, MONDAY, time(17), time(18))) == times
    assert chosen(times, None, 9) == [times[0], times[2]]
    assert chosen(times, None, 2) == [times[1]]


def test_a_wish_survives_the_database() -> None:
    wishes = [When(MONDAY, None, time(9), None), When(MONDAY, MONDAY), When(latest=time(12))]
    assert [from_state(as_state(wish)) for wish in wishes] == wishes
    assert from_state(as_state(None)) is None
