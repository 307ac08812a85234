"""Asks the Rasa server what a message means, quickly or not at all: a conversation goes on
with menus and buttons when no understanding comes within the time a resident will wait."""

import asyncio
import hashlib
import itertools
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import httpx
from cachetools import TTLCache
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nlu.encoder import DIMENSIONS
from nlu.normalise import normalise

# httpx logs whole addresses at INFO, and Rasa takes its token only as part of the address.
logging.getLogger("httpx").setLevel(logging.WARNING)

OUT_OF_SCOPE = "out_of_scope"
OFFERS = 3

_FAILURES_TO_OPEN = 5
_PAUSE_SECONDS = 10.0
# Many people send the same short words. Ten minutes, because a new model may take over.
_REMEMBERED, _REMEMBERED_SECONDS = 500, 600
# The rest of the turn (database, reply) needs a part of what a resident waits.
_SHARE_OF_TURN = 0.75


class Verdict(StrEnum):
    """What the probabilities justify: answer at once, offer three choices, or neither."""

    ANSWER = "answer"
    OFFER = "offer"
    NONE = "none"


@dataclass(frozen=True)
class Candidate:
    """One id of the taxonomy with its calibrated probability."""

    id: str
    probability: float


@dataclass(frozen=True)
class Understanding:
    """What a message may mean; `ranking` is sorted, most probable first."""

    verdict: Verdict
    ranking: tuple[Candidate, ...]
    language: str | None
    is_language_sure: bool
    vector: tuple[float, ...]

    @property
    def top(self) -> str | None:
        return self.ranking[0].id if self.ranking else None

    def probability(self, id: str) -> float:
        """Zero for an id that is not among the likeliest."""
        return next((each.probability for each in self.ranking if each.id == id), 0.0)

    @property
    def offers(self) -> tuple[str, ...]:
        """The ids to show as buttons."""
        meant = [candidate.id for candidate in self.ranking if candidate.id != OUT_OF_SCOPE]
        return tuple(meant[:OFFERS])


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class _Ranked(_Strict):
    id: str = Field(min_length=1)
    probability: float = Field(ge=0.0, le=1.0)


class _Landa(_Strict):
    verdict: Verdict
    ranking: tuple[_Ranked, ...]
    language: str | None
    language_sure: bool
    vector: tuple[float, ...]

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if self.verdict is not Verdict.NONE and not self.ranking:
            raise ValueError("a verdict needs candidates")
        # Commands and empty texts have no vector.
        if len(self.vector) not in (0, DIMENSIONS):
            raise ValueError("a vector of another encoder")
        return self


class _Parsed(BaseModel):
    landa: _Landa


@dataclass
class _Replica:
    """One Rasa server and its circuit breaker."""

    url: str
    failures: int = 0
    opened_at: float = 0.0

    def is_open(self, now: float) -> bool:
        return self.failures >= _FAILURES_TO_OPEN and now - self.opened_at < _PAUSE_SECONDS

    def record(self, *, is_success: bool, now: float) -> None:
        self.failures = 0 if is_success else self.failures + 1
        self.opened_at = now

    def start_probe(self, now: float) -> None:
        # A half-open replica lets one message try; the others see it open until that one ends.
        if self.failures >= _FAILURES_TO_OPEN:
            self.opened_at = now


@dataclass
class NluClient:
    """Round robin over several servers. `timeout` is what the whole turn may take."""

    urls: Sequence[str]
    token: str
    timeout: float = 2.0
    _replicas: list[_Replica] = field(init=False)
    _turns: "itertools.count[int]" = field(init=False, default_factory=itertools.count)
    _http: httpx.AsyncClient = field(init=False)
    _remembered: "TTLCache[bytes, Understanding]" = field(init=False)

    def __post_init__(self) -> None:
        self._replicas = [_Replica(url.rstrip("/")) for url in self.urls]
        # Loopback servers must not be asked through the proxy that the environment may name.
        self._remembered = TTLCache(_REMEMBERED, _REMEMBERED_SECONDS)
        self._http = httpx.AsyncClient(trust_env=False, params={"token": self.token})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def understand(self, text: str) -> Understanding | None:
        """None when no server gave a usable reply in time."""
        # Rasa would take a leading slash for a command and reply without our part.
        spoken = normalise(text).lstrip("/ ")
        # What people wrote is not kept, only its hash.
        key = hashlib.sha256(spoken.encode()).digest()
        if (remembered := self._remembered.get(key)) is not None:
            return remembered
        understanding = await self._ask_in_turn(spoken)
        if understanding is not None:
            self._remembered[key] = understanding
        return understanding

    async def _ask_in_turn(self, spoken: str) -> Understanding | None:
        deadline = time.monotonic() + self.timeout * _SHARE_OF_TURN
        replicas = self._closed_replicas()
        for position, replica in enumerate(replicas):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                break
            understanding = await self._ask(replica, spoken, remaining / (len(replicas) - position))
            if understanding is not None:
                return understanding
        return None

    async def is_up(self) -> bool:
        """Whether any server answers now; asked by the readiness page only."""
        answers = await asyncio.gather(*(self._is_up(each.url) for each in self._replicas))
        return any(answers)

    async def _is_up(self, url: str) -> bool:
        try:
            reply = await self._http.get(f"{url}/status", timeout=1.0)
        except httpx.HTTPError:
            return False
        return reply.is_success

    def _closed_replicas(self) -> list[_Replica]:
        if not self._replicas:
            return []
        now = time.monotonic()
        start = next(self._turns) % len(self._replicas)
        rotated = self._replicas[start:] + self._replicas[:start]
        return [replica for replica in rotated if not replica.is_open(now)]

    async def _ask(self, replica: _Replica, spoken: str, seconds: float) -> Understanding | None:
        replica.start_probe(time.monotonic())
        try:
            async with asyncio.timeout(seconds):
                understanding = await self._parse(replica.url, spoken)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValidationError):
            replica.record(is_success=False, now=time.monotonic())
            return None
        replica.record(is_success=True, now=time.monotonic())
        return understanding

    async def _parse(self, url: str, spoken: str) -> Understanding:
        reply = await self._http.post(f"{url}/model/parse", json={"text": spoken})
        reply.raise_for_status()
        landa = _Parsed.model_validate_json(reply.content).landa
        return Understanding(
            verdict=landa.verdict,
            ranking=tuple(Candidate(each.id, each.probability) for each in landa.ranking),
            language=landa.language,
            is_language_sure=landa.language_sure,
            vector=landa.vector,
        )
