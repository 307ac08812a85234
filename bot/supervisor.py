"""Starts children in order, starts again what dies, and stops them in the opposite order."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from backend.child_process import end, tail
from backend.postgres import PostgresError
from bot.single_run import note_child

SHORT_LIFE = 10.0
DEATHS_TO_REPORT = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0


class NeverStarted(RuntimeError):
    """A part that the others need died at every start; the message ends with its log."""


@dataclass
class Part:
    """One long-running child and how it has fared."""

    name: str
    start: Callable[[], Popen[bytes]]
    log: Path
    end_steps: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 3.0),)
    is_needed: bool = True
    answers: Callable[[], bool] = lambda: True
    process: Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    deaths_in_row: int = 0
    is_ready: bool = False
    was_ever_ready: bool = False


@dataclass
class Supervisor:
    state: Path
    parts: list[Part] = field(default_factory=list)

    def add(self, part: Part) -> None:
        self.parts.append(part)
        self._start(part)

    def look(self) -> None:
        """One round; call it a few times a second."""
        now = time.monotonic()
        for part in self.parts:
            if part.process is None:
                if now >= part.start_again_at:
                    self._start_again(part, now)
            elif part.process.poll() is not None:
                self._note_death(part, _how(part.process.returncode), now)
            elif not part.is_ready:
                self._ask(part)
            elif now - part.started_at > SHORT_LIFE:
                part.deaths_in_row = 0

    def stop(self) -> None:
        for part in reversed(self.parts):
            if part.process is not None:
                end(part.process, part.end_steps)
                part.process = None

    def is_ready(self) -> bool:
        return all(part.is_ready for part in self.parts if part.is_needed)

    def _ask(self, part: Part) -> None:
        part.is_ready = part.answers()
        part.was_ever_ready |= part.is_ready

    def _start(self, part: Part) -> None:
        part.is_ready = False
        part.started_at = time.monotonic()
        part.process = part.start()
        note_child(self.state, part.name, part.process.pid)

    def _start_again(self, part: Part, now: float) -> None:
        try:
            self._start(part)
        except PostgresError as problem:
            self._note_death(part, str(problem), now)

    def _note_death(self, part: Part, how: str, now: float) -> None:
        part.process = None
        part.deaths_in_row += 1
        pause = min(FIRST_PAUSE * 2 ** (part.deaths_in_row - 1), LONGEST_PAUSE)
        part.start_again_at = now + pause
        say(f"{part.name} ended ({how}); it starts again in {pause:.1f} s.")
        if part.deaths_in_row == DEATHS_TO_REPORT:
            _report(part)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _report(part: Part) -> None:
    text = (
        f"{part.name} ended {DEATHS_TO_REPORT} times in a row soon after its start."
        f" The end of {part.log}:\n{tail(part.log)}"
    )
    if part.is_needed and not part.was_ever_ready:
        raise NeverStarted(text)
    say(text)


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
