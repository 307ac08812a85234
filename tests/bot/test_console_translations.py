"""The editors' page for translators: what is downloaded, and what a file that came back would
change. No file of the content is written by the console."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import polib
import pytest
from fastapi import FastAPI

from backend.answer_reviews import remember_sources
from backend.db import Database
from backend.web_security import MAX_BODY
from bot import console_translations
from content.answers import load_answers
from tests.backend.console_app import Browser, browser_of, make_console
from tests.conftest import Urls
from tests.content.example_pack import change
from tests.content.test_editing import copy_content
from tests.content.translators import snapshot, translated

PETRA, SOREN = "petra@lindby.example", "soren@strandby.example"
PAGE = "/staff/translations"
FILE = f"{PAGE}/file"
TITLE = "se/id_card/title"


@pytest.fixture
def app(database: Database, urls: Urls) -> FastAPI:
    return make_console(database, urls)


@pytest.fixture
def root(tmp_path: Path, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Content of Sweden that a test may change."""
    copy = copy_content(tmp_path, "se")
    monkeypatch.setattr(console_translations, "CONTENT_FOLDER", copy)
    return copy


async def upload(browser: Browser, data: bytes, name: str = "back.po") -> httpx.Response:
    await browser.get(PAGE)
    return await send(browser, data, name)


async def send(browser: Browser, data: bytes, name: str) -> httpx.Response:
    return await browser.http.post(
        f"{PAGE}/check", data={"csrf": browser.csrf}, files={"file": (name, data)}
    )


def said(page: str) -> str:
    """The words of the result, or of the notice."""
    part = re.search(r'role="(?:status|alert)">(.*?)</(?:section|div)>', page, re.DOTALL)
    words = re.sub(r"<[^>]*>", " ", part.group(1)) if part else ""
    return unescape(" ".join(words.split()))


