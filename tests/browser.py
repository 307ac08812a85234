"""Finds a Chromium for the browser tests, or gets one from the system's or npm's packages."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from backend.child_process import tail

STATE = Path(__file__).resolve().parent.parent / ".landa"
LOG = STATE / "log" / "browser.log"
UNPACKED = STATE / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# The fonts show the scripts of all resident languages in screenshots.
DEBIAN_PACKAGES = ("chromium", "fonts-noto-core")
NPM_PACKAGE = "@sparticuz/chromium@153.0.0"
# The package is packed with brotli, which Node has and Python has not.
UNPACK = """
const {createReadStream, createWriteStream} = require('fs');
const {createBrotliDecompress} = require('zlib');
const [source, target] = process.argv.slice(1);
createReadStream(source).pipe(createBrotliDecompress()).pipe(createWriteStream(target));
"""
START = """#!/bin/sh
here=$(dirname "$0")
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/chromium" "$@"
"""


class NoBrowser(RuntimeError):
    """None is there and none can be had; the message says what to install."""


def browser() -> Path:
    """The program to give to Playwright as `executable_path`."""
    found = next(filter(_works, _candidates()), None)
    if found:
        return found
    for install in (_install_from_debian, _install_from_npm):
        installed = install()
        if installed and _works(installed):
            return installed
    raise NoBrowser(
        "The browser tests need Chromium. Install it (Debian: apt-get install chromium), or"
        f" set BROWSER_PATH to a Chromium or Chrome. What was tried is in {LOG}:\n{tail(LOG)}"
    )


def _candidates() -> Iterator[Path]:
    if os.environ.get("BROWSER_PATH"):
        yield Path(os.environ["BROWSER_PATH"])
    for name in NAMES:
        found = shutil.which(name)
        if found:
            yield Path(found)
    yield UNPACKED / "start"


def _works(program: Path) -> bool:
    return program.exists() and _try([program, "--version"])


def _install_from_debian() -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    install = ["apt-get", "install", "-y", "--no-install-recommends", *DEBIAN_PACKAGES]
    if _try(["apt-get", "update"]) and _try(install):
        return Path("/usr/bin/chromium")
    return None


def _install_from_npm() -> Path | None:
    """A Chromium made for bare machines: it brings the libraries it needs."""
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir(parents=True)
    if not (shutil.which("npm") and _try(["npm", "pack", NPM_PACKAGE], folder=UNPACKED)):
        return None
    steps: list[list[str | Path]] = [["tar", "-xzf", next(UNPACKED.glob("*.tgz"))]]
    for name in ("chromium", "al2023.tar", "fonts.tar", "swiftshader.tar"):
        steps.append(["node", "-e", UNPACK, f"package/bin/{name}.br", name])
        steps += [["tar", "-xf", name]] if name.endswith(".tar") else []
    if not all(_try(step, folder=UNPACKED) for step in steps):
        return None
    (UNPACKED / "chromium").chmod(0o755)
    (UNPACKED / "start").write_text(START)
    (UNPACKED / "start").chmod(0o755)
    for packed in UNPACKED.glob("*.t*"):
        packed.unlink()
    return UNPACKED / "start"


def _try(command: Sequence[str | Path], folder: Path | None = None) -> bool:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("a") as log:
        print("$", *command, file=log, flush=True)
        try:
            done = subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False)
        except OSError as problem:
            print(problem, file=log)
            return False
    return done.returncode == 0
