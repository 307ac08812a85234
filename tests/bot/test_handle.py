"""What a turn is about: danger, language, a person, buttons, flows, understanding."""

import pytest
from sqlalchemy import select, update

from backend.conversation import Conversation, Owner
from backend.db import system
from backend.places import Body
from backend.reply import Kind
from backend.staff import Staff
from content.languages import RESIDENT_LANGUAGES
from nlu.client import Verdict
from tests.bot.conftest import StartChat, understood

MENU = "What is it about?"


async def test_a_sure_topic_is_answered_with_its_source(chats: StartChat) -> None:
    chat = await chats()
    [reply] = await chat.say("how do I get an id card", understood("id_card"))
    assert (reply.kind, reply.title) == (Kind.ANSWER, "ID card (id-kort)")
    assert reply.source is not None
    assert reply.source.name == "Skatteverket"
    assert reply.source.checked_on == "2026-11-22"


async def test_near_candidates_become_three_buttons_and_the_ways_on(chats: StartChat) -> None:
    chat = await chats()
    guess = understood("id_card", "digital_id", "personal_number", "school", verdict=Verdict.OFFER)
    [reply] = await chat.say("card", guess)
    assert reply.text == "I want to understand you correctly. What is it about?"
    assert [button.action for button in reply.buttons] == [
        "mean:id_card",
        "mean:digital_id",
        "mean:personal_number",
        "menu",
        "human",
    ]


async def test_a_chosen_meaning_is_answered(chats: StartChat) -> None:
    chat = await chats()
    [reply] = await chat.press("mean:bank_account")
    assert (reply.kind, reply.title) == (Kind.ANSWER, "Bank account")


async def test_the_second_miss_offers_a_person(chats: StartChat) -> None:
    chat = await chats()
    nothing = understood("out_of_scope", verdict=Verdict.NONE)
    first = await chat.say("blorp", nothing)
    second = await chat.say("blorp blorp", nothing)
    assert [reply.text for reply in first] == [
        "I did not understand. Write it in another way, or choose below.",
        MENU,
    ]
    assert [button.action for button in second[0].buttons] == ["human", "book", "menu"]


async def test_without_the_recogniser_the_menu_still_works(chats: StartChat) -> None:
    chat = await chats()
    replies = await chat.say("how do I get an id card")
    assert [reply.text for reply in replies] == [
        "I cannot read free text just now. The buttons work: choose below, or talk to a person.",
        MENU,
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "help he is hitting me right now"),
        ("sv", "hjälp han slår mig nu"),
        ("ar", "الحقوني عم يضربني هلق"),
    ],
)
async def test_danger_comes_before_everything_without_the_recogniser(
    chats: StartChat, language: str, text: str
) -> None:
    chat = await chats(language)
    [reply] = await chat.say(text)
    assert reply.kind is Kind.DANGER
    assert reply.links[0].url == "tel:112"


async def test_danger_that_only_the_model_sees_warns_even_when_it_is_not_sure(
    chats: StartChat,
) -> None:
    chat = await chats()
    [reply] = await chat.say("…", understood("urgent_danger", verdict=Verdict.OFFER))
    assert reply.kind is Kind.DANGER


async def test_possible_danger_shows_the_number_above_the_answer(chats: StartChat) -> None:
    chat = await chats()
    number, answer = await chat.say("…", understood("mental_health", "school", "urgent_danger"))
    assert (number.kind, number.links[0].url) == (Kind.SAY, "tel:112")
    assert answer.kind is Kind.ANSWER


async def test_hardly_possible_danger_shows_no_number(chats: StartChat) -> None:
    chat = await chats()
    others = ("school", *("preschool",) * 18)  # So far down, 0.9 / 20 is left.
    [answer] = await chat.say("…", understood(*others, "urgent_danger"))
    assert answer.kind is Kind.ANSWER


