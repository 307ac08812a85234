"""The stable ids of what a resident can mean, read from taxonomy.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from content.entry import ContentError, read_text

TAXONOMY_FILE = Path(__file__).parent / "taxonomy.yaml"


@dataclass(frozen=True)
class Taxonomy:
    """Topics are answered from content; acts are done in the conversation. Id to description."""

    topics: Mapping[str, str]
    acts: Mapping[str, str]


@cache
def load_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    groups = yaml.safe_load(read_text(path))
    if not isinstance(groups, dict) or set(groups) != {"topics", "acts"}:
        raise ContentError(path.name, "keep exactly the two groups 'topics' and 'acts'")
    return Taxonomy(topics=groups["topics"], acts=groups["acts"])
