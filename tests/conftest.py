"""One real PostgreSQL for the whole run, migrated as in production; tests use the app's role."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from backend import postgres
from backend.db import Database, system
from backend.load_municipality import load_municipality, load_staff
from backend.roles import APP_ROLE, ensure_app_role
from backend.settings import ROOT, sqlalchemy_url
from booking.roll_forward import roll_forward
from content.municipalities import load_municipalities
from nlu.server import model_path, running_server
from nlu.train import train
from tests.live import LiveApp, running_app

# Wednesday, two days before the drop-in and five before the interpreter day.
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def owner_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's address of an empty server; TEST_DATABASE_URL replaces the one we start."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    server = postgres.start(tmp_path_factory.mktemp("postgres"), durable=False)
    try:
        yield server.url()
    finally:
        server.stop()


@dataclass(frozen=True)
class Urls:
    owner: str
    app: str


def make_database(owner_url: str, name: str) -> Urls:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}"')
    parts = psycopg.conninfo.conninfo_to_dict(owner_url)
    owner = psycopg.conninfo.make_conninfo(owner_url, dbname=name)
    ensure_app_role(owner, "landa-app-test")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"alter role {APP_ROLE} password 'landa-app-test'")
    address = f"{parts['host']}:{parts['port']}/{name}"
    owner_address = f"postgresql://{parts['user']}:{parts['password']}@{address}"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "alembic",
            "-c",
            "backend/migrations/alembic.ini",
            "upgrade",
            "head",
        ],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": owner_address},
        check=True,
        capture_output=True,
    )
    return Urls(owner_address, f"postgresql://{APP_ROLE}:landa-app-test@{address}")


@pytest.fixture(scope="session")
def template_database(owner_url: str) -> Urls:
    """Migrated and filled with the three demo municipalities, six weeks rolled forward."""
    urls = make_database(owner_url, "landa_template")
    asyncio.run(fill(urls.app))
    return urls


async def fill(url: str) -> None:
    database = Database(sqlalchemy_url(url), pool_size=1)
    for source in load_municipalities().values():
        loaded = await load_municipality(database, source)
        passwords = {member.sign_in: PASSWORD for member in source.staff if member.sign_in}
        async with database.transaction(system(loaded.municipality_id)) as db:
            people = await load_staff(db, source, loaded, passwords)
            await roll_forward(db, source, loaded, people, NOW)
    await database.close()


def copy_database(owner_url: str, template: Urls, name: str) -> Urls:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name} template landa_template")
    return Urls(
        template.owner.replace("landa_template", name), template.app.replace("landa_template", name)
    )


@pytest.fixture
def urls(owner_url: str, template_database: Urls) -> Urls:
    """A fresh copy of the filled database for one test."""
    return copy_database(owner_url, template_database, "landa_test")


@contextmanager
def database_away(owner_url: str, name: str = "landa_test") -> Iterator[None]:
    """Every connection is cut and none is let in, as while the server starts anew."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"alter database {name} with allow_connections false".encode())
        owner.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
            [name],
        )
        try:
            yield
        finally:
            owner.execute(f"alter database {name} with allow_connections true".encode())


@pytest.fixture
async def database(urls: Urls) -> AsyncIterator[Database]:
    database = Database(sqlalchemy_url(urls.app))
    yield database
    await database.close()


@pytest.fixture(scope="module")
def module_urls(owner_url: str, template_database: Urls) -> Urls:
    """One copy for a module whose tests do not disturb each other; it saves a third of a second
    per test."""
    return copy_database(owner_url, template_database, "landa_module")


@pytest.fixture
async def shared_database(module_urls: Urls) -> AsyncIterator[Database]:
    database = Database(sqlalchemy_url(module_urls.app))
    yield database
    await database.close()


@pytest.fixture(scope="session")
def nlu() -> Iterator[dict[str, str]]:
    """The trained model behind a real Rasa server, as settings for the app. The checks train it
    before the tests; here only a missing one is made."""
    if not model_path().exists():
        train()
    with running_server(model_path()) as server:
        yield {"NLU_URLS": server.url, "NLU_TOKEN": server.token}


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Section vectors are kept by the hash of their text, so tests share those of the clone."""
    return ROOT / ".landa"


@pytest.fixture
def live(urls: Urls, vectors: Path) -> Iterator[LiveApp]:
    """The app without a recogniser: buttons, menus, booking and hand-over work all the same."""
    with running_app(urls.app, NOW, vectors) as app:
        yield app


@pytest.fixture
def live_nlu(urls: Urls, vectors: Path, nlu: dict[str, str]) -> Iterator[LiveApp]:
    with running_app(urls.app, NOW, vectors, **nlu) as app:
        yield app