async def test_the_language_changes_in_the_middle_of_a_flow_and_the_flow_goes_on(
    chats: StartChat,
) -> None:
    chat = await chats("en")
    await chat.press("delete")
    replies = await chat.press("language:sv")
    conversation = await chat.conversation()
    assert (conversation.language, conversation.flow) == ("sv", "delete")
    assert replies[-1].buttons[0].label == "Ja, radera samtalet"


async def test_an_unknown_language_gets_the_choice_again(chats: StartChat) -> None:
    chat = await chats("en")
    [reply] = await chat.press("language:xx")
    assert [button.label for button in reply.buttons] == [
        entry.own_name for entry in RESIDENT_LANGUAGES
    ]


@pytest.mark.parametrize(
    "action",
    ["", ":", "nonsense", "slot:", "slot:1", "topic:__class__", "section:x:y", "later:x"],
)
async def test_a_stale_or_made_up_button_gets_the_menu(chats: StartChat, action: str) -> None:
    chat = await chats()
    replies = await chat.press(action)
    assert replies[-1].text == MENU


async def test_what_is_written_in_the_queue_is_for_the_caseworker(chats: StartChat) -> None:
    chat = await chats()
    await chat.press("human")
    await chat.press("share:yes")
    assert (await chat.conversation()).owner == Owner.QUEUE
    assert await chat.say("my landlord wants three months", understood("tenancy_contract")) == []


async def test_while_a_caseworker_owns_the_chat_the_bot_only_deletes_on_request(
    chats: StartChat,
) -> None:
    chat = await chats()
    async with chat.database.transaction(system(chat.municipality.id)) as db:
        someone = {"staff_id": select(Staff.id).limit(1).scalar_subquery()}
        body = {"body_id": select(Body.id).limit(1).scalar_subquery()}
        owned = update(Conversation).values(owner=Owner.CASEWORKER, **someone, **body)
        await db.execute(owned)
    assert await chat.say("my landlord wants three months", understood("tenancy_contract")) == []
    assert await chat.press("menu") == []
    [question] = await chat.press("delete")
    assert question.buttons[0].label == "Yes, delete the conversation"
    [done] = await chat.press("delete_yes")
    assert done.text == "Your conversation has been deleted."


async def test_asking_in_the_queue_says_where_one_stands(chats: StartChat) -> None:
    chat = await chats()
    await chat.press("human")
    await chat.press("share:yes")
    [reply] = await chat.say("how long must I wait", understood("queue_status"))
    assert reply.kind is Kind.WAITING


async def test_a_question_in_the_middle_of_a_booking_is_answered_and_the_booking_goes_on(
    chats: StartChat,
) -> None:
    chat = await chats()
    await chat.press("book")
    replies = await chat.say("what does an id card cost", understood("id_card"))
    assert [reply.kind for reply in replies] == [Kind.ANSWER, Kind.TIMES]


async def test_stop_leaves_a_flow(chats: StartChat) -> None:
    chat = await chats()
    await chat.press("delete")
    replies = await chat.say("stop")
    assert [reply.text for reply in replies] == [
        "We stop here. Nothing was booked or changed.",
        MENU,
    ]
    assert (await chat.conversation()).flow is None


async def test_yes_without_a_question_asks_what_it_is_about(chats: StartChat) -> None:
    chat = await chats()
    replies = await chat.say("yes")
    assert [reply.text for reply in replies] == ["What can I help you with?", MENU]


async def test_another_language_is_answered_in_the_chosen_one_and_offered_once(
    chats: StartChat,
) -> None:
    chat = await chats("en")
    first = await chat.say("hur får jag id-kort", understood("id_card", language="sv"))
    second = await chat.say("vad kostar det", understood("id_card", language="sv"))
    assert first[0].title == "ID card (id-kort)"
    assert [button.action for button in first[1].buttons] == ["language:sv"]
    assert [reply.kind for reply in second] == [Kind.ANSWER]


async def test_an_empty_message_is_a_miss_and_no_error(chats: StartChat) -> None:
    chat = await chats()
    replies = await chat.say("")
    assert replies[-1].text == MENU
