"""What the bootstrap decides: index settings, stamps, steps. `make test` is the real thing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import bootstrap
from bot.bootstrap import SetupFailed, Steps, uv_settings

PIP_CONFIG = """\
:env:.cert='/certificates/corporate.pem'
:env:.disable-pip-version-check='1'
global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'
global.index-url='https://user:secret@mirror.example/simple'
global.trusted-host='mirror.example'
install.index-url='https://nearer.example/simple'
"""


def test_pip_settings_reach_uv() -> None:
    assert uv_settings(PIP_CONFIG, {}) == {
        "SSL_CERT_FILE": "/certificates/corporate.pem",
        "UV_DEFAULT_INDEX": "https://nearer.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INSECURE_HOST": "mirror.example",
    }


def test_environment_wins_over_pip_files() -> None:
    config = ":env:.index-url='https://b.example'\nglobal.index-url='https://a.example'\n"
    assert uv_settings(config, {})["UV_DEFAULT_INDEX"] == "https://b.example"


def test_settings_made_for_uv_stay_as_they_are() -> None:
    env = {"UV_DEFAULT_INDEX": "https://mine.example", "SSL_CERT_FILE": "/mine.pem"}
    found = uv_settings(PIP_CONFIG, env)
    assert not {"UV_DEFAULT_INDEX", "SSL_CERT_FILE"} & found.keys()


def test_folder_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    config = f"global.find-links='{tmp_path} {missing} https://links.example'"
    assert uv_settings(config, {})["UV_FIND_LINKS"] == f"{tmp_path},https://links.example"


def test_nothing_configured_leaves_the_indexes_alone() -> None:
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS"} & uv_settings("", {}).keys()


def test_uv_block_of_the_lock_has_its_hashes() -> None:
    block = bootstrap._block("uv", bootstrap.APP_LOCK.read_text())
    first, *rest = block.splitlines()
    assert first.startswith("uv==")
    assert sum("--hash=sha256:" in line for line in rest) > 5
    assert all(line.startswith("    ") for line in rest)


def test_package_missing_in_the_lock_says_what_to_run() -> None:
    with pytest.raises(SetupFailed, match="run: make lock"):
        bootstrap._block("uv", "uvicorn==0.1 \\\n    --hash=sha256:00\n")


@pytest.mark.parametrize("lock", [bootstrap.APP_LOCK, bootstrap.NLU_LOCK], ids=["app", "nlu"])
def test_locks_hold_no_addresses_and_only_hashed_packages(lock: Path) -> None:
    text = lock.read_text()
    packages = [line for line in text.splitlines() if line[:1].isalnum()]
    assert "://" not in text
    assert "find-links" not in text
    assert len(packages) > 50
    assert all("==" in package and package.endswith("\\") for package in packages)


def test_missing_home_becomes_one_of_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "STATE", tmp_path)
    own = {"HOME": str(tmp_path / "home")}
    assert bootstrap._home_settings({}) == own
    assert bootstrap._home_settings({"HOME": "/nonexistent"}) == own
    assert bootstrap._home_settings({"HOME": str(tmp_path)}) == {}


def test_stamp_holds_only_while_the_interpreter_is_there(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    (tmp_path / "stamp").write_text("a")
    assert bootstrap._is_stamped(tmp_path, "a")
    assert not bootstrap._is_stamped(tmp_path, "b")
    python.unlink()
    python.symlink_to("/nonexistent/python")
    assert not bootstrap._is_stamped(tmp_path, "a")


def test_stamp_changes_with_lock_version_and_place() -> None:
    parts = [("lock", "3.11", "/a"), ("lock", "3.12", "/a"), ("lock", "3.11", "/b"), ("x",)]
    assert len({bootstrap._stamp(*each) for each in parts}) == 4


def test_half_made_environment_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(bootstrap, "_uv", lambda *arguments: calls.append(str(arguments[0])))
    folder = tmp_path / "app"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3.11").touch()
    bootstrap._fill(folder, tmp_path / "lock", lambda: Path(sys.executable), "3.11")
    assert calls == ["venv", "pip"]
    assert not folder.exists()


def test_environment_with_an_older_lock_is_only_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(bootstrap, "_uv", lambda *arguments: calls.append(str(arguments[0])))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3.11").touch()
    (tmp_path / "stamp").write_text("older")
    bootstrap._fill(tmp_path, tmp_path / "lock", lambda: Path(sys.executable), "3.11")
    assert calls == ["pip"]
    assert not (tmp_path / "stamp").exists()


def test_steps_are_numbered_and_timed(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps(6, done=1)
    with steps.step("NLU environment"):
        pass
    assert capsys.readouterr().out == "[2/6] NLU environment … 0.0 s\n"


def test_failed_step_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SetupFailed), Steps(6).step("Installer (uv)"):
        raise SetupFailed
    assert capsys.readouterr().out == "[1/6] Installer (uv) … failed\n"


def test_failed_command_is_quoted_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "log" / "setup.log")
    command = [sys.executable, "-c", "import sys; sys.exit('no such index')"]
    with pytest.raises(SetupFailed, match="no such index"):
        bootstrap._call(command, env=os.environ)


def test_needs_nothing_but_the_standard_library() -> None:
    code = "import bot.bootstrap, sys; print(*sorted(m.partition('.')[0] for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", code],
        cwd=bootstrap.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    strangers = set(done.stdout.split()) - sys.stdlib_module_names - {"__main__"}
    assert strangers == {"backend", "bot", "nlu"}


def test_second_setup_takes_under_a_second() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.bootstrap", "setup"],
        cwd=bootstrap.ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert [line[:5] for line in done.stdout.splitlines()] == ["[1/3]", "[2/3]", "[3/3]"]
