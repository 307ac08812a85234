"""Who helps instead, and what an editor of a municipality can do wrong."""

import shutil
from pathlib import Path

import pytest

from content.directory import Instead, Limit, Reason, check_directories, load_directory
from content.findings import Finding
from content.municipalities import MUNICIPALITIES_FOLDER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(MUNICIPALITIES_FOLDER, tmp_path / "municipalities")
    return tmp_path / "municipalities"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_directories_of_the_demo_municipalities_pass_their_check() -> None:
    assert list(check_directories(MUNICIPALITIES_FOLDER)) == []


def test_the_interpreter_day_names_who_decides_on_permits_and_what_is_open_instead() -> None:
    directory = load_directory("lindby")
    day = directory.services["interpreter_day"]
    assert day.substitute == "drop_in"
    assert day.instead[0] == Instead(Reason.LAW, "residence_permit_card")
    assert directory.limits["bank_account"] is Limit.BANK


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        (
            'substitute = "queue"\n',
            "",
            "directory/lindby.toml: services: drop_in",
            "add 'substitute' (a text in quotes)",
        ),
        (
            'substitute = "queue"',
            'substitute = "cafe"',
            "directory/lindby.toml: drop_in",
            "'cafe' is neither another service nor a topic with an authority",
        ),
        (
            'substitute = "queue"',
            'substitute = "drop_in"',
            "directory/lindby.toml: drop_in",
            "'drop_in' is neither another service nor a topic with an authority",
        ),
        (
            '    { reason = "legal", who = "legal_advice" },\n',
            "",
            "directory/lindby.toml: drop_in",
            "write 2 lines 'instead', one for each of 'does_not'",
        ),
        (
            '"bank_account"',
            '"bank_robbery"',
            "directory/lindby.toml: cannot",
            "there is no topic 'bank_robbery' in authorities.toml",
        ),
        (
            "[services.queue]",
            "[services.quay]",
            "directory/lindby.toml",
            "add [services.queue] with its substitute",
        ),
        (
            'reason = "legal"',
            'reason = "lazy"',
            "directory/lindby.toml: services: drop_in: instead 1",
            "choose 'reason' from: law, care, legal, money, emergency, decision",
        ),
        (
            "bank = [",
            "banks = [",
            "directory/lindby.toml: cannot",
            "remove or correct the unknown key 'banks'",
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_and_what_to_do(
    folder: Path, old: str, new: str, where: str, message: str
) -> None:
    change(folder / "directory/lindby.toml", old, new)
    assert Finding(where, message) in list(check_directories(folder))


def test_a_municipality_without_the_file_is_found(folder: Path) -> None:
    (folder / "directory/saarela.toml").unlink()
    assert list(check_directories(folder)) == [
        Finding("directory/saarela.toml", "write this file: every service needs one")
    ]


def test_a_language_that_is_missing_in_a_service_is_found(folder: Path) -> None:
    change(folder / "saarela.toml", ', ti = "ብዛዕባ መንበሪ ፍቓድ ኣይንውስንን።"', "")
    assert list(check_directories(folder)) == [
        Finding("saarela.toml: services interpreter_day", "write every text in 'ti' as well")
    ]
