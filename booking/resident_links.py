"""From the token of a link to what it was made for; whoever has the link is the resident."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import HTTPException, Request

from backend.app_state import Core, core_of
from backend.places import Municipality, RouteKind, enter_by_token
from backend.web_security import check_form, csrf_token
from booking.bookings import linked_id


@dataclass(frozen=True)
class OpenedLink:
    municipality: Municipality
    row_id: UUID
    address: str
    csrf: str


async def open_link(request: Request, kind: RouteKind, token: str) -> OpenedLink:
    """404 for every token that we did not make or no longer know."""
    core = core_of(request)
    row_id = linked_id(core.settings.secret_key, kind, token)
    async with core.database.outside_walls() as db:
        municipality = await enter_by_token(db, token, kind) if row_id else None
    if row_id is None or municipality is None:
        raise HTTPException(404)
    prefix = "b" if kind is RouteKind.BOOKING else "t"
    return OpenedLink(municipality, row_id, f"/{prefix}/{token}", _csrf(core, token))


async def check_link_form(request: Request, link: OpenedLink) -> dict[str, str]:
    """The fields of a form that was sent from a page of this very link."""
    form = await request.form(max_files=0, max_fields=10)
    # "csrf" belongs to the chat's cookie and stands on the same page.
    check_form(request, {"csrf": form.get("link_csrf")}, link.csrf)
    return {name: str(value) for name, value in form.items()}


def _csrf(core: Core, token: str) -> str:
    return csrf_token(core.settings.secret_key, token)
