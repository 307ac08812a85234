"""What is said is stored and read back as the same thing."""

import json

import pytest

from backend.reply import Button, Fact, Kind, Link, Reply, Source, Way, reply_from

FULL = Reply(
    text="You need a photo.\n- your card",
    kind=Kind.ANSWER,
    title="ID card",
    buttons=(
        Button("What does it cost?", "section:id_card:cost"),
        Button("09:00", "slot:1", hint="with an interpreter", group="Monday", icon="clock"),
    ),
    links=(Link("Skatteverket", "https://www.skatteverket.se"),),
    source=Source("Skatteverket", "https://www.skatteverket.se", "2026-11-22", ("not checked",)),
    way=Way(
        "ID card",
        "Whose turn: you",
        "/m/lindby/chain",
        first=(Button("Number", "topic:personal_number"),),
        then=(Button("Bank account", "topic:bank_account"),),
    ),
    facts=(Fact("calendar", "When", "Monday 30 November 09:00–09:30"),),
    code="K7M 4QX",
    reference="0f9f5e1c-3b53-4f0e-9d51-6f4f6a3c2b11",
    language="sv",
    page="/m/lindby/answers/id_card/sv",
)


def stored(reply: Reply) -> Reply:
    """As the database gives it back."""
    return reply_from(reply.text, json.loads(json.dumps(reply.payload())))


@pytest.mark.parametrize("reply", [Reply("Hello"), FULL], ids=["plain", "full"])
def test_a_stored_reply_is_the_same_reply(reply: Reply) -> None:
    assert stored(reply) == reply


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_card_comes_back(kind: Kind) -> None:
    assert stored(Reply("Hello", kind=kind)).kind is kind


def test_a_source_without_notes_comes_back() -> None:
    reply = Reply("Hello", source=Source("Migrationsverket", "https://x.se", "2026-11-22"))
    assert stored(reply) == reply


def test_what_is_empty_is_not_stored() -> None:
    assert Reply("Hello").payload() == {"kind": "say"}
    assert Reply("Hello", buttons=(Button("Yes", "yes"),)).payload() == {
        "kind": "say",
        "buttons": ({"label": "Yes", "action": "yes", "hint": "", "group": "", "icon": ""},),
    }


def test_the_text_is_not_stored_twice() -> None:
    assert "text" not in FULL.payload()


def test_a_message_stored_without_a_card_is_plain_text() -> None:
    assert reply_from("Hello", {}) == Reply("Hello")


def test_reading_leaves_the_stored_card_as_it_was() -> None:
    payload = FULL.payload()
    reply_from(FULL.text, payload)
    assert payload == FULL.payload()
