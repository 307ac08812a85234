"""A short text in several languages, for names of places and services, which are content and
not interface text."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """Always has English, which stands in for a language that is not written yet."""

    by_language: Mapping[str, str]

    def text(self, language: str) -> str:
        return self.by_language.get(language, self.by_language["en"])

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.by_language.items())))
