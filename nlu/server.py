"""How the Rasa server is started: loopback, with a token, silent, without telemetry.
Used by the supervisor, by the smoke test after training and by the evaluation."""

import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

PROJECT = Path(__file__).resolve().parent.parent
MODEL_NAME = "landa"
_START_SECONDS = 120.0
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


def environment_folder() -> Path:
    """The Python 3.10 environment that has Rasa."""
    return Path(os.environ.get("NLU_ENV", PROJECT / ".landa" / "nlu"))


def model_path() -> Path:
    return PROJECT / ".landa" / "model" / f"{MODEL_NAME}.tar.gz"


def rasa_environment() -> dict[str, str]:
    """Environment variables for every Rasa command."""
    # Nothing else of our environment is passed on: the database address is none of Rasa's business.
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **inherited,
        "PYTHONPATH": str(PROJECT),
        "PYTHONWARNINGS": "ignore",
        "PYTHONHASHSEED": "0",
        # A parse is too short to share; more at once are served by more servers.
        "OMP_NUM_THREADS": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_MAX_CACHE_SIZE": "0",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLCONFIGDIR": str(PROJECT / ".landa" / "model" / "matplotlib"),
        # At debug level Rasa prints what people wrote.
        "LOG_LEVEL": "ERROR",
        "LOG_LEVEL_LIBRARIES": "ERROR",
    }


def serve_command(model: Path, *, port: int, token: str) -> list[str]:
    """The command line of one server process."""
    rasa = str(environment_folder() / "bin" / "rasa")
    address = ["-i", "127.0.0.1", "-p", str(port), f"--auth-token={token}"]
    return [rasa, "run", "--enable-api", "-m", str(model), *address]


def is_ready(url: str, token: str) -> bool:
    """Whether a Rasa server with this token answers and has loaded its model."""
    try:
        reply = httpx.get(f"{url}/status", params={"token": token}, timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return reply.status_code == httpx.codes.OK


class ServerDidNotStart(Exception):
    """Carries what the server printed."""


@dataclass(frozen=True)
class RunningServer:
    """`process_id` is None where somebody else started it."""

    url: str
    token: str
    process_id: int | None = None


@contextmanager
def running_server(
    model: Path, *, start_seconds: float = _START_SECONDS
) -> Iterator[RunningServer]:
    """A server of our own on a free port, for the length of a `with` block."""
    port, token = free_port(), secrets.token_urlsafe(16)
    command = serve_command(model, port=port, token=token)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            env=rasa_environment(),
            stdout=output,
            stderr=output,
        )
        server = RunningServer(f"http://127.0.0.1:{port}", token, process.pid)
        try:
            _wait_until_ready(server, process, output, start_seconds)
            yield server
        finally:
            process.terminate()
            process.wait()


def _wait_until_ready(
    server: RunningServer,
    process: "subprocess.Popen[bytes]",
    output: IO[bytes],
    start_seconds: float,
) -> None:
    deadline = time.monotonic() + start_seconds
    while not is_ready(server.url, server.token):
        if process.poll() is not None or time.monotonic() > deadline:
            output.seek(0)
            said = output.read().decode("utf-8", "replace")[-2000:]
            raise ServerDidNotStart(f"The Rasa server did not start. It said:\n{said}")
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
