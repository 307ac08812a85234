"""A local HTTP server that answers /model/parse with the faults a real one can have."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]

GOOD_REPLY: dict[str, Any] = {
    "text": "hej",
    "landa": {
        "verdict": "answer",
        "ranking": [
            {"id": "id_card", "probability": 0.9},
            {"id": "out_of_scope", "probability": 0.04},
            {"id": "bank_account", "probability": 0.03},
            {"id": "digital_id", "probability": 0.02},
            {"id": "book", "probability": 0.01},
        ],
        "language": "sv",
        "language_sure": True,
        "vector": [0.0] * 384,
    },
}


@dataclass
class LocalServer:
    """Counts what it was asked; `behaviour` may be replaced while it runs."""

    behaviour: Behaviour
    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            self.requests.append(head + await reader.readexactly(length))
            await self.behaviour(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def local_server(behaviour: Behaviour) -> AsyncIterator[LocalServer]:
    server = LocalServer(behaviour)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def replies(body: bytes, status: str = "200 OK") -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return behave


def replies_json(reply: object, status: str = "200 OK") -> Behaviour:
    return replies(json.dumps(reply).encode(), status)


async def hangs(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def trickles(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def breaks_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()


good = replies_json(GOOD_REPLY)
