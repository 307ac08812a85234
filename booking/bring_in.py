"""From the municipalities' files to bookable times: after a change of a file, and every day."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from backend.audit import record
from backend.db import Database, system
from backend.load_municipality import (
    NotLoaded,
    find_loaded,
    find_staff,
    load_municipality,
    load_staff,
)
from backend.places import list_municipalities
from booking.roll_forward import roll_forward
from content.entry import ContentError
from content.municipalities import MUNICIPALITIES_FOLDER, read_municipality
from content.municipality import Municipality, StaffMember

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BroughtIn:
    new_staff: tuple[StaffMember, ...]
    new_sessions: int
    on_closed_days: tuple[str, ...]  # codes of bookings


async def bring_in(
    database: Database, source: Municipality, passwords: Mapping[str, str], now: datetime
) -> BroughtIn:
    """Loads the file, with passwords by sign-in name for accounts that are missing, and makes
    sessions ahead. Raises AccountRefused or ConfusableName."""
    loaded = await load_municipality(database, source)
    async with database.transaction(system(loaded.municipality_id)) as db:
        known = await find_staff(db, source, loaded)
        people = await load_staff(db, source, loaded, passwords)
        new = tuple(member for member in source.staff if member.key not in known)
        for member in new:
            body_id = loaded.bodies[member.body]
            await record(db, "add", "staff", people[member.key], body_id=body_id)
        rolled = await roll_forward(db, source, loaded, people, now)
        return BroughtIn(new, rolled.new_sessions, tuple(rolled.on_closed_days))


async def roll_all_forward(
    database: Database, now: datetime, folder: Path = MUNICIPALITIES_FOLDER
) -> dict[str, int]:
    """Makes sessions ahead for every loaded municipality that has a file in the folder; returns
    how many by slug. One that is not as its file says is logged and waits for the operator."""
    made = {}
    for municipality in await list_municipalities(database):
        path = folder / f"{municipality.slug}.toml"
        if not path.exists():
            continue
        try:
            made[municipality.slug] = await _roll_forward(database, municipality.id, path, now)
        except (ContentError, NotLoaded) as reason:
            # The reason may name a person; loading the file shows it to the operator.
            log.warning(
                "%s is not rolled forward (%s): run landa municipality load",
                municipality.slug,
                type(reason).__name__,
            )
    return made


async def _roll_forward(
    database: Database, municipality_id: UUID, path: Path, now: datetime
) -> int:
    source = read_municipality(path)
    async with database.transaction(system(municipality_id)) as db:
        loaded, people = await find_loaded(db, source, municipality_id)
        return (await roll_forward(db, source, loaded, people, now)).new_sessions
