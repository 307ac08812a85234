"""Fills the database from the municipalities' files: the first time, and again at every start,
so that bookable times always exist six weeks ahead."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from backend.clock import Clock
from backend.db import Database, system
from backend.load_municipality import load_municipality, load_staff
from booking.roll_forward import roll_forward
from content.municipalities import load_municipalities
from content.municipality import Municipality


async def load_demo(database: Database, clock: Clock, state_folder: Path) -> None:
    """Log-ins get random passwords once; they stand in demo-logins.txt, readable by the owner."""
    sources = [source for source in load_municipalities().values() if source.demo]
    passwords = _passwords(sources, state_folder / "demo-passwords.json")
    for source in sources:
        loaded = await load_municipality(database, source)
        async with database.transaction(system(loaded.municipality_id)) as db:
            people = await load_staff(db, source, loaded, passwords)
            await roll_forward(db, source, loaded, people, clock())
    _write_private(state_folder / "demo-logins.txt", _table(sources, passwords))


def _passwords(sources: list[Municipality], path: Path) -> Mapping[str, str]:
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    for source in sources:
        for member in source.staff:
            if member.sign_in and member.roles:
                known.setdefault(member.sign_in, "-".join(secrets.token_hex(2) for _ in range(4)))
    _write_private(path, json.dumps(known, indent=1))
    return known


def _table(sources: list[Municipality], passwords: Mapping[str, str]) -> str:
    lines = []
    for source in sources:
        for member in source.staff:
            if member.sign_in and member.sign_in in passwords:
                roles = ", ".join(member.roles)
                lines.append(
                    f"{member.sign_in:28} {passwords[member.sign_in]:24} {roles}, {member.body}"
                )
    return "\n".join(lines) + "\n"


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
