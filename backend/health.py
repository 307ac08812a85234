"""For machines that watch: alive, ready, and figures without personal data."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.app_state import core_of
from backend.db import system
from backend.places import list_municipalities

router = APIRouter(tags=["health"])

WAITING = Gauge("landa_waiting", "Rows that wait, by kind", ["municipality", "kind"])
COUNTS = text(
    """
    select 'inbox', count(*) from inbox where state = 'ready'
    union all select 'inbox_dead', count(*) from inbox where state = 'dead'
    union all select 'outbox', count(*) from outbox where state in ('ready', 'leased')
    union all select 'outbox_dead', count(*) from outbox where state = 'dead'
    union all select 'outbox_unknown', count(*) from outbox where state = 'unknown'
    union all select 'handover', count(*) from handover where state = 'waiting'
    """
)


@router.get("/healthz")
async def alive() -> dict[str, str]:
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"description": "Not ready"}})
async def ready(request: Request) -> Response:
    """Ready when the database answers; without the NLU everything but free text works."""
    core = core_of(request)
    try:
        async with core.database.outside_walls() as db:
            await db.execute(text("select 1"))
    except (DBAPIError, OSError):
        return JSONResponse({"status": "not ready", "database": "away"}, 503)
    nlu = await request.app.state.nlu.is_up()
    return JSONResponse({"status": "ready", "database": "up", "nlu": "up" if nlu else "away"})


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    core = core_of(request)
    for municipality in await list_municipalities(core.database):
        async with core.database.transaction(system(municipality.id)) as db:
            for kind, number in (await db.execute(COUNTS)).all():
                WAITING.labels(municipality.slug, kind).set(number)
    return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)
