"""From the inbox to the reply: order, failures, and what a failure must not hold up."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app_state import Core
from backend.clock import make_clock
from backend.conversation import Conversation, Message
from backend.db import Database
from backend.inbox import Inbox, InboxState, KeyReused, Received, count_dead, receive
from backend.live import Hints
from backend.places import Municipality, find_municipality
from backend.rate_limit import TooMany
from backend.reply import Reply
from backend.settings import read_settings
from bot import delivery as deliveries
from bot import stored_turn
from bot.delivery import WITH_WORK, Delivery
from bot.sections import SectionIndex
from bot.stored_turn import MAX_TRIES, Outcome
from bot.turn import Turn
from content.answers import Answers
from nlu.client import NluClient
from tests.conftest import NOW, Urls
from tests.live import SECRET_KEY
from tests.people import Town, arrive, everybody_leaves, find_town

DONE = Outcome(is_done=True, first_seq=0, last_seq=1)
LATER = Outcome(is_done=False)


@dataclass
class Desk:
    """A delivery without a recogniser and without its background loop, in Lindby."""

    delivery: Delivery
    database: Database
    municipality: Municipality
    town: Town

    async def accept(self, received: Received) -> Outcome:
        return await self.delivery.accept(self.municipality, received)

    async def texts(self, resident: Conversation) -> list[str]:
        async with self.database.transaction(self.town.system) as db:
            query = select(Message.text).where(Message.conversation_id == resident.id)
            return list(await db.scalars(query.order_by(Message.seq)))

    async def store(self, received: Received) -> None:
        async with self.database.transaction(self.town.system) as db:
            await receive(db, received)

    async def states(self) -> list[tuple[str, int]]:
        async with self.database.transaction(self.town.system) as db:
            rows = await db.execute(select(Inbox.state, Inbox.tries).order_by(Inbox.id))
            return [(row.state, row.tries) for row in rows]

    async def hurry(self) -> None:
        """The pauses between tries are over."""
        async with self.database.transaction(self.town.system) as db:
            await db.execute(update(Inbox).values(next_at=func.now() - text("interval '1 s'")))


@pytest.fixture
async def desk(
    shared_database: Database,
    module_urls: Urls,
    answers: Answers,
    sections: SectionIndex,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    monkeypatch.setattr(deliveries, "LOOK_AGAIN_AFTER", (0.0,))
    town = await find_town(shared_database)
    await everybody_leaves(shared_database, town)
    settings = read_settings({"APP_DATABASE_URL": module_urls.app, "SECRET_KEY": SECRET_KEY})
    core = Core(settings, shared_database, Hints(module_urls.app), make_clock(NOW), answers)
    municipality = await find_municipality(shared_database, "lindby")
    async with NluClient((), "") as nlu:
        yield Desk(Delivery(core, nlu, sections), shared_database, municipality, town)


def said(resident: Conversation, number: int, words: str | None = None) -> Received:
    """A text, or a press of the menu."""
    return Received(
        channel="api",
        bot_id=str(resident.id),
        external_id=f"m{number}",
        conversation_id=resident.id,
        text=words,
        action=None if words else "menu",
    )


async def breaks_at_poison(turn: Turn) -> list[Reply]:
    if turn.text == "poison":
        raise ZeroDivisionError
    return [Reply("fine")]


async def test_a_message_is_done_once_and_its_repeat_tells_the_same(desk: Desk) -> None:
    amina = await arrive(desk.database, desk.town, "en")
    assert await desk.accept(said(amina, 1)) == DONE
    assert await desk.accept(said(amina, 1)) == DONE
    assert await desk.texts(amina) == ["What is it about?"]
    with pytest.raises(KeyReused):
        await desk.accept(said(amina, 1, "something else"))


async def test_what_breaks_is_tried_five_times_and_holds_up_nothing_after_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_turn, "handle", breaks_at_poison)
    amina = await arrive(desk.database, desk.town, "en")
    for number in range(1, MAX_TRIES):
        assert await desk.accept(said(amina, 1, "poison")) == LATER
        assert await desk.states() == [(InboxState.READY, number)]
        await desk.hurry()
    assert await desk.accept(said(amina, 2, "hello")) == Outcome(True, 3, 5)
    assert await desk.states() == [(InboxState.DEAD, MAX_TRIES - 1), (InboxState.DONE, 0)]
    first, cannot, _menu, *rest = await desk.texts(amina)
    assert (first, rest) == ("poison", ["hello", "fine"])
    assert cannot.startswith("I cannot read free text just now.")
    async with desk.database.transaction(desk.town.staff()) as db:
        assert await count_dead(db) == 1


async def test_what_cannot_even_be_stored_is_put_aside(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(db: AsyncSession, *_: object, **__: object) -> None:
        await db.execute(text("select 1 / 0"))

    amina = await arrive(desk.database, desk.town, "en")
    await desk.store(said(amina, 1, "broken"))
    async with desk.database.transaction(desk.town.system) as db:
        await db.execute(update(Inbox).values(tries=MAX_TRIES - 1))
    with monkeypatch.context() as broken:
        broken.setattr(stored_turn, "append", refuses)
        assert await desk.accept(said(amina, 1, "broken")) == Outcome(True, 0, 0)
    assert await desk.accept(said(amina, 2)) == DONE
    assert await desk.states() == [(InboxState.DEAD, MAX_TRIES - 1), (InboxState.DONE, 0)]


async def test_a_failure_leaves_no_lease_to_wait_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina = await arrive(desk.database, desk.town, "en")

    async def is_cut_off(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(deliveries, "lock_leased", is_cut_off)
        with pytest.raises(ConnectionError):
            await desk.accept(said(amina, 1))
    assert await desk.accept(said(amina, 1)) == DONE


async def test_the_twenty_first_message_of_a_minute_is_refused_unless_it_is_danger(
    desk: Desk,
) -> None:
    amina = await arrive(desk.database, desk.town, "en")
    for number in range(20):
        await desk.accept(said(amina, number))
    with pytest.raises(TooMany):
        await desk.accept(said(amina, 20))
    assert (await desk.accept(said(amina, 0))).is_done  # A repeat is not counted.
    await desk.accept(said(amina, 21, "he is hitting me now"))
    assert (await desk.texts(amina))[-1].startswith("Call 112 now if you")


async def waiting(desk: Desk, working: list[UUID]) -> list[UUID]:
    async with desk.database.transaction(desk.town.system) as db:
        return list(await db.scalars(WITH_WORK, {"working": working}))


async def test_who_waits_longest_is_worked_for_first(desk: Desk) -> None:
    people = [await arrive(desk.database, desk.town, "en") for _ in range(4)]
    for age, resident in zip((10, 40, 20, 30), people, strict=True):
        await desk.store(said(resident, 1))
        async with desk.database.transaction(desk.town.resident(resident)) as db:
            since = func.now() - text(f"interval '{age} s'")
            await db.execute(update(Inbox).values(received_at=since))
    a, b, c, d = [resident.id for resident in people]
    assert await waiting(desk, []) == [b, d, c, a]
    assert await waiting(desk, [d, a]) == [b, c]
