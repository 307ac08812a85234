"""From kept lines to training lines: groups to decide about, and the file that Rasa reads."""

import asyncio
from collections.abc import Iterable
from itertools import groupby

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, system
from backend.places import Municipality
from backend.unanswered import UnansweredLine, list_approved, mark_exported
from nlu.clusters import cluster, stack
from nlu.compile import Line
from nlu.encoder import DIMENSIONS, encode_queries

# Square brackets name an entity, braces its attributes; a slash begins a command.
_MARKUP = str.maketrans(dict.fromkeys("[](){}/\\", " "))


def groups(lines: list[UnansweredLine]) -> list[list[UnansweredLine]]:
    """Most lines first. A line that has no vector yet stands alone, at the end."""
    ready = [line for line in lines if line.vector]
    rows = stack([line.vector or [] for line in ready], DIMENSIONS)
    found = [[ready[place] for place in places] for places in cluster(rows)]
    alone = [[line] for line in lines if not line.vector]
    return sorted([*found, *alone], key=lambda group: -sum(line.times for line in group))


async def add_vectors(database: Database, municipality: Municipality, limit: int) -> None:
    """Encodes kept lines, the most frequent first: some 20 ms each, so not in a resident's turn.
    The vector is that of the redacted text; the text it came from is nowhere any more."""
    scope = system(municipality.id)
    async with database.transaction(scope) as db:
        query = select(UnansweredLine.id, UnansweredLine.text).where(
            UnansweredLine.vector.is_(None), UnansweredLine.intent.is_(None)
        )
        rows = (await db.execute(query.order_by(UnansweredLine.times.desc()).limit(limit))).all()
    if not rows:
        return
    vectors = await asyncio.to_thread(encode_queries, [row.text for row in rows])
    async with database.transaction(scope) as db:
        for row, vector in zip(rows, vectors, strict=True):
            values = {"vector": vector.tolist()}
            await db.execute(
                update(UnansweredLine).where(UnansweredLine.id == row.id).values(values)
            )


async def export(db: AsyncSession) -> str:
    """All approved lines as a training file; empty when there are none."""
    lines = await list_approved(db)
    await mark_exported(db, lines)
    return training_file(
        Line(line.text, line.intent, line.language, "") for line in lines if line.intent
    )


def training_file(lines: Iterable[Line]) -> str:
    """As the files of nlu/data are written: it may be put beside them as it is."""
    blocks = [
        f"- intent: {intent}\n  metadata:\n    language: {language}\n  examples: |\n"
        + "".join(f"    - {text}\n" for text in dict.fromkeys(map(_plain, of_block)))
        for (intent, language), of_block in groupby(
            sorted(lines, key=lambda line: (line.id, line.language, line.text)),
            key=lambda line: (line.id, line.language),
        )
    ]
    return 'version: "3.1"\nnlu:\n' + "".join(blocks) if blocks else ""


def _plain(line: Line) -> str:
    return " ".join(line.text.translate(_MARKUP).split()).lstrip("- ")
