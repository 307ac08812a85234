"""The texts of a municipality's file that stand by language: names, rooms, the way in, what its
services do and do not do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.entry import read_toml
from content.languages import RESIDENT_LANGUAGES
from content.texts import MESSAGE_LANGUAGE

Place = tuple[str | int, ...]

_CODES = frozenset(entry.code for entry in RESIDENT_LANGUAGES)


@dataclass(frozen=True)
class PlacedWording:
    """`place` leads to the table by keys and positions, `key` names it for people, such as
    lindby/offices/school/room. `source` is the municipality's own text, else the English one."""

    place: Place
    key: str
    texts: Mapping[str, str]
    source: str


def municipality_slugs(root: Path) -> tuple[str, ...]:
    return tuple(path.stem for path in sorted((root / "municipalities").glob("*.toml")))


def municipality_file(root: Path, slug: str) -> Path:
    return root / "municipalities" / f"{slug}.toml"


def default_language(root: Path, slug: str) -> str:
    return read_toml(municipality_file(root, slug)).text("default_language")


def placed_wordings(root: Path, slug: str) -> list[PlacedWording]:
    """Raises ContentError."""
    file = read_toml(municipality_file(root, slug))
    own = file.text("default_language")
    return [
        PlacedWording(
            place, "/".join([slug, *names]), texts, texts.get(own, texts[MESSAGE_LANGUAGE])
        )
        for place, names, texts in _walk(file.values, (), ())
    ]


def _walk(
    value: Any, place: Place, names: tuple[str, ...]
) -> Iterator[tuple[Place, tuple[str, ...], Mapping[str, str]]]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            name = item.get("key", str(position)) if isinstance(item, dict) else ""
            yield from _walk(item, (*place, position), (*names, name))
    elif isinstance(value, dict) and MESSAGE_LANGUAGE in value and value.keys() <= _CODES:
        yield place, names, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, (*place, key), (*names, key))
