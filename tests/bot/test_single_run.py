"""One run per clone and port; what a killed run left is cleared, what is not ours stays."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import single_run
from bot.single_run import CannotStart

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(SLEEPER)
    yield process
    process.kill()
    process.wait()


def test_second_start_names_the_first(tmp_path: Path) -> None:
    with single_run.claim(tmp_path), pytest.raises(CannotStart, match=f"process {os.getpid()}"):
        single_run.claim(tmp_path)


def test_claim_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from bot.single_run import claim\n"
        "held = claim(Path(sys.argv[1])); print('held', flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE)
    assert owner.stdout
    assert owner.stdout.readline() == b"held\n"
    owner.kill()
    owner.communicate()
    single_run.claim(tmp_path).close()


def test_child_of_a_killed_run_is_ended(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    # The test is its parent, so it stays as a zombie until the `wait` below.
    single_run.note_child(tmp_path, "app", sleeper.pid)
    single_run.clear_leftovers(tmp_path)
    assert sleeper.wait(5) < 0
    assert list((tmp_path / "run").iterdir()) == []


def test_stranger_with_the_same_number_is_left_alone(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]"
) -> None:
    single_run.note_child(tmp_path, "app", sleeper.pid)
    (tmp_path / "run" / "app.pid").write_text(f"{sleeper.pid} 1")
    single_run.clear_leftovers(tmp_path)
    assert sleeper.poll() is None


def test_note_cut_short_by_a_crash_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "app.pid").write_text("")
    single_run.clear_leftovers(tmp_path)
    assert list((tmp_path / "run").iterdir()) == []


def test_port_in_use_is_named_with_another_choice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStart) as refusal:
            single_run.require_free_port("127.0.0.1", port)
        assert str(refusal.value) == (
            f"Port {port} on 127.0.0.1 is used by another program."
            f" Choose another one: PORT={port + 1} make run"
        )
        assert not single_run.port_is_free("127.0.0.1", port)


def test_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"Cannot listen on HOST=192\.0\.2\.1 PORT=8000"):
        single_run.require_free_port("192.0.2.1", 8000)


@pytest.mark.parametrize("value", ["", "0", "65536", "-1", "eighty", "80.5", "²"])
def test_port_must_be_a_port(value: str) -> None:
    with pytest.raises(CannotStart, match="PORT must be a number between 1 and 65535"):
        single_run.read_port(value)


def test_port_is_read() -> None:
    assert single_run.read_port("8001") == 8001
