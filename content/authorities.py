"""Whom to ask about a topic when its answer is not written yet or has expired, and who decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from content.entry import ContentError, Entry, read_toml
from content.facts import Facts
from content.findings import Finding
from content.taxonomy import load_taxonomy

AUTHORITIES_FILE = Path(__file__).parent / "authorities.toml"


@dataclass(frozen=True)
class Authority:
    name: str
    url: str


@cache
def load_authorities(path: Path = AUTHORITIES_FILE) -> dict[tuple[str, str], Authority]:
    """By country and topic. Raises ContentError."""
    countries = read_toml(path)
    return {
        (country, topic): found
        for country in countries.values
        for topic, found in _parse_country(countries.entry(country)).items()
    }


def find_authority(country: str, topic: str) -> Authority:
    """Every topic of the taxonomy has one in every country."""
    return load_authorities()[country, topic]


def find_deciders(country: str, topic: str) -> tuple[str, ...]:
    """Names; of several it depends on the case which one decides."""
    named = load_deciders().get((country, topic))
    return named or (find_authority(country, topic).name,)


@cache
def load_deciders(path: Path = AUTHORITIES_FILE) -> dict[tuple[str, str], tuple[str, ...]]:
    """Where it is not simply the authority to ask, by country and topic. Raises ContentError."""
    countries = read_toml(path)
    return {
        (country, topic): decides.texts(topic)
        for country in countries.values
        if countries.entry(country).has("decides")
        for decides in [countries.entry(country).entry("decides")]
        for topic in decides.values
    }


def check_authorities(country: str, facts: Facts) -> Iterator[Finding]:
    authorities = load_authorities()
    for topic in load_taxonomy().topics:
        if (country, topic) not in authorities:
            yield Finding(AUTHORITIES_FILE.name, f"name an authority for {topic} in {country}")
    for place, topic in load_deciders():
        if place == country and topic not in load_taxonomy().topics:
            yield Finding(AUTHORITIES_FILE.name, f"remove {topic} from 'decides': no such topic")
    known = {found for (place, _), found in authorities.items() if place == country}
    for authority in sorted(known, key=lambda found: found.url):
        if not facts.links_to(authority.url):
            yield Finding(
                AUTHORITIES_FILE.name,
                f"use an address from {country}/sources.md instead of {authority.url}",
            )


def _parse_country(entry: Entry) -> dict[str, Authority]:
    names, topics = entry.entry("authorities"), entry.entry("topics")
    authorities = {key: _parse_authority(names.entry(key)) for key in names.values}
    unknown = sorted(set(topics.values.values()) - set(authorities))
    if unknown:
        raise ContentError(entry.where, f"add the authority '{unknown[0]}'")
    return {topic: authorities[topics.text(topic)] for topic in topics.values}


def _parse_authority(entry: Entry) -> Authority:
    return Authority(entry.text("name"), entry.text("url"))
