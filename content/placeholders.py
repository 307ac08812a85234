"""Named placeholders such as {fee}, the one way in which values enter content and interface
texts. Unlike str.format it reaches no attributes, so a text can never expose more than its values.
"""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def find_placeholders(text: str) -> list[str]:
    return _PLACEHOLDER.findall(text)


def without_placeholders(text: str) -> str:
    """Spaces in their place, so that everything else stays where it stood."""
    return _PLACEHOLDER.sub(lambda match: " " * len(match.group()), text)


def fill(text: str, values: Mapping[str, object]) -> str:
    """Raises KeyError with the placeholder's name when its value is missing."""
    return _PLACEHOLDER.sub(lambda match: str(values[match.group(1)]), text)
