"""Starting and ending processes that must not outlive the one that started them.
Standard library only: the bootstrap uses it before any package is installed."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    folder: Path,
    user: int | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Call it from the main thread: `death_signal` is sent when the calling thread ends."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=env,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            # Ctrl-C reaches the whole foreground group; its own session lets us end it in order.
            start_new_session=True,
            preexec_fn=_die_with_parent(death_signal, os.getpid()),  # noqa: PLW1509 - no lock
        )


def end(process: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Sends each signal in turn and waits that many seconds for the process to go."""
    for number, seconds in steps:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def end_strangers(
    pids: Callable[[], list[int]], steps: Sequence[tuple[signal.Signals, float]]
) -> None:
    """Like `end`, for processes of an earlier run, which we cannot wait for as a parent."""
    for number, seconds in (*steps, (signal.SIGKILL, 5.0)):
        for pid in pids():
            _send(pid, number)
        until = time.monotonic() + seconds
        while pids() and time.monotonic() < until:
            time.sleep(0.02)


def processes_showing(mark: str) -> list[int]:
    """Living processes with this word in their command line.
    Root in a container may read that of other users, but not their working folder."""
    return [pid for pid in _pids() if mark in _command_line(pid) and start_mark(pid)]


def start_mark(pid: int) -> str:
    """Tells this process from a later one with the same number; empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]


def tail(log: Path, lines: int = 20) -> str:
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _die_with_parent(death_signal: signal.Signals, parent: int) -> Callable[[], None]:
    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # The parent died before the line above.
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return ""
