"""Runs the migrations as the owner role named by DATABASE_URL."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

from backend.settings import sqlalchemy_url


def run() -> None:
    engine = create_engine(sqlalchemy_url(os.environ["DATABASE_URL"]), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


run()
