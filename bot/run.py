"""`make run` after the bootstrap: database, NLU and app under one supervisor, until Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Never

from backend import postgres
from backend.child_process import spawn
from backend.roles import APP_ROLE
from bot import deployment
from bot.bootstrap import ROOT, RUN_STEPS, SETUP_STEPS, STATE, Steps
from bot.single_run import CannotStart, claim, clear_leftovers, read_port, require_free_port
from bot.supervisor import NeverStarted, Part, Supervisor, say
from nlu import server as rasa

LOGS = STATE / "log"
LOOK_EVERY = 0.2
PATIENCE = 90.0
# Longer than proxies and clients keep an idle connection, so that none uses one that just closes.
KEEP_ALIVE = 75
APP_END_STEPS = ((signal.SIGTERM, 7.0),)


class Stopped(BaseException):
    """Ctrl-C or a signal to end: not an error, so nothing in between may catch it."""


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    supervisor = Supervisor(STATE)
    try:
        with claim(STATE):
            _serve(supervisor)
    except Stopped:
        return _stop_all(supervisor, code=0)
    except (CannotStart, NeverStarted, postgres.PostgresError) as problem:
        say(f"\n{problem}")
        return _stop_all(supervisor, code=1)


def _serve(supervisor: Supervisor) -> Never:
    clear_leftovers(STATE)
    host, port = os.environ.get("HOST", "127.0.0.1"), read_port(os.environ.get("PORT", "8000"))
    require_free_port(host, port)
    secrets = deployment.read_secrets(STATE)
    steps = Steps(RUN_STEPS, done=SETUP_STEPS)
    with steps.step("Database"):
        addresses = _database(supervisor, secrets)
        nlu_port = deployment.kept_port(STATE, "nlu")
        env = _app_environment(addresses, secrets, host, port, nlu_port)
        deployment.migrate(ROOT, LOGS / "migrate.log", env)
    with steps.step("Demo municipalities"):
        if env["DEMO"] == "1":
            deployment.seed_demo(ROOT, LOGS / "demo.log", env)
    with steps.step("Language model"):
        deployment.train(ROOT, LOGS / "train.log", env)
    with steps.step("Answers"):
        deployment.encode_answers(ROOT, LOGS / "answers.log", env)
    supervisor.add(_nlu(nlu_port, secrets["NLU_TOKEN"]))
    supervisor.add(_app(host, port, env))
    _watch(supervisor, env)


def _database(supervisor: Supervisor, secrets: Mapping[str, str]) -> dict[str, str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        app = os.environ.get("APP_DATABASE_URL")
        return {
            "DATABASE_URL": given,
            "APP_DATABASE_URL": app or deployment.app_url(given, secrets["APP_PASSWORD"]),
        }
    own = _OwnDatabase(STATE / "postgres", deployment.kept_port(STATE, "postgres"))
    supervisor.add(Part("database", own.start, own.log, postgres.END_STEPS))
    owner, app = secrets["OWNER_PASSWORD"], secrets["APP_PASSWORD"]
    deployment.create_database(own.server.url(), owner, app)
    return {
        "DATABASE_URL": own.server.url(deployment.OWNER_ROLE, owner, deployment.DATABASE),
        "APP_DATABASE_URL": own.server.url(APP_ROLE, app, deployment.DATABASE),
    }


class _OwnDatabase:
    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self.log = folder / "postgres.log"
        self.server: postgres.Server

    def start(self) -> subprocess.Popen[bytes]:
        if hasattr(self, "server"):
            self.server.stop()
        self.server = postgres.start(self._folder, self._port)
        return self.server.process


def _app_environment(
    addresses: Mapping[str, str], secrets: dict[str, str], host: str, port: int, nlu_port: int
) -> dict[str, str]:
    chosen = {
        **addresses,
        "NLU_URLS": f"http://127.0.0.1:{nlu_port}",
        "NLU_TOKEN": secrets["NLU_TOKEN"],
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets["SECRET_KEY"],
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or _local_url(host, port),
        "DEMO": os.environ.get("DEMO", "1"),
        "OMP_NUM_THREADS": "1",
    }
    # `landa` commands and evaluations read there how to reach the same database and NLU.
    deployment.write_env(STATE / "secrets.env", chosen | secrets)
    return os.environ | chosen


def _nlu(port: int, token: str) -> Part:
    log = LOGS / "nlu.log"
    command = rasa.serve_command(rasa.model_path(), port=port, token=token)
    scratch = STATE / "nlu-scratch"

    def start() -> subprocess.Popen[bytes]:
        # Rasa unpacks its model into a temporary folder, which a killed one leaves behind.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        env = rasa.rasa_environment() | {"TMPDIR": str(scratch)}
        return spawn(command, log=log, env=env, folder=ROOT)

    url = f"http://127.0.0.1:{port}"
    return Part("nlu", start, log, is_needed=False, answers=lambda: rasa.is_ready(url, token))


def _app(host: str, port: int, env: Mapping[str, str]) -> Part:
    log = LOGS / "app.log"
    options = ["--host", host, "--port", str(port), "--no-access-log"]
    # Open event streams end after this; then there is time left for NLU and database.
    options += ["--timeout-graceful-shutdown", "5", "--timeout-keep-alive", str(KEEP_ALIVE)]
    command = [sys.executable, "-m", "uvicorn", "--factory", "bot.app:app", *options]
    url = _local_url(host, port)
    return Part(
        "app",
        lambda: spawn(command, log=log, env=env, folder=ROOT),
        log,
        APP_END_STEPS,
        answers=lambda: _answers(f"{url}/readyz"),
    )


def _watch(supervisor: Supervisor, env: Mapping[str, str]) -> Never:
    patient_until = time.monotonic() + PATIENCE
    while not supervisor.is_ready():
        supervisor.look()
        if time.monotonic() > patient_until:
            say(f"Not ready after {PATIENCE:.0f} s; the files in {LOGS} may tell why.")
            patient_until = float("inf")
        time.sleep(LOOK_EVERY)
    _announce(env)
    while True:
        supervisor.look()
        time.sleep(LOOK_EVERY)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as reply:  # noqa: S310 - our own address
            return bool(reply.status == 200)
    except OSError:
        return False


def _announce(env: Mapping[str, str]) -> None:
    public = env["PUBLIC_URL"].rstrip("/")
    print(f"\nLanda answers: {public}\n  residents  {public}/\n  staff      {public}/staff")
    log_ins = STATE / "demo-logins.txt"
    if env["DEMO"] == "1" and log_ins.exists():
        print(f"\nDemo log-ins ({log_ins.relative_to(ROOT)}):\n{log_ins.read_text().rstrip()}")
    print("\nCtrl-C stops everything.", flush=True)


def _local_url(host: str, port: int) -> str:
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared only
    return f"http://{reached}:{port}"


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _stop_all(supervisor: Supervisor, code: int) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    started = time.monotonic()
    supervisor.stop()
    if supervisor.parts:
        say(f"\nStopped in {time.monotonic() - started:.1f} s.")
    return code


if __name__ == "__main__":
    sys.exit(main())
