"""Brings one municipality's file into the database and tells the operator what was made."""

from pathlib import Path

from backend.clock import make_clock
from backend.db import Database
from backend.settings import Settings
from backend.staff import random_password
from booking.bring_in import BroughtIn, bring_in
from booking.free_times import HORIZON
from bot.demo import kept_passwords, log_in_lines
from content.directory import read_directory
from content.municipalities import MUNICIPALITIES_FOLDER, read_municipality
from content.municipality import Municipality


class CannotLoad(Exception):
    """The message says what is missing."""


async def load_file(database: Database, settings: Settings, slug_or_file: str) -> str:
    """Passwords of new accounts stand in the returned text and nowhere else, but for the demo."""
    path = _find(slug_or_file)
    source = read_municipality(path)
    directory = path.parent / "directory" / path.name
    if directory.exists():
        read_directory(directory)  # a mistake is told now, not when a resident opens the page
    if source.demo and not settings.is_demo:
        raise CannotLoad(f"{source.slug} is a demo municipality and needs DEMO=1")
    if source.demo:
        passwords = kept_passwords([source], settings.state_folder)
    else:
        passwords = {member.sign_in: random_password() for member in source.staff if member.sign_in}
    now = make_clock(settings.clock_start)()
    made = await bring_in(database, source, passwords, now)
    lines = [_summary(source, made), f"Times can be booked up to {now + HORIZON:%Y-%m-%d}."]
    if made.on_closed_days:
        lines.append(f"Booked on days that are closed now: {', '.join(made.on_closed_days)}.")
    if log_ins := log_in_lines(made.new_staff, passwords):
        lines += ["Passwords of the new accounts, shown only this once:", *log_ins]
    if path.resolve().parent != MUNICIPALITIES_FOLDER.resolve():
        lines.append(f"Load it again every week: only files in {MUNICIPALITIES_FOLDER} roll on.")
    return "\n".join(lines)


def _find(slug_or_file: str) -> Path:
    is_file = slug_or_file.endswith(".toml")
    path = Path(slug_or_file) if is_file else MUNICIPALITIES_FOLDER / f"{slug_or_file}.toml"
    if not path.is_file():
        raise CannotLoad(f"there is no file {path}")
    return path


def _summary(source: Municipality, made: BroughtIn) -> str:
    return (
        f"{source.slug} is loaded: {len(source.bodies)} bodies, {len(source.offices)} offices,"
        f" {len(source.services)} services, {len(source.staff)} staff"
        f" ({len(made.new_staff)} new), {made.new_sessions} new sessions."
    )
