"""The client gives an understanding or nothing, and never keeps a resident waiting."""

import asyncio
import copy
import json
import logging
import time
from threading import get_ident
from typing import Any

import pytest

from nlu import client as client_module
from nlu.client import Candidate, NluClient, Understanding, Verdict
from tests.nlu.faulty_server import (
    GOOD_REPLY,
    Behaviour,
    breaks_off,
    good,
    hangs,
    local_server,
    replies,
    replies_json,
    trickles,
)

UNDERSTOOD = Understanding(
    verdict=Verdict.ANSWER,
    ranking=(
        Candidate("id_card", 0.9),
        Candidate("out_of_scope", 0.04),
        Candidate("bank_account", 0.03),
        Candidate("digital_id", 0.02),
        Candidate("book", 0.01),
    ),
    language="sv",
    is_language_sure=True,
    vector=(0.0,) * 384,
)


def changed(**landa: Any) -> Behaviour:
    reply = copy.deepcopy(GOOD_REPLY)
    reply["landa"] = {**GOOD_REPLY["landa"], **landa}
    return replies_json(reply)


def test_a_good_reply_becomes_an_understanding() -> None:
    async def ask() -> Understanding | None:
        async with (
            local_server(good) as server,
            NluClient([server.url], "secret") as client,
        ):
            return await client.understand("hur får jag id-kort")

    assert asyncio.run(ask()) == UNDERSTOOD


def test_offers_are_the_three_best_ids_that_mean_something() -> None:
    assert UNDERSTOOD.offers == ("id_card", "bank_account", "digital_id")
    assert UNDERSTOOD.top == "id_card"


def test_the_server_gets_the_token_and_clean_text_only() -> None:
    async def ask() -> bytes:
        async with (
            local_server(good) as server,
            NluClient([server.url], "secret") as client,
        ):
            await client.understand("/a\ud800b\x00" + "xy" * 5000)
            return server.requests[0]

    head, body = asyncio.run(ask()).split(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /model/parse?token=secret HTTP/1.1"
    assert json.loads(body) == {"text": "ab " + "xy" * 498}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(hangs, id="hangs"),
        pytest.param(trickles, id="trickles"),
        pytest.param(breaks_off, id="breaks off"),
        pytest.param(replies(b"", "500 Internal Server Error"), id="500"),
        pytest.param(replies(b"", "401 Unauthorized"), id="401"),
        pytest.param(replies(b"", "302 Found"), id="302"),
        pytest.param(replies(b"<html>"), id="not JSON"),
        pytest.param(replies(b"\xff\xfe"), id="not UTF-8"),
        pytest.param(replies(b"not even HTTP", "nonsense"), id="not HTTP"),
        pytest.param(replies_json([]), id="a list"),
        pytest.param(replies_json({"text": "hej"}), id="another Rasa model"),
        pytest.param(changed(verdict="maybe"), id="unknown verdict"),
        pytest.param(changed(ranking=[]), id="a verdict without candidates"),
        pytest.param(changed(ranking=[{"id": "book", "probability": 7}]), id="probability 7"),
        pytest.param(changed(ranking=[{"id": "book", "probability": "1"}]), id="wrong type"),
        pytest.param(changed(vector=[float("nan")] * 384), id="not a number"),
        pytest.param(changed(vector=[0.1] * 5), id="vector of another encoder"),
    ],
)
def test_every_fault_gives_nothing_within_the_time_of_a_turn(fault: Behaviour) -> None:
    async def ask() -> Understanding | None:
        async with (
            local_server(fault) as server,
            NluClient([server.url], "secret") as client,
        ):
            return await client.understand("hej")

    started = time.monotonic()
    assert asyncio.run(ask()) is None
    assert time.monotonic() - started < 1.9


def test_nobody_listening_gives_nothing() -> None:
    async def ask() -> Understanding | None:
        async with local_server(good) as server:
            url = server.url
        async with NluClient([url], "secret") as client:
            return await client.understand("hej")

    assert asyncio.run(ask()) is None


def test_no_servers_at_all_gives_nothing() -> None:
    async def ask() -> Understanding | None:
        async with NluClient([], "secret") as client:
            return await client.understand("hej")

    assert asyncio.run(ask()) is None


def test_servers_take_turns() -> None:
    async def ask() -> tuple[int, int]:
        async with (
            local_server(good) as first,
            local_server(good) as second,
            NluClient([first.url, second.url], "secret") as client,
        ):
            for number in range(4):
                await client.understand(f"hej {number}")
            return len(first.requests), len(second.requests)

    assert asyncio.run(ask()) == (2, 2)


def test_a_repeated_text_is_not_asked_again_until_it_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "_REMEMBERED_SECONDS", 0.3)

    async def ask() -> tuple[list[Understanding | None], int, int]:
        async with (
            local_server(replies(b"", "503 Service Unavailable")) as server,
            NluClient([server.url], "secret") as client,
        ):
            failed = await client.understand("hej")
            server.behaviour = good
            understood = [await client.understand(text) for text in ("hej", " hej\u200b", "/hej")]
            while_remembered = len(server.requests)
            await asyncio.sleep(0.4)
            await client.understand("hej")
            return [failed, *understood], while_remembered, len(server.requests)

    assert asyncio.run(ask()) == ([None, UNDERSTOOD, UNDERSTOOD, UNDERSTOOD], 2, 3)


def test_a_hanging_server_leaves_time_for_the_next() -> None:
    async def ask() -> Understanding | None:
        async with (
            local_server(hangs) as first,
            local_server(good) as second,
            NluClient([first.url, second.url], "secret") as client,
        ):
            return await client.understand("hej")

    started = time.monotonic()
    assert asyncio.run(ask()) == UNDERSTOOD
    assert time.monotonic() - started < 1.5


def test_after_five_failures_a_server_is_left_alone_until_the_pause_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "_PAUSE_SECONDS", 0.5)

    async def ask() -> tuple[int, int, list[Understanding | None]]:
        failing = replies(b"", "503 Service Unavailable")
        async with (
            local_server(failing) as server,
            NluClient([server.url], "secret") as client,
        ):
            for _ in range(8):
                await client.understand("hej")
            while_open = len(server.requests)
            server.behaviour = good
            await asyncio.sleep(0.6)
            after_pause = await asyncio.gather(*(client.understand(text) for text in "abc"))
            while_half_open = len(server.requests)
            closed_again = [await client.understand(text) for text in "de"]
            return while_open, while_half_open, [*after_pause, *closed_again]

    while_open, while_half_open, understood = asyncio.run(ask())
    assert while_open == 5
    assert while_half_open == 6
    assert understood == [UNDERSTOOD, None, None, UNDERSTOOD, UNDERSTOOD]


def test_neither_text_nor_token_reaches_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def ask() -> None:
        for behaviour in (good, replies(b"garbage")):
            async with local_server(behaviour) as server, NluClient([server.url], "x7") as client:
                await client.understand("min man slår mig")

    with caplog.at_level(logging.INFO):
        asyncio.run(ask())
    # Whatever the logger; another test's server may still be ending in a thread of its own.
    said_here = [line.getMessage() for line in caplog.records if line.thread == get_ident()]
    assert said_here == []
