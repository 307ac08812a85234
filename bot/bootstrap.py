"""From a bare Python 3.11+ to the environments: `python3 -m bot.bootstrap run|test|setup|clean`.
Standard library only; the packages come from the hashed locks, through uv."""

import argparse
import ast
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend.child_process import tail
from bot.single_run import CannotStart, claim, clear_leftovers, read_port, require_free_port
from nlu.environment import NoPython310, find_python310

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".landa"
APP = STATE / "app"
NLU = STATE / "nlu"
UV = STATE / "tools" / "bin" / "uv"
LOG = STATE / "log" / "setup.log"
APP_LOCK = ROOT / "requirements.lock"
NLU_LOCK = ROOT / "nlu" / "requirements.lock"
RUN_STEPS = 7
SETUP_STEPS = 3

# pip's settings under the names that uv knows them by.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


class SetupFailed(RuntimeError):
    """A step did not work; the message says what was tried and how it ended."""


class Steps:
    """One line per step with its seconds."""

    def __init__(self, total: int, done: int = 0) -> None:
        self.total, self.done = total, done

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.done += 1
        started = time.monotonic()
        print(f"[{self.done}/{self.total}] {name} … ", end="", flush=True)
        try:
            yield
        except BaseException:
            print("failed", flush=True)
            raise
        print(f"{time.monotonic() - started:.1f} s", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m bot.bootstrap", description=__doc__)
    parser.add_argument("command", choices=["run", "test", "setup", "clean"])
    command = parser.parse_args(arguments).command
    try:
        return {"run": run, "test": test, "setup": setup, "clean": clean}[command]()
    except (CannotStart, SetupFailed, NoPython310) as problem:
        print(f"\n{problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped. The next start goes on from here.", file=sys.stderr)
    return 1


def run() -> int:
    _require_own_state()
    with claim(STATE):
        clear_leftovers(STATE)
        require_free_port(
            os.environ.get("HOST", "127.0.0.1"), read_port(os.environ.get("PORT", "8000"))
        )
    prepare(Steps(RUN_STEPS))
    return _become([APP / "bin" / "python", "-m", "bot.run"])


def test() -> int:
    _require_own_state()
    prepare(Steps(SETUP_STEPS))
    return _become([APP / "bin" / "python", "-m", "tests.checks"])


def setup() -> int:
    _require_own_state()
    prepare(Steps(SETUP_STEPS))
    return 0


def clean() -> int:
    _require_own_state()
    with claim(STATE):
        clear_leftovers(STATE)
        # Where the database of a run as root lies, see backend/postgres.py.
        elsewhere = STATE / "postgres" / "home"
        if elsewhere.exists():
            shutil.rmtree(elsewhere.read_text(), ignore_errors=True)
        shutil.rmtree(STATE)
    return 0


def prepare(steps: Steps) -> None:
    """Skips what is there already; takes well under a second when everything is."""
    os.environ.update(_home_settings(os.environ))
    with _one_at_a_time():
        with steps.step("Installer (uv)"):
            _install_uv()
        with steps.step("Application environment"):
            _application_environment()
        with steps.step("NLU environment, about 1.8 GB"):
            _nlu_environment()


def uv_settings(pip_config: str, env: Mapping[str, str]) -> dict[str, str]:
    """Translates what `pip config list` prints; uv does not read pip's settings itself."""
    found: dict[str, str] = {}
    for option, value in sorted(_pip_options(pip_config), key=lambda item: item[0]):
        name = UV_NAMES.get(option.rpartition(".")[2])
        if name and value:
            found[name] = _for_uv(name, value.split())
    # One package may come from any index, as with pip; the hashes in the locks guard it.
    found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    certificates = ssl.get_default_verify_paths().cafile
    if certificates and "SSL_CERT_FILE" not in {*found, *env}:
        found["SSL_CERT_FILE"] = certificates
    return {name: value for name, value in found.items() if value and name not in env}


def _pip_options(pip_config: str) -> Iterator[tuple[str, str]]:
    """Sections sort by precedence: `0.` files in general, `1.` for install, `2.` environment."""
    rank = {"global": "0", "install": "1", ":env:": "2"}
    for line in pip_config.splitlines():
        match = re.fullmatch(r"(global|install|:env:)\.([a-z-]+)=('.*'|\".*\")", line.strip())
        if match:
            yield f"{rank[match[1]]}.{match[2]}", str(ast.literal_eval(match[3]))


def _for_uv(name: str, values: list[str]) -> str:
    if name == "UV_FIND_LINKS":
        # pip passes over a folder that is not there, uv stops.
        present = [v for v in values if "://" in v or Path(v).exists()]
        return ",".join(present)
    return " ".join(values)


def _home_settings(env: Mapping[str, str]) -> dict[str, str]:
    """A home folder of our own when there is none that we may write to."""
    home = env.get("HOME", "")
    if home and os.access(home, os.W_OK):
        return {}
    own = STATE / "home"
    own.mkdir(parents=True, exist_ok=True)
    return {"HOME": str(own)}


def _require_own_state() -> None:
    STATE.mkdir(exist_ok=True)
    if not os.access(STATE, os.W_OK):
        raise SetupFailed(
            f"{STATE} belongs to another user. Use the user who started Landa here first, or"
            " another clone."
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (STATE / "setup.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another setup is under way in this folder; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install_uv() -> None:
    folder = UV.parent.parent
    requirement = _block("uv", APP_LOCK.read_text())
    stamp = _stamp(requirement)
    if _is_stamped(folder, stamp):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lock = folder / "uv.lock"
    lock.write_text(requirement)
    # A folder instead of an environment: Debian's bare Python has pip but cannot make one.
    install = ["install", "--require-hashes", "--no-deps", "--only-binary=:all:", "--target"]
    _call([*_pip(), *install, folder, "-r", lock], env=os.environ | {"PIP_USER": "0"})
    (folder / "stamp").write_text(stamp)


def _pip() -> list[str | Path]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    made = STATE / "pip"
    try:
        _call([sys.executable, "-m", "venv", "--clear", made], env=os.environ)
    except SetupFailed:
        raise SetupFailed(
            f"{sys.executable} has neither pip nor a working venv. Install one of them; on Debian"
            " and Ubuntu: apt-get install python3-pip python3-venv"
        ) from None
    return [made / "bin" / "python", "-m", "pip"]


def _block(package: str, lock: str) -> str:
    """The lines of one package in a lock, hashes included."""
    match = re.search(rf"^{package}==.*\n(?: .*\n)*", lock, re.MULTILINE)
    if not match:
        raise SetupFailed(f"{package} is missing in {APP_LOCK.name}; run: make lock")
    return match[0]


def _application_environment() -> None:
    version = "{}.{}".format(*sys.version_info)
    stamp = _stamp(APP_LOCK.read_text(), version, str(APP))
    if _is_stamped(APP, stamp):
        return
    _fill(APP, APP_LOCK, lambda: Path(sys.executable), version)
    editable = ["--no-deps", "--no-build-isolation", "-C", "editable_mode=compat", "-e", str(ROOT)]
    _uv("pip", "install", "--python", APP / "bin" / "python", *editable)
    (APP / "stamp").write_text(stamp)


def _nlu_environment() -> None:
    stamp = _stamp(NLU_LOCK.read_text(), "3.10", str(NLU))
    if _is_stamped(NLU, stamp):
        return
    _fill(NLU, NLU_LOCK, lambda: find_python310(os.environ, _download_python310), "3.10")
    (NLU / "stamp").write_text(stamp)


def _fill(folder: Path, lock: Path, python: Callable[[], Path], version: str) -> None:
    """Without a stamp the folder may be half-made, so it is made anew."""
    stamp = folder / "stamp"
    can_stay = stamp.exists() and (folder / "bin" / f"python{version}").exists()
    stamp.unlink(missing_ok=True)
    if not can_stay:
        shutil.rmtree(folder, ignore_errors=True)
        _uv("venv", "--python", python(), folder)
    _uv("pip", "sync", "--require-hashes", "--python", folder / "bin" / "python", lock)


def _download_python310() -> str | None:
    try:
        _uv("python", "install", "3.10")
        return _uv("python", "find", "--managed-python", "3.10").strip()
    except SetupFailed:
        return None


def _is_stamped(folder: Path, stamp: str) -> bool:
    """The link to an interpreter that is gone makes an environment useless."""
    written = folder / "stamp"
    if not written.exists() or written.read_text() != stamp:
        return False
    return folder == UV.parent.parent or (folder / "bin" / "python").exists()


def _stamp(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _uv(*arguments: str | Path) -> str:
    listed = subprocess.run(
        [*_pip(), "config", "list"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    settings = uv_settings(listed.stdout, os.environ)
    return _call([UV, "--no-progress", *arguments], env=os.environ | settings)


def _call(command: Sequence[str | Path], env: Mapping[str, str]) -> str:
    """Its messages go to the log, what it prints is the answer."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("a") as log:
        print("$", *command, file=log, flush=True)
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=log, env=env, cwd=ROOT, text=True, check=False
        )
        log.write(done.stdout)
    if done.returncode != 0:
        raise SetupFailed(
            f"This failed: {' '.join(map(str, command))}\n{tail(LOG)}\n(all of it: {LOG})"
        )
    return done.stdout


def _become(command: Sequence[str | Path]) -> int:
    """Takes over this process, so that signals meant for it arrive."""
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(command[0], [str(part) for part in command])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
