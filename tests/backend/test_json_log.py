"""Log lines are JSON, and say nothing that a resident wrote and no secret."""

import asyncio
import gc
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from backend.json_log import JsonLines, redact, set_up_logging
from backend.request_id import current_request_id

BOT_TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz01234"
OWN_TOKEN = "q8Vb3s0aYcXK5m1nT7rW9zE2uH4jL6pDfGgQxYvBnMk"
SECRET = "my husband hits me"


def line(record: logging.LogRecord) -> dict[str, Any]:
    written = JsonLines().format(record)
    assert "\n" not in written
    return dict(json.loads(written))


def record(message: str, *values: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("bot.delivery", logging.WARNING, "file.py", 7, message, values, None)
    vars(made).update(extra)
    return made


def failed(error: BaseException) -> logging.LogRecord:
    try:
        raise error
    except type(error):
        made = logging.LogRecord(
            "bot", logging.ERROR, "file.py", 7, "it failed", (), sys.exc_info()
        )
    return made


def test_a_line_is_one_json_object() -> None:
    found = line(record("stored %s in %d ms", "a message", 3))
    at = found.pop("at")
    assert len(at) == len("2026-11-25T09:00:00")
    assert found == {
        "level": "warning",
        "logger": "bot.delivery",
        "message": "stored a message in 3 ms",
    }


def test_a_line_names_its_request() -> None:
    token = current_request_id.set("request 7")
    assert line(record("hello"))["request_id"] == "request 7"
    current_request_id.reset(token)


def test_fields_are_added_to_the_line() -> None:
    assert line(record("slow", fields={"milliseconds": 1200}))["milliseconds"] == 1200


def test_line_breaks_stay_inside_the_line() -> None:
    assert line(record('one\n{"level": "forged"}'))["message"] == 'one\n{"level": "forged"}'


@pytest.mark.parametrize("error", [ValueError(SECRET), KeyError(SECRET), LookupError(SECRET)])
def test_an_error_is_named_without_its_text(error: Exception) -> None:
    made = failed(error)
    found = line(made)
    assert found["error"] == type(error).__name__
    assert SECRET not in JsonLines().format(made)
    assert found["where"][-1].startswith("backend/test_json_log.py:")
    assert found["where"][-1].endswith(" failed")


def test_a_chain_of_errors_does_not_bring_the_text_back() -> None:
    error = LookupError(SECRET)
    error.__cause__ = ValueError(SECRET)
    assert SECRET not in JsonLines().format(failed(error))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"POST https://api.telegram.org/bot{BOT_TOKEN}/sendMessage", "bot…/sendMessage"),
        (f"GET /b/{OWN_TOKEN}", "GET /b/…"),
        ("GET /staff/day?on=2026-11-27&key=abc", "GET /staff/day?…&…"),
        (f"Bearer {OWN_TOKEN} refused", "Bearer … refused"),
    ],
)
def test_tokens_and_query_values_are_left_out(text: str, expected: str) -> None:
    assert redact(text).endswith(expected)
    assert not {BOT_TOKEN, OWN_TOKEN, "abc", "2026-11-27"} & set(redact(text).split("/"))


@pytest.mark.parametrize(
    "text",
    [
        "booking 0f9f5e1c-3b53-4f0e-9d51-6f4f6a3c2b11 is confirmed",
        "12 messages in 300 ms",
        "listening on http://127.0.0.1:8000",
        "2026-11-25T09:00:00",
    ],
)
def test_ids_times_and_addresses_without_secrets_stay(text: str) -> None:
    assert redact(text) == text


def test_the_event_loop_does_not_quote_what_a_forgotten_task_failed_with(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    async def turn() -> None:
        raise ValueError(SECRET)

    async def forget() -> None:
        task = asyncio.create_task(turn(), name=SECRET)
        await asyncio.wait([task])
        del task
        gc.collect()

    set_up_logging()
    asyncio.run(forget())
    written = capsys.readouterr().err
    assert SECRET not in written
    (found,) = [json.loads(text) for text in written.splitlines()]
    assert (found["logger"], found["message"], found["error"]) == (
        "asyncio",
        "something in the event loop failed",
        "ValueError",
    )
    assert found["where"][-1].endswith(" turn")


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Given back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    noisy = {name: logging.getLogger(name).level for name in ("httpx", "telegram")}
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in noisy.items():
        logging.getLogger(name).setLevel(before)


def test_the_log_goes_to_stderr_and_the_clients_keep_quiet(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging()
    logging.getLogger("bot").info("started")
    logging.getLogger("httpx").info("GET https://api.telegram.org/bot%s/getMe", BOT_TOKEN)
    logging.getLogger("telegram").info("quiet")
    written = capsys.readouterr()
    assert [json.loads(text)["message"] for text in written.err.splitlines()] == ["started"]
    assert written.out == ""
