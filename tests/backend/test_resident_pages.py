"""Pages outside a conversation: privacy, accessibility, errors, installing, and static files."""

import gzip
import json
import re

import pytest
from fastapi import FastAPI

from backend.db import Database
from backend.pages import STATIC, static_url
from content.languages import RESIDENT_LANGUAGES
from tests.conftest import Urls
from tests.phone import Phone, resident_app

FIRST_LOAD_LIMIT = 60_000


@pytest.fixture
def app(shared_database: Database, module_urls: Urls) -> FastAPI:
    return resident_app(shared_database, module_urls)


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/privacy", "<h1>Your data</h1>"),
        ("/accessibility", "<h1>Accessibility</h1>"),
        ("/m/lindby/leave", "<h1>Leave this page</h1>"),
    ],
)
async def test_the_pages_about_landa_need_no_conversation(
    app: FastAPI, address: str, heading: str
) -> None:
    page = await Phone(app).open(address)
    assert page.status_code == 200
    assert heading in page.text


@pytest.mark.parametrize(
    ("municipality", "told"),
    [
        ("lindby", "the words may be kept for six months"),
        ("strandby", "is not kept to teach the program."),
    ],
)
async def test_residents_read_whether_the_bot_learns_from_their_words(
    app: FastAPI, municipality: str, told: str
) -> None:
    phone = await Phone(app, slug=municipality).start()
    assert told in (await phone.open("/privacy")).text


@pytest.mark.parametrize(("language", "direction"), [("sv", "ltr"), ("en", "ltr"), ("ar", "rtl")])
async def test_every_page_says_its_language_and_direction(
    app: FastAPI, language: str, direction: str
) -> None:
    phone = Phone(app, language)
    for address in ("/privacy", "/accessibility", "/left", "/offline", "/m/lindby/leave", "/b/x"):
        page = await phone.open(address)
        assert f'<html lang="{language}" dir="{direction}">' in page.text


async def test_the_data_of_a_conversation_can_be_deleted_from_the_privacy_page(
    app: FastAPI,
) -> None:
    amina = await Phone(app).start()
    await amina.open("/privacy")
    await amina.press("delete")
    assert "Do you want to delete this conversation?" in amina.last


async def test_without_a_network_every_language_and_the_emergency_number_are_there(
    app: FastAPI,
) -> None:
    page = await Phone(app, "ar").open("/offline")
    shown = re.findall(r'<section class="card stack"\s+lang="(\w+)"', page.text)
    others = [entry.code for entry in RESIDENT_LANGUAGES if entry.code != "ar"]
    assert shown == ["ar", *others]
    assert page.text.count('href="tel:112"') == len(shown)


async def test_the_manifest_makes_the_chat_of_a_municipality_installable(app: FastAPI) -> None:
    answer = await Phone(app, "sv").open("/m/saarela/manifest.webmanifest")
    manifest = json.loads(answer.text)
    assert answer.headers["content-type"] == "application/manifest+json"
    assert (manifest["start_url"], manifest["short_name"]) == ("/m/saarela", "Landa")
    assert [icon["sizes"] for icon in manifest["icons"]] == ["any", "192x192", "512x512"]


async def test_the_service_worker_stands_at_the_root(app: FastAPI) -> None:
    answer = await Phone(app).open("/sw.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_a_static_file_with_its_version_is_kept_for_ever(app: FastAPI) -> None:
    phone = Phone(app)
    current = await phone.open(static_url("base.css"))
    old = await phone.open("/static/base.css?v=000000000000")
    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert old.headers["cache-control"] == "no-cache"
    assert current.headers["content-encoding"] == "gzip"
    assert current.content == (STATIC / "base.css").read_bytes()


async def test_an_unchanged_static_file_is_not_sent_again(app: FastAPI) -> None:
    phone = Phone(app)
    first = await phone.open("/static/icons.svg")
    again = await phone.http.get(
        "/static/icons.svg", headers={"if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["none.css", "README.md", "..%2Fpages.py", "%2e%2e%2fsettings.py"])
async def test_nothing_but_the_static_folder_is_served(app: FastAPI, name: str) -> None:
    assert (await Phone(app).open(f"/static/{name}")).status_code == 404


async def test_the_first_load_of_the_chat_stays_small(app: FastAPI) -> None:
    amina = await Phone(app, "ar").start()
    files = set(STATIC.glob("*")) & {
        STATIC / name
        for name in (
            "tokens.css",
            "base.css",
            "resident.css",
            "icons.svg",
            "icon.svg",
            "htmx.min.js",
            "htmx-sse.js",
            "resident.js",
        )
    }
    sizes = [len(gzip.compress(file.read_bytes(), 9)) for file in files]
    assert len(sizes) == 8
    assert sum(sizes) + len(gzip.compress(amina.page.content, 6)) < FIRST_LOAD_LIMIT
