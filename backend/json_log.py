"""One JSON object per log line, without message text, tokens or addresses."""

import json
import logging
import re
import sys
from typing import Any

from backend.request_id import current_request_id

# A Telegram token stands in the address of each of its calls, right behind the word "bot"; our own
# tokens are 43 characters.
SECRETS = re.compile(r"\d{5,}:[\w-]{20,}|[\w-]{40,}|(?<=[?&])[\w-]+=[^&\s]+")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "request_id": current_request_id.get(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            # The text of an exception may quote what a resident wrote; its kind and place do not.
            line["error"] = record.exc_info[0].__name__
            line["where"] = _places(record)
        return json.dumps({key: value for key, value in line.items() if value is not None})


def _message(record: logging.LogRecord) -> str:
    # The event loop writes the whole task or callback into its message, with its exception's text.
    if record.name == "asyncio":
        return "something in the event loop failed"
    return redact(record.getMessage())


def redact(text: str) -> str:
    return SECRETS.sub("…", text)


def set_up_logging() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # They print whole addresses at INFO; the Telegram library prints answers it cannot read.
    for noisy in ("httpx", "httpcore", "sqlalchemy.engine", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL)


def _places(record: logging.LogRecord) -> list[str]:
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        file = "/".join(code.co_filename.split("/")[-2:])
        places.append(f"{file}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-6:]
