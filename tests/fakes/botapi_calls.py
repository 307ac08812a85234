"""One call of a bot: its arguments as they came, its answer, and how many calls are allowed."""

import json
import math
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.botapi_text import Refused

PER_BOT_AND_SECOND = 30
SECONDS_BETWEEN_MESSAGES = 1.0


@dataclass(frozen=True)
class Upload:
    file_name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call; everything but a file arrives as text, objects as JSON."""

    texts: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "yes", "1")

    def whole(self, name: str, default: int = 0, low: int = 0, high: int = 2**31 - 1) -> int:
        """Telegram takes what is no number for 0 and pulls the rest into its limits."""
        if name not in self.texts:
            return default
        number = self.text(name)
        return max(low, min(int(number) if re.fullmatch(r"-?\d{1,18}", number) else 0, high))


@dataclass(frozen=True)
class Answer:
    result: Any
    description: str = ""


class RateLimits:
    """30 messages a second for the bot and one a second in a chat, in Telegram's own words."""

    def __init__(self) -> None:
        self.is_on = False
        self._recent: deque[float] = deque()
        self._last_in_chat: dict[int, float] = {}

    def take(self, chat_id: int, now: float) -> None:
        if not self.is_on:
            return
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        wait = self._last_in_chat.get(chat_id, -math.inf) + SECONDS_BETWEEN_MESSAGES - now
        if len(self._recent) >= PER_BOT_AND_SECOND:
            wait = max(wait, self._recent[0] + 1 - now)
        if wait > 0:
            raise too_many(math.ceil(wait))
        self._recent.append(now)
        self._last_in_chat[chat_id] = now


def too_many(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
