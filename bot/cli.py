"""The command line `landa`: what an operator does outside the browser."""

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import uvicorn

from backend.audit import record
from backend.clock import make_clock
from backend.conversation import erase_conversation, find_conversation
from backend.db import Database, system
from backend.places import UnknownMunicipality, find_municipality
from backend.settings import ROOT, SettingError, Settings, read_settings
from backend.staff import AccountRefused, Role
from bot.demo import load_demo
from bot.emergency import is_emergency
from bot.load_file import CannotLoad, load_file
from bot.staff_accounts import Accounts, NewAccount
from content.answer_state import State
from content.answers import CONTENT_FOLDER
from content.entry import ContentError
from content.exchange import export_texts, import_texts
from content.languages import RESIDENT_LANGUAGES
from content.person_name import ConfusableName
from content.translation_units import find_scopes

AccountWork = Callable[[Accounts], Awaitable[str]]


class Refused(Exception):
    """What was asked for is not possible; the message says why."""


REFUSALS = (AccountRefused, CannotLoad, ConfusableName, ContentError, Refused, SettingError)


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except UnknownMunicipality as error:
        return _refuse(f"there is no municipality '{error}'")
    except REFUSALS as error:
        return _refuse(str(error))


def _refuse(reason: str) -> int:
    print(f"landa: {reason}", file=sys.stderr)
    return 2


