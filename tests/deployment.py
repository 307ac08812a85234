"""Database, app and NLU as real processes, which tests kill and benchmarks measure."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from backend import postgres
from backend.settings import ROOT
from nlu.server import model_path, rasa_environment, serve_command
from tests.conftest import NOW, Urls, fill, make_database
from tests.live import SECRET_KEY

PATIENCE = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Deployment:
    """Database, app and NLU as real processes that can be killed and started again."""

    folder: Path
    app_port: int = field(default_factory=free_port)
    database_port: int = field(default_factory=free_port)
    nlu_port: int = field(default_factory=free_port)
    urls: Urls = field(init=False)
    server: postgres.Server = field(init=False)
    app: "subprocess.Popen[bytes]" = field(init=False)
    nlu: "subprocess.Popen[bytes] | None" = None

    def start_database(self) -> None:
        self.server = postgres.start(self.folder / "postgres", self.database_port)

    def start_app(self) -> None:
        environment = os.environ | {
            "APP_DATABASE_URL": self.urls.app,
            "SECRET_KEY": SECRET_KEY,
            "DEMO": "1",
            "CLOCK": NOW.isoformat(),
            "STATE_FOLDER": str(ROOT / ".landa"),
            "NLU_URLS": f"http://127.0.0.1:{self.nlu_port}" if self.nlu else "",
            "NLU_TOKEN": "token",
        }
        command = ["-m", "uvicorn", "--factory", "bot.app:app", "--port", str(self.app_port)]
        with (self.folder / "app.log").open("ab") as log:
            self.app = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def start_nlu(self) -> None:
        command = serve_command(model_path(), port=self.nlu_port, token="token")
        with (self.folder / "nlu.log").open("ab") as log:
            self.nlu = subprocess.Popen(command, env=rasa_environment(), stdout=log, stderr=log)
        until(lambda: httpx.get(f"http://127.0.0.1:{self.nlu_port}/").is_success)

    def kill_app(self) -> None:
        self.app.send_signal(signal.SIGKILL)
        self.app.wait()

    def kill_database(self) -> None:
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()

    def kill_nlu(self) -> None:
        assert self.nlu is not None
        self.nlu.send_signal(signal.SIGKILL)
        self.nlu.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.app_port}"

    def wait_until_ready(self) -> None:
        until(lambda: httpx.get(f"{self.url}/readyz", trust_env=False).is_success)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.urls.owner) as connection:
            return connection.execute(query).fetchall()


def until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if is_true():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not come up in time")


@contextmanager
def deployed(folder: Path, *, with_nlu: bool) -> Iterator[Deployment]:
    deployment = Deployment(folder)
    deployment.start_database()
    deployment.urls = make_database(deployment.server.url(), "landa")
    asyncio.run(fill(deployment.urls.app))
    if with_nlu:
        deployment.start_nlu()
    deployment.start_app()
    try:
        deployment.wait_until_ready()
        yield deployment
    finally:
        deployment.kill_app()
        if deployment.nlu:
            deployment.kill_nlu()
        deployment.server.stop()
