"""The chat of a phone without script, page by page, against the real database and templates."""

from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from backend.conversation import Author, Conversation, Message, append
from backend.db import Database, system
from backend.handover import Handover, claim
from backend.inbox import Inbox
from backend.places import find_municipality
from backend.reply import Button, Kind, Link, Reply, Source
from tests.conftest import Urls
from tests.people import colleague, find_town
from tests.phone import Phone, resident_app, words


@pytest.fixture
def app(shared_database: Database, module_urls: Urls) -> FastAPI:
    return resident_app(shared_database, module_urls)


async def conversations(database: Database) -> list[Conversation]:
    lindby = await find_municipality(database, "lindby")
    async with database.transaction(system(lindby.id)) as db:
        return list(await db.scalars(select(Conversation).order_by(Conversation.created_at.desc())))


async def last_conversation(database: Database) -> Conversation:
    return (await conversations(database))[0]


async def stored(database: Database, conversation: Conversation) -> list[tuple[str, str]]:
    async with database.transaction(system(conversation.municipality_id)) as db:
        query = select(Message).where(Message.conversation_id == conversation.id)
        return [
            (message.author, message.text)
            for message in await db.scalars(query.order_by(Message.seq))
        ]


async def add(
    database: Database, reply: Reply, author: Author = Author.BOT, **values: object
) -> None:
    conversation = await last_conversation(database)
    async with database.transaction(system(conversation.municipality_id)) as db:
        await append(db, conversation, author, reply, **values)  # type: ignore[arg-type]  # staff_id


async def test_without_a_cookie_the_languages_are_offered_in_their_own_script(app: FastAPI) -> None:
    page = await Phone(app, "ar-SY,sv;q=0.5").open("/")
    assert page.status_code == 200
    assert '<html lang="ar" dir="rtl">' in page.text
    assert [name in page.text for name in ("Svenska", "English", "العربية")] == [True] * 3
    assert page.text.count('aria-current="true"') == 1


async def test_choosing_a_language_starts_a_conversation_with_the_guided_menu(
    app: FastAPI, shared_database: Database
) -> None:
    amina = await Phone(app).start()
    assert amina.last.startswith("What is it about? Papers and ID Money and bank Home")
    assert amina.actions["Work"] == "menu:work"
    conversation = await last_conversation(shared_database)
    assert (conversation.channel, conversation.language) == ("web", "en")
    assert conversation.language_chosen


async def test_the_cookie_is_for_this_host_thirty_days_and_out_of_reach_of_scripts(
    app: FastAPI,
) -> None:
    amina = Phone(app)
    await amina.open()
    amina.http.follow_redirects = False
    answer = await amina.post("/m/lindby/language", language="en")
    name, *rest = answer.headers["set-cookie"].split("; ")
    assert name.startswith("landa=")
    assert sorted(rest) == ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=lax"]


async def test_a_language_that_is_not_offered_is_refused(app: FastAPI) -> None:
    amina = Phone(app)
    await amina.open()
    answer = await amina.post("/m/lindby/language", language="xx")
    assert answer.status_code == 422


