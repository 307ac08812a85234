"""Refusals in one shape: a problem document for the API, a kind page for a browser."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from backend.handover import AlreadyClaimed, NotYours
from backend.inbox import KeyReused
from backend.places import UnknownMunicipality
from backend.rate_limit import TooMany
from backend.resident_pages import problem_page

log = logging.getLogger(__name__)

TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Changed meanwhile",
    413: "Too large",
    422: "Not valid",
    429: "Too many",
    500: "Our mistake",
    503: "Not available just now",
}


Handler = Callable[[Request, Any], Awaitable[Response]]


def add_problem_handlers(app: FastAPI) -> None:
    handlers: dict[type[Exception], Handler] = {
        HTTPException: _http,
        RequestValidationError: _invalid,
        UnknownMunicipality: _refusal(404, "There is no such municipality."),
        KeyReused: _refusal(422, "This id was used for another message."),
        AlreadyClaimed: _refusal(409, "Somebody else was first."),
        NotYours: _refusal(409, "This conversation is not yours."),
        TooMany: _too_many,
        DBAPIError: _database,
        PoolTimeout: _database,
        Exception: _unexpected,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


def problem(
    request: Request, status: int, detail: str, headers: dict[str, str] | None = None
) -> Response:
    headers = {"Cache-Control": "no-store"} | (headers or {})
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return JSONResponse(
            {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status}
            | {"detail": detail},
            status,
            headers,
            media_type="application/problem+json",
        )
    response = problem_page(request, status, int(headers.get("Retry-After", 0)))
    response.headers.update(headers)
    return response


async def _http(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    return problem(request, error.status_code, str(error.detail), headers)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    # Only where and why: the input itself may be what a resident wrote.
    found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
    return problem(request, 422, "; ".join(found))


async def _too_many(request: Request, error: TooMany) -> Response:
    detail = f"Too many in a short while. Try again in {error.retry_after} seconds."
    return problem(request, 429, detail, {"Retry-After": str(error.retry_after)})


async def _database(request: Request, error: Exception) -> Response:
    """The database is away or busy: nothing was stored, so trying again is safe."""
    cause = getattr(error, "orig", None)
    log.error("database", exc_info=error)
    if isinstance(cause, psycopg.errors.DataError):
        return problem(request, 422, "A value cannot be stored.")
    return problem(request, 503, "Nothing was stored. Try again in a moment.", {"Retry-After": "2"})


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected", exc_info=error)
    response = problem(request, 500, "This was our mistake. Nothing was stored; please try again.")
    # This answer is given outside the guard, which adds them to every other one.
    response.headers.update(request.state.headers)
    return response


def _refusal(status: int, detail: str) -> Handler:
    async def refuse(request: Request, _error: Exception) -> Response:
        return problem(request, status, detail)

    return refuse
