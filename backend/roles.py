"""The non-owner role that the app runs as, and the database it works in."""

import psycopg
from psycopg import sql

APP_ROLE = "landa_app"


class RoleMissing(Exception):
    """The role may not be created here; `statements` are the two lines an administrator runs."""

    def __init__(self, statements: str) -> None:
        super().__init__(
            f"the role {APP_ROLE} is missing and may not be created here. Run:\n{statements}"
        )
        self.statements = statements


def ensure_app_role(owner_url: str, password: str) -> None:
    """Creates landa_app, which owns nothing and passes row-level security, if it is missing."""
    create = sql.SQL("create role {role} login password {password}").format(
        role=sql.Identifier(APP_ROLE), password=sql.Literal(password)
    )
    with psycopg.connect(owner_url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connect = sql.SQL("grant connect on database {name} to {role}").format(
            name=name, role=sql.Identifier(APP_ROLE)
        )
        found = connection.execute("select 1 from pg_roles where rolname = %s", [APP_ROLE])
        try:
            if found.fetchone() is None:
                connection.execute(create)
            connection.execute(connect)
        except psycopg.errors.InsufficientPrivilege:
            shown = f"create role {APP_ROLE} login password '...';\n" + connect.as_string() + ";"
            raise RoleMissing(shown) from None
