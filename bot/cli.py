"""The command line `landa`: what an operator does outside the browser."""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

import uvicorn
from sqlalchemy import select

from backend.audit import record
from backend.clock import make_clock
from backend.conversation import erase_conversation, find_conversation
from backend.db import Database, system
from backend.places import Body, find_municipality
from backend.settings import SettingError, Settings, read_settings
from backend.staff import MIN_PASSWORD_LENGTH, Role, Staff, add_staff
from bot.demo import load_demo
from bot.emergency import is_emergency


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except SettingError as error:
        print(f"landa: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="landa", description="Landa, for operators.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the web app, its channels and delivery")
    serve.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    serve.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    serve.set_defaults(run=_serve)

    database = commands.add_parser("db", help="bring the database to the newest schema")
    database.set_defaults(run=_migrate)

    demo = commands.add_parser("demo", help="load the demo municipalities and roll times forward")
    demo.set_defaults(run=lambda _: _with_database(_demo))

    content = commands.add_parser("content", help="check the answers, facts and catalogues")
    content.add_argument("arguments", nargs=argparse.REMAINDER, help="--on DATE, --release")
    content.set_defaults(run=_check_content)

    staff = commands.add_parser("staff", help="add a staff account; asks for the password")
    staff.add_argument("municipality")
    staff.add_argument("sign_in_name")
    staff.add_argument("--name", required=True)
    staff.add_argument("--body", required=True, help="key of the body, such as integration")
    staff.add_argument("--role", action="append", type=Role, choices=list(Role), required=True)
    staff.set_defaults(run=_add_staff)

    erase = commands.add_parser("erase", help="erase one conversation with all that was written")
    erase.add_argument("municipality")
    erase.add_argument("conversation_id")
    erase.set_defaults(run=_erase)

    evaluate = commands.add_parser("nlu-eval", help="measure the recogniser on a file of lines")
    evaluate.add_argument("file", type=Path)
    evaluate.set_defaults(run=_evaluate)
    return parser


def _serve(chosen: argparse.Namespace) -> int:
    if read_settings().is_https is False:
        print(
            "landa: PUBLIC_URL is http: for trying out only, cookies are not Secure",
            file=sys.stderr,
        )
    uvicorn.run(
        "bot.app:app",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        access_log=False,
        timeout_graceful_shutdown=10,
        log_config=None,
    )
    return 0


def _migrate(_chosen: argparse.Namespace) -> int:
    from alembic.config import main as alembic  # noqa: PLC0415 -- slow, and only needed here

    alembic(["-c", "backend/migrations/alembic.ini", "upgrade", "head"])
    return 0


def _check_content(chosen: argparse.Namespace) -> int:
    from content.check import main as check  # noqa: PLC0415 -- slow, and only needed here

    return check(chosen.arguments)


async def _demo(database: Database, settings: Settings) -> int:
    if not settings.is_demo:
        raise SettingError("the demo municipalities need DEMO=1")
    await load_demo(database, make_clock(settings.clock_start), settings.state_folder)
    return 0


def _add_staff(chosen: argparse.Namespace) -> int:
    password = getpass.getpass("Password: ")
    if len(password) < MIN_PASSWORD_LENGTH:
        raise SettingError(f"a password needs at least {MIN_PASSWORD_LENGTH} characters")

    async def add(database: Database, _settings: Settings) -> int:
        municipality = await find_municipality(database, chosen.municipality)
        async with database.transaction(system(municipality.id)) as db:
            body_id = await db.scalar(select(Body.id).where(Body.key == chosen.body))
            if body_id is None:
                raise SettingError(f"{chosen.municipality} has no body {chosen.body}")
            account = Staff(
                municipality_id=municipality.id,
                body_id=body_id,
                name=chosen.name,
                sign_in_name=chosen.sign_in_name,
                languages=[municipality.default_language],
            )
            await add_staff(db, municipality.id, account, roles=chosen.role, password=password)
        return 0

    return _with_database(add)


def _erase(chosen: argparse.Namespace) -> int:
    async def erase(database: Database, _settings: Settings) -> int:
        municipality = await find_municipality(database, chosen.municipality)
        async with database.transaction(system(municipality.id)) as db:
            conversation = await find_conversation(db, UUID(chosen.conversation_id))
            if conversation is None:
                print("landa: there is no such conversation", file=sys.stderr)
                return 1
            await record(db, "erase", "conversation", conversation.id)
            await erase_conversation(db, conversation)
        return 0

    return _with_database(erase)


def _evaluate(chosen: argparse.Namespace) -> int:
    from nlu.evaluate import run  # noqa: PLC0415 -- slow, and only needed here

    return run(chosen.file, is_emergency)


def _with_database(work: Callable[[Database, Settings], Awaitable[int]]) -> int:
    async def run() -> int:
        settings = read_settings()
        database = Database(settings.database_url, pool_size=2)
        try:
            return await work(database, settings)
        finally:
            await database.close()

    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
