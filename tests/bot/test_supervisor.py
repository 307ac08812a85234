"""Real children: started in order, started again after kill -9, stopped in the opposite order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.child_process import end, processes_showing, spawn, start_mark
from backend.postgres import PostgresError
from bot import supervisor
from bot.supervisor import NeverStarted, Part, Supervisor

SLEEPER = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
FAILING = "import sys; sys.exit('the port is taken')"
# Writes its name when it is told to end.
WITNESS = """
import signal, sys, time
def leave(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + " ")
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Supervisor]:
    watched = Supervisor(tmp_path)
    yield watched
    watched.stop()


def make_part(
    tmp_path: Path, name: str, code: str, *arguments: str, is_needed: bool = True
) -> Part:
    log = tmp_path / f"{name}.log"

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code, *arguments]
        return spawn(command, log=log, env=os.environ, folder=tmp_path)

    return Part(name, start, log, ((signal.SIGTERM, 0.3),), is_needed)


def look_until(watched: Supervisor, is_reached: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_reached():
        assert time.monotonic() < deadline
        watched.look()
        time.sleep(0.01)


def running_pid(part: Part) -> int:
    assert part.process
    return part.process.pid


def test_killed_child_is_started_again(watched: Supervisor, tmp_path: Path) -> None:
    part = make_part(tmp_path, "app", SLEEPER)
    watched.add(part)
    first = running_pid(part)
    os.kill(first, signal.SIGKILL)
    look_until(watched, lambda: part.process is not None and part.process.pid != first)
    assert part.deaths_in_row == 1
    assert start_mark(running_pid(part))


def test_death_is_said_with_its_cause(
    watched: Supervisor, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    part = make_part(tmp_path, "nlu", SLEEPER)
    watched.add(part)
    os.kill(running_pid(part), signal.SIGKILL)
    look_until(watched, lambda: part.process is None)
    assert capfd.readouterr().err == "nlu ended (signal SIGKILL); it starts again in 0.2 s.\n"


def test_needed_part_that_dies_at_every_start_ends_the_run(
    watched: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    part = make_part(tmp_path, "app", FAILING)
    part.answers = lambda: False
    watched.add(part)
    with pytest.raises(NeverStarted, match="app ended 5 times") as refusal:
        look_until(watched, lambda: False)
    assert "the port is taken" in str(refusal.value)


def test_part_that_others_can_do_without_is_reported_and_tried_again(
    watched: Supervisor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    part = make_part(tmp_path, "nlu", FAILING, is_needed=False)
    watched.add(part)
    look_until(watched, lambda: part.deaths_in_row == 6)
    said = capfd.readouterr().err
    assert said.count("nlu ended 5 times in a row soon after its start") == 1
    assert "the port is taken" in said


def test_long_life_forgives_earlier_deaths(
    watched: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "SHORT_LIFE", 0.1)
    part = make_part(tmp_path, "app", SLEEPER)
    part.deaths_in_row = 4
    watched.add(part)
    look_until(watched, lambda: part.deaths_in_row == 0)
    assert part.was_ever_ready


def test_part_that_never_answers_is_not_forgiven(
    watched: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "SHORT_LIFE", 0.0)
    part = make_part(tmp_path, "app", SLEEPER)
    part.answers = lambda: False
    part.deaths_in_row = 4
    watched.add(part)
    watched.look()
    watched.look()
    assert part.deaths_in_row == 4
    assert not watched.is_ready()


def test_run_is_ready_without_what_it_can_do_without(watched: Supervisor, tmp_path: Path) -> None:
    nlu = make_part(tmp_path, "nlu", SLEEPER, is_needed=False)
    nlu.answers = lambda: False
    watched.add(nlu)
    watched.add(make_part(tmp_path, "app", SLEEPER))
    watched.look()
    assert watched.is_ready()


def test_pause_doubles_and_has_a_limit(watched: Supervisor, tmp_path: Path) -> None:
    part = make_part(tmp_path, "nlu", FAILING, is_needed=False)
    pauses = []
    watched.add(part)
    for _ in range(12):
        assert part.process
        part.process.wait()
        before = time.monotonic()
        watched.look()
        pauses.append(round(part.start_again_at - before, 1))
        part.start_again_at = 0
        watched.look()
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0, 30.0, 30.0]


def test_database_that_cannot_start_yet_counts_as_a_death(
    watched: Supervisor, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    part = make_part(tmp_path, "database", SLEEPER)
    watched.add(part)
    start, part.start = part.start, _refuse
    os.kill(running_pid(part), signal.SIGKILL)
    look_until(watched, lambda: part.deaths_in_row == 2)
    part.start = start
    look_until(watched, lambda: part.process is not None)
    assert "database ended (no room on the disk)" in capfd.readouterr().err


def _refuse() -> subprocess.Popen[bytes]:
    raise PostgresError("no room on the disk")


def test_parts_stop_in_the_opposite_order(watched: Supervisor, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    for name in ("database", "nlu", "app"):
        part = make_part(tmp_path, name, WITNESS, str(diary), name)
        watched.add(part)
        look_until(watched, lambda log=part.log: "ready" in log.read_text())  # type: ignore[misc]
    watched.stop()
    assert diary.read_text() == "app nlu database "


def test_child_that_ignores_the_signal_is_killed(watched: Supervisor, tmp_path: Path) -> None:
    part = make_part(tmp_path, "app", STUBBORN)
    watched.add(part)
    process = part.process
    assert process
    watched.stop()
    assert process.returncode in {-signal.SIGKILL, -signal.SIGTERM}


def test_stopped_twice_is_stopped(watched: Supervisor, tmp_path: Path) -> None:
    watched.add(make_part(tmp_path, "app", SLEEPER))
    watched.stop()
    watched.stop()
    assert [part.process for part in watched.parts] == [None]


def test_children_end_with_a_killed_parent(tmp_path: Path) -> None:
    mark = f"landa-test-{os.getpid()}"
    code = (
        "import os, sys, time; from pathlib import Path; from backend.child_process import spawn\n"
        f"spawn([sys.executable, '-c', {SLEEPER!r}, {mark!r}], log=Path({str(tmp_path / 'log')!r}),"
        " env=os.environ, folder=Path('/'))\n"
        "print('started', flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout
    assert parent.stdout.readline() == b"started\n"
    children = [pid for pid in processes_showing(mark) if pid != parent.pid]
    assert len(children) == 1
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while start_mark(children[0]) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert start_mark(children[0]) == ""


def test_end_gives_the_asked_time_before_it_kills(tmp_path: Path) -> None:
    part = make_part(tmp_path, "app", WITNESS, str(tmp_path / "diary"), "app")
    process = part.start()
    while "ready" not in part.log.read_text():
        time.sleep(0.01)
    end(process, ((signal.SIGTERM, 5),))
    assert process.returncode == 0
