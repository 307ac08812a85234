"""`landa staff`: accounts are made, changed and closed, and the body can read by whom."""

from collections.abc import Callable

import pytest

from bot.cli import main
from tests.bot.operator import (
    MARIA,
    accepts,
    audit,
    maria_has_a_conversation,
    open_sign_ins,
    owners,
    roles_of,
    rows,
    signs_in_twice,
)
from tests.conftest import PASSWORD, Urls

NADIA = "nadia@lindby.example"
NEW_PASSWORD = "a quite different sentence"
ADD_NADIA = ("staff", "add", "lindby", NADIA, "--name", "Nadia Saleh", "--role", "caseworker")


def test_a_new_account_can_sign_in_and_its_body_sees_who_came(
    own_urls: Urls, types: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ADD_NADIA, "--role", "admin", "--body", "benefits"]) == 0
    assert capsys.readouterr().out == f"{NADIA} is added to benefits as caseworker, admin.\n"
    assert accepts(own_urls, NADIA, PASSWORD)
    assert roles_of(own_urls, NADIA) == ["admin", "caseworker"]
    assert audit(own_urls) == [("system", "add", "staff", "benefits")]


def test_two_people_of_a_body_may_not_have_one_name(
    own_urls: Urls, types: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    maria = ("staff", "add", "lindby", NADIA, "--name", "MARIA lindqvist", "--role", "admin")
    assert main([*maria, "--body", "integration"]) == 2
    expected = "landa: the body has somebody called MARIA lindqvist already; tell them apart\n"
    assert capsys.readouterr().err == expected
    types(PASSWORD, PASSWORD)
    assert main([*maria, "--body", "benefits"]) == 0


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (("fourteen chars",) * 2, "a password needs at least 15 characters"),
        ((PASSWORD, PASSWORD + "!"), "the two passwords differ; nothing was changed"),
    ],
)
def test_a_password_that_is_short_or_mistyped_changes_nothing(
    own_urls: Urls,
    types: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    typed: tuple[str, str],
    reason: str,
) -> None:
    signs_in_twice(own_urls)
    for command in ([*ADD_NADIA, "--body", "integration"], ["staff", "password", "lindby", MARIA]):
        types(*typed)
        assert main(command) == 2
    assert capsys.readouterr().err == f"landa: {reason}\n" * 2
    assert rows(own_urls, f"select id from staff where sign_in_name = '{NADIA}'") == []
    assert accepts(own_urls, MARIA, PASSWORD)
    assert (open_sign_ins(own_urls), audit(own_urls)) == (2, [])


def test_new_roles_replace_the_old_ones_and_end_the_sign_ins(
    own_urls: Urls, capsys: pytest.CaptureFixture[str]
) -> None:
    signs_in_twice(own_urls)
    roles = ["--role", "admin", "--role", "caseworker"]
    assert main(["staff", "roles", "lindby", MARIA.upper(), *roles]) == 0
    expected = f"{MARIA} is now caseworker, admin and has to sign in again.\n"
    assert capsys.readouterr().out == expected
    assert (roles_of(own_urls, MARIA), open_sign_ins(own_urls)) == (["admin", "caseworker"], 0)
    assert audit(own_urls) == [("system", "change_roles", "staff", "integration")]


def test_a_new_password_replaces_the_old_one_and_ends_the_sign_ins(
    own_urls: Urls, types: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    signs_in_twice(own_urls)
    types(NEW_PASSWORD, NEW_PASSWORD)
    assert main(["staff", "password", "lindby", MARIA]) == 0
    expected = f"{MARIA} has a new password and has to sign in again.\n"
    assert capsys.readouterr().out == expected
    assert (accepts(own_urls, MARIA, PASSWORD), accepts(own_urls, MARIA, NEW_PASSWORD)) == (
        False,
        True,
    )
    assert open_sign_ins(own_urls) == 0
    assert audit(own_urls) == [("system", "change_password", "staff", "integration")]


def test_who_is_deactivated_is_out_and_stays_out(
    own_urls: Urls, types: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    signs_in_twice(own_urls)
    assert main(["staff", "deactivate", "lindby", MARIA]) == 0
    assert capsys.readouterr().out == f"{MARIA} can no longer sign in.\n"
    assert (accepts(own_urls, MARIA, PASSWORD), open_sign_ins(own_urls)) == (False, 0)
    assert audit(own_urls) == [("system", "deactivate", "staff", "integration")]
    types(NEW_PASSWORD, NEW_PASSWORD)
    assert main(["staff", "password", "lindby", MARIA]) == 2


def test_revoking_ends_the_sign_ins_and_leaves_the_account(
    own_urls: Urls, capsys: pytest.CaptureFixture[str]
) -> None:
    signs_in_twice(own_urls)
    signs_in_twice(own_urls, "johan@lindby.example")
    assert main(["staff", "revoke", "lindby", MARIA]) == 0
    assert capsys.readouterr().out == f"{MARIA} is signed out everywhere.\n"
    assert (accepts(own_urls, MARIA, PASSWORD), open_sign_ins(own_urls)) == (True, 2)
    assert audit(own_urls) == [("system", "revoke", "staff", "integration")]


@pytest.mark.parametrize(
    ("command", "action"),
    [
        (["deactivate", "lindby", MARIA], "deactivate"),
        (["roles", "lindby", MARIA, "--role", "receptionist"], "change_roles"),
    ],
)
def test_nobody_waits_for_a_caseworker_who_answers_no_longer(
    own_urls: Urls, command: list[str], action: str
) -> None:
    maria_has_a_conversation(own_urls)
    assert main(["staff", *command]) == 0
    assert owners(own_urls) == [("queue", None)]
    assert rows(own_urls, "select state, claimed_by from handover") == [("waiting", None)]
    assert rows(own_urls, "select author, payload->>'reference' from message") == [
        ("event", "put_back")
    ]
    assert audit(own_urls) == [
        ("system", "put_back", "conversation", "integration"),
        ("system", action, "staff", "integration"),
    ]


def test_a_caseworker_who_stays_one_keeps_the_conversations(own_urls: Urls) -> None:
    maria_has_a_conversation(own_urls)
    assert main(["staff", "roles", "lindby", MARIA, "--role", "caseworker"]) == 0
    assert [owner for owner, _ in owners(own_urls)] == ["caseworker"]
