"""Live updates: an event row in the deed's own transaction, and a NOTIFY as a hint.

Whoever listens reads the rows; a lost hint costs at most one polling interval.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, Scope, system

POLL_SECONDS = 2.0
log = logging.getLogger(__name__)

ANNOUNCE = text(
    "insert into event (body_id, topic, reference) values (:body_id, :topic, :reference)"
)
NOTIFY = text("select pg_notify('landa_live', :topic)")
WAKE = text("select pg_notify('landa_work', '')")
# Rows of transactions that still run may get smaller ids: stop before the oldest of them.
NEWS = text(
    "select id, topic from event where topic = any(:topics) and id > :after"
    " and xid < pg_snapshot_xmin(pg_current_snapshot()) order by id limit 500"
)
LATEST = text(
    "select coalesce(max(id), 0) from event where xid < pg_snapshot_xmin(pg_current_snapshot())"
)


async def announce(
    db: AsyncSession, topic: str, reference: str = "", body_id: UUID | None = None
) -> None:
    await db.execute(ANNOUNCE, {"topic": topic, "reference": reference, "body_id": body_id})
    await db.execute(NOTIFY, {"topic": topic})


async def wake_workers(db: AsyncSession) -> None:
    await db.execute(WAKE)


class Hints:
    """One LISTEN connection per process; wakes those who wait for a topic."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.work = asyncio.Event()

    async def run(self) -> None:
        """Listens until cancelled; a lost connection is made again."""
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError:
                log.warning("live updates lost their connection; polling until it is back")
                await asyncio.sleep(POLL_SECONDS)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            await connection.execute("listen landa_live")
            await connection.execute("listen landa_work")
            async for hint in connection.notifies():
                if hint.channel == "landa_work":
                    self.work.set()
                for event in self._waiting.get(hint.payload, ()):
                    event.set()

    async def wait(self, topics: tuple[str, ...], seconds: float = POLL_SECONDS) -> None:
        """Returns at the first hint for one of the topics, or after the polling interval."""
        event = asyncio.Event()
        for topic in topics:
            self._waiting.setdefault(topic, set()).add(event)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            for topic in topics:
                self._waiting[topic].discard(event)
                if not self._waiting[topic]:
                    del self._waiting[topic]


async def latest_event(database: Database, municipality_id: UUID) -> int:
    async with database.transaction(system(municipality_id)) as db:
        return int(await db.scalar(LATEST) or 0)


async def news(
    database: Database,
    hints: Hints,
    municipality_id: UUID,
    topics: tuple[str, ...],
    after: int,
) -> AsyncGenerator[int, None]:
    """Yields the id of the newest event of the topics whenever there is a new one, and the
    unchanged id after each quiet interval, so that the caller can check its right to go on."""
    rounds = topic_news(database, hints, system(municipality_id), topics, after)
    async with aclosing(rounds):
        async for event_id, _ in rounds:
            yield event_id


async def topic_news(
    database: Database, hints: Hints, scope: Scope, topics: tuple[str, ...], after: int
) -> AsyncGenerator[tuple[int, frozenset[str]], None]:
    """Like `news`, with the topics that have something new, and only events inside the scope."""
    while True:
        async with database.transaction(scope) as db:
            rows = (await db.execute(NEWS, {"topics": list(topics), "after": after})).all()
        if rows:
            after = rows[-1].id
        yield after, frozenset(row.topic for row in rows)
        if not rows:
            await hints.wait(topics)
