"""What every HTTP answer and every form has to pass: headers, size, origin, CSRF, request id."""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi import HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.request_id import current_request_id
from backend.settings import Settings

MAX_BODY = 1024 * 1024
log = logging.getLogger("landa.http")

FIXED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


def content_security_policy(nonce: str) -> str:
    # No Trusted Types: htmx swaps HTML, and the directive stops every swap.
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
        "frame-ancestors 'none'"
    )


class Guard:
    """ASGI middleware around the whole app; streams pass through it unbuffered."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.is_https = settings.is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        request_id = uuid4().hex
        scope.setdefault("state", {})["nonce"] = nonce
        token = current_request_id.set(request_id)
        started = time.perf_counter()
        status = 500
        received = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(MutableHeaders(scope=message), nonce, request_id)
            await send(message)

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY:
                raise HTTPException(413)
            return message

        try:
            if _declared_length(scope) > MAX_BODY:
                await _refuse(send_guarded, 413)
            else:
                await self.app(scope, receive_limited, send_guarded)
        finally:
            current_request_id.reset(token)
            _log_request(scope, request_id, status, time.perf_counter() - started)

    def _add_headers(self, headers: MutableHeaders, nonce: str, request_id: str) -> None:
        for name, value in FIXED_HEADERS.items():
            headers[name] = value
        headers["X-Request-Id"] = request_id
        headers["Content-Security-Policy"] = content_security_policy(nonce)
        if self.is_https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"


def _declared_length(scope: Scope) -> int:
    value = Headers(scope=scope).get("content-length", "0")
    return int(value) if value.isdecimal() else 0


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _log_request(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    """The route's pattern, never the address itself: addresses carry tokens."""
    route = scope.get("route")
    log.info(
        "request",
        extra={
            "fields": {
                "request_id": request_id,
                "method": scope["method"],
                "route": getattr(route, "path", "unmatched"),
                "status": status,
                "ms": round(seconds * 1000, 1),
            }
        },
    )


def csrf_token(secret_key: str, session_token: str) -> str:
    """Belongs to one cookie: a form of another session does not pass."""
    return hmac.digest(secret_key.encode(), f"csrf|{session_token}".encode(), hashlib.sha256).hex()


def check_form(request: Request, form: Mapping[str, Any], expected: str) -> None:
    """Raises 403 unless the form was sent by our own page of this session."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    sent = str(form.get("csrf") or request.headers.get("x-csrf-token") or "")
    if site not in ("same-origin", "none") or not hmac.compare_digest(
        sent.encode(), expected.encode()
    ):
        raise HTTPException(403, "The page was open too long. Load it again.")


def cookie_name(name: str, settings: Settings) -> str:
    """`__Host-` binds a cookie to https and this host; plain http (a first try) has no prefix."""
    return f"__Host-{name}" if settings.is_https else name


def cookie_options(settings: Settings) -> dict[str, Any]:
    return {"secure": settings.is_https, "httponly": True, "samesite": "lax", "path": "/"}
