"""Work that nobody waits for, done every hour by one of the processes: tidying, vectors of lines to
learn from, new times at the end of the six weeks, and looking for what should never be found."""

import logging

from procrastinate import App, PsycopgConnector
from prometheus_client import Gauge

from backend import tidy
from backend.answer_reviews import forget_gone_texts
from backend.app_state import Core
from backend.db import system
from backend.places import list_municipalities
from booking import integrity
from booking.bring_in import roll_all_forward
from booking.hold import expire_holds
from nlu.learned import add_vectors

log = logging.getLogger(__name__)
BROKEN = Gauge("landa_broken_promises", "Rows that should not exist", ["municipality", "kind"])
LINES_AN_HOUR = 500
BREAKS = tidy.BREAKS | integrity.BREAKS


async def run_upkeep(core: Core) -> None:
    """Works through the job queue until cancelled."""
    async with job_queue(core).open_async() as queue:
        await queue.run_worker_async(
            install_signal_handlers=False, delete_jobs="successful", shutdown_graceful_timeout=2
        )


def job_queue(core: Core) -> App:
    """In the same database, in a schema of its own."""
    connector = PsycopgConnector(
        conninfo=core.settings.database_url.replace("+psycopg", "", 1),
        kwargs={"options": "-c search_path=jobs -c timezone=UTC"},
        min_size=1,
        max_size=2,
    )
    queue = App(connector=connector)

    @queue.periodic(cron="7 * * * *")
    @queue.task(name="tidy", queueing_lock="tidy")
    async def tidy_every_hour(timestamp: int) -> None:  # noqa: ARG001 -- when it was due
        await tidy_all(core)

    @queue.periodic(cron="17 * * * *")
    @queue.task(name="roll_forward", queueing_lock="roll_forward")
    async def roll_forward_every_hour(timestamp: int) -> None:  # noqa: ARG001 -- when it was due
        await roll_all_forward(core.database, core.clock())

    return queue


async def tidy_all(core: Core) -> None:
    for municipality in await list_municipalities(core.database):
        async with core.database.transaction(system(municipality.id)) as db:
            await expire_holds(db, core.clock())
            await tidy.tidy(db)
            await forget_gone_texts(db, core.answers, core.clock())
            found = await tidy.find_breaks(db, BREAKS)
        await add_vectors(core.database, municipality, LINES_AN_HOUR)
        for kind, number in found.items():
            BROKEN.labels(municipality.slug, kind).set(number)
            if number:
                log.error("a promise is broken", extra={"fields": {"kind": kind, "rows": number}})
