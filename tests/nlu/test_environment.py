"""Finding Python 3.10 where shims fail, homes are missing and other versions stand in front."""

import sys
from pathlib import Path

import pytest

from nlu import environment
from nlu.environment import NoPython310, candidates, find_python310, try_python310

# Answers as an interpreter of that version would answer the probe.
ANSWER = '#!/bin/sh\necho "{version} {path}"\n'
FAILING_SHIM = "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n"


def write_program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def write_python(path: Path, version: str = "3 10") -> Path:
    return write_program(path, ANSWER.format(version=version, path=path))


def no_download() -> None:
    return None


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No version managers but those that a test lays out."""
    monkeypatch.setattr(environment, "ELSEWHERE", ())
    monkeypatch.setattr("nlu.environment.pwd.getpwall", list)
    monkeypatch.setattr(environment, "HOME_OF_ROOT", "/nonexistent")


def test_python310_on_the_path_is_taken(tmp_path: Path) -> None:
    python = write_python(tmp_path / "bin" / "python3.10")
    assert find_python310({"PATH": str(python.parent)}, no_download) == python


def test_failing_shim_leads_on_to_the_version_manager(tmp_path: Path) -> None:
    shims = write_program(tmp_path / "shims" / "python3.10", FAILING_SHIM).parent
    real = write_python(tmp_path / "home/.pyenv/versions/3.10.13/bin/python3.10")
    env = {"PATH": str(shims), "HOME": str(tmp_path / "home")}
    assert find_python310(env, no_download) == real


@pytest.mark.parametrize(
    "place",
    [
        ".pyenv/versions/3.10.4",
        ".asdf/installs/python/3.10.4",
        ".local/share/mise/installs/python/3.10.4",
        ".local/share/uv/python/cpython-3.10.20-linux-x86_64-gnu",
        ".conda/envs/rasa",
        "miniconda3/envs/py310",
    ],
)
def test_version_managers_in_the_home_are_known(tmp_path: Path, place: str) -> None:
    real = write_python(tmp_path / place / "bin" / "python3.10")
    assert find_python310({"PATH": "", "HOME": str(tmp_path)}, no_download) == real


def test_pyenv_root_counts_without_any_home(tmp_path: Path) -> None:
    real = write_python(tmp_path / "versions" / "3.10.1" / "bin" / "python3.10")
    assert find_python310({"PATH": "", "PYENV_ROOT": str(tmp_path)}, no_download) == real


def test_active_conda_environment_counts(tmp_path: Path) -> None:
    real = write_python(tmp_path / "bin" / "python3.10")
    assert find_python310({"PATH": "", "CONDA_PREFIX": str(tmp_path)}, no_download) == real


def test_own_choice_comes_first(tmp_path: Path) -> None:
    chosen = write_python(tmp_path / "mine" / "python")
    write_python(tmp_path / "bin" / "python3.10")
    env = {"PATH": str(tmp_path / "bin"), "NLU_PYTHON": str(chosen)}
    assert find_python310(env, no_download) == chosen


def test_plain_python3_is_taken_when_it_is_3_10(tmp_path: Path) -> None:
    python = write_python(tmp_path / "bin" / "python3")
    assert find_python310({"PATH": str(python.parent)}, no_download) == python


def test_newer_of_two_versions_is_tried_first(tmp_path: Path) -> None:
    write_python(tmp_path / ".pyenv/versions/3.10.1/bin/python3.10")
    newer = write_python(tmp_path / ".pyenv/versions/3.10.4/bin/python3.10")
    assert next(candidates({"PATH": "", "HOME": str(tmp_path)})) == newer


def test_nothing_found_is_downloaded(tmp_path: Path) -> None:
    downloaded = write_python(tmp_path / "downloaded" / "python3.10")
    assert find_python310({"PATH": ""}, lambda: str(downloaded)) == downloaded


def test_message_says_exactly_what_to_install() -> None:
    with pytest.raises(NoPython310) as refusal:
        find_python310({"PATH": ""}, no_download)
    assert "pyenv install 3.10" in str(refusal.value)
    assert "NLU_PYTHON" in str(refusal.value)


def test_download_that_does_not_run_is_not_believed(tmp_path: Path) -> None:
    broken = write_program(tmp_path / "python3.10", FAILING_SHIM)
    with pytest.raises(NoPython310):
        find_python310({"PATH": ""}, lambda: str(broken))


def test_another_version_under_the_name_is_refused(tmp_path: Path) -> None:
    liar = write_python(tmp_path / "python3.10", version="3 12")
    assert try_python310(liar) is None


def test_this_python_is_no_3_10() -> None:
    assert sys.version_info >= (3, 11)
    assert try_python310(Path(sys.executable)) is None


def test_broken_file_and_missing_file_are_refused(tmp_path: Path) -> None:
    empty = write_program(tmp_path / "python3.10", "")
    assert try_python310(empty) is None
    assert try_python310(tmp_path / "missing") is None


def test_link_leads_to_the_real_interpreter(tmp_path: Path) -> None:
    real = write_python(tmp_path / "real" / "python3.10")
    link = tmp_path / "python3.10"
    link.symlink_to(real)
    assert try_python310(link) == real
