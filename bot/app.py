"""The composition root: what the app is made of, started and stopped in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from backend import console, console_inbox, health, resident_pages
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
from bot.channels import api, telegram, web
from bot.delivery import Delivery
from bot.sections import build_index
from content.answers import load_answers
from nlu.client import NluClient

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
    answers = load_answers()
    core = Core(
        settings, database, Hints(settings.database_url), make_clock(settings.clock_start), answers
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        nlu = await stack.enter_async_context(NluClient(settings.nlu_urls, settings.nlu_token))
        sections = await asyncio.to_thread(build_index, answers, settings.state_folder / "vectors")
        app.state.core, app.state.nlu = core, nlu
        app.state.delivery = delivery = Delivery(core, nlu, sections)
        stack.push_async_callback(delivery.finish)
        bots = await stack.enter_async_context(telegram.bots(core, delivery))
        app.state.telegram = bots
        for work in (core.hints.run(), delivery.run(), bots.poll()):
            await stack.enter_async_context(_running(asyncio.create_task(work)))
        yield


@asynccontextmanager
async def _running(task: asyncio.Task[None]) -> AsyncIterator[None]:
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def app() -> FastAPI:
    """For uvicorn: `uvicorn --factory bot.app:app`."""
    set_up_logging()
    return make_app()
