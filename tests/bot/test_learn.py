"""What the bot keeps for learning, and what it never keeps."""

from typing import Any

import pytest
from sqlalchemy import text

from backend.conversation import Author, append, find_conversation
from backend.db import system
from backend.reply import Kind, Reply
from nlu.client import Understanding, Verdict
from tests.bot.conftest import Chat, StartChat, understood

UNSURE = understood("bank_account", "id_card", "tax_card", verdict=Verdict.OFFER)
UNKNOWN = understood("out_of_scope", "transport", "library_leisure", verdict=Verdict.NONE)
BANK = understood("bank_account")


async def hear(chat: Chat, reply: Reply, author: Author = Author.RESIDENT) -> None:
    """Stored before the turn, as the delivery does."""
    async with chat.database.transaction(system(chat.municipality.id)) as db:
        conversation = await find_conversation(db, chat.id)
        assert conversation is not None
        await append(db, conversation, author, reply)


async def say(chat: Chat, words: str, seen: Understanding) -> None:
    await hear(chat, Reply(words))
    await chat.say(words, seen)


async def press(chat: Chat, action: str) -> None:
    await hear(chat, Reply("a button", kind=Kind.TAP))
    await chat.press(action)


async def kept(chat: Chat) -> list[tuple[Any, ...]]:
    query = "select text, language, reason, nearest, meant, times from unanswered_line"
    async with chat.database.transaction(system(chat.municipality.id)) as db:
        return [tuple(row) for row in await db.execute(text(query))]


async def test_a_missed_line_is_kept_without_names_and_numbers(chats: StartChat) -> None:
    chat = await chats()
    await say(chat, "where is the market, I am called Dmytro Bondar, 070 123", UNKNOWN)
    assert await kept(chat) == [
        (
            "where is the market, I am called …",
            "en",
            "missed",
            ["transport", "library_leisure"],
            None,
            1,
        )
    ]


async def test_the_language_is_that_of_the_line_where_it_is_sure(chats: StartChat) -> None:
    chat = await chats("ar")
    seen = understood("out_of_scope", "transport", verdict=Verdict.NONE, language="sv")
    await say(chat, "var ligger torget", seen)
    assert [row[:2] for row in await kept(chat)] == [("var ligger torget", "sv")]


async def test_a_choice_among_did_you_mean_corrects_the_line_before(chats: StartChat) -> None:
    chat = await chats()
    await say(chat, "bank says no, my name is Olena", UNSURE)
    assert await kept(chat) == []
    await press(chat, "mean:id_card")
    offered = ["bank_account", "id_card", "tax_card"]
    assert await kept(chat) == [
        ("bank says no, my name is …", "en", "corrected", offered, "id_card", 1)
    ]


@pytest.mark.parametrize("action", ["mean:transport", "mean:nonsense", "menu", "human"])
async def test_a_button_that_was_not_offered_corrects_nothing(
    chats: StartChat, action: str
) -> None:
    chat = await chats()
    await say(chat, "bank says no", UNSURE)
    await press(chat, action)
    assert await kept(chat) == []


async def test_an_old_button_corrects_nothing(chats: StartChat) -> None:
    chat = await chats()
    await say(chat, "bank says no", UNSURE)
    await say(chat, "open an account", BANK)
    await press(chat, "mean:id_card")
    await press(chat, "mean:id_card")
    assert await kept(chat) == []


async def test_a_comment_keeps_the_line_whose_answer_it_is_about(chats: StartChat) -> None:
    chat = await chats("sv")
    await say(chat, "hur får jag ett kort", BANK)
    await say(chat, "det var fel svar", understood("feedback"))
    assert await kept(chat) == [
        ("hur får jag ett kort", "sv", "feedback", ["bank_account"], None, 1)
    ]


async def test_a_comment_on_nothing_or_on_what_a_person_said_keeps_nothing(
    chats: StartChat,
) -> None:
    first = await chats("sv")
    await say(first, "det var fel svar", understood("feedback"))
    chat = await chats("sv")
    await say(chat, "hur får jag ett kort", BANK)
    await hear(chat, Reply("Kom till oss."), Author.CASEWORKER)
    await say(chat, "det var fel svar", understood("feedback"))
    assert await kept(chat) == []


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("he hits me at home", understood("out_of_scope", "violence_help", verdict=Verdict.NONE)),
        ("i cannot sleep", understood("out_of_scope", "mental_health", verdict=Verdict.NONE)),
        ("help us", understood("transport", "urgent_danger", verdict=Verdict.NONE)),
        ("i want to kill myself", UNKNOWN),
        ("where is the market " * 11, UNKNOWN),
        ("Kowalski Bondarenko", UNKNOWN),
    ],
)
async def test_danger_violence_a_troubled_mind_and_stories_are_never_kept(
    chats: StartChat, words: str, seen: Understanding
) -> None:
    chat = await chats()
    await say(chat, words, seen)
    assert await kept(chat) == []


async def test_where_danger_or_violence_was_offered_no_choice_is_kept(chats: StartChat) -> None:
    chat = await chats()
    seen = understood("legal_advice", "violence_help", verdict=Verdict.OFFER)
    await say(chat, "my husband and the law", seen)
    await press(chat, "mean:legal_advice")
    assert await kept(chat) == []


async def test_nothing_is_kept_where_the_municipality_has_not_turned_it_on(
    chats: StartChat,
) -> None:
    chat = await chats(municipality="strandby")
    await say(chat, "where is the market", UNKNOWN)
    await say(chat, "bank says no", UNSURE)
    await press(chat, "mean:id_card")
    assert await kept(chat) == []


async def test_without_a_recogniser_nothing_is_kept(chats: StartChat) -> None:
    chat = await chats()
    await hear(chat, Reply("where is the market"))
    await chat.say("where is the market")
    assert await kept(chat) == []
