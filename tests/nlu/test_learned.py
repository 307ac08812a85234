"""Approved lines become a file that the compiler reads as it reads its own."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from backend import unanswered
from backend.db import Database
from backend.places import find_municipality
from backend.unanswered import Reason, Unanswered
from nlu.compile import REPOSITORY, Line, collect
from nlu.encoder import encode_queries
from nlu.learned import add_vectors, export, groups, training_file
from tests.people import find_town

PARKING = Unanswered("where can i park my car", "en", Reason.MISSED, ("transport",))
PARKING_TOO = Unanswered("where can i park my car here", "en", Reason.MISSED, ("transport",))
MARKET = Unanswered("var ligger torget", "sv", Reason.MISSED, ("transport", "library_leisure"))
ARABIC = Unanswered("كيف افتح حساب …", "ar", Reason.CORRECTED, ("bank_account",))


def read_back(folder: Path, training: str) -> list[tuple[str, str, str]]:
    """Through the compiler's own reader, with the file where an operator puts it."""
    (folder / "learned-lindby.yml").write_text(training, encoding="utf-8")
    lines = collect(replace(REPOSITORY, training=folder, content=folder))
    return [(line.id, line.language, line.text) for line in lines]


async def test_what_is_exported_is_read_back_equal(database: Database, tmp_path: Path) -> None:
    lindby = await find_town(database)
    async with database.transaction(lindby.system) as db:
        for line in (PARKING, MARKET, ARABIC):
            await unanswered.keep(db, line)
        for row in await unanswered.list_open(db, "en", 9):
            await unanswered.approve(db, [row.id], "transport")
        for code in ("sv", "ar"):
            for row in await unanswered.list_open(db, code, 9):
                await unanswered.approve(db, [row.id], row.nearest[-1])
        training = await export(db)
        exported = await db.scalar(text("select bool_and(exported_on = current_date) from"
                                        " unanswered_line"))  # fmt: skip
        assert await export(db) == training
    assert exported is True
    assert read_back(tmp_path, training) == [
        ("bank_account", "ar", ARABIC.text),
        ("library_leisure", "sv", MARKET.text),
        ("transport", "en", PARKING.text),
    ]


def test_the_file_looks_like_those_beside_it() -> None:
    lines = [Line("b", "school", "sv", ""), Line("a", "school", "sv", "")]
    assert training_file(lines) == (
        'version: "3.1"\nnlu:\n- intent: school\n  metadata:\n    language: sv\n'
        "  examples: |\n    - a\n    - b\n"
    )


def test_without_lines_there_is_no_file() -> None:
    assert training_file([]) == ""


def test_nothing_is_left_that_rasa_reads_as_markup(tmp_path: Path) -> None:
    said = '- /greet [open](verb){"entity": "x"}: # an "account" \u2028 now'
    training = training_file([Line(said, "bank_account", "en", "")])
    assert read_back(tmp_path, training) == [
        ("bank_account", "en", 'greet open verb "entity": "x" : # an "account" now')
    ]


async def test_vectors_are_those_of_the_redacted_text_and_group_what_is_alike(
    database: Database,
) -> None:
    lindby = await find_town(database)
    async with database.transaction(lindby.system) as db:
        for line in (MARKET, PARKING, PARKING_TOO, replace(MARKET, language="en", text="ciao …")):
            await unanswered.keep(db, line)
    await add_vectors(database, await find_municipality(database, "lindby"), limit=9)
    async with database.transaction(lindby.system) as db:
        found = groups(await unanswered.list_open(db, "en", 9))
    assert [[line.text for line in group] for group in found] == [
        [PARKING.text, PARKING_TOO.text],
        ["ciao …"],
    ]
    vector = encode_queries([PARKING.text])[0].tolist()
    assert found[0][0].vector == pytest.approx(vector, abs=1e-6)
