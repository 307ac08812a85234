"""The one clock of the edge. Below it, `now` is an argument; leases use database time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def make_clock(start: datetime | None = None) -> Clock:
    """Real time, or a clock that starts at `start` and runs on (demo data only)."""
    offset = timedelta() if start is None else start - datetime.now(UTC)
    return lambda: datetime.now(UTC) + offset
