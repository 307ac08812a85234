"""A section that has changed since it was translated is shown in the language it was written in,
and editors see it until the translation is made anew."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from backend.answer_reviews import remember_sources
from backend.db import Database
from content.answers import load_answers
from content.languages import RESIDENT_LANGUAGES
from content.source_hashes import write_hashes
from tests.backend.console_app import browser_of, make_console
from tests.bot.conftest import Chat, StartChat
from tests.conftest import Urls
from tests.content.example_pack import change
from tests.content.test_editing import IN_ELEVEN_LANGUAGES, copy_content

NOT_YET = "This text is not written in your language yet."
STALE_CELL = re.compile(r'href="/staff/answers/(\w+)/(\w+)"><span class="state state--stale">')
ORDER = [entry.code for entry in RESIDENT_LANGUAGES]


@pytest.fixture
def console(database: Database, urls: Urls) -> FastAPI:
    return make_console(database, urls)


def load_anew(console: FastAPI, chat: Chat, root: Path) -> None:
    """The app starts again with the files as they are now."""
    chat.answers = load_answers(root)
    console.state.core = replace(console.state.core, answers=chat.answers)


async def listed(console: FastAPI) -> tuple[list[tuple[str, str]], bool]:
    """Stale cells of the editors' table, and whether their list of things to do has any."""
    async with browser_of(console, "petra@lindby.example") as petra:
        page = (await petra.get("/staff/answers")).text
    return STALE_CELL.findall(page), '<ul class="panel todo">' in page


async def test_only_the_stale_section_is_shown_in_swedish(chats: StartChat, tmp_path: Path) -> None:
    root = copy_content(tmp_path, "se")
    change(root, "se/id_card/sv.md", "- Kom själv.", "- Kom själv i god tid.")
    chat = await chats("en")
    chat.answers = load_answers(root)

    [stale] = await chat.press("section:id_card:how")
    assert (stale.language, "Kom själv i god tid." in stale.text) == ("sv", True)
    assert stale.source is not None
    assert NOT_YET in stale.source.notes
    [current] = await chat.press("section:id_card:cost")
    assert current.language == "en"
    assert current.source is not None
    assert NOT_YET not in current.source.notes


async def test_a_rewritten_section_from_the_change_to_the_new_translations(
    console: FastAPI, chats: StartChat, tmp_path: Path
) -> None:
    root = copy_content(tmp_path, "se")
    chat = await chats("en")
    load_anew(console, chat, root)
    await remember_sources(console.state.core)
    assert await listed(console) == ([], False)

    change(root, "se/id_card/sv.md", "- Kom själv.", "- Kom själv i god tid.")
    load_anew(console, chat, root)
    await remember_sources(console.state.core)
    stale = {answer.language for answer in chat.answers if answer.stale_sections}
    assert stale == set(IN_ELEVEN_LANGUAGES)
    in_order = sorted(IN_ELEVEN_LANGUAGES, key=ORDER.index)
    assert await listed(console) == ([("id_card", code) for code in in_order], True)
    [reply] = await chat.press("section:id_card:how")
    assert reply.source is not None
    assert (reply.language, NOT_YET in reply.source.notes) == ("sv", True)
    async with browser_of(console, "petra@lindby.example") as petra:
        page = (await petra.get("/staff/answers/id_card/en")).text
    assert re.findall(r"</span>([^<]*)</(del|ins)>", page) == [
        ("Kom själv.", "del"),
        ("Kom själv i god tid.", "ins"),
    ]

    change(root, "se/id_card/en.md", "- Come in person.", "- Come in person, in good time.")
    write_hashes(root / f"se/id_card/{code}.md" for code in IN_ELEVEN_LANGUAGES)
    load_anew(console, chat, root)
    assert await listed(console) == ([], False)
    [reply] = await chat.press("section:id_card:how")
    assert (reply.language, "in good time" in reply.text) == ("en", True)
    assert reply.source is not None
    assert NOT_YET not in reply.source.notes
