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
DISCONNECT: Message = {"type": "http.disconnect"}
log = logging.getLogger("landa.http")

# What browsers know and our pages do not use. Autoplay is left: reading aloud may count as such.
UNUSED_FEATURES = """
    accelerometer browsing-topics camera clipboard-read clipboard-write display-capture
    encrypted-media fullscreen gamepad geolocation gyroscope hid identity-credentials-get
    idle-detection keyboard-map local-fonts magnetometer microphone midi payment
    picture-in-picture publickey-credentials-create publickey-credentials-get screen-wake-lock
    serial storage-access sync-xhr usb window-management xr-spatial-tracking
"""
FIXED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES.split()),
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
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        request_id = uuid4().hex
        headers = self._headers(nonce, request_id)
        scope.setdefault("state", {}).update(
            nonce=nonce, headers=headers, own_origin=self._own_origin(scope)
        )
        token = current_request_id.set(request_id)
        started = time.perf_counter()
        status: int | None = None
        left = MAX_BODY if _declared_length(scope) <= MAX_BODY else -1

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sent = MutableHeaders(scope=message)
                sent.setdefault("Cache-Control", "no-store")
                sent.update(headers)
            await send(message)

        async def receive_limited() -> Message:
            nonlocal left
            message = await receive() if left >= 0 else DISCONNECT
            left -= len(message.get("body", b""))
            if left >= 0:
                return message
            if status is None:
                raise HTTPException(413, "A request may hold at most 1 MiB.")
            return DISCONNECT

        try:
            await self.app(scope, receive_limited, send_guarded)
        finally:
            current_request_id.reset(token)
            _log_request(scope, request_id, status or 500, time.perf_counter() - started)

    def _headers(self, nonce: str, request_id: str) -> dict[str, str]:
        headers = FIXED_HEADERS | {
            "X-Request-Id": request_id,
            "Content-Security-Policy": content_security_policy(nonce),
        }
        if self.settings.is_https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return headers

    def _own_origin(self, scope: Scope) -> str:
        """With https the one public address; a first try over http may go by another name."""
        if self.settings.is_https:
            return self.settings.public_url
        return f"http://{Headers(scope=scope).get('host', '')}"


def _declared_length(scope: Scope) -> int:
    value = Headers(scope=scope).get("content-length", "0")
    return int(value) if value.isdecimal() else 0


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


def check_own_page(request: Request) -> None:
    """Raises 403 when the browser says that a page of another site sent this."""
    site, origin = (request.headers.get(name) for name in ("sec-fetch-site", "origin"))
    if site is not None:
        is_own = site in ("same-origin", "none")
    elif origin == "null":
        # Our Referrer-Policy makes browsers hide the origin of our own forms, never of a stream.
        is_own = request.method == "POST"
    else:
        is_own = origin in (None, request.state.own_origin)
    if not is_own:
        raise HTTPException(403, "This was sent by another site.")


def check_form(request: Request, form: Mapping[str, Any], expected: str) -> None:
    """Raises 403 unless the form was sent by our own page of this session."""
    check_own_page(request)
    sent = str(form.get("csrf") or request.headers.get("x-csrf-token") or "")
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        raise HTTPException(403, "The page was open too long. Load it again.")


def cookie_name(name: str, settings: Settings) -> str:
    """`__Host-` binds a cookie to https and this host; plain http (a first try) has no prefix."""
    return f"__Host-{name}" if settings.is_https else name


def cookie_options(settings: Settings) -> dict[str, Any]:
    return {"secure": settings.is_https, "httponly": True, "samesite": "lax", "path": "/"}
