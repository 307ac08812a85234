"""What must be there before anything can serve: secrets, roles, tables, demo data, NLU model."""

import json
import os
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from backend.child_process import spawn, tail
from backend.postgres import free_port
from backend.roles import APP_ROLE, RoleMissing, ensure_app_role
from bot.single_run import CannotStart, port_is_free

OWNER_ROLE = "landa_owner"
DATABASE = "landa"
SECRET_NAMES = ("OWNER_PASSWORD", "APP_PASSWORD", "NLU_TOKEN", "SECRET_KEY")


def read_secrets(state: Path) -> dict[str, str]:
    """Made at the first run; later runs add only what a newer version asks for."""
    path = state / "secrets.env"
    path.touch(mode=0o600)
    lines = path.read_text().splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    missing = {name: secrets.token_urlsafe(32) for name in SECRET_NAMES if name not in found}
    if missing:
        write_env(path, found | missing)
    return found | missing


def write_env(path: Path, values: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))


def kept_port(state: Path, name: str) -> int:
    """The same port at every start, as long as nobody else has taken it."""
    path = state / "ports.json"
    ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    if name not in ports or not port_is_free("127.0.0.1", ports[name]):
        ports[name] = free_port()
        path.write_text(json.dumps(ports))
    return ports[name]


def create_database(superuser_url: str, owner_password: str, app_password: str) -> None:
    """Both roles and the database in a server of our own, or what of them is missing."""
    with psycopg.connect(superuser_url, autocommit=True) as db:
        _set_role(db, OWNER_ROLE, owner_password)
        _set_role(db, APP_ROLE, app_password)
        query = "select 1 from pg_database where datname = %s"
        if not db.execute(query, [DATABASE]).fetchone():
            create = sql.SQL("create database {} owner {}")
            db.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)))


def app_url(owner_url: str, password: str) -> str:
    """The address for `landa_app` in somebody else's PostgreSQL."""
    parts = urlsplit(owner_url.replace("postgresql+psycopg://", "postgresql://", 1))
    place = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=f"{APP_ROLE}:{quote(password, safe='')}@{place}").geturl()
    try:
        ensure_app_role(parts.geturl(), password)
        psycopg.connect(url, connect_timeout=5).close()
    except RoleMissing:
        raise CannotStart(_what_to_run("create", password, parts.path)) from None
    except psycopg.OperationalError as problem:
        raise CannotStart(f"{problem}\n{_what_to_run('alter', password, parts.path)}") from None
    return url


def migrate(root: Path, log: Path, env: Mapping[str, str]) -> None:
    alembic = ["-m", "alembic", "-c", "backend/migrations/alembic.ini", "upgrade", "head"]
    run_to_end([sys.executable, *alembic], root, log, env)


def seed_demo(root: Path, log: Path, env: Mapping[str, str]) -> None:
    run_to_end([sys.executable, "-m", "bot.cli", "demo"], root, log, env)


def train(root: Path, log: Path, env: Mapping[str, str]) -> None:
    """Does nothing when the model is newer than all that shapes it."""
    run_to_end([sys.executable, "-m", "nlu.train"], root, log, env)


def encode_answers(root: Path, log: Path, env: Mapping[str, str]) -> None:
    """Makes the vectors of new and changed answers, so that the app need not at its start."""
    run_to_end([sys.executable, "-m", "bot.sections"], root, log, env)


def run_to_end(command: list[str], root: Path, log: Path, env: Mapping[str, str]) -> None:
    process = spawn(command, log=log, env=env, folder=root, death_signal=signal.SIGKILL)
    try:
        code = process.wait()
    except BaseException:
        # Ctrl-C: what it started itself, a training for example, goes with it.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if code != 0:
        name = " ".join(command[1:])
        raise CannotStart(f"This failed: {name}\n{tail(log)}\n(all of it: {log})")


def _what_to_run(verb: str, password: str, path: str) -> str:
    return (
        f"The role {APP_ROLE} cannot be used, and the role in DATABASE_URL may not change that."
        " Set APP_DATABASE_URL to its address, or let an administrator run these two lines:\n"
        f"  {verb} role {APP_ROLE} login password '{password}';\n"
        f'  grant connect on database "{path.lstrip("/")}" to {APP_ROLE};'
    )


def _set_role(db: psycopg.Connection, role: str, password: str) -> None:
    found = db.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
    statement = "alter role {} login password {}" if found else "create role {} login password {}"
    db.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Literal(password)))
