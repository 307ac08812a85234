"""The composition root: what the app is made of, started and stopped in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from backend import console, console_inbox, health, resident_pages
from backend.answer_reviews import remember_sources
from backend.app_state import Core
from backend.clock import make_clock
from backend.db import Database
from backend.json_log import set_up_logging
from backend.live import Hints
from backend.problems import add_problem_handlers
from backend.settings import Settings, read_settings
from backend.web_security import Guard
from booking import console_capacity, console_day, console_drop_in
from booking import resident_pages as booking_pages
from bot import console_answers, console_translations
from bot.channels import api, telegram, web, web_services
from bot.delivery import Delivery
from bot.sections import load_shipped
from bot.upkeep import run_upkeep
from nlu import console_unanswered
from nlu.client import NluClient

Work = Callable[[], Awaitable[None]]
PAUSE_SECONDS = 2.0
log = logging.getLogger(__name__)
ROUTERS = (
    web.router,
    booking_pages.router,
    resident_pages.router,
    api.router,
    telegram.router,
    console.router,
    console_inbox.router,
    console_day.router,
    console_capacity.router,
    console_drop_in.router,
    console_unanswered.router,
    console_answers.router,
    console_translations.router,
    web_services.staff_router,
    health.router,
)


def make_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or read_settings()
    app = FastAPI(title="Landa", version="1", lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.settings = settings
    for router in ROUTERS:
        app.include_router(router)
    add_problem_handlers(app)
    app.add_middleware(GZipMiddleware, minimum_size=500)
    app.add_middleware(Guard, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database = Database(settings.database_url)
    answers, sections = await asyncio.to_thread(load_shipped, settings.state_folder / "vectors")
    core = Core(
        settings, database, Hints(settings.database_url), make_clock(settings.clock_start), answers
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        nlu = await stack.enter_async_context(NluClient(settings.nlu_urls, settings.nlu_token))
        app.state.core, app.state.nlu = core, nlu
        app.state.delivery = delivery = Delivery(core, nlu, sections)
        stack.push_async_callback(delivery.finish)
        bots = await stack.enter_async_context(telegram.bots(core, delivery))
        app.state.telegram = bots
        once = partial(remember_sources, core)
        for work in (once, core.hints.run, delivery.run, bots.poll, partial(run_upkeep, core)):
            await stack.enter_async_context(_running(work))
        yield


@asynccontextmanager
async def _running(work: Work) -> AsyncIterator[None]:
    task = asyncio.create_task(keep_running(work))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def keep_running(work: Work) -> None:
    """The edge of background work: what ends with an error is noted and begun again."""
    while True:
        try:
            return await work()
        except Exception:
            log.exception("background work failed")
        await asyncio.sleep(PAUSE_SECONDS)


def app() -> FastAPI:
    """For uvicorn: `uvicorn --factory bot.app:app`."""
    set_up_logging()
    return make_app()
