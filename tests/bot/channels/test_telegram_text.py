"""What a reply looks like in Telegram: nothing lost, nothing cut inside a character."""

import unicodedata
from collections import deque
from dataclasses import replace
from random import Random

import pytest

from backend.reply import Button, Link, Reply, Source, Way
from bot.buttons import languages
from bot.channels.telegram_text import keyboard_of, parts_of, split
from bot.handle import ACTS, PLAIN, WITH_VALUE
from bot.topic_titles import TITLES
from content.answers import Answers
from tests.bot.conftest import Chat, StartChat

LIMIT = 4096
FAMILY = "👨‍👩‍👧‍👦"
ENGLAND = "🏴󠁧󠁢󠁥󠁮󠁧󠁿"
# With all its vowel signs, as a school book writes it.
SALAM = "سَلَامٌ"
MI_RAVAM = "می‌روم"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def without_space(text: str) -> str:
    return "".join(text.split())


def labels_of(reply: Reply) -> list[list[str]]:
    keyboard = keyboard_of(reply)
    return [[key.text for key in row] for row in keyboard.inline_keyboard] if keyboard else []


def test_a_short_text_is_one_part() -> None:
    assert split("Hello\n\nthere") == ["Hello\n\nthere"]
    assert split(" \n ") == []


def test_the_limit_counts_utf16_units() -> None:
    assert [units(part) for part in split("x" * 4096)] == [4096]
    assert [units(part) for part in split("x" * 4097)] == [4096, 1]
    assert [units(part) for part in split("😀" * 2048)] == [4096]
    assert [units(part) for part in split("😀" * 2049)] == [4096, 2]


@pytest.mark.parametrize(
    "grapheme",
    [FAMILY, ENGLAND, "🇸🇪", "👍🏽", "❤️", "5️⃣", "é", "مِّ", "กำ้", "ን፝"],
    ids=[
        "family",
        "England",
        "Sweden",
        "skin",
        "heart",
        "key",
        "accent",
        "Arabic",
        "Thai",
        "Ge'ez",
    ],
)
def test_a_part_never_ends_inside_a_character(grapheme: str) -> None:
    for start in range(12):
        text = "x" * start + grapheme * 2500
        parts = split(text)
        assert "".join(parts) == text
        assert max(map(units, parts)) <= LIMIT
        assert {part.lstrip("x").replace(grapheme, "") for part in parts} == {""}


def test_arabic_and_persian_words_stay_whole() -> None:
    for word in (SALAM, MI_RAVAM):
        parts = split(" ".join([word] * 3000))
        assert {piece for part in parts for piece in part.split(" ")} == {word}


def test_a_long_text_is_cut_at_paragraphs_lines_and_words_in_this_order() -> None:
    first, second = "a" * 2500, "b" * 2500
    assert split(f"{first}\n\n{second}") == [first, second]
    assert split(f"{first}\n{second}") == [first, second]
    assert split(f"{first} {second}") == [first, second]
    words = "word " * 300
    assert split(f"{first}\n\n{words}\n{second}") == [first, f"{words}\n{second}".strip()]


def test_a_character_with_five_thousand_marks_is_cut_all_the_same() -> None:
    assert [units(part) for part in split("x" + "\u0301" * 5000)] == [4096, 905]


@pytest.mark.parametrize("seed", range(30))
def test_no_text_loses_anything_and_every_part_fits(seed: int) -> None:
    random = Random(seed)
    pieces = [FAMILY, "🇸🇪", SALAM, MI_RAVAM, "ord", "\n\n", " ", "e\u0301", "กำ้"]
    text = "".join(random.choices(pieces, k=random.randrange(4000)))
    parts = split(text)
    assert without_space("".join(parts)) == without_space(text)
    assert all(0 < units(part) <= LIMIT and part == part.strip() for part in parts)
    assert {unicodedata.category(part[0])[0] for part in parts} <= {"L", "S"}


def test_a_reply_is_title_text_links_and_source_with_its_date() -> None:
    reply = Reply(
        "You get it at the tax agency.",
        title="ID card",
        links=(Link("See your time", "/b/abc"), Link("Call 112", "tel:112")),
        source=Source("Tax Agency", "https://www.skatteverket.se/", "2026-11-02", ("Not read.",)),
    )
    [part] = parts_of(reply, "https://landa.example", "en")
    assert part == (
        "ID card\n\n"
        "You get it at the tax agency.\n\n"
        "See your time: https://landa.example/b/abc\n\n"
        "Source: Tax Agency\n"
        "https://www.skatteverket.se/\n"
        "This text is from 2 November 2026.\n"
        "Not read."
    )


