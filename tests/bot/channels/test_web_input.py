"""What people send to the web chat that is no question: too much, too often, or no text at all."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from backend.db import Database
from backend.web_security import MAX_BODY
from content.texts import Domain, load_texts
from tests.bot.channels.test_web import last_conversation, stored
from tests.conftest import Urls
from tests.phone import Phone, resident_app


@pytest.fixture
def app(shared_database: Database, module_urls: Urls) -> FastAPI:
    return resident_app(shared_database, module_urls)


@pytest.mark.parametrize("empty", ["", "   ", "\n\t", "\x00\x01"])
async def test_nothing_written_is_answered_kindly(app: FastAPI, empty: str) -> None:
    amina = await Phone(app).start()
    answer = await amina.write(empty)
    assert answer.status_code == 422
    assert "Write something first, or press one of the buttons." in answer.text
    assert amina.said == []


@pytest.mark.parametrize("long_text", ["x" * 4001, "ሰ" * 6000, "😀" * 5000])
async def test_too_long_a_text_stays_in_the_box(app: FastAPI, long_text: str) -> None:
    amina = await Phone(app).start()
    answer = await amina.write(long_text)
    assert answer.status_code == 422
    assert "at most 4000 characters" in answer.text
    assert f">{long_text}</textarea>" in answer.text


async def test_four_thousand_characters_are_taken(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.write("ä" * 4000)
    assert amina.said == ["ä" * 4000]


async def test_control_characters_are_dropped_and_lines_are_kept(
    app: FastAPI, shared_database: Database
) -> None:
    amina = await Phone(app).start()
    await amina.write("a\x00b\x07c\r\nd\te\u200cf")
    conversation = await last_conversation(shared_database)
    said = [
        words
        for author, words in await stored(shared_database, conversation)
        if author == "resident"
    ]
    assert said == ["abc\nd\te\u200cf"]


async def test_markup_is_shown_as_the_text_it_is(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.write("<script>alert(1)</script><img src=x onerror=y>")
    assert "<script>alert" not in amina.page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x" in amina.page.text


async def test_characters_that_turn_text_around_are_made_visible(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.write("pay \u202e0001\u202c now")
    assert amina.said == ["pay [U+202E]0001[U+202C] now"]


@pytest.mark.parametrize(
    "action",
    ["slot:0", "topic:nothing", "confirm:not-a-number", "move:x:y", "zzz", "cancel:é", "a b"],
)
async def test_unknown_actions_never_break_the_page(app: FastAPI, action: str) -> None:
    amina = await Phone(app).start()
    answer = await amina.press(action)
    assert answer.status_code in (200, 422)
    assert 'id="text"' in answer.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"csrf=%ED%A0%80&text=%ED%A0%80%FF"),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data", b"no boundary"),
        ("application/json", b"{"),
    ],
)
async def test_bytes_that_are_no_form_of_ours_are_refused(
    app: FastAPI, content_type: str, body: bytes
) -> None:
    amina = await Phone(app).start()
    answer = await amina.http.post(
        "/m/lindby/messages", content=body, headers={"content-type": content_type}
    )
    assert answer.status_code in (400, 403)


async def test_a_form_of_another_site_or_session_is_refused(app: FastAPI) -> None:
    amina, yusuf = await Phone(app).start(), await Phone(app).start()
    stolen = amina.hidden | {"text": "hello", "csrf": yusuf.hidden["csrf"]}
    of_another = await amina.http.post("/m/lindby/messages", data=stolen)
    foreign = await amina.http.post(
        "/m/lindby/messages",
        data=amina.hidden | {"text": "hello"},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert (of_another.status_code, foreign.status_code) == (403, 403)
    assert "The page was open too long" in of_another.text


async def test_the_twenty_first_message_of_a_minute_waits(app: FastAPI) -> None:
    amina = await Phone(app).start()
    body = [amina.hidden | {"action": "menu", "press": f"press-number-{n}"} for n in range(21)]
    answers = [await amina.http.post("/m/lindby/messages", data=fields) for fields in body]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert "Too many messages in a short time" in answers[-1].text
    assert "In danger: call 112" in answers[-1].text
    amina.page = answers[-1]
    assert (await amina.write("my own words")).status_code == 429
    assert ">my own words</textarea>" in amina.page.text


@pytest.mark.parametrize("says_its_length", [True, False])
async def test_much_too_much_is_a_page_or_a_note_in_the_language_of_the_conversation(
    app: FastAPI, *, says_its_length: bool
) -> None:
    amina = await Phone(app, "ar").start()
    amina.http.headers["accept-language"] = "en"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    page, note = [
        await amina.http.post(
            "/m/lindby/messages",
            content=b"text=" + b"x" * MAX_BODY if says_its_length else chunks(),
            headers=headers | script,
        )
        for script in ({}, {"hx-request": "true"})
    ]
    assert (page.status_code, note.status_code) == (413, 413)
    assert '<html lang="ar" dir="rtl">' in page.text
    heading = load_texts(Domain.RESIDENT, "ar").gettext("That was too much at once")
    assert f"<h1>{heading}</h1>" in page.text
    assert "<html" not in note.text
    assert 'id="say-note"' in note.text


async def chunks() -> AsyncIterator[bytes]:
    for _ in range(17):
        yield b"x" * 65_536
