"""Three taps to a booked time, and every way it can go differently."""

from datetime import timedelta

from sqlalchemy import select, text, update

from backend.db import system
from backend.reply import Kind
from booking.bookings import Booking
from booking.sessions import Seat
from tests.bot.conftest import Chat, StartChat


async def first_time(chat: Chat) -> str:
    [reply] = await chat.press("book")
    return reply.buttons[0].action


async def states(chat: Chat) -> list[str]:
    async with chat.database.transaction(system(chat.municipality.id)) as db:
        query = select(Booking.state).where(Booking.conversation_id == chat.id)
        return list(await db.scalars(query.order_by(Booking.created_at)))


async def test_three_taps_book_an_interpreter_day_time_in_arabic(chats: StartChat) -> None:
    chat = await chats("ar")
    [times] = await chat.press("book")
    [held] = await chat.press(times.buttons[0].action)
    [booked] = await chat.press(held.buttons[0].action)
    assert [times.kind, held.kind, booked.kind] == [Kind.TIMES, Kind.HOLD, Kind.BOOKED]
    assert await states(chat) == ["confirmed"]
    own, manage, place = [link.url for link in booked.links]
    assert own == f"{manage}/calendar.ics"
    assert place == "https://www.openstreetmap.org/search?query=Storgatan+4%2C+Lindby"


async def test_yes_in_words_confirms_the_held_time(chats: StartChat) -> None:
    chat = await chats("sv")
    await chat.press(await first_time(chat))
    [booked] = await chat.say("ja")
    assert (booked.kind, booked.title) == (Kind.BOOKED, "Din tid är bokad")


def people_of(chat: Chat) -> str:
    [people] = [fact.value for fact in chat.heard[0].facts if fact.icon == "people"]
    return people


async def test_a_swede_meets_without_an_interpreter_and_an_arab_with_one(chats: StartChat) -> None:
    swede, arab = await chats("en"), await chats("ar")
    for chat in (swede, arab):
        await chat.press(await first_time(chat))
    people = [people_of(chat) for chat in (swede, arab)]
    assert people[0] == "social worker and benefits officer"
    assert "مترجم" in people[1]


async def test_two_people_cannot_hold_the_same_time(chats: StartChat) -> None:
    amina, yusuf = await chats("ar"), await chats("ar")
    time = await first_time(amina)
    await first_time(yusuf)
    await amina.press(time)
    replies = await yusuf.press(time)
    assert [reply.kind for reply in replies] == [Kind.SAY, Kind.TIMES]
    assert time not in [button.action for button in replies[1].buttons]


async def test_stopping_at_the_question_frees_the_seat(chats: StartChat) -> None:
    chat = await chats()
    time = await first_time(chat)
    await chat.press(time)
    await chat.say("no")
    assert await states(chat) == ["cancelled"]
    assert await first_time(chat) == time


async def test_another_time_lets_go_of_the_first(chats: StartChat) -> None:
    chat = await chats()
    await chat.press(await first_time(chat))
    [times] = await chat.press_label("Another time")
    await chat.press(times.buttons[1].action)
    assert await states(chat) == ["cancelled", "held"]


async def test_after_ten_minutes_the_confirmation_offers_new_times(chats: StartChat) -> None:
    chat = await chats()
    [held] = await chat.press(await first_time(chat))
    async with chat.database.transaction(system(chat.municipality.id)) as db:
        await db.execute(
            update(Seat)
            .where(Seat.booking_id.is_not(None))
            .values(hold_until=text("now() - interval '1 second'"))
        )
    replies = await chat.press(held.buttons[0].action)
    assert replies[0].text == "The ten minutes are over, so the time is no longer held for you."
    assert replies[1].kind is Kind.TIMES


async def test_who_has_a_time_is_shown_it_instead_of_getting_a_second(chats: StartChat) -> None:
    chat = await chats()
    await chat.press(await first_time(chat))
    await chat.say("yes")
    [times] = await chat.press("book")
    [reply] = await chat.press(times.buttons[0].action)
    assert reply.text == (
        "You already have a time: Monday 30 November 09:00–09:30. You can move it or cancel it."
    )
    assert await states(chat) == ["confirmed"]


async def test_confirming_twice_is_one_booking(chats: StartChat) -> None:
    chat = await chats()
    [held] = await chat.press(await first_time(chat))
    first = await chat.press(held.buttons[0].action)
    second = await chat.press(held.buttons[0].action)
    assert first[0].code == second[0].code
    assert await states(chat) == ["confirmed"]


async def test_later_days_are_behind_one_button(chats: StartChat) -> None:
    chat = await chats()
    [first] = await chat.press("book")
    [second] = await chat.press_label("Later days")
    days = [{button.group for button in reply.buttons if button.group} for reply in (first, second)]
    assert (len(days[0]), days[0] & days[1]) == (3, set())


async def test_a_language_without_an_interpreter_gets_the_honest_answer(chats: StartChat) -> None:
    chat = await chats("ar", municipality="strandby", now=(await chats()).now + timedelta(days=400))
    [reply] = await chat.press("book")
    assert [button.action for button in reply.buttons] == ["drop_in", "human"]
