"""Where the buttons of a message stand, and in which language its card is drawn."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from backend.conversation import Author, Message
from backend.reply import Button, Kind, Reply
from booking.resident_cards import Held
from bot.channels.web_turns import Cards, Reading, sort_buttons, view_turns

READING = Reading("en", ZoneInfo("Europe/Stockholm"), {}, Cards())


def message(seq: int, reply: Reply, author: Author = Author.BOT, language: str = "en") -> Message:
    return Message(
        seq=seq,
        author=author,
        staff_id=None,
        language=reply.language or language,
        text=reply.text,
        payload=reply.payload(),
        created_at=datetime(2026, 11, 25, 9, tzinfo=UTC),
    )


def test_the_first_six_of_the_menu_are_pictures_and_the_rest_rows() -> None:
    buttons = tuple(Button(str(number), f"menu:{number}") for number in range(9))
    places = sort_buttons(Reply("", kind=Kind.MENU, buttons=buttons))
    assert places == {"choices": buttons[:6], "rows": buttons[6:]}


def test_sections_are_chips_and_ways_on_stand_below() -> None:
    cost = Button("Cost", "section:id_card:cost")
    original = Button("Read the original", "original:id_card:what", icon="page")
    book = Button("Book a time", "book", icon="calendar")
    places = sort_buttons(Reply("", kind=Kind.ANSWER, buttons=(cost, original, book)))
    assert (places["chips"], places["original"], places["next"]) == ((cost,), original, (book,))


def test_choices_among_things_are_rows() -> None:
    did_you_mean = Button("ID card", "mean:id_card")
    yes = Button("Yes", "share:yes", hint="Then you need not tell it again")
    menu = Button("Something else", "menu")
    places = sort_buttons(Reply("", buttons=(did_you_mean, yes, menu)))
    assert (places["rows"], places["next"]) == ((did_you_mean, yes), (menu,))


def test_times_stand_under_their_day() -> None:
    times = tuple(Button(hour, f"slot:{day}{hour}", group=day) for day in "ab" for hour in "12")
    later = Button("Later days", "later:3", icon="calendar")
    places = sort_buttons(Reply("", kind=Kind.TIMES, buttons=(*times, later)))
    assert places["days"] == (("a", times[:2]), ("b", times[2:]))
    assert places["next"] == (later,)


def test_what_was_said_before_a_change_of_language_keeps_its_language() -> None:
    said = [
        message(1, Reply("Hej"), language="sv"),
        message(2, Reply("Svar", kind=Kind.ANSWER, language="sv"), language="sv"),
        message(3, Reply("English"), Author.RESIDENT, language="sv"),
        message(4, Reply("We go on in English."), language="en"),
        message(5, Reply("Originalet", kind=Kind.ANSWER, language="sv")),
    ]
    views = view_turns(said, READING)
    assert [view.language for view in views] == ["sv", "sv", "sv", "en", "en"]
    assert [view.text_language for view in views] == ["sv", "sv", "sv", "en", "sv"]


def test_the_page_opens_at_the_last_words_of_the_resident() -> None:
    said = [
        message(1, Reply("one"), Author.RESIDENT),
        message(2, Reply("two")),
        message(3, Reply("three"), Author.RESIDENT),
        message(4, Reply("four")),
    ]
    assert [view.is_latest for view in view_turns(said, READING)] == [False, False, True, False]


def test_a_speaker_who_goes_on_is_named_once() -> None:
    said = [message(2, Reply("two")), message(3, Reply("three"))]
    first = message(1, Reply("one"), Author.RESIDENT)
    views = view_turns(said, READING, previous=first)
    assert [view.is_same for view in views] == [False, True]


def test_a_card_without_its_hold_says_that_the_time_is_not_held() -> None:
    hold = message(1, Reply("Held", kind=Kind.HOLD, reference="gone"))
    (view,) = view_turns([hold], READING)
    assert view.hold == Held(0, "", is_booked=False)


def test_the_place_in_the_queue_is_the_one_of_now() -> None:
    told = message(1, Reply("In the queue\n3 before\nBy noon", kind=Kind.WAITING, code="3"))
    reading = Reading("en", READING.zone, {}, Cards(before=1))
    (view,) = view_turns([told], reading)
    assert (view.before, view.waiting_lines) == (1, ("By noon",))
