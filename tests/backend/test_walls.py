"""Nobody sees another municipality, another body or another resident: asked of every table,
through the role that the app runs as, after planting the row that must not leak."""

from collections.abc import Iterator
from enum import Enum, auto

import psycopg
import pytest
from psycopg import sql

from backend.roles import APP_ROLE
from tests.backend.planted import Planted, as_app, plant
from tests.conftest import Urls


class Wall(Enum):
    """Who, inside the municipality, is kept out of a row of another body or resident."""

    MUNICIPALITY = auto()  # nobody: places and hours are public, counters are the app's own
    BODY = auto()  # staff of other bodies; residents choose among these
    STAFF = auto()  # staff of other bodies and all residents
    RESIDENT = auto()  # staff of other bodies and other residents
    TEACHING = auto()  # all residents; it says nothing about a person or a body


WALLS = {
    "answer_review": Wall.MUNICIPALITY,
    "audit": Wall.STAFF,
    "body": Wall.MUNICIPALITY,
    "booking": Wall.RESIDENT,
    "chair_assignment": Wall.BODY,
    "closure": Wall.MUNICIPALITY,
    "consent": Wall.RESIDENT,
    "conversation": Wall.RESIDENT,
    "event": Wall.STAFF,
    "handover": Wall.RESIDENT,
    "idempotency": Wall.MUNICIPALITY,
    "inbox": Wall.RESIDENT,
    "lane": Wall.BODY,
    "message": Wall.RESIDENT,
    "office": Wall.MUNICIPALITY,
    "opening_hours": Wall.MUNICIPALITY,
    "outbox": Wall.RESIDENT,
    "rate_counter": Wall.MUNICIPALITY,
    "seat": Wall.BODY,
    "service": Wall.BODY,
    "session": Wall.BODY,
    "sign_in": Wall.STAFF,
    "slot": Wall.BODY,
    "staff": Wall.STAFF,
    "staff_role": Wall.STAFF,
    "ticket": Wall.RESIDENT,
    "unanswered_line": Wall.TEACHING,
    "working_time": Wall.STAFF,
}
OUTSIDE = {
    "municipality": "the list of tenants itself: names and time zones, all of it public",
    "route": "finds the municipality of a token before a scope can be known; holds hashes only",
    "source_text": "what the content files said: public, the same for all municipalities",
    "alembic_version": "belongs to Alembic; the app's role has no right to it",
}
# The app's role may never do this, inside its own municipality either.
REFUSED = {
    ("answer_review", "update"),
    ("audit", "update"),
    ("audit", "delete"),
    ("event", "update"),
}

every_table = pytest.mark.parametrize("table", WALLS)
OF_ALL_BODIES = (Wall.MUNICIPALITY, Wall.TEACHING)
body_tables = pytest.mark.parametrize(
    "table", [table for table, wall in WALLS.items() if wall not in OF_ALL_BODIES]
)
resident_tables = pytest.mark.parametrize(
    "table", [table for table, wall in WALLS.items() if wall in (Wall.RESIDENT, Wall.STAFF)]
)


@pytest.fixture(scope="module")
def planted(module_urls: Urls) -> Planted:
    """A row in every table of Lindby: Amina's things, in the integration unit."""
    with psycopg.connect(module_urls.app) as app:
        return plant(app)


