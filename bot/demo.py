"""Fills the database from the demo municipalities' files: the first time, and again at every start,
so that bookable times always exist six weeks ahead."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from backend.clock import Clock
from backend.db import Database
from backend.staff import random_password
from booking.bring_in import bring_in
from content.municipalities import load_municipalities
from content.municipality import Municipality, StaffMember


async def load_demo(database: Database, clock: Clock, state_folder: Path) -> None:
    """Log-ins get random passwords once; they stand in demo-logins.txt, readable by the owner."""
    sources = [source for source in load_municipalities().values() if source.demo]
    passwords = kept_passwords(sources, state_folder)
    for source in sources:
        await bring_in(database, source, passwords, clock())
    lines = [line for source in sources for line in log_in_lines(source.staff, passwords)]
    _write_private(state_folder / "demo-logins.txt", "\n".join(lines) + "\n")


def kept_passwords(sources: Iterable[Municipality], state_folder: Path) -> Mapping[str, str]:
    """By sign-in name; the same at every start."""
    path = state_folder / "demo-passwords.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    for source in sources:
        for member in source.staff:
            if member.sign_in:
                known.setdefault(member.sign_in, random_password())
    _write_private(path, json.dumps(known, indent=1))
    return known


def log_in_lines(staff: Iterable[StaffMember], passwords: Mapping[str, str]) -> list[str]:
    """Name, password, roles and body of those who have an account."""
    return [
        f"{name:28} {passwords[name]:24} {', '.join(member.roles)}, {member.body}"
        for member in staff
        if (name := member.sign_in)
    ]


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