WAY = Way(
    "ID card",
    "Whose turn: first you, then the police",
    "/m/lindby/chain",
    first=(Button("Number", "topic:personal_number"),),
    then=(Button("Bank account", "topic:bank_account"), Button("Rent", "topic:rent")),
)


def test_the_place_in_the_chain_is_a_line_and_its_topics_are_buttons() -> None:
    reply = Reply("You get it.", way=WAY, buttons=(Button("Cost", "section:id_card:cost"),))
    [part] = parts_of(reply, "https://landa.example", "en")
    assert part == (
        "You get it.\n\n"
        "First: Number → Now: ID card → Then: Bank account · Rent\n"
        "Whose turn: first you, then the police\n"
        "The way, step by step: https://landa.example/m/lindby/chain"
    )
    assert labels_of(reply) == [["Number", "Bank account"], ["Rent", "Cost"]]


def test_arrows_of_the_chain_follow_the_direction_of_the_script() -> None:
    [part] = parts_of(Reply("نص", way=replace(WAY, first=())), "", "ar")
    assert part.splitlines()[2] == "الآن: ID card ← بعد ذلك: Bank account · Rent"


def test_a_title_that_the_text_says_is_not_said_twice() -> None:
    reply = Reply("You are in the queue.\nYou are first.", title="You are in the queue.")
    assert parts_of(reply, "", "en") == ["You are in the queue.\nYou are first."]


def test_short_choices_stand_in_pairs_and_long_ones_alone() -> None:
    names = ("Health", "Work", "Home", "School and children", "Drop-in")
    reply = Reply("?", buttons=tuple(Button(name, "menu") for name in names))
    assert labels_of(reply) == [["Health", "Work"], ["Home"], ["School and children"], ["Drop-in"]]
    assert labels_of(Reply("No choice.")) == []


def test_a_time_carries_its_day() -> None:
    reply = Reply("?", buttons=(Button("09:00", "slot:1", group="Monday 30 November"),))
    assert labels_of(reply) == [["Monday 30 November 09:00"]]


async def reachable(chat: Chat) -> list[Button]:
    """All buttons that somebody comes across who presses each kind once."""
    found: dict[str, Button] = {}
    waiting = deque(["menu", "languages", "help", "delete", "my_bookings"])
    pressed: set[str] = set()
    while waiting:
        action = waiting.popleft()
        name, _, value = action.partition(":")
        kind = action if name in ("menu", "topic") else f"{name}:{bool(value)}"
        if kind in pressed or name in ("language", "delete_yes"):
            continue
        pressed.add(kind)
        for reply in await chat.press(action):
            assert reply.text != "This choice is no longer valid.", action
            found |= {button.action: button for button in reply.buttons}
            waiting.extend(button.action for button in reply.buttons)
    return list(found.values())


def every_action_of_the_content(answers: Answers) -> list[str]:
    sections = [(answer.topic, section.id) for answer in answers for section in answer.sections]
    return [
        *ACTS,
        *PLAIN,
        *(f"mean:{intent}" for intent in TITLES),
        *(button.action for button in languages()),
        *(f"{name}:{topic}:{section}" for topic, section in sections for name in WITH_VALUE),
    ]


async def test_every_action_fits_into_a_button(chats: StartChat, answers: Answers) -> None:
    found = await reachable(await chats())
    names = {button.action.partition(":")[0] for button in found}
    assert {"slot", "confirm", "release", "later", "share", "topic", "section", "move"} <= names
    actions = [button.action for button in found] + every_action_of_the_content(answers)
    assert [action for action in actions if not 1 <= len(action.encode()) <= 64] == []


async def test_no_label_is_changed_or_cut(chats: StartChat) -> None:
    found = await reachable(await chats())
    shown = [label for row in labels_of(Reply("?", buttons=tuple(found))) for label in row]
    assert shown == [f"{button.group} {button.label}".strip() for button in found]
    assert [label for label in shown if not 1 <= len(label) <= 48] == []
