"""Who may send a form or hear a stream, how much may be sent, and what every answer carries."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from starlette.types import Message, Receive, Scope, Send

from backend.db import Database
from backend.web_security import Guard, check_own_page
from tests.backend.console_app import SETTINGS, Browser, browser_of, make_console
from tests.backend.test_console import MARIA
from tests.conftest import NOW, PASSWORD, Urls
from tests.live import LiveApp, Resident, running_app
from tests.phone import Phone, resident_app

OWN = "https://landa.example"
ELSEWHERE = "https://elsewhere.example"


@pytest.mark.parametrize(
    ("method", "headers", "is_own"),
    [
        ("GET", {"sec-fetch-site": "same-origin"}, True),
        ("GET", {"sec-fetch-site": "none"}, True),
        ("GET", {"sec-fetch-site": "same-site"}, False),
        ("GET", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "origin": OWN}, False),
        ("POST", {"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ("GET", {}, True),
        ("GET", {"origin": OWN}, True),
        ("GET", {"origin": ELSEWHERE}, False),
        ("GET", {"origin": "http://landa.example"}, False),
        ("GET", {"origin": f"{OWN}.elsewhere.example"}, False),
        ("GET", {"origin": "null"}, False),
        ("POST", {"origin": "null"}, True),
        ("POST", {"origin": ELSEWHERE}, False),
    ],
)
def test_a_page_of_another_site_is_known_by_what_the_browser_says(
    method: str, headers: dict[str, str], *, is_own: bool
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    state = {"own_origin": OWN}
    request = Request({"type": "http", "method": method, "headers": raw, "state": state})
    if is_own:
        check_own_page(request)
    else:
        with pytest.raises(HTTPException) as refusal:
            check_own_page(request)
        assert refusal.value.status_code == 403


async def test_without_fetch_metadata_a_form_is_judged_by_its_origin(
    shared_database: Database, module_urls: Urls
) -> None:
    amina = await Phone(resident_app(shared_database, module_urls)).start()
    form = amina.hidden | {"text": "hello"}
    codes = []
    for origin in (ELSEWHERE, "https://127.0.0.1:8000", "http://127.0.0.1:8000"):
        headers = {"origin": origin}
        answer = await amina.http.post("/m/lindby/messages", data=form, headers=headers)
        codes.append(answer.status_code)
    assert codes == [403, 403, 200]


async def test_the_stream_of_the_console_is_not_for_other_sites(
    shared_database: Database, module_urls: Urls
) -> None:
    async with browser_of(make_console(shared_database, module_urls), MARIA) as maria:
        answers = [
            await maria.get("/staff/events?topics=queue", **headers)
            for headers in ({"origin": ELSEWHERE}, {"sec-fetch-site": "cross-site"})
        ]
    assert [answer.status_code for answer in answers] == [403, 403]


async def test_too_much_from_staff_is_refused_on_a_page_of_the_console(
    shared_database: Database, module_urls: Urls
) -> None:
    app = make_console(shared_database, module_urls)
    async with browser_of(app, MARIA) as maria:
        inside = await maria.post("/staff/language", language="x" * 1_100_000)
    outside = await Browser(app).post("/staff/sign-in", name="x" * 1_100_000)
    assert (inside.status_code, outside.status_code) == (413, 413)
    assert "<h1>That was too much text</h1>" in inside.text
    assert "<h1>That was too much text</h1>" in outside.text


async def test_too_much_for_a_stream_that_has_begun_is_the_end_of_its_reader() -> None:
    heard: list[Message] = []

    async def stream(_: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        heard.append(await receive())

    async def reader() -> Message:
        return {"type": "http.request", "body": b"x" * 1_100_000, "more_body": True}

    async def forget(_: Message) -> None:
        return

    scope = {"type": "http", "method": "GET", "headers": []}
    await Guard(stream, SETTINGS)(scope, reader, forget)
    assert heard == [{"type": "http.disconnect"}]


async def test_an_error_of_ours_has_the_same_headers_as_every_answer(
    shared_database: Database, module_urls: Urls
) -> None:
    app: FastAPI = resident_app(shared_database, module_urls)

    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=SETTINGS.public_url) as http:
        page = await http.get("/broken", headers={"accept": "text/html"})
        problem = await http.get("/broken")
        missing = await http.get("/nothing")
    assert [page.status_code, problem.status_code] == [500, 500]
    assert guarded(page) == guarded(problem) == guarded(missing)
    assert policy(page) == POLICY


NAMES = (
    "cache-control",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
)
POLICY = (
    "default-src 'none'; script-src 'nonce-…' 'strict-dynamic'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


def guarded(answer: httpx.Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in NAMES if name in answer.headers}


def policy(answer: httpx.Response) -> str:
    """Without the part that differs in each answer."""
    text = str(answer.headers["content-security-policy"])
    return re.sub(r"'nonce-[\w-]{22}'", "'nonce-…'", text)


@pytest.fixture
def https_app(urls: Urls, vectors: Path) -> Iterator[LiveApp]:
    settings = {"PUBLIC_URL": OWN, "DEMO": "0", "CLOCK": ""}
    with running_app(urls.app, NOW, vectors, **settings) as app:
        yield app


def cookie(answer: httpx.Response) -> tuple[str, list[str]]:
    """The whole name=value, and what the browser is told about it."""
    pair, *rules = answer.headers["set-cookie"].split("; ")
    return pair, sorted(rules)


def token_in(page: httpx.Response) -> str:
    return str(re.findall(r'name="csrf" value="([^"]+)"', page.text)[0])


def start_chat(http: httpx.Client) -> httpx.Response:
    fields = {"csrf": token_in(http.get("/m/lindby")), "language": "en"}
    return http.post("/m/lindby/language", data=fields)


def sign_in(http: httpx.Client) -> tuple[httpx.Response, httpx.Response]:
    door = http.get("/staff/sign-in")
    fields = {"csrf": token_in(door), "name": MARIA, "password": PASSWORD}
    headers = {"cookie": cookie(door)[0]}
    return door, http.post("/staff/sign-in", data=fields, headers=headers)


def test_over_https_cookies_and_headers_are_as_strict_as_browsers_know(https_app: LiveApp) -> None:
    with https_app.http() as http:
        chosen = start_chat(http)
        door, signed_in = sign_in(http)
        chat_cookie, chat_rules = cookie(chosen)
        door_cookie, door_rules = cookie(door)
        staff_cookie, staff_rules = cookie(signed_in)
        amina = Resident(http, "en")
        page = http.get("/m/lindby", headers={"cookie": chat_cookie})
        stream = http.get("/m/lindby/events")
        answers = [
            page,
            door,
            http.get("/staff/inbox", headers={"cookie": staff_cookie}),
            http.get(f"/api/v1/conversations/{amina.id}/messages", headers=amina.headers),
            http.get(f"/api/v1/conversations/{amina.id}/messages"),
            stream,
        ]

    strict = ["HttpOnly", "Path=/", "SameSite=lax", "Secure"]
    assert re.fullmatch(r"__Host-landa=[\w-]{43}", chat_cookie)
    assert re.fullmatch(r"__Host-landa_staff_door=[\w-]{43}", door_cookie)
    assert re.fullmatch(r"__Host-landa_staff=[\w-]{43}", staff_cookie)
    assert chat_rules == ["HttpOnly", "Max-Age=2592000", *strict[1:]]
    assert (door_rules, staff_rules) == (strict, strict)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 401, 200]
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert [guarded(answer) for answer in answers] == [
        {
            "cache-control": "no-store",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": page.headers["permissions-policy"],
            "referrer-policy": "no-referrer",
            "strict-transport-security": "max-age=31536000; includeSubDomains",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        }
    ] * len(answers)
    assert [policy(answer) for answer in answers] == [POLICY] * len(answers)
    assert len({answer.headers["content-security-policy"] for answer in answers}) == len(answers)
    assert page.headers["content-security-policy"].count(nonce_in(page)) == 1


def nonce_in(page: httpx.Response) -> str:
    """The same one on every script of the page."""
    (nonce,) = set(re.findall(r'<script nonce="([^"]+)"', page.text))
    return f"'nonce-{nonce}'"


def test_pages_may_use_no_part_of_the_device(live: LiveApp) -> None:
    with live.http() as http:
        features = http.get("/").headers["permissions-policy"].split(", ")
    assert {feature.partition("=")[2] for feature in features} == {"()"}
    names = {feature.partition("=")[0] for feature in features}
    assert {"camera", "geolocation", "microphone", "payment", "usb", "serial", "hid"} <= names
    assert len(names) == len(features)
