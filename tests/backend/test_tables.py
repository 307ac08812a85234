"""The tables as the code describes them are the tables that the migrations make."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.types import TypeEngine

# Imported for the tables that they declare.
from backend import (
    answer_reviews,
    conversation,
    handover,
    idempotency,
    inbox,
    outbox,
    places,
    staff,
    unanswered,
)
from backend.db import Table
from backend.settings import sqlalchemy_url
from booking import bookings, drop_in, sessions
from tests.conftest import Urls

DECLARING = (
    answer_reviews,
    conversation,
    handover,
    idempotency,
    inbox,
    outbox,
    places,
    staff,
    unanswered,
    bookings,
    drop_in,
    sessions,
)
WRITTEN_IN_SQL_ONLY = {
    "audit": "rows are only ever added, by one statement",
    "event": "rows are added and read by four statements",
    "rate_counter": "one statement counts and answers",
    "alembic_version": "belongs to Alembic",
}
# The database fills it, and one statement of backend/tidy.py reads it.
COLUMNS_WITHOUT_CODE = {("idempotency", "created_at")}


@pytest.fixture(scope="module")
def schema(module_urls: Urls) -> Iterator[Connection]:
    engine = create_engine(sqlalchemy_url(module_urls.owner))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def kind(column_type: TypeEngine[object]) -> str:
    """Roughly: what a value of the column is in Python."""
    try:
        return column_type.python_type.__name__
    except NotImplementedError:
        return type(column_type).__name__


def declared(name: str) -> dict[str, tuple[str, bool]]:
    return {
        column.name: (kind(column.type), bool(column.nullable))
        for column in Table.metadata.tables[name].columns
    }


def migrated(schema: Connection, name: str) -> dict[str, tuple[str, bool]]:
    return {
        column["name"]: (kind(column["type"]), column["nullable"])
        for column in inspect(schema).get_columns(name)
        if (name, column["name"]) not in COLUMNS_WITHOUT_CODE
    }


def test_every_table_is_declared_or_has_a_reason_not_to_be(schema: Connection) -> None:
    in_code = set(Table.metadata.tables)
    assert set(inspect(schema).get_table_names()) == in_code | set(WRITTEN_IN_SQL_ONLY)


@pytest.mark.parametrize("name", sorted(Table.metadata.tables))
def test_columns_types_and_nullability_are_the_same(schema: Connection, name: str) -> None:
    assert declared(name) == migrated(schema, name)


@pytest.mark.parametrize("name", sorted(Table.metadata.tables))
def test_primary_keys_are_the_same(schema: Connection, name: str) -> None:
    in_code = [column.name for column in Table.metadata.tables[name].primary_key]
    in_schema = inspect(schema).get_pk_constraint(name)["constrained_columns"]
    assert sorted(in_code) == sorted(in_schema)


def test_every_table_of_a_municipality_has_it_first_in_its_key(schema: Connection) -> None:
    """So that rows can later be distributed by municipality."""
    keys = {
        name: inspect(schema).get_pk_constraint(name)["constrained_columns"][0]
        for name in inspect(schema).get_table_names()
        if name not in ("municipality", "route", "source_text", "alembic_version")
    }
    assert set(keys.values()) == {"municipality_id"}
