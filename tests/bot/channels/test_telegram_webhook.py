"""The webhook: who may use it, which shapes it takes, and that only what is stored is
acknowledged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot

from tests.bot.channels.telegram_town import (
    SECRET,
    Town,
    eventually,
    message_update,
    telegram_town,
)
from tests.conftest import Urls


@pytest.fixture(scope="module")
def town(module_urls: Urls, vectors: Path) -> Iterator[Town]:
    with telegram_town(module_urls, vectors, is_polling=False) as town:
        yield town


async def test_the_webhook_is_set_with_its_secret_at_the_start(town: Town) -> None:
    async with Bot(town.api.token, base_url=town.api.base_url) as bot:
        info = await bot.get_webhook_info()
    assert info.url == f"{town.app.url}/telegram/lindby"
    assert info.allowed_updates == ("callback_query", "message")
    [call] = town.api.calls("setWebhook")
    assert call.arguments["secret_token"] == SECRET
    chat = town.newcomer()
    chat.command("/stop")
    await chat.expect(1)


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "å"])
def test_without_the_secret_nothing_is_read(town: Town, secret: str | None) -> None:
    chat = town.newcomer()
    update = message_update(1, chat, "let me in")
    assert town.post(update, secret) == 401
    assert town.post(update, secret, slug="atlantis") == 401
    assert town.said(chat, "resident") == []


def test_a_town_without_a_bot_has_no_webhook(town: Town) -> None:
    assert town.post({}, slug="strandby") == 404


@pytest.mark.parametrize(
    ("update", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        ([], 400),
        ("update", 400),
        ({}, 200),
        ({"update_id": 1}, 200),
        ({"update_id": "x", "message": {}}, 200),
        ({"update_id": 2, "message": {"message_id": 1, "date": "today"}}, 200),
        ({"update_id": 3, "callback_query": 7}, 200),
        ({"update_id": 4, "purchased_paid_media": {"unknown": True}}, 200),
    ],
    ids=str,
)
def test_unknown_shapes_are_refused_or_left_out_and_never_break(
    town: Town, update: Any, status: int
) -> None:
    before = town.rows("select count(*) from inbox")
    assert town.post(update) == status
    assert town.rows("select count(*) from inbox") == before


@pytest.mark.parametrize(
    "others",
    [{"text": 7}, {"text": ["x"]}, {"chat": {"id": "me", "type": "private"}}, {"from": {"id": 1}}],
    ids=str,
)
def test_wrong_types_inside_a_message_are_left_out(town: Town, others: Any) -> None:
    chat = town.newcomer()
    assert town.post(message_update(5, chat, "hello", **others)) == 200
    assert town.said(chat, "resident") == []


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("x" * 4096, "x" * 4000),
        ("a\x00b\u0085c", "abc"),
        ("half \ud83d of a smile", "half  of a smile"),
        ("  می‌روم 👨‍👩‍👧‍👦 ", "می‌روم 👨‍👩‍👧‍👦"),
        ("<b>bold</b> & *stars*", "<b>bold</b> & *stars*"),
    ],
    ids=["long", "control", "surrogate", "joiners", "markup"],
)
async def test_whatever_is_written_is_stored_as_it_can_be(
    town: Town, sent: str, stored: str
) -> None:
    chat = town.newcomer()
    assert town.post(message_update(chat.id, chat, sent)) == 200
    await eventually(lambda: town.said(chat, "resident") == [stored])


async def test_the_webhook_acknowledges_only_what_is_stored(town: Town) -> None:
    chat = town.newcomer()
    chat.command("/stop")
    await chat.expect(1)
    await eventually(town.is_at_rest)
    with town.without_database():
        number = chat.send("keep this")
        await eventually(lambda: len(statuses(town, number)) > 1)
        assert set(statuses(town, number)) == {503}
    await chat.expect(2, within=15)
    await chat.quiet()
    assert statuses(town, number)[-1] == 200
    assert town.said(chat, "resident") == ["keep this"]


def statuses(town: Town, update_id: int) -> list[int]:
    return [each.status for each in town.api.deliveries if each.update_id == update_id]