@pytest.fixture(scope="module")
def connection(module_urls: Urls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(module_urls.app) as connection:
        yield connection


@pytest.fixture
def app(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A connection of the app's role; what a test does is never committed."""
    yield connection
    connection.rollback()


@pytest.fixture
def owner(module_urls: Urls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(module_urls.owner) as connection:
        yield connection


def columns(owner: psycopg.Connection, name: str) -> set[str]:
    rows = owner.execute(
        "select table_name from information_schema.columns join information_schema.tables"
        " using (table_schema, table_name)"
        " where table_schema = 'public' and column_name = %s and table_type = 'BASE TABLE'",
        [name],
    )
    return {row[0] for row in rows}


DEEDS = {
    "select": "select 1 from {table} where {column} = any(%s::uuid[])",
    "update": "update {table} set municipality_id = municipality_id"
    " where {column} = any(%s::uuid[])",
    "delete": "delete from {table} where {column} = any(%s::uuid[])",
}


def count(app: psycopg.Connection, table: str, column: str, *values: str) -> int:
    statement = sql.SQL(DEEDS["select"]).format(
        table=sql.Identifier(table), column=sql.Identifier(column)
    )
    return app.execute(statement, [list(values)]).rowcount


def reached(
    app: psycopg.Connection, context: tuple[str, ...], table: str, column: str, *values: str
) -> dict[str, int | None]:
    """How many rows each deed reaches; None when the role may not do it at all."""
    found: dict[str, int | None] = {}
    for deed, template in DEEDS.items():
        as_app(app, *context)
        statement = sql.SQL(template).format(
            table=sql.Identifier(table), column=sql.Identifier(column)
        )
        try:
            found[deed] = app.execute(statement, [list(values)]).rowcount
        except psycopg.errors.InsufficientPrivilege:
            found[deed] = None
        app.rollback()
    return found


def nothing(table: str) -> dict[str, int | None]:
    return {deed: None if (table, deed) in REFUSED else 0 for deed in DEEDS}


def mark(table: str) -> str:
    """The column by which a planted row is known to be the integration unit's or Amina's."""
    return "conversation_id" if table in ("consent", "inbox", "message", "outbox") else "body_id"


def test_every_table_with_a_municipality_has_its_case(owner: psycopg.Connection) -> None:
    assert columns(owner, "municipality_id") == set(WALLS) | {"route"}


def test_every_table_without_walls_is_known(owner: psycopg.Connection) -> None:
    rows = owner.execute("select tablename from pg_tables where schemaname = 'public'")
    assert {row[0] for row in rows} == set(WALLS) | set(OUTSIDE)


def test_every_table_of_a_body_or_a_conversation_has_a_wall_inside(
    owner: psycopg.Connection,
) -> None:
    inside = columns(owner, "body_id") | columns(owner, "conversation_id")
    assert inside == {table for table, wall in WALLS.items() if wall not in OF_ALL_BODIES}


def test_row_level_security_is_forced_on_every_table(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind = 'r' and relrowsecurity and relforcerowsecurity"
    )
    assert {row[0] for row in rows} == set(WALLS)


def test_the_apps_role_owns_nothing_and_cannot_pass_the_walls(owner: psycopg.Connection) -> None:
    role = owner.execute(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles"
        " where rolname = %s",
        [APP_ROLE],
    ).fetchone()
    assert role == (False, False, False, False)
    owned = owner.execute(
        "select count(*) from pg_class join pg_roles on pg_roles.oid = relowner where rolname = %s",
        [APP_ROLE],
    ).fetchone()
    assert owned == (0,)
    member_of = owner.execute(
        "select count(*) from pg_auth_members join pg_roles on pg_roles.oid = member"
        " where rolname = %s",
        [APP_ROLE],
    ).fetchone()
    assert member_of == (0,)


def test_the_apps_role_cannot_switch_the_walls_off(app: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("alter table message disable row level security")
    app.rollback()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("drop policy resident_wall on message")
    app.rollback()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("truncate message")


@every_table
def test_the_planted_row_is_there(app: psycopg.Connection, planted: Planted, table: str) -> None:
    """Without it, the tests below would see nothing for the wrong reason."""
    as_app(app, planted.lindby, "system")
    assert count(app, table, "municipality_id", planted.lindby)
    if WALLS[table] not in OF_ALL_BODIES:
        assert count(app, table, mark(table), planted.integration, planted.amina)


@pytest.mark.parametrize("actor", ["system", "staff", "resident"])
@every_table
def test_another_municipality_reaches_nothing(
    app: psycopg.Connection, planted: Planted, table: str, actor: str
) -> None:
    """Even with ids of Lindby in its context."""
    context = (planted.strandby, actor, planted.integration, planted.amina)
    found = reached(app, context, table, "municipality_id", planted.lindby)
    assert found == nothing(table)


@every_table
def test_nothing_can_be_put_into_another_municipality(
    app: psycopg.Connection, planted: Planted, table: str
) -> None:
    as_app(app, planted.strandby, "system")
    insert = sql.SQL("insert into {} (municipality_id) values (%s)").format(sql.Identifier(table))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        app.execute(insert, [planted.lindby])


@every_table
def test_nothing_can_be_moved_to_another_municipality(
    app: psycopg.Connection, planted: Planted, table: str
) -> None:
    as_app(app, planted.lindby, "system")
    move = sql.SQL("update {} set municipality_id = %s").format(sql.Identifier(table))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(move, [planted.strandby])


@body_tables
def test_staff_of_another_body_reach_nothing(
    app: psycopg.Connection, planted: Planted, table: str
) -> None:
    context = (planted.lindby, "staff", planted.benefits)
    found = reached(app, context, table, mark(table), planted.integration, planted.amina)
    assert found == nothing(table)


@resident_tables
def test_another_resident_reaches_nothing(
    app: psycopg.Connection, planted: Planted, table: str
) -> None:
    context = (planted.lindby, "resident", "", planted.yusuf)
    found = reached(app, context, table, mark(table), planted.integration, planted.amina)
    assert found == nothing(table)


@resident_tables
def test_an_unknown_actor_reaches_nothing(
    app: psycopg.Connection, planted: Planted, table: str
) -> None:
    for actor in ("", "owner", "staff "):
        context = (planted.lindby, actor, planted.integration, planted.amina)
        found = reached(app, context, table, mark(table), planted.integration, planted.amina)
        assert found == nothing(table)


def test_no_resident_reaches_what_others_could_not_be_answered(
    app: psycopg.Connection, planted: Planted
) -> None:
    for conversation in (planted.amina, planted.yusuf, ""):
        context = (planted.lindby, "resident", "", conversation)
        found = reached(app, context, "unanswered_line", "municipality_id", planted.lindby)
        assert found == nothing("unanswered_line")


def test_residents_may_see_that_a_text_was_reviewed_and_never_say_so(
    app: psycopg.Connection, planted: Planted
) -> None:
    context = (planted.lindby, "resident", "", planted.amina)
    found = reached(app, context, "answer_review", "municipality_id", planted.lindby)
    assert found == {"select": 1, "update": None, "delete": 0}
    as_app(app, *context)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        app.execute(
            "insert into answer_review (country, topic, language, text_hash, reviewer_id,"
            " reviewed_at) select country, topic, 'en', text_hash, reviewer_id, now()"
            " from answer_review"
        )


def test_staff_of_every_body_may_teach_from_it(app: psycopg.Connection, planted: Planted) -> None:
    for body in (planted.integration, planted.benefits):
        as_app(app, planted.lindby, "staff", body)
        assert count(app, "unanswered_line", "municipality_id", planted.lindby) == 1


def test_no_line_can_be_stored_where_the_municipality_keeps_none(
    app: psycopg.Connection, planted: Planted
) -> None:
    for actor in ("system", "staff"):
        as_app(app, planted.strandby, actor)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            app.execute(
                "insert into unanswered_line (language, text, reason, nearest)"
                " values ('da', 'hvor er torvet', 'missed', '{}')"
            )
        app.rollback()


@body_tables
def test_own_staff_see_what_was_planted(
    app: psycopg.Connection, planted: Planted, table: str
) -> None:
    """The walls are not simply closed for everybody."""
    as_app(app, planted.lindby, "staff", planted.integration)
    assert count(app, table, mark(table), planted.integration, planted.amina)


def test_without_a_context_every_table_raises_an_error(module_urls: Urls, planted: Planted) -> None:
    with psycopg.connect(module_urls.app, autocommit=True) as fresh:
        for table in WALLS:
            with pytest.raises(psycopg.errors.UndefinedObject, match=r'parameter "app\.'):
                fresh.execute(sql.SQL("select * from {}").format(sql.Identifier(table)))


@every_table
def test_with_the_context_of_an_ended_transaction_every_table_raises_an_error(
    app: psycopg.Connection, planted: Planted, table: str
) -> None:
    """PostgreSQL then shows an empty text where the municipality was."""
    as_app(app, planted.lindby, "system")
    app.commit()
    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="uuid"):
        app.execute(sql.SQL("select * from {}").format(sql.Identifier(table)))


def test_audit_rows_can_be_neither_changed_nor_deleted(
    app: psycopg.Connection, planted: Planted
) -> None:
    for statement in ("update audit set action = 'nothing'", "delete from audit"):
        as_app(app, planted.lindby, "system")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            app.execute(statement)
        app.rollback()


def test_tables_outside_the_walls_cannot_be_rewritten(
    app: psycopg.Connection, planted: Planted
) -> None:
    """A token cannot be sent to another municipality, and no municipality can be removed."""
    for statement in (
        "update route set municipality_id = municipality_id",
        "delete from municipality",
        "select * from alembic_version",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            app.execute(statement)
        app.rollback()


@pytest.mark.parametrize(
    ("first", "last", "seen"),
    [(1, None, [1, 2, 3, 4]), (3, None, [3, 4]), (1, 2, [1, 2]), (2, 3, [2, 3]), (5, 4, [])],
)
def test_staff_see_only_the_messages_that_the_resident_shares(
    app: psycopg.Connection, planted: Planted, first: int, last: int | None, seen: list[int]
) -> None:
    as_app(app, planted.lindby, "system")
    app.execute(
        "update conversation set shared_from_seq = %s, shared_to_seq = %s where id = %s",
        [first, last, planted.amina],
    )
    mine = "select seq from message where conversation_id = %s order by seq"
    as_app(app, planted.lindby, "staff", planted.integration)
    assert [row[0] for row in app.execute(mine, [planted.amina])] == seen
    as_app(app, planted.lindby, "resident", "", planted.amina)
    assert [row[0] for row in app.execute(mine, [planted.amina])] == [1, 2, 3, 4]


def test_a_conversation_that_only_the_bot_answers_is_no_bodys(
    app: psycopg.Connection, planted: Planted
) -> None:
    for body in (planted.integration, planted.benefits):
        as_app(app, planted.lindby, "staff", body)
        assert count(app, "conversation", "id", planted.yusuf) == 0
        assert count(app, "message", "conversation_id", planted.yusuf) == 0