async def test_a_pressed_button_is_shown_as_said_and_answered(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.press_label("Papers and ID")
    assert amina.said == ["Papers and ID"]
    assert "Residence permit card" in amina.last


async def test_an_answer_shows_its_source_date_notes_and_ways_on(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.press("topic:id_card")
    assert "Source: Skatteverket" in amina.last
    assert "This text is from 22 November 2026." in amina.last
    assert "Not yet checked on the authority's page." in amina.last
    assert {"Cost", "Book a time", "Talk to a person"} <= amina.actions.keys()


async def test_text_without_the_recogniser_is_answered_with_buttons(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.write("how do I get an ID card")
    assert amina.said == ["how do I get an ID card"]
    assert "Papers and ID" in amina.actions


async def test_a_double_press_is_one_press(app: FastAPI, shared_database: Database) -> None:
    amina = await Phone(app).start()
    first = amina.page
    await amina.press("menu:work")
    amina.page = first
    await amina.press("menu:work")
    assert amina.said == ["Work"]


async def test_two_buttons_of_one_page_are_two_presses(app: FastAPI) -> None:
    amina = await Phone(app).start()
    first = amina.page
    await amina.press("menu:work")
    amina.page = first
    await amina.press("menu:home")
    assert amina.said == ["Work", "Home"]


async def test_an_old_button_can_be_pressed_again_later(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.press("menu:work")
    await amina.press("menu:work")
    assert amina.said == ["Work", "Work"]


async def test_the_same_id_with_another_text_is_refused_and_keeps_the_text(app: FastAPI) -> None:
    amina = await Phone(app).start()
    first = amina.page
    await amina.write("one")
    amina.page = first
    answer = await amina.write("two")
    assert answer.status_code == 422
    assert ">two</textarea>" in answer.text
    assert amina.said == ["one"]


async def test_danger_puts_the_number_before_every_other_word(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.write("I want to kill myself")
    assert amina.last.startswith("Call 112 ")
    assert 'href="tel:112"' in amina.page.text
    assert "Hide this page" in amina.last


async def test_leaving_forgets_the_conversation_and_ends_on_a_neutral_page(app: FastAPI) -> None:
    amina = await Phone(app).start()
    answer = await amina.post("/m/lindby/leave")
    assert answer.url.path == "/left"
    assert "Landa" not in answer.text.partition("<body")[2]
    assert "aria-current" in (await amina.open()).text


async def test_leaving_works_from_a_page_that_was_open_too_long(app: FastAPI) -> None:
    amina = await Phone(app).start()
    answer = await amina.http.post("/m/lindby/leave", data={"csrf": "old"})
    assert answer.url.path == "/left"
    assert "landa" not in amina.http.cookies


async def test_the_language_changes_in_the_middle_and_older_turns_stay_whole(app: FastAPI) -> None:
    amina = await Phone(app).start()
    await amina.press("topic:id_card")
    await amina.open("/m/lindby/language")
    amina.page = await amina.post("/m/lindby/language", language="ar")
    assert '<html lang="ar" dir="rtl">' in amina.page.text
    older = [text for kind, text in amina.turns if "Skatteverket" in text]
    assert "This text is from 22 November 2026." in older[0]
    assert amina.page.text.count('lang="en" dir="ltr"') >= 3


async def test_a_stored_message_without_an_answer_is_shown_as_received(
    app: FastAPI, shared_database: Database
) -> None:
    amina = await Phone(app).start()
    conversation = await last_conversation(shared_database)
    async with shared_database.transaction(system(conversation.municipality_id)) as db:
        db.add(
            Inbox(
                channel="web",
                bot_id=str(conversation.id),
                external_id="held-back",
                conversation_id=conversation.id,
                payload={"text": "are you there", "action": None, "language": None},
                request_sha256=b"x" * 32,
            )
        )
    await amina.open()
    assert "You wrote: are you there Received" in words(amina.page.text)
    assert "Your message is received and kept." in amina.page.text
    async with shared_database.transaction(system(conversation.municipality_id)) as db:
        await db.execute(text("delete from inbox where external_id = 'held-back'"))


async def test_deleting_the_conversation_forgets_the_cookie_too(
    app: FastAPI, shared_database: Database
) -> None:
    amina = await Phone(app).start()
    conversation = await last_conversation(shared_database)
    await amina.press("delete")
    answer = await amina.press("delete_yes")
    assert answer.url.path == "/left"
    assert "landa" not in amina.http.cookies
    left = [row.id for row in await conversations(shared_database)]
    assert conversation.id not in left


async def test_a_caseworker_takes_the_bar_and_speaks_under_the_own_name(
    app: FastAPI, shared_database: Database
) -> None:
    amina = await Phone(app).start()
    await amina.press("human")
    await amina.press("share:yes")
    town = await find_town(shared_database)
    maria = await colleague(shared_database, town, "Maria")
    conversation = await last_conversation(shared_database)
    async with shared_database.transaction(town.staff()) as db:
        handover = (
            await db.scalars(select(Handover).where(Handover.conversation_id == conversation.id))
        ).one()
        await claim(db, maria, handover.id, handover.version, handover.created_at)
    await add(
        shared_database,
        Reply("Hej! <b>Jag</b> läser nu."),
        Author.CASEWORKER,
        staff_id=maria.staff_id,
    )
    await amina.open()
    assert "top top--person" in amina.page.text
    assert "<b>Maria Lindqvist</b><small>Caseworker</small>" in amina.page.text.replace("\n", "")
    kind, said = amina.turns[-1]
    assert kind == "turn turn--person"
    assert said.startswith("M Maria Lindqvist caseworker, ")
    assert said.endswith("Hej! <b>Jag</b> läser nu.")
    assert "Write to Maria Lindqvist" in amina.page.text


async def test_every_kind_of_card_is_drawn_in_every_released_language(
    app: FastAPI, shared_database: Database
) -> None:
    for language in ("sv", "en", "ar"):
        amina = await Phone(app, language).start()
        for kind in Kind:
            reply = Reply(
                "Words.\nMore words.\nhttps://example.org/x and the end.",
                kind=kind,
                title="Title",
                buttons=(
                    Button("Go", "menu", icon="check"),
                    Button("09:00", "slot:1", group="Monday"),
                    Button("Row", "topic:id_card", hint="Hint"),
                ),
                links=(Link("Call", "tel:112"), Link("File", "/b/x/calendar.ics")),
                source=Source("Authority", "https://example.org", "2026-11-22", ("A note",)),
                code="A1",
            )
            await add(shared_database, reply)
        page = await amina.open()
        assert page.status_code == 200
        assert page.text.count('data-seq="') == 2 + len(Kind)


async def test_long_conversations_open_with_the_newest_and_lead_to_the_rest(
    app: FastAPI, shared_database: Database
) -> None:
    amina = await Phone(app).start()
    for number in range(70):
        await add(shared_database, Reply(f"Message {number}"))
    await amina.open()
    assert len(amina.turns) == 60
    await amina.open("/m/lindby?all=1")
    assert len(amina.turns) == 72


async def test_htmx_gets_the_new_turns_and_fresh_ids_only(app: FastAPI) -> None:
    amina = await Phone(app).start()
    before = amina.hidden
    answer = await amina.http.post(
        "/m/lindby/messages",
        data=before | {"action": "menu:work", "after": "2"},
        headers={"hx-request": "true"},
    )
    fields = httpx.Response(200, text=answer.text)
    amina.page = fields
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert [kind for kind, _ in amina.turns] == ["turn turn--me", "turn"]
    assert amina.hidden["press"] != before["press"]
    assert 'hx-swap-oob="true"' in answer.text


async def test_htmx_loads_the_whole_page_when_the_language_has_changed(app: FastAPI) -> None:
    amina = await Phone(app).start()
    answer = await amina.http.post(
        "/m/lindby/messages",
        data=amina.hidden | {"action": "language:sv"},
        headers={"hx-request": "true"},
    )
    assert answer.headers["hx-refresh"] == "true"


async def test_htmx_reads_why_a_text_was_refused(app: FastAPI) -> None:
    amina = await Phone(app).start()
    answer = await amina.http.post(
        "/m/lindby/messages", data=amina.hidden | {"text": ""}, headers={"hx-request": "true"}
    )
    assert answer.status_code == 422
    assert "Write something first" in answer.text
    assert 'hx-swap-oob="true"' in answer.text


async def test_without_a_conversation_a_message_leads_to_the_languages(app: FastAPI) -> None:
    stranger = Phone(app)
    answer = await stranger.http.post("/m/lindby/messages", content=urlencode({"text": "hi"}))
    assert (answer.status_code, answer.url.path) == (200, "/m/lindby")


async def test_another_municipality_starts_a_conversation_of_its_own(app: FastAPI) -> None:
    amina = await Phone(app).start()
    page = await amina.open("/m/strandby")
    assert "aria-current" in page.text
    assert "theme-strandby.css" in page.text


async def test_an_unknown_municipality_is_a_kind_page(app: FastAPI) -> None:
    page = await Phone(app).open("/m/atlantis")
    assert page.status_code == 404
    assert "This page does not exist any more" in page.text


async def test_pages_are_personal_and_run_only_our_scripts(app: FastAPI) -> None:
    amina = await Phone(app).start()
    headers = amina.page.headers
    assert headers["cache-control"] == "no-store"
    nonce = headers["content-security-policy"].partition("'nonce-")[2].partition("'")[0]
    assert (
        amina.page.text.count("<script") == amina.page.text.count(f'<script nonce="{nonce}"') == 3
    )
    assert " style=" not in amina.page.text
    assert " onclick" not in amina.page.text
