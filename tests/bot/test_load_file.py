"""`landa municipality load`: a file becomes places, people with passwords, and times."""

from pathlib import Path

import pytest

from backend.db import Database
from backend.places import UnknownMunicipality, find_municipality
from bot import load_file
from bot.cli import main
from content.municipalities import MUNICIPALITIES_FOLDER
from tests.bot.operator import accepts, inside, rows
from tests.conftest import Urls
from tests.people import Town


@pytest.fixture
def vikby(tmp_path: Path) -> Path:
    """A municipality that is real: Lindby under another name."""
    lindby = (MUNICIPALITIES_FOLDER / "lindby.toml").read_text(encoding="utf-8")
    path = tmp_path / "vikby.toml"
    real = lindby.replace("lindby", "vikby").replace("demo = true", "demo = false")
    path.write_text(real, encoding="utf-8")
    return path


def test_a_real_municipality_comes_in_with_passwords_shown_once(
    own_urls: Urls, vikby: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["municipality", "load", str(vikby)]) == 0
    summary, horizon, title, *log_ins, advice = capsys.readouterr().out.splitlines()
    sessions = len(rows(own_urls, "select id from session", "vikby"))
    assert sessions > 0
    assert summary == (
        "vikby is loaded: 2 bodies, 2 offices, 3 services, 14 staff (14 new),"
        f" {sessions} new sessions."
    )
    assert horizon.startswith("Times can be booked up to 20")
    assert title == "Passwords of the new accounts, shown only this once:"
    assert len(log_ins) == 7
    for line in log_ins:
        sign_in_name, password = line.split()[:2]
        assert accepts(own_urls, sign_in_name, password, "vikby")
    assert advice.startswith("Load it again every week: only files in ")
    added = rows(own_urls, "select distinct actor, action, subject from audit", "vikby")
    assert added == [("system", "add", "staff")]


def test_loading_again_makes_nothing_anew_and_shows_no_password(
    own_urls: Urls, vikby: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(load_file, "MUNICIPALITIES_FOLDER", vikby.parent)
    assert main(["municipality", "load", "vikby"]) == 0
    first = capsys.readouterr().out.splitlines()[2:]
    assert main(["municipality", "load", "vikby"]) == 0
    summary, horizon = capsys.readouterr().out.splitlines()
    assert summary == (
        "vikby is loaded: 2 bodies, 2 offices, 3 services, 14 staff (0 new), 0 new sessions."
    )
    assert horizon.startswith("Times can be booked up to 20")
    sign_in_name, password = first[1].split()[:2]
    assert accepts(own_urls, sign_in_name, password, "vikby")


def test_only_who_is_new_gets_a_password(
    own_urls: Urls, vikby: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    complete = vikby.read_text(encoding="utf-8")
    vikby.write_text(complete.replace('sign_in = "karin@vikby.example"\n', ""), encoding="utf-8")
    nobody = complete.replace("Karin", "Kerstin").replace("karin@", "kerstin@")
    assert main(["municipality", "load", str(vikby)]) == 0
    vikby.write_text(nobody, encoding="utf-8")
    capsys.readouterr()
    assert main(["municipality", "load", str(vikby)]) == 0
    _, _, _, *log_ins, _ = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in log_ins] == ["kerstin@vikby.example"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('country = "se"', 'country = "no"', "vikby.toml: choose 'country' from: se, dk, fi"),
        ("Europe/Stockholm", "Europe/Vik", "vikby.toml: there is no time zone 'Europe/Vik'"),
        ("[[bodies]]", "[[bodies", "vikby.toml: correct the TOML: "),
        ("Johan Ek", "Johan Ек", "vikby.toml: staff johan: 'Johan "),
        ("maria@vikby", "maria@lindby", "the sign-in name maria@lindby.example is taken"),
    ],
)
def test_a_file_with_a_mistake_is_refused_in_one_line(
    own_urls: Urls,
    vikby: Path,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    reason: str,
) -> None:
    text = vikby.read_text(encoding="utf-8")
    vikby.write_text(text.replace(old, new), encoding="utf-8")
    assert main(["municipality", "load", str(vikby)]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert shown.err.startswith(f"landa: {reason}")


def test_a_mistake_in_the_directory_beside_it_is_refused_as_well(
    own_urls: Urls, vikby: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = vikby.parent / "directory/vikby.toml"
    directory.parent.mkdir()
    directory.write_text("[services.queue]\n[cannot]\n", encoding="utf-8")
    assert main(["municipality", "load", str(vikby)]) == 2
    reason = "vikby.toml: services: queue: add 'substitute' (a text in quotes)"
    assert capsys.readouterr().err == f"landa: {reason}\n"


def test_a_file_that_is_refused_makes_no_municipality(own_urls: Urls, vikby: Path) -> None:
    text = vikby.read_text(encoding="utf-8").replace("Johan Ek", "Johan Ек")
    vikby.write_text(text, encoding="utf-8")
    assert main(["municipality", "load", str(vikby)]) == 2

    async def look(database: Database, _town: Town) -> None:
        await find_municipality(database, "vikby")

    with pytest.raises(UnknownMunicipality, match="vikby"):
        inside(own_urls, look)
