"""Secrets and ports that stay; roles and databases in our own server and in another's."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psycopg
import pytest

from backend import postgres
from backend.child_process import processes_showing
from backend.postgres import Server
from bot import deployment
from bot.single_run import CannotStart


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = postgres.start(tmp_path_factory.mktemp("server"), durable=False)
    yield server
    server.stop()


@pytest.fixture
def town(server: Server) -> Iterator[str]:
    """A database of somebody else's server, as its owner, who may not create roles."""
    with psycopg.connect(server.url(), autocommit=True) as db:
        db.execute("create role clerk login password 'secret'")
        db.execute("create database town owner clerk")
    yield server.url("clerk", "secret", "town")
    with psycopg.connect(server.url(), autocommit=True) as db:
        db.execute("drop database town with (force)")
        db.execute("drop role clerk")
        db.execute("drop role if exists landa_app")


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as db:
        row = db.execute(query.encode()).fetchone()
    assert row
    return row[0]


def test_secrets_stay_the_same_and_private(tmp_path: Path) -> None:
    first = deployment.read_secrets(tmp_path)
    second = deployment.read_secrets(tmp_path)
    assert first == second
    assert len(set(first.values())) == len(deployment.SECRET_NAMES)
    assert min(map(len, first.values())) >= 32
    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_new_kind_of_secret_joins_the_old_ones(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("SECRET_KEY=kept=as=it=is\n")
    assert deployment.read_secrets(tmp_path)["SECRET_KEY"] == "kept=as=it=is"
    assert "NLU_TOKEN" in deployment.read_secrets(tmp_path)


def test_port_is_kept_until_somebody_takes_it(tmp_path: Path) -> None:
    port = deployment.kept_port(tmp_path, "nlu")
    assert deployment.kept_port(tmp_path, "nlu") == port
    with socket.create_server(("127.0.0.1", port)):
        assert deployment.kept_port(tmp_path, "nlu") != port


def test_owner_owns_the_database_and_the_app_only_visits(server: Server) -> None:
    for password in ("first", "second"):  # A second start, here with other passwords.
        deployment.create_database(server.url(), f"{password}-owner", f"{password}-app")
    owner = server.url(deployment.OWNER_ROLE, "second-owner", deployment.DATABASE)
    app = server.url("landa_app", "second-app", deployment.DATABASE)
    assert ask(
        owner, "select pg_get_userbyid(datdba) from pg_database where datname = 'landa'"
    ) == ("landa_owner")
    assert ask(
        app, "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    ) is (False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(app, "create table mine (id int)")
    with psycopg.connect(server.url(), autocommit=True) as db:
        db.execute("drop database landa with (force)")
        db.execute("drop role landa_owner")
        db.execute("drop role landa_app")


def test_role_is_created_where_it_may_be(server: Server, town: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as db:
        db.execute("alter role clerk createrole")
    url = deployment.app_url(town.replace("postgresql://", "postgresql+psycopg://"), "p@ss/word")
    assert ask(url, "select current_user") == "landa_app"
    with psycopg.connect(server.url("postgres", None, "town"), autocommit=True) as db:
        db.execute("revoke all on database town from landa_app")


def test_two_lines_are_given_where_it_may_not(town: str) -> None:
    with pytest.raises(CannotStart) as refusal:
        deployment.app_url(town, "secret")
    assert str(refusal.value).splitlines()[-2:] == [
        "  create role landa_app login password 'secret';",
        '  grant connect on database "town" to landa_app;',
    ]


def test_role_with_another_password_is_said(server: Server, town: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as db:
        db.execute("create role landa_app login password 'another'")
    with pytest.raises(CannotStart, match="alter role landa_app login password 'secret';"):
        deployment.app_url(town, "secret")


def test_failed_preparation_quotes_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such table')"]
    with pytest.raises(CannotStart, match="no such table"):
        deployment.run_to_end(command, tmp_path, tmp_path / "migrate.log", os.environ)


def test_interrupted_preparation_leaves_no_grandchild(tmp_path: Path) -> None:
    mark = f"landa-grandchild-{os.getpid()}"
    sleeper = f"{sys.executable} -c 'import time; time.sleep(600)' {mark}"

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    command = ["/bin/sh", "-c", f"{sleeper} & wait"]
    with pytest.raises(KeyboardInterrupt):
        deployment.run_to_end(command, tmp_path, tmp_path / "log", os.environ)
    signal.signal(signal.SIGALRM, before)
    deadline = time.monotonic() + 5
    while processes_showing(mark) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert processes_showing(mark) == []
