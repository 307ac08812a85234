"""Every command of `landa`: what each refuses in one line, and those that are told nowhere else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import uvicorn

from bot.cli import main
from content.municipalities import MUNICIPALITIES_FOLDER
from tests.bot.operator import MARIA, audit, maria_has_a_conversation, owners, rows
from tests.conftest import Urls

COMMANDS = (
    "serve",
    "db",
    "municipality",
    "demo",
    "staff",
    "erase",
    "content",
    "learn",
    "nlu-eval",
)
pytestmark = pytest.mark.usefixtures("operator")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    listed = [line.split()[0] for line in shown.splitlines() if line.startswith("    ")]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)
    assert "add, roles, password, deactivate, revoke" in shown
    assert "load:" in shown


NO_MOON = "landa: there is no municipality 'moon'"
SHORT = "landa: a password needs at least 15 characters"
REFUSED = {
    "staff add moon x@moon.example --name X --body integration --role admin": NO_MOON,
    "staff roles moon x@moon.example --role admin": NO_MOON,
    "staff password moon x@moon.example": NO_MOON,
    "staff deactivate moon x@moon.example": NO_MOON,
    "staff revoke moon x@moon.example": NO_MOON,
    f"erase moon {uuid4()}": NO_MOON,
    "learn export moon": NO_MOON,
    "learn export lindby": "landa: lindby has no approved lines",
    "staff add lindby x@lindby.example --name X --body police --role admin": (
        "landa: lindby has no body 'police'"
    ),
    "staff add lindby x@lindby.example --name X --body integration --role boss": (
        "landa staff add: argument --role: invalid choice: 'boss' (choose from 'receptionist',"
        " 'caseworker', 'admin', 'content_editor'); see landa staff add --help"
    ),
    "staff add lindby x@lindby.example --name X --body integration": (
        "landa staff add: the following arguments are required: --role; see landa staff add --help"
    ),
    f"staff add lindby {MARIA.upper()} --name X --body integration --role admin": (
        f"landa: the sign-in name {MARIA} is taken"
    ),
    "staff add strandby MARIA@lindby.example --name X --body integration --role admin": (
        f"landa: the sign-in name {MARIA} is taken"
    ),
    "staff add lindby x@lindby.example --name Mаria --body integration --role admin": (
        r"landa: 'M\u0430ria' mixes Cyrillic and Latin letters; use one alphabet"
    ),
    "staff add lindby x@lindby.example --name Mar\u200bia --body integration --role admin": (
        r"landa: 'Mar\u200bia' has a character that cannot be seen (U+200B); remove it"
    ),
    "staff roles lindby olof@lindby.example --role admin": (
        "landa: lindby has no active account 'olof@lindby.example'"
    ),
    "staff password lindby olof@lindby.example": (
        "landa: lindby has no active account 'olof@lindby.example'"
    ),
    "staff deactivate strandby maria@lindby.example": (
        "landa: strandby has no active account 'maria@lindby.example'"
    ),
    "staff revoke lindby Maria": "landa: lindby has no active account 'Maria'",
    "erase lindby 12": (
        "landa erase: argument conversation_id: '12' is not the id of a conversation;"
        " see landa erase --help"
    ),
    f"erase lindby {uuid4()}": "landa: lindby has no such conversation",
    "municipality load moon": f"landa: there is no file {MUNICIPALITIES_FOLDER / 'moon.toml'}",
    "municipality load moon.toml": "landa: there is no file moon.toml",
    "municipality load lindby": "landa: lindby is a demo municipality and needs DEMO=1",
    "municipality": (
        "landa municipality: the following arguments are required: COMMAND;"
        " see landa municipality --help"
    ),
    "demo": "landa: the demo municipalities need DEMO=1",
    "db": "landa: DATABASE_URL is not set",
    "content": (
        "landa content: the following arguments are required: COMMAND; see landa content --help"
    ),
    "content export no en": (
        "landa content export: argument scope: invalid choice: 'no' (choose from 'se', 'dk', 'fi',"
        " 'phrases', 'lindby', 'saarela', 'strandby'); see landa content export --help"
    ),
    "content export se sv": "landa: se: is written in sv; choose another language",
    "content export se en --topic moon": "landa: se: has no answer about 'moon'",
    "content export se en --only old": (
        "landa content export: argument --only: 'old' is not among missing, expired, stale,"
        " expiring, unreviewed, reviewed; see landa content export --help"
    ),
    "content import moon.po": "landa: moon.po: cannot be read: No such file or directory",
    "fly": "",
}


@pytest.mark.parametrize("command", REFUSED)
def test_a_refusal_is_one_line_and_the_exit_code_two(
    types: Callable[..., None], capsys: pytest.CaptureFixture[str], command: str
) -> None:
    try:
        code: object = main(command.split())
    except SystemExit as end:
        code = end.code
    shown = capsys.readouterr()
    assert (code, shown.out, shown.err.count("\n")) == (2, "", 1)
    assert shown.err.strip() == REFUSED[command] or (
        command == "fly" and shown.err.startswith("landa: argument COMMAND: invalid choice: 'fly'")
    )


def test_without_settings_no_command_touches_a_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("APP_DATABASE_URL")
    for command in ("serve", "demo", "municipality load lindby", f"erase lindby {uuid4()}"):
        assert main(command.split()) == 2
    assert capsys.readouterr().err == "landa: APP_DATABASE_URL is not set\n" * 4


def test_erasing_leaves_a_row_that_the_body_can_read(
    own_urls: Urls, capsys: pytest.CaptureFixture[str]
) -> None:
    amina = maria_has_a_conversation(own_urls)
    assert main(["erase", "lindby", str(amina.id)]) == 0
    assert capsys.readouterr().out == "The conversation is erased.\n"
    assert rows(own_urls, "select id from conversation union select id from message") == []
    assert audit(own_urls) == [("system", "erase", "conversation", "integration")]


def test_a_conversation_of_another_municipality_is_not_there(own_urls: Urls) -> None:
    amina = maria_has_a_conversation(own_urls)
    assert main(["erase", "strandby", str(amina.id)]) == 2
    assert len(owners(own_urls)) == 1


def test_the_schema_is_made_from_any_folder(
    owner_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("drop database if exists landa_empty with (force)")
        connection.execute("create database landa_empty")
    address = owner_url.rpartition("/")[0] + "/landa_empty"
    monkeypatch.setenv("DATABASE_URL", address)
    for _ in range(2):
        assert main(["db"]) == 0
    with psycopg.connect(address) as connection:
        found = connection.execute("select count(*) from municipality").fetchone()
    assert found == (0,)


def test_the_server_is_told_where_to_listen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: started.append({app: options}))
    assert main(["serve", "--host", "0.0.0.0", "--port", "8123"]) == 0
    (options,) = (call["bot.app:app"] for call in started)
    assert (options["host"], options["port"], options["access_log"]) == ("0.0.0.0", 8123, False)
    assert capsys.readouterr().err == (
        "landa: PUBLIC_URL is http: for trying out only, cookies are not Secure\n"
    )
    monkeypatch.setenv("PUBLIC_URL", "https://landa.example")
    assert main(["serve"]) == 0
    assert capsys.readouterr().err == ""


def test_a_port_that_is_no_number_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "web")
    with pytest.raises(SystemExit) as end:
        main(["serve"])
    assert end.value.code == 2
    expected = "landa serve: argument --port: invalid int value: 'web'; see landa serve --help\n"
    assert capsys.readouterr().err == expected


def test_the_content_is_checked_as_of_another_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["content", "check", "--on", "2026-11-27"]) == 0
    assert main(["content", "check", "--on", "2036-11-27", "--release"]) == 1
    assert "expired" in capsys.readouterr().out


def test_texts_go_to_translators_and_come_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "se-ar.po"
    export = ["content", "export", "se", "ar", "--topic", "id_card", "--only", "stale,unreviewed"]
    assert main([*export, "--output", str(file)]) == 0
    assert main(["content", "import", str(file), "--dry-run"]) == 0
    exported, imported = capsys.readouterr().out.splitlines()
    assert exported.endswith("texts, se in ar")
    assert imported == "import: 0 texts in 0 files (nothing was written)"


def test_an_evaluation_without_its_file_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nlu-eval", str(tmp_path / "lines.jsonl")]) == 1
    assert "Cannot evaluate" in capsys.readouterr().err


def test_approved_lines_are_printed_as_a_training_file_and_the_export_is_audited(
    own_urls: Urls, capsys: pytest.CaptureFixture[str]
) -> None:
    rows(
        own_urls,
        "insert into unanswered_line (language, text, reason, nearest, intent)"
        " values ('sv', 'kan jag öppna konto', 'missed', '{}', 'bank_account') returning id",
    )
    assert main(["learn", "export", "lindby"]) == 0
    assert capsys.readouterr().out == (
        'version: "3.1"\nnlu:\n- intent: bank_account\n  metadata:\n    language: sv\n'
        "  examples: |\n    - kan jag öppna konto\n"
    )
    assert audit(own_urls) == [("system", "export", "unanswered_line", None)]
