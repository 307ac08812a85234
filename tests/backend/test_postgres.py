"""The launcher with real servers: first start, kill -9 of any part, root and private folders."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend import postgres
from backend.child_process import processes_showing
from backend.postgres import PostgresError, Server

# A process that starts a server and never stops it, as a supervisor that gets killed.
OWNER = """
import sys, time
from pathlib import Path
from backend import postgres
server = postgres.start(Path(sys.argv[1]))
print(server.url(), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Unlike pytest's own, it can be entered by the user who runs the servers of root."""
    with tempfile.TemporaryDirectory(prefix="landa-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name) / "cluster"


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """The cluster of the module: made once, started for each test."""
    server = postgres.start(folder)
    yield server
    server.stop()


def count_rows(url: str) -> int:
    with psycopg.connect(url) as db:
        db.execute("create table if not exists visit (at timestamptz default now())")
        db.execute("insert into visit default values")
        row = db.execute("select count(*) from visit").fetchone()
    assert row
    return int(row[0])


def test_second_start_finds_the_data_of_the_first(folder: Path) -> None:
    first = postgres.start(folder)
    before = count_rows(first.url())
    first.stop()
    second = postgres.start(folder)
    after = count_rows(second.url())
    second.stop()
    assert after == before + 1


def test_given_port_is_used(folder: Path) -> None:
    port = postgres.free_port()
    server = postgres.start(folder, port)
    server.stop()
    assert server.port == port


def test_wrong_password_is_refused(server: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(password="guess"))


def test_password_file_is_readable_by_its_owner_only(server: Server, folder: Path) -> None:
    assert (folder / "password").read_text() == server.password
    assert (folder / "password").stat().st_mode & 0o777 == 0o600


def test_same_folder_is_not_started_twice(server: Server, folder: Path) -> None:
    with pytest.raises(PostgresError, match="another process runs the database"):
        postgres.start(folder)


def test_cluster_in_a_private_folder_works_for_root_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    server = postgres.start(tmp_path / "private", durable=False)
    home = server.home.folder
    try:
        assert count_rows(server.url()) == 1
        assert (home == tmp_path / "private") == (os.geteuid() != 0)
    finally:
        server.stop()
    assert not home.exists()


def test_two_folders_run_side_by_side(server: Server, tmp_path: Path) -> None:
    other = postgres.start(tmp_path / "other", durable=False)
    try:
        assert other.port != server.port
        assert count_rows(other.url()) == 1
    finally:
        other.stop()


def test_server_for_tests_leaves_nothing(tmp_path: Path) -> None:
    server = postgres.start(tmp_path / "brief", durable=False)
    server.stop()
    assert not server.home.folder.exists()


def test_refused_row_leaves_no_values_in_the_log(server: Server, folder: Path) -> None:
    with psycopg.connect(server.url()) as db:
        db.execute("create temporary table note (text text primary key)")
        db.execute("insert into note values ('my landlord')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute("insert into note values ('my landlord')")
    log = (folder / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "landlord" not in log


def test_killed_server_starts_again_at_once_ten_times(folder: Path) -> None:
    counts = []
    for _ in range(10):
        server = postgres.start(folder)
        counts.append(count_rows(server.url()))
        server.process.kill()
        server.process.wait()
        server.lock.close()
    assert counts == list(range(counts[0], counts[0] + 10))


def test_killed_owner_takes_its_server_along(folder: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, folder], stdout=subprocess.PIPE)
    assert owner.stdout
    url = owner.stdout.readline().decode().strip()
    before = count_rows(url)
    owner.kill()
    owner.communicate()
    server = postgres.start(folder)
    after = count_rows(server.url())
    server.stop()
    assert after == before + 1


def test_server_that_outlived_its_owner_is_cleared(folder: Path) -> None:
    lost = postgres.start(folder)
    os.kill(lost.process.pid, signal.SIGSTOP)  # It cannot end, as if it hung.
    lost.lock.close()
    server = postgres.start(folder)
    try:
        assert count_rows(server.url()) > 0
        assert lost.process.wait(5) != 0
    finally:
        server.stop()


def test_stop_leaves_no_process(folder: Path) -> None:
    server = postgres.start(folder)
    server.stop()
    deadline = time.monotonic() + 5
    while processes_showing(server.home.mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_showing(server.home.mark) == []


def test_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    first = postgres.start(tmp_path / "broken")
    first.stop()
    first.home.cluster.rename(first.home.folder / "unfinished")
    server = postgres.start(tmp_path / "broken", durable=False)
    assert count_rows(server.url()) == 1
    server.stop()


def test_failing_server_says_the_end_of_its_log(folder: Path) -> None:
    taken = postgres.start(folder.with_name("taken"), durable=False)
    try:
        with pytest.raises(PostgresError, match="could not bind IPv4 address"):
            postgres.start(folder, taken.port)
    finally:
        taken.stop()


def test_long_path_does_without_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    server = postgres.start(deep, durable=False)
    try:
        assert count_rows(server.url()) == 1
    finally:
        server.stop()


def test_caller_cannot_redirect_it_by_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    server = postgres.start(folder)
    assert count_rows(server.url()) > 0
    server.stop()