class _Parser(argparse.ArgumentParser):
    """Refuses in one line, like everything else here."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="landa", description="Landa, for operators.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the web app, its channels and delivery")
    serve.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    serve.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    serve.set_defaults(run=_serve)

    database = commands.add_parser("db", help="bring the database to the newest schema")
    database.set_defaults(run=_migrate)

    municipality = commands.add_parser("municipality", help="load: bring a file into the database")
    _add_municipality_commands(municipality)

    demo = commands.add_parser("demo", help="load the demo municipalities and roll times forward")
    demo.set_defaults(run=_demo)

    staff = commands.add_parser("staff", help="add, roles, password, deactivate, revoke: accounts")
    _add_staff_commands(staff)

    erase = commands.add_parser("erase", help="erase one conversation with all that was written")
    erase.add_argument("municipality")
    erase.add_argument("conversation_id", type=_id)
    erase.set_defaults(run=_erase)

    content = commands.add_parser(
        "content", help="check what may be said; export, import: for translators"
    )
    _add_content_commands(content)

    learn = commands.add_parser("learn", help="export: lines that editors approved, for training")
    _add_learn_commands(learn)

    evaluate = commands.add_parser("nlu-eval", help="measure the recogniser on a file of lines")
    evaluate.add_argument("file", type=Path)
    evaluate.set_defaults(run=_evaluate)
    return parser


def _add_municipality_commands(municipality: argparse.ArgumentParser) -> None:
    commands = municipality.add_subparsers(required=True, metavar="COMMAND")
    load = commands.add_parser("load", help="bring a file and its staff in, roll times forward")
    load.add_argument("file", metavar="SLUG_OR_FILE", help="of content/municipalities, or a path")
    load.set_defaults(run=_load)


def _add_content_commands(content: argparse.ArgumentParser) -> None:
    commands = content.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check the answers, facts and catalogues")
    check.add_argument("--on", metavar="DATE", help="as of another day")
    check.add_argument("--release", action="store_true", help="an expired answer is an error")
    check.set_defaults(run=_check_content)
    _add_export(commands.add_parser("export", help="write a PO file for translators"))
    bring = commands.add_parser(
        "import",
        help="take a translated PO file in",
        description="Takes all of it or, when one text fails a check, nothing.",
    )
    bring.add_argument("file", type=Path, help="as it came from 'landa content export'")
    bring.add_argument("--dry-run", action="store_true", help="only say what would change")
    bring.set_defaults(run=_import_texts)


def _add_export(export: argparse.ArgumentParser) -> None:
    export.description = (
        "Writes a PO file for Poedit, Weblate or OmegaT: the answers of a country with their"
        " values, the phrases, or the texts of a municipality. A stale text goes out as 'fuzzy', a"
        " missing one empty."
    )
    export.add_argument(
        "scope",
        choices=find_scopes(CONTENT_FOLDER),
        help="a country, the phrases, or a municipality",
    )
    export.add_argument("language", choices=[entry.code for entry in RESIDENT_LANGUAGES])
    export.add_argument("--topic", action="append", default=[], help="this one; may be repeated")
    export.add_argument(
        "--only", type=_states, default=(), metavar="STATES", help="such as missing,stale"
    )
    export.add_argument("--output", type=Path, metavar="FILE", help="instead of printing it")
    export.set_defaults(run=_export_texts)


def _states(text: str) -> tuple[State, ...]:
    try:
        return tuple(State(word.strip()) for word in text.split(","))
    except ValueError:
        known = ", ".join(State)
        raise argparse.ArgumentTypeError(f"'{text}' is not among {known}") from None


def _add_learn_commands(learn: argparse.ArgumentParser) -> None:
    commands = learn.add_subparsers(required=True, metavar="COMMAND")
    export = commands.add_parser("export", help="print approved lines as a file for nlu/data")
    export.add_argument("municipality")
    export.set_defaults(run=_export_lines)


def _add_staff_commands(staff: argparse.ArgumentParser) -> None:
    commands = staff.add_subparsers(required=True, metavar="COMMAND")
    add, roles, password, deactivate, revoke = (
        commands.add_parser(name, help=explanation)
        for name, explanation in (
            ("add", "add an account; asks for the password"),
            ("roles", "give an account these roles instead of its present ones"),
            ("password", "set a new password; asks for it"),
            ("deactivate", "let nobody sign in with an account any more"),
            ("revoke", "end every sign-in of an account"),
        )
    )
    for command in (add, roles, password, deactivate, revoke):
        command.add_argument("municipality")
        command.add_argument("sign_in_name")
    add.add_argument("--name", required=True)
    add.add_argument("--body", required=True, help="key of the body, such as integration")
    for command in (add, roles):
        names = [role.value for role in Role]
        command.add_argument("--role", action="append", choices=names, required=True)
    add.set_defaults(run=_add_account)
    roles.set_defaults(run=_change_roles)
    password.set_defaults(run=_change_password)
    deactivate.set_defaults(run=_deactivate)
    revoke.set_defaults(run=_revoke)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not the id of a conversation") from None


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

    if not os.environ.get("DATABASE_URL"):
        raise SettingError("DATABASE_URL is not set")
    alembic(["-c", str(ROOT / "backend/migrations/alembic.ini"), "upgrade", "head"])
    return 0


def _load(chosen: argparse.Namespace) -> int:
    return _with_database(lambda database, settings: load_file(database, settings, chosen.file))


def _demo(_chosen: argparse.Namespace) -> int:
    async def load(database: Database, settings: Settings) -> str:
        if not settings.is_demo:
            raise SettingError("the demo municipalities need DEMO=1")
        await load_demo(database, make_clock(settings.clock_start), settings.state_folder)
        return f"Log-ins: {settings.state_folder / 'demo-logins.txt'}"

    return _with_database(load)


def _add_account(chosen: argparse.Namespace) -> int:
    new = NewAccount(chosen.sign_in_name, chosen.name, chosen.body, _roles(chosen))
    password = _ask_password()
    return _with_accounts(chosen, lambda accounts: accounts.add(new, password))


def _change_roles(chosen: argparse.Namespace) -> int:
    roles = _roles(chosen)
    return _with_accounts(
        chosen, lambda accounts: accounts.change_roles(chosen.sign_in_name, roles)
    )


def _change_password(chosen: argparse.Namespace) -> int:
    password = _ask_password()
    return _with_accounts(
        chosen, lambda accounts: accounts.change_password(chosen.sign_in_name, password)
    )


def _deactivate(chosen: argparse.Namespace) -> int:
    return _with_accounts(chosen, lambda accounts: accounts.deactivate(chosen.sign_in_name))


def _revoke(chosen: argparse.Namespace) -> int:
    return _with_accounts(chosen, lambda accounts: accounts.revoke(chosen.sign_in_name))


def _roles(chosen: argparse.Namespace) -> list[Role]:
    return [role for role in Role if role in chosen.role]


def _ask_password() -> str:
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise Refused("the two passwords differ; nothing was changed")
    return password


def _erase(chosen: argparse.Namespace) -> int:
    async def erase(database: Database, _settings: Settings) -> str:
        municipality = await find_municipality(database, chosen.municipality)
        async with database.transaction(system(municipality.id)) as db:
            conversation = await find_conversation(db, chosen.conversation_id)
            if conversation is None:
                raise Refused(f"{chosen.municipality} has no such conversation")
            body_id = conversation.body_id
            await record(db, "erase", "conversation", conversation.id, body_id=body_id)
            await erase_conversation(db, conversation)
        return "The conversation is erased."

    return _with_database(erase)


def _export_lines(chosen: argparse.Namespace) -> int:
    from nlu.learned import export  # noqa: PLC0415 -- slow, and only needed here

    async def lines(database: Database, _settings: Settings) -> str:
        municipality = await find_municipality(database, chosen.municipality)
        async with database.transaction(system(municipality.id)) as db:
            training = await export(db)
            if not training:
                raise Refused(f"{chosen.municipality} has no approved lines")
            await record(db, "export", "unanswered_line", municipality.id)
        return training.rstrip("\n")

    return _with_database(lines)


def _check_content(chosen: argparse.Namespace) -> int:
    from content.check import main as check  # noqa: PLC0415 -- slow, and only needed here

    on = ["--on", chosen.on] if chosen.on else []
    return check([*on, *(["--release"] if chosen.release else [])])


def _export_texts(chosen: argparse.Namespace) -> int:
    return export_texts(chosen.scope, chosen.language, chosen.topic, chosen.only, chosen.output)


def _import_texts(chosen: argparse.Namespace) -> int:
    return import_texts(chosen.file, is_dry_run=chosen.dry_run)


def _evaluate(chosen: argparse.Namespace) -> int:
    from nlu.evaluate import run  # noqa: PLC0415 -- slow, and only needed here

    return run(chosen.file, is_emergency)


def _with_accounts(chosen: argparse.Namespace, work: AccountWork) -> int:
    async def run(database: Database, settings: Settings) -> str:
        now = make_clock(settings.clock_start)()
        return await work(Accounts(database, chosen.municipality, now))

    return _with_database(run)


def _with_database(work: Callable[[Database, Settings], Awaitable[str]]) -> int:
    """Prints what the work says it has done."""

    async def run() -> str:
        settings = read_settings()
        database = Database(settings.database_url, pool_size=2)
        try:
            return await work(database, settings)
        finally:
            await database.close()

    print(asyncio.run(run()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
