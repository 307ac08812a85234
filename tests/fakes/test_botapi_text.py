"""What Telegram takes as text and as buttons, and how it refuses the rest."""

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest

from tests.fakes.botapi import BotApi
from tests.fakes.botapi_chat import Chat
from tests.fakes.botapi_text import Button

UNMATCHED = "Can't parse entities: unmatched end tag"


@pytest.fixture
def chat(api: BotApi) -> Chat:
    chat = api.user("Amina", language_code="ar").chat
    chat.command("/start")
    return chat


async def refusal(bot: Bot, chat: Chat, text: str, **options: object) -> str:
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(chat.id, text, api_kwargs=options or None)
    return str(refused.value)


@pytest.mark.parametrize(
    ("length", "expected"), [(4096, None), (4097, "Message is too long")], ids=["limit", "above"]
)
@pytest.mark.parametrize("letter", ["a", "ا"])
async def test_text_is_limited_in_utf16_units(
    chat: Chat, bot: Bot, letter: str, length: int, expected: str | None
) -> None:
    if expected is None:
        await bot.send_message(chat.id, letter * length)
        assert chat.replies[0].text == letter * length
    else:
        assert await refusal(bot, chat, letter * length) == expected


async def test_emoji_count_twice_and_markup_does_not_count(chat: Chat, bot: Bot) -> None:
    assert await refusal(bot, chat, "😀" * 2049) == "Message is too long"
    await bot.send_message(chat.id, "😀" * 2048)
    await bot.send_message(chat.id, f"<b>{'a' * 4095}</b>&amp;", parse_mode="HTML")
    assert [len(message.text) for message in chat.replies] == [2048, 4096]


async def test_html_becomes_text_and_entities(chat: Chat, bot: Bot) -> None:
    source = '  😀 <b>Skatteverket &lt;<i>ID</i>&gt;</b> <a href="https://a.example/?x=1&amp;y=2">här</a>\n'
    sent = await bot.send_message(chat.id, source, parse_mode="HTML")
    assert sent.text == "😀 Skatteverket <ID> här"
    assert [(entity.type, sent.parse_entity(entity), entity.url) for entity in sent.entities] == [
        ("bold", "Skatteverket <ID>", None),
        ("italic", "ID", None),
        ("text_link", "här", "https://a.example/?x=1&y=2"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b", 'Can\'t parse entities: unsupported start tag "" at byte offset 2'),
        ("<h1>a</h1>", 'Can\'t parse entities: unsupported start tag "h1" at byte offset 0'),
        ("<b>a", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("<b><i>a</b>", f'{UNMATCHED} at byte offset 7, expected "</i>", found "</b>"'),
        ("a</b>", "Can't parse entities: unexpected end tag at byte offset 1"),
        ("<b> </b>", "Text must be non-empty"),
    ],
)
async def test_unfit_html_is_refused(chat: Chat, bot: Bot, text: str, expected: str) -> None:
    assert await refusal(bot, chat, text, parse_mode="HTML") == expected


async def test_empty_text_is_refused_and_blank_ends_are_trimmed(chat: Chat, bot: Bot) -> None:
    assert await refusal(bot, chat, "") == "Message text is empty"
    assert await refusal(bot, chat, " \n ") == "Text must be non-empty"
    await bot.send_message(chat.id, "\n a\x07b\u202e \r\n")
    assert chat.replies[0].text == "a b"


async def test_buttons_carry_data_or_an_address(chat: Chat, bot: Bot) -> None:
    link = InlineKeyboardButton("Source", url="https://www.migrationsverket.se/")
    data = InlineKeyboardButton("نعم", callback_data="ا" * 32)
    sent = await bot.send_message(chat.id, "?", reply_markup=InlineKeyboardMarkup([[data], [link]]))
    assert sent.reply_markup == InlineKeyboardMarkup([[data], [link]])
    assert chat.replies[0].buttons == (
        (Button("نعم", callback_data="ا" * 32),),
        (Button("Source", url="https://www.migrationsverket.se/"),),
    )
    with pytest.raises(LookupError, match="tells the bot nothing"):
        chat.press("Source")
    with pytest.raises(LookupError, match="no button 'Nej'"):
        chat.press("Nej")


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ({"inline_keyboard": [[{"text": "a", "callback_data": ""}]]}, "Button_data_invalid"),
        ({"inline_keyboard": [[{"text": "a", "callback_data": "ا" * 33}]]}, "Button_data_invalid"),
        (
            {"inline_keyboard": [[{"text": "a"}]]},
            "Can't parse inline keyboard button: text buttons are unallowed in the inline keyboard",
        ),
        (
            {"inline_keyboard": [[{"text": "a", "url": "http://localhost:8000/"}]]},
            "Inline keyboard button url 'http://localhost:8000/' is invalid: wrong http url",
        ),
        (
            {"inline_keyboard": [[{"text": "a", "url": "tel:112"}]]},
            "Inline keyboard button url 'tel:112' is invalid: unsupported url protocol",
        ),
        ({"keyboard": [[{"text": ""}]]}, "Can't parse keyboard button: text must be non-empty"),
        ([], "Object expected as reply markup"),
    ],
)
async def test_unfit_buttons_are_refused(
    chat: Chat, bot: Bot, markup: object, expected: str
) -> None:
    assert await refusal(bot, chat, "?", reply_markup=markup) == expected


async def test_reply_keyboard_is_shown_pressed_and_taken_away(chat: Chat, bot: Bot) -> None:
    keys = ReplyKeyboardMarkup([["Book a time", "Talk to a person"]])
    await bot.send_message(chat.id, "What now?", reply_markup=keys)
    assert list(chat.keyboard) == [("Book a time", "Talk to a person")]
    chat.press("Book a time")
    assert chat.transcript[-1].text == "Book a time"
    await bot.send_message(chat.id, "Good.", reply_markup=ReplyKeyboardRemove())
    assert list(chat.keyboard) == []
