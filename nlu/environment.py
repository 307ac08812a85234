"""Finds a Python 3.10 for the NLU environment, the last version that the open Rasa runs on.
Standard library only: it runs before any package is installed."""

import glob
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

PROBE = "import sys, ctypes, ssl, sqlite3; print(*sys.version_info[:2], sys.executable)"
# Where version managers keep their versions, below the home folder of whoever installed them.
MANAGERS_IN_HOME = (
    ".pyenv/versions/3.10*",
    ".asdf/installs/python/3.10*",
    ".local/share/mise/installs/python/3.10*",
    ".local/share/rtx/installs/python/3.10*",
    ".local/share/uv/python/cpython-3.10*",
    ".conda/envs/*",
    "miniconda3/envs/*",
    "miniforge3/envs/*",
    "anaconda3/envs/*",
)
ELSEWHERE = (
    "/opt/*",
    "/opt/*/envs/*",
    "/opt/python/*",
    "/usr/local",
    "/usr/local/*python*3.10*",
    "/usr/local/pyenv/versions/3.10*",
    "/usr/local/lib/pyenv/versions/3.10*",
    "/home/linuxbrew/.linuxbrew",
)
HOME_OF_ROOT = "/root"
ROOT_VARIABLES = {
    "PYENV_ROOT": "versions/3.10*",
    "ASDF_DATA_DIR": "installs/python/3.10*",
    "MISE_DATA_DIR": "installs/python/3.10*",
    "CONDA_PREFIX": "",
    "UV_PYTHON_INSTALL_DIR": "cpython-3.10*",
}
WHAT_TO_INSTALL = """No working Python 3.10 was found, and none could be downloaded.
The NLU runs on Rasa 3.6, which needs exactly Python 3.10. Any one of these will do:
  pyenv install 3.10
  uv python install 3.10
  conda create --name py310 python=3.10
  your system's packages python3.10 and python3.10-venv
or set NLU_PYTHON to the path of a Python 3.10. Then run the same command again."""


class NoPython310(RuntimeError):
    """Nothing works; the message says what to install."""


def find_python310(env: Mapping[str, str], download: Callable[[], str | None]) -> Path:
    """`download` is asked last and gives a path, or None when it could not."""
    for candidate in candidates(env):
        working = try_python310(candidate)
        if working:
            return working
    downloaded = download()
    working = try_python310(Path(downloaded)) if downloaded else None
    if not working:
        raise NoPython310(WHAT_TO_INSTALL)
    return working


def candidates(env: Mapping[str, str]) -> Iterator[Path]:
    """What exists, nearest first; a version manager's shim among them may still fail."""
    if env.get("NLU_PYTHON"):
        yield Path(env["NLU_PYTHON"])
    yield from _on_path(env.get("PATH", os.defpath))
    for folder in _folders(env):
        python = folder / "bin" / "python3.10"
        if os.access(python, os.X_OK):
            yield python


def try_python310(python: Path) -> Path | None:
    """By running it. The answer is the real interpreter behind a shim or a link."""
    try:
        done = subprocess.run(
            [python, "-I", "-c", PROBE],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = done.stdout.split(maxsplit=2)
    if done.returncode != 0 or version[:2] != ["3", "10"]:
        return None
    return Path(version[2].strip())


def _on_path(path: str) -> Iterator[Path]:
    for name in ("python3.10", "python3", "python"):
        for folder in path.split(os.pathsep):
            found = shutil.which(name, path=folder)
            if found:
                yield Path(found)


def _folders(env: Mapping[str, str]) -> Iterator[Path]:
    patterns = [Path(env[name], rest) for name, rest in ROOT_VARIABLES.items() if env.get(name)]
    patterns += [Path(home, rest) for home in _homes(env) for rest in MANAGERS_IN_HOME]
    patterns += [Path(rest) for rest in ELSEWHERE]
    for pattern in patterns:
        yield from map(Path, sorted(glob.glob(str(pattern)), reverse=True))


def _homes(env: Mapping[str, str]) -> list[str]:
    """HOME may be missing or empty while the machine has a version manager all the same."""
    own = [user.pw_dir for user in pwd.getpwall() if user.pw_uid == os.geteuid()]
    return list(dict.fromkeys([*filter(None, [env.get("HOME")]), *own, HOME_OF_ROOT]))
