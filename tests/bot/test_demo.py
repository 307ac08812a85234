"""The demo municipalities come again at every start, with the log-ins they had."""

from pathlib import Path

import pytest

from bot.cli import main
from content.municipalities import load_municipalities
from tests.bot.operator import rows
from tests.conftest import NOW, Urls


def test_the_demo_keeps_its_passwords_and_times_from_start_to_start(
    own_urls: Urls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("CLOCK", NOW.isoformat())
    log_ins = tmp_path / "state" / "demo-logins.txt"
    before = len(rows(own_urls, "select id from session"))
    assert main(["demo"]) == 0
    first = log_ins.read_text()
    assert main(["demo"]) == 0
    assert capsys.readouterr().out == f"Log-ins: {log_ins}\n" * 2
    assert log_ins.read_text() == first
    assert log_ins.stat().st_mode & 0o777 == 0o600
    assert [line.split()[0] for line in first.splitlines()] == [
        member.sign_in
        for source in load_municipalities().values()
        for member in source.staff
        if member.sign_in
    ]
    assert len(rows(own_urls, "select id from session")) == before


def test_a_demo_municipality_alone_gets_the_passwords_of_the_demo(
    own_urls: Urls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEMO", "1")
    assert main(["municipality", "load", "lindby"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("lindby is loaded: ")
    assert "Passwords" not in shown
    kept = (tmp_path / "state" / "demo-passwords.json").read_text()
    assert main(["demo"]) == 0
    log_ins = (tmp_path / "state" / "demo-logins.txt").read_text()
    assert log_ins.split()[1] in kept
