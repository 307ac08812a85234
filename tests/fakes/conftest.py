"""The emulator and python-telegram-bot's own client in front of it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from tests.fakes.botapi import BotApi


@pytest.fixture(autouse=True)
def _whole_seconds_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library warns about `retry_after` as a number; this is its own way to the new type."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def api() -> Iterator[BotApi]:
    with BotApi(redelivery_unit=0.01) as api:
        yield api


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Bot]:
    # Without TLS there is nothing to verify, and loading certificates is half of a test's time.
    plain = {"verify": False}
    async with Bot(
        api.token,
        api.base_url,
        api.base_file_url,
        HTTPXRequest(connection_pool_size=40, httpx_kwargs=plain),
        HTTPXRequest(httpx_kwargs=plain),
    ) as bot:
        yield bot
