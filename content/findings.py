"""What a check found, said so that an editor knows which file to open and what to do."""

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Finding:
    """`where` is a file, or a file and a place in it after ": ". The line only shows the way: it
    moves with every edit above it, so it does not tell two findings apart."""

    where: str
    message: str
    severity: Severity = Severity.ERROR
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        file, colon, place = self.where.partition(": ")
        at = f"{file}:{self.line}" if self.line else file
        return f"{self.severity}: {at}{colon}{place}: {self.message}"


def warning(where: str, message: str, line: int = 0) -> Finding:
    return Finding(where, message, Severity.WARNING, line)
