"""The outcome table alone: which failure means what, and how long the pauses are."""

from datetime import timedelta

import httpx
import pytest
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from backend.outbox import Outbox, OutboxState
from bot.channels.telegram_sender import GIVE_UP_AFTER, Judgement, judge

READY, DEAD, UNKNOWN = OutboxState.READY, OutboxState.DEAD, OutboxState.UNKNOWN


def row(attempts: int = 1, *, is_plain: bool = False) -> Outbox:
    return Outbox(attempts=attempts, is_plain=is_plain)


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


NOT_SENT = caused(NetworkError("httpx.ConnectError"), httpx.ConnectError(""))
DOUBTFUL = Judgement(READY, pause=1.0, is_doubtful=True)


@pytest.mark.parametrize(
    ("error", "message", "expected"),
    [
        (Forbidden("bot was blocked by the user"), row(), Judgement(DEAD, is_blocked=True)),
        (BadRequest("Chat not found"), row(), Judgement(DEAD, is_blocked=True)),
        (BadRequest("message is too long"), row(), Judgement(READY, is_plain=True)),
        (BadRequest("message is too long"), row(is_plain=True), Judgement(DEAD)),
        (NOT_SENT, row(), Judgement(READY, pause=1)),
        (caused(TimedOut(), httpx.ConnectTimeout("")), row(), Judgement(READY, pause=1)),
        (caused(TimedOut(), httpx.PoolTimeout("")), row(), Judgement(READY, pause=1)),
        (InvalidToken(), row(), Judgement(READY, pause=1)),
        (caused(TimedOut(), httpx.ReadTimeout("")), row(), DOUBTFUL),
        (caused(NetworkError(""), httpx.ReadError("")), row(), DOUBTFUL),
        (NetworkError("Bad Gateway"), row(), DOUBTFUL),
        (TelegramError("Invalid server response"), row(), DOUBTFUL),
        (NetworkError("Bad Gateway"), row(2), Judgement(UNKNOWN, is_doubtful=True)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_failure_has_its_meaning(
    error: TelegramError, message: Outbox, expected: Judgement
) -> None:
    assert judge(error, message, age=0) == expected


@pytest.mark.parametrize("attempts", [1, 5])
def test_a_wish_for_a_pause_is_granted_with_a_little_more(attempts: int) -> None:
    judgement = judge(RetryAfter(timedelta(seconds=17)), row(attempts), age=0)
    assert (judgement.state, judgement.is_doubtful) == (READY, False)
    assert 17 <= judgement.pause <= 18


def test_pauses_double_up_to_five_minutes_and_end_after_four_hours() -> None:
    pauses, age = [], 0.0
    while (judgement := judge(NOT_SENT, row(), age)).state is READY:
        pauses.append(judgement.pause)
        age += judgement.pause
    assert pauses[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(pauses[9:]) == {300}
    assert judgement == Judgement(DEAD)
    assert GIVE_UP_AFTER < age < GIVE_UP_AFTER + 300
    assert len(pauses[9:]) == 48 + 1
