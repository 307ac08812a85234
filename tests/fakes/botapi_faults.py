"""Faults a test can order: refusals, lost and damaged answers, by method and count or by chance."""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SLOW_PIECES = 8
# What the proxy in front of Telegram's servers answers: a page, not JSON.
BAD_GATEWAY_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


class FaultKind(StrEnum):
    TOO_MANY_REQUESTS = "429"
    INTERNAL_ERROR = "500"
    BAD_GATEWAY = "502"
    RESET = "connection reset, not executed"
    NO_ANSWER = "executed, never answered"
    CUT_OFF = "executed, connection lost within the answer"
    TRUNCATED = "executed, half the JSON"
    SLOW = "executed, answered slowly"
    BLOCKED = "blocked from now on"


@dataclass(frozen=True)
class Fault:
    """`is_executed` says whether Telegram did the work before it failed."""

    kind: FaultKind
    seconds: float = 0.0
    is_executed: bool = False


def too_many_requests(seconds: int) -> Fault:
    return Fault(FaultKind.TOO_MANY_REQUESTS, seconds)


def internal_error(*, after_work: bool = False) -> Fault:
    return Fault(FaultKind.INTERNAL_ERROR, is_executed=after_work)


def bad_gateway(*, after_work: bool = False) -> Fault:
    return Fault(FaultKind.BAD_GATEWAY, is_executed=after_work)


def connection_reset() -> Fault:
    return Fault(FaultKind.RESET)


def no_answer() -> Fault:
    return Fault(FaultKind.NO_ANSWER, is_executed=True)


def cut_off() -> Fault:
    return Fault(FaultKind.CUT_OFF, is_executed=True)


def truncated_json() -> Fault:
    return Fault(FaultKind.TRUNCATED, is_executed=True)


def slow_body(seconds: float) -> Fault:
    return Fault(FaultKind.SLOW, seconds, is_executed=True)


def blocked() -> Fault:
    return Fault(FaultKind.BLOCKED, is_executed=True)


@dataclass
class _Order:
    fault: Fault
    method: str
    chat_id: int | None
    after: int
    times: int | None

    def fits(self, method: str, chat_id: int | None) -> bool:
        return self.method == method and self.chat_id in (None, chat_id) and self.times != 0


class FaultScript:
    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._chance: tuple[Random, float, Sequence[Fault], frozenset[str]] | None = None

    def add(
        self,
        method: str,
        fault: Fault,
        *,
        times: int | None = 1,
        after: int = 0,
        chat_id: int | None = None,
    ) -> None:
        """The next `times` calls fail (None: all from now on), once `after` calls went well."""
        self._orders.append(_Order(fault, method.lower(), chat_id, after, times))

    def add_by_chance(
        self, seed: int, rate: float, faults: Sequence[Fault], methods: Sequence[str]
    ) -> None:
        """The same seed gives the same verdicts in the order in which the calls arrive."""
        names = frozenset(method.lower() for method in methods)
        self._chance = (Random(seed), rate, faults, names)

    def clear(self) -> None:
        self._orders.clear()
        self._chance = None

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        for order in self._orders:
            if not order.fits(method.lower(), chat_id):
                continue
            if order.after:
                order.after -= 1
                return None
            if order.times is not None:
                order.times -= 1
            return order.fault
        return self._taken_by_chance(method.lower())

    def _taken_by_chance(self, method: str) -> Fault | None:
        if self._chance is None:
            return None
        random, rate, faults, methods = self._chance
        if method not in methods or random.random() >= rate:
            return None
        return random.choice(faults)


FindTransport = Callable[[Scope], asyncio.Transport | None]


class DamagedResponse(Response):
    """An answer that gets lost, stuck or cut on its way to the bot."""

    def __init__(self, fault: Fault, whole: Response, find_transport: FindTransport) -> None:
        super().__init__(bytes(whole.body), whole.status_code, media_type="application/json")
        self._fault = fault
        self._find_transport = find_transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match self._fault.kind:
            case FaultKind.RESET:
                _reset(self._find_transport(scope))
                await until_gone(receive)
            case FaultKind.CUT_OFF:
                await self._send_start(send)
                await _send_piece(send, self._half)
                _close(self._find_transport(scope))
                await until_gone(receive)
            case FaultKind.SLOW:
                await self._send_start(send)
                await self._send_slowly(receive, send)
            case _:
                await until_gone(receive)

    @property
    def _half(self) -> bytes:
        return bytes(self.body[: len(self.body) // 2])

    async def _send_start(self, send: Send) -> None:
        status = self.status_code
        await send({"type": "http.response.start", "status": status, "headers": self.raw_headers})

    async def _send_slowly(self, receive: Receive, send: Send) -> None:
        size = -(-len(self.body) // SLOW_PIECES)
        gone = asyncio.ensure_future(until_gone(receive))
        for start in range(0, len(self.body), size):
            await asyncio.wait({gone}, timeout=self._fault.seconds / SLOW_PIECES)
            await _send_piece(send, bytes(self.body[start : start + size]))
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        gone.cancel()


async def until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_piece(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


def _reset(transport: asyncio.Transport | None) -> None:
    """Lingering for zero seconds makes the kernel answer with RST instead of a polite end."""
    if transport is None:
        return
    connection: socket.socket = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _close(transport: asyncio.Transport | None) -> None:
    if transport is not None:
        transport.close()