async def test_the_page_leads_from_the_table_and_keeps_the_language(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        table = (await petra.get("/staff/answers?language=ar")).text
        page = (await petra.get(f"{PAGE}?language=ar")).text
    assert f'href="{PAGE}?language=ar"' in table
    assert re.findall(r'<option value="(\w+)" selected', page) == ["ar"]
    assert '<option value="sv"' not in page
    assert 'enctype="multipart/form-data"' in page


async def test_a_download_is_a_file_of_all_texts_of_the_country(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        answer = await petra.get(f"{FILE}?language=ar&texts=se&only=all")
        phrases = await petra.get(f"{FILE}?language=ar&texts=phrases")
        own = await petra.get(f"{FILE}?language=ar&texts=lindby")
        other = await petra.get(f"{FILE}?language=ar&texts=strandby")
    assert answer.headers["content-type"] == "text/x-gettext-translation; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="landa-se-ar.po"'
    assert answer.headers["cache-control"] == "no-store"
    places = {entry.msgctxt for entry in polib.pofile(answer.text)}
    assert TITLE in places
    assert {place.split("/")[0] for place in places} == {"se"}
    assert phrases.headers["content-disposition"] == 'attachment; filename="landa-phrases-ar.po"'
    assert {entry.msgctxt.split("/")[0] for entry in polib.pofile(phrases.text)} == {"phrases"}
    assert {entry.msgctxt.split("/")[0] for entry in polib.pofile(own.text)} == {"lindby"}
    assert other.status_code == 404


async def test_each_country_sends_its_own_texts(app: FastAPI) -> None:
    async with browser_of(app, SOREN) as soren:
        answer = await soren.get(f"{FILE}?language=ar")
    assert {entry.msgctxt.split("/")[0] for entry in polib.pofile(answer.text)} == {"dk"}


async def test_a_stale_text_says_what_has_changed_in_the_source(app: FastAPI, root: Path) -> None:
    await remember_sources(app.state.core)
    change(root, "se/id_card/sv.md", "- Kom själv.", "- Kom själv i god tid.")
    app.state.core = replace(app.state.core, answers=load_answers(root))
    async with browser_of(app, PETRA) as petra:
        answer = await petra.get(f"{FILE}?language=ar&only=todo")
    [stale] = polib.pofile(answer.text)
    assert (stale.msgctxt, stale.fuzzy) == ("se/id_card/how", True)
    assert stale.previous_msgid == stale.msgid.replace("själv i god tid.", "själv.")
    assert stale.comment.splitlines()[-3:-1] == [
        "No longer in the source: Kom själv.",
        "New in the source: Kom själv i god tid.",
    ]


async def test_a_text_that_an_editor_has_reviewed_is_marked(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        page = (await petra.get("/staff/answers/id_card/ar")).text
        found = re.search(r'name="text" value="(\w+)"', page)
        assert found is not None
        await petra.post("/staff/answers/id_card/ar/review", text=found.group(1))
        answer = await petra.get(f"{FILE}?language=ar")
    notes = {entry.msgctxt: entry.comment.splitlines()[0] for entry in polib.pofile(answer.text)}
    assert notes[TITLE] == "State: reviewed; at most 40 characters"
    assert notes["se/bank_account/title"] == "State: unreviewed; at most 40 characters"


@pytest.mark.parametrize("query", ["", "?language=xx", "?language=../..", "?language=arabic"])
async def test_a_language_that_is_not_there_is_not_found(app: FastAPI, query: str) -> None:
    async with browser_of(app, PETRA) as petra:
        assert (await petra.get(f"{FILE}{query}")).status_code == 404


async def test_the_source_is_nothing_to_translate(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        answer = await petra.get(f"{FILE}?language=sv")
    assert (answer.status_code, said(answer.text)) == (
        422,
        "These texts are written in this language: Swedish. Choose another one.",
    )


async def test_a_file_that_comes_back_shows_what_it_would_change_and_changes_nothing(
    app: FastAPI, root: Path
) -> None:
    before = snapshot(root)
    async with browser_of(app, PETRA) as petra:
        data = (await petra.get(f"{FILE}?language=ar")).content
        same = await upload(petra, data)
        new = await upload(petra, translated(data, {TITLE: "بطاقة (id-kort)"}))
    assert (same.status_code, said(same.text)) == (
        200,
        "Checked: back.po The file is right, and it would change nothing.",
    )
    assert (new.status_code, said(new.text)) == (
        200,
        (
            "Checked: back.po The file is right. These files would change:"
            " content/se/id_card/ar.md 1 text"
        ),
    )
    assert snapshot(root) == before


async def test_a_text_that_fails_a_check_is_shown_as_text(app: FastAPI, root: Path) -> None:
    async with browser_of(app, PETRA) as petra:
        data = (await petra.get(f"{FILE}?language=ar")).content
        answer = await upload(petra, translated(data, {TITLE: "<script>alert(1)</script>"}))
    assert (answer.status_code, said(answer.text)) == (
        422,
        (
            "Checked: back.po Nothing of it can be taken in until this is corrected:"
            f" back.po: {TITLE} : remove '<script>': a text holds no HTML and no script"
        ),
    )
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"PK\x03\x04", "../../x.po", "x.po: is no PO file of Landa: see line 1"),
        ("é".encode("latin-1"), "<b>.po", "<b>.po: save the file as UTF-8"),
        (b"", "x.po", "x.po: has lost its header Project-Id-Version: export it again"),
        (b"#" * MAX_BODY, "x.po", "The file is too large: at most 1 MB."),
        (b"", "", "Choose a file first."),
    ],
)
async def test_what_is_no_file_of_ours_is_refused_kindly(
    app: FastAPI, data: bytes, name: str, words: str
) -> None:
    async with browser_of(app, PETRA) as petra:
        answer = await upload(petra, data, name)
    assert (answer.status_code, said(answer.text)) == (422, words)


async def test_a_file_of_another_country_is_refused(app: FastAPI) -> None:
    async with browser_of(app, SOREN) as soren, browser_of(app, PETRA) as petra:
        data = (await soren.get(f"{FILE}?language=ar")).content
        answer = await upload(petra, data)
    assert (answer.status_code, said(answer.text)) == (
        422,
        "This file is for another country or municipality.",
    )


async def test_only_editors_check_files_and_only_from_our_own_page(app: FastAPI) -> None:
    async with browser_of(app, "maria@lindby.example") as maria, browser_of(app, PETRA) as petra:
        await maria.get("/staff/inbox")
        assert (await send(maria, b"", "x.po")).status_code == 403
        petra.csrf = maria.csrf
        assert (await send(petra, b"", "x.po")).status_code == 403
    answer = await send(Browser(app), b"", "x.po")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/sign-in")


async def test_of_many_mistakes_the_first_are_shown(app: FastAPI) -> None:
    async with browser_of(app, PETRA) as petra:
        data = (await petra.get(f"{FILE}?language=ar")).content
        answer = await upload(petra, data.replace(b'msgctxt "se/', b'msgctxt "dk/'))
    mistakes = len(polib.pofile(data.decode()))
    words = "does not belong here: the file was made for se"
    assert answer.text.count(words) == 50
    assert said(answer.text).endswith(f"{words} {mistakes - 50} more")
