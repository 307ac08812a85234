"""Every pair of colours that text or a control stands on, by day and night, in every theme."""

import re
from pathlib import Path

import pytest

from backend.pages import STATIC

TEXT, CONTROL = 4.5, 3.0
TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6}|var\(--[a-z-]+\))", re.IGNORECASE)
GROUNDS = ("paper", "surface", "sunken", "accent-tint")
TONES = ("danger", "caution", "good")
PAIRS = [
    *[(ink, ground, TEXT) for ground in GROUNDS for ink in ("ink", "ink-2", "accent")],
    ("on-accent", "accent", TEXT),
    ("on-fill", "fill", TEXT),
    ("on-fill", "alarm", TEXT),
    ("on-danger", "danger", TEXT),
    *[(tone, ground, TEXT) for tone in TONES for ground in ("paper", "surface", f"{tone}-tint")],
    *[(ink, f"{tone}-tint", TEXT) for tone in TONES for ink in ("ink", "ink-2")],
    *[("edge", ground, CONTROL) for ground in ("paper", "surface", "sunken")],
    *[("focus", ground, CONTROL) for ground in GROUNDS],
]
THEMES = [None, *sorted(STATIC.glob("theme-*.css"))]


def tokens(theme: Path | None, *, is_night: bool) -> dict[str, str]:
    day, _, night = (
        (STATIC / "tokens.css").read_text().partition("@media (prefers-color-scheme: dark)")
    )
    brand = dict(TOKEN.findall(theme.read_text())) if theme else {}
    return dict(TOKEN.findall(day)) | (dict(TOKEN.findall(night)) if is_night else {}) | brand


def resolve(colours: dict[str, str], name: str) -> str:
    value = colours[name]
    return resolve(colours, value[6:-1]) if value.startswith("var(") else value


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.stem if theme else "default")
@pytest.mark.parametrize("time", ["day", "night"])
def test_every_pair_of_colours_has_the_contrast_of_wcag_aa(theme: Path | None, time: str) -> None:
    colours = tokens(theme, is_night=time == "night")
    too_low = [
        (ink, ground)
        for ink, ground, least in PAIRS
        if contrast(resolve(colours, ink), resolve(colours, ground)) < least
    ]
    assert too_low == []
