"""What the composition root made at start and routers reach through the request."""

from dataclasses import dataclass

from fastapi import Request

from backend.clock import Clock
from backend.db import Database
from backend.live import Hints
from backend.settings import Settings
from content.answers import Answers


@dataclass(frozen=True)
class Core:
    settings: Settings
    database: Database
    hints: Hints
    clock: Clock
    answers: Answers


def core_of(request: Request) -> Core:
    core: Core = request.app.state.core
    return core
