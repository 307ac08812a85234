"""One clone runs once, on a port that is free, after clearing what a killed run left behind.
Standard library only: the bootstrap asks before it starts anything slow."""

import errno
import fcntl
import os
import signal
import socket
from pathlib import Path
from typing import IO

from backend.child_process import end_strangers, start_mark

END_STEPS = ((signal.SIGTERM, 3.0),)


class CannotStart(RuntimeError):
    """Says in one or two lines what is in the way and what to do."""


def claim(state: Path) -> IO[str]:
    """Held until the process ends, however it ends."""
    state.mkdir(parents=True, exist_ok=True)
    lock = (state / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise CannotStart(
            f"Landa already runs from this folder (process {owner}). Stop it with Ctrl-C in its"
            f" terminal or with: kill {owner}"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def note_child(state: Path, name: str, pid: int) -> None:
    folder = state / "run"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.pid").write_text(f"{pid} {start_mark(pid)}")


def clear_leftovers(state: Path) -> None:
    """Call it with the claim in hand: then nobody owns the processes noted here."""
    for note in (state / "run").glob("*.pid"):
        pid, _, mark = note.read_text().partition(" ")
        if mark:
            end_strangers(lambda: [int(pid)] if start_mark(int(pid)) == mark else [], END_STEPS)  # noqa: B023 - used at once
        note.unlink()


def read_port(value: str) -> int:
    if value.isdecimal() and 0 < int(value) < 65536:
        return int(value)
    raise CannotStart(f"PORT must be a number between 1 and 65535, not {value!r}")


def port_is_free(host: str, port: int) -> bool:
    try:
        require_free_port(host, port)
    except CannotStart:
        return False
    return True


def require_free_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise CannotStart(_why_not(host, port, error)) from None


def _why_not(host: str, port: int, error: OSError) -> str:
    choose = f"Choose another one: PORT={port + 1 if port < 65535 else 8000} make run"
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is used by another program. {choose}"
    if error.errno == errno.EACCES:
        return f"This user may not open port {port}. {choose}"
    return f"Cannot listen on HOST={host} PORT={port}: {error}"
