"""What the composition root keeps going."""

import asyncio
import logging

import pytest

from bot import app
from bot.app import keep_running


async def test_background_work_that_fails_is_noted_and_begun_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app, "PAUSE_SECONDS", 0)
    begun = 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ZeroDivisionError

    with caplog.at_level(logging.ERROR, logger="bot.app"):
        await asyncio.wait_for(keep_running(work), 5)
    assert begun == 3
    assert caplog.messages == ["background work failed"] * 2
