"""What the recogniser is not sure of, or cannot read, is looked for among all sections."""

import pytest

from bot.sections import encoded_only
from nlu.client import Candidate, Understanding, Verdict
from nlu.search import encode_query
from tests.bot.conftest import StartChat

WHICH = "I want to understand you correctly. What is it about?"
MISSED = "I did not understand. Write it in another way, or choose below."
CANNOT_READ = (
    "I cannot read free text just now. The buttons work: choose below, or talk to a person."
)
NOTICE = "How many months' notice do I give before moving out?"


def unsure(text: str, *ids: str, verdict: Verdict = Verdict.NONE) -> Understanding:
    ranking = tuple(Candidate(name, 0.2) for name in ids)
    return Understanding(verdict, ranking, None, False, tuple(encode_query(text).tolist()))


@pytest.mark.parametrize(
    ("language", "text", "topic"),
    [
        ("en", NOTICE, "tenancy_contract"),
        ("sv", "Vem kan få bostadsbidrag?", "housing_allowance"),
        ("fi", "milloin samordningsnumrosta tulee personnummer?", "personal_number"),
        ("ar", "ما الوثائق المطلوبة لفتح حساب مصرفي؟", "bank_account"),
    ],
)
async def test_an_unsure_question_gets_the_nearest_topic_to_choose(
    chats: StartChat, language: str, text: str, topic: str
) -> None:
    chat = await chats(language)
    [reply] = await chat.say(text, unsure(text, "school"))
    assert reply.buttons[0].action.startswith(f"section:{topic}:")
    assert [button.action for button in reply.buttons][-2:] == ["menu", "human"]


async def test_the_question_names_the_topic_and_the_choice_is_answered(chats: StartChat) -> None:
    chat = await chats()
    [asked] = await chat.say(NOTICE, unsure(NOTICE, "school"))
    assert (asked.text, asked.buttons[0].label) == (WHICH, "Rental contract")
    [answer] = await chat.press(asked.buttons[0].action)
    assert answer.title.startswith("Rental contract")


async def test_no_section_is_said_before_it_is_chosen(chats: StartChat) -> None:
    chat = await chats()
    [asked] = await chat.say(NOTICE, unsure(NOTICE, "school"))
    assert (asked.title, asked.source) == ("", None)


async def test_what_is_near_to_nothing_is_not_understood(chats: StartChat) -> None:
    chat = await chats()
    text = "how is the weather in Paris"
    assert (await chat.say(text, unsure(text, "school")))[0].text == MISSED


async def test_what_is_surely_foreign_is_not_searched(chats: StartChat) -> None:
    chat = await chats()
    foreign = unsure(NOTICE, "out_of_scope", verdict=Verdict.OFFER)
    assert (await chat.say(NOTICE, foreign))[0].text == MISSED


async def test_without_the_recogniser_the_search_goes_on(chats: StartChat) -> None:
    chat = await chats()
    [asked] = await chat.say(NOTICE, await encoded_only(NOTICE))
    assert (asked.text, asked.buttons[0].label) == (WHICH, "Rental contract")


async def test_without_the_recogniser_the_rest_gets_the_menu_and_no_miss_is_counted(
    chats: StartChat,
) -> None:
    chat = await chats()
    text = "how is the weather in Paris"
    assert (await chat.say(text, await encoded_only(text)))[0].text == CANNOT_READ
    assert (await chat.conversation()).misses == 0


async def test_commands_are_not_encoded() -> None:
    assert await encoded_only("/start") is None
