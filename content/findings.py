"""What a check found, said so that an editor knows which file to open and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Finding:
    where: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message}"


def warning(where: str, message: str) -> Finding:
    return Finding(where, message, Severity.WARNING)
