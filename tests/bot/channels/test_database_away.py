"""While the database is away nobody loses what they wrote, and all are told when to come back."""

import httpx
from fastapi import FastAPI

from backend.db import Database
from tests.conftest import Urls, database_away
from tests.live import LiveApp, Resident
from tests.phone import Phone, resident_app

PROBLEM = {
    "type": "about:blank",
    "title": "Not available just now",
    "status": 503,
    "detail": "Nothing was stored. Try again in a moment.",
}


def test_pages_and_api_say_when_to_try_again(live: LiveApp, owner_url: str) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        with database_away(owner_url):
            page = http.get("/m/lindby", headers={"accept": "text/html", "accept-language": "sv"})
            door = http.get("/staff/sign-in", headers={"accept": "text/html"})
            start = http.post("/api/v1/conversations", json={"language": "en"})
            said = amina.post(action="menu")
            stream = http.get(f"/api/v1/conversations/{amina.id}/events", headers=amina.headers)
        assert amina.until_answered(said).last["text"] == "What is it about?"
    answers = [page, door, start, said, stream]
    assert [refusal(answer) for answer in answers] == [(503, "2")] * 5
    assert '<html lang="sv" dir="ltr">' in page.text
    assert "<h1>Något är fel hos oss</h1>" in page.text
    assert [answer.json() for answer in (start, said, stream)] == [PROBLEM] * 3


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.headers["retry-after"]


async def test_without_script_the_text_stays_and_is_sent_once_when_it_is_back(
    database: Database, urls: Urls, owner_url: str
) -> None:
    app: FastAPI = resident_app(database, urls)
    amina = await Phone(app, "ar").start()
    amina.http.headers["accept-language"] = "en"
    with database_away(owner_url):
        answers = [await amina.write("كيف <أحصل> على هوية") for _ in range(2)]
    assert [refusal(answer) for answer in answers] == [(503, "2")] * 2
    assert '<html lang="ar" dir="rtl">' in amina.page.text
    assert ">كيف &lt;أحصل&gt; على هوية</textarea>" in amina.page.text
    refused = amina.page
    await amina.write("كيف <أحصل> على هوية")
    amina.page = refused
    await amina.write("كيف <أحصل> على هوية")
    assert amina.said == ["رسالتك: كيف <أحصل> على هوية"]


async def test_a_pressed_button_leaves_no_text_to_send(
    database: Database, urls: Urls, owner_url: str
) -> None:
    amina = await Phone(resident_app(database, urls)).start()
    with database_away(owner_url):
        page = await amina.press("menu")
    assert page.status_code == 503
    assert "<textarea" not in page.text
