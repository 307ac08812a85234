"""The HTTP side of the Bot API: reads calls, answers them in Telegram's shapes, spoils answers."""

import asyncio
import json
import re
import socket
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tests.fakes.botapi_calls import Answer, Arguments, Upload, as_text, too_many
from tests.fakes.botapi_faults import (
    BAD_GATEWAY_PAGE,
    DamagedResponse,
    Fault,
    FaultKind,
    FaultScript,
    until_gone,
)
from tests.fakes.botapi_methods import Methods
from tests.fakes.botapi_text import Refused, bad
from tests.fakes.botapi_world import World

WELL_FORMED_TOKEN = re.compile(r"\d{1,16}:[A-Za-z0-9_-]{30,}")


@dataclass(frozen=True)
class Call:
    """One request of the bot; `status` is what Telegram decided, also when the answer got lost.

    It is 0 for a connection that was reset before Telegram read the request.
    """

    method: str
    chat_id: int | None
    arguments: dict[str, str]
    status: int
    fault: FaultKind | None
    at: float


class BotApiServer:
    """Belongs to one event loop, like everything it serves."""

    def __init__(self, token: str, world: World, methods: Methods) -> None:
        self.faults = FaultScript()
        self.calls: list[Call] = []
        self._token = token
        self._world = world
        self._methods = methods
        app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._download),
            ],
            exception_handlers={HTTPException: _refuse_in_shape},
        )
        # Uvicorn's server object ticks and waits; its protocol alone starts and stops at once.
        self._config = uvicorn.Config(
            app, lifespan="off", ws="none", access_log=False, log_config=None, proxy_headers=False
        )
        self._config.load()

    async def listen(self, listener: socket.socket) -> None:
        self._state = ServerState()
        self._server = await asyncio.get_running_loop().create_server(self._speak, sock=listener)

    async def hang_up(self) -> None:
        self._server.close()
        for connection in list(self._state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=5)
        await self._server.wait_closed()

    def _speak(self) -> HttpToolsProtocol:
        return HttpToolsProtocol(self._config, self._state, app_state={})

    def _transport(self, scope: Scope) -> asyncio.Transport | None:
        for connection in self._state.connections:
            if isinstance(connection, HttpToolsProtocol) and connection.client == scope["client"]:
                return connection.transport
        return None

    async def _call(self, request: Request) -> Response:
        try:
            self._check_token(request)
            arguments = await _read_arguments(request)
        except Refused as refusal:
            return _refuse(refusal)
        method = request.path_params["method"]
        record = self._methods.find_chat(arguments)
        chat_id = record.chat_id if record else None
        fault = self.faults.take(method, chat_id)
        if record is not None and fault is not None and fault.kind is FaultKind.BLOCKED:
            self._world.set_blocked(record, is_blocked=True)
        response = await self._respond(request, method, arguments, fault)
        status, kind = response.status_code, fault.kind if fault else None
        now = self._world.clock.now()
        self.calls.append(Call(method, chat_id, arguments.texts, status, kind, now))
        return response if fault is None else self._spoil(response, fault)

    async def _respond(
        self, request: Request, method: str, arguments: Arguments, fault: Fault | None
    ) -> Response:
        if fault is not None and not fault.is_executed:
            return _failure(fault)
        try:
            return _accept(await self._answer(request, method, arguments))
        except Refused as refusal:
            return _refuse(refusal)

    async def _answer(self, request: Request, method: str, arguments: Arguments) -> Answer:
        """A bot that hangs up ends its long poll, so that its next one meets no rival."""
        if method.lower() != "getupdates":
            return await self._methods.call(method, arguments)
        work = asyncio.ensure_future(self._methods.call(method, arguments))
        gone = asyncio.ensure_future(until_gone(request.receive))
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if work.done():
            return work.result()
        work.cancel()
        return Answer([])

    def _spoil(self, response: Response, fault: Fault) -> Response:
        match fault.kind:
            case FaultKind.TOO_MANY_REQUESTS | FaultKind.BLOCKED:
                return response
            case FaultKind.INTERNAL_ERROR | FaultKind.BAD_GATEWAY:
                return _failure(fault)
            case FaultKind.TRUNCATED:
                half = bytes(response.body[: len(response.body) // 2])
                return Response(half, response.status_code, media_type="application/json")
            case _:
                return DamagedResponse(fault, response, self._transport)

    async def _download(self, request: Request) -> Response:
        try:
            self._check_token(request)
        except Refused as refusal:
            return _refuse(refusal)
        for document in self._world.files.values():
            if document.path == request.path_params["path"]:
                return Response(document.content, media_type="application/octet-stream")
        return _refuse(Refused(404, "Not Found"))

    def _check_token(self, request: Request) -> None:
        token = request.path_params["token"]
        if not WELL_FORMED_TOKEN.fullmatch(token):
            raise Refused(404, "Not Found")
        if token != self._token:
            raise Refused(401, "Unauthorized")


async def _read_arguments(request: Request) -> Arguments:
    texts = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    if request.headers.get("content-type", "").startswith("application/json"):
        texts |= _read_json(await request.body())
    else:
        async with request.form() as form:
            for name, value in form.items():
                if isinstance(value, UploadFile):
                    uploads[name] = await _read_upload(value)
                else:
                    texts[name] = value
    try:
        "".join(texts.values()).encode()
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    return Arguments(texts, uploads)


async def _read_upload(file: UploadFile) -> Upload:
    content_type = file.content_type or ""
    return Upload(file.filename or "file", content_type, await file.read())


def _read_json(body: bytes) -> dict[str, str]:
    try:
        wanted = json.loads(body)
    except ValueError:
        raise bad("can't parse JSON object") from None
    if not isinstance(wanted, dict):
        raise bad("object expected")
    return {name: as_text(value) for name, value in wanted.items() if value is not None}


def _accept(answer: Answer) -> Response:
    shape: dict[str, Any] = {"ok": True, "result": answer.result}
    return _json(200, shape | ({"description": answer.description} if answer.description else {}))


def _refuse(refusal: Refused) -> Response:
    shape: dict[str, Any] = {
        "ok": False,
        "error_code": refusal.status,
        "description": refusal.description,
    }
    if refusal.retry_after:
        shape["parameters"] = {"retry_after": refusal.retry_after}
    return _json(refusal.status, shape)


async def _refuse_in_shape(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "Internal Server Error"
    return _refuse(Refused(status, detail))


def _failure(fault: Fault) -> Response:
    match fault.kind:
        case FaultKind.TOO_MANY_REQUESTS:
            return _refuse(too_many(int(fault.seconds)))
        case FaultKind.INTERNAL_ERROR:
            return _refuse(Refused(500, "Internal Server Error"))
        case FaultKind.BAD_GATEWAY:
            return Response(BAD_GATEWAY_PAGE, 502, media_type="text/html")
        case _:
            return Response(status_code=0)


def _json(status: int, shape: dict[str, Any]) -> Response:
    return Response(json.dumps(shape), status, media_type="application/json")
