"""Lindby with its places and staff, before anybody has come."""

import pytest

from backend.db import Database
from tests.people import Town, everybody_leaves, find_town


@pytest.fixture
async def lindby(shared_database: Database) -> Town:
    town = await find_town(shared_database)
    await everybody_leaves(shared_database, town)
    return town


@pytest.fixture
async def lindby_anew(database: Database) -> Town:
    """In a database of its own, for tests that change places, staff or times."""
    return await find_town(database)
