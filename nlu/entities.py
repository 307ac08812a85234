"""What a booking needs to know from a message in own words: when, in which language, for how many,
which service and office. Read without any model, so that it works when the recogniser is down."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nlu.clause import NUMBERS, When, clauses
from nlu.dates import read_when
from nlu.lexicon import LANGUAGES, Token, fold, tokens, words

_LARGEST_PARTY = 30
_NUMBERS = (*NUMBERS, "ordinal")
_SPEAKING = ("speaks", "in")
_AROUND_NUMBER = ("of", "of_month", "at_weak", "at")
_BESIDE = 2
_THAI_WORD = 6  # letters, roughly: Thai is written without spaces
_GLOSS = re.compile(r"\((.+)\)")


@dataclass(frozen=True)
class Entities:
    """`interpreter` is the code of a language; `number` is set when the message is nothing but a
    number; `other_words` counts those that the lexicon of the language does not know."""

    when: When | None = None
    interpreter: str | None = None
    party: int | None = None
    number: int | None = None
    other_words: int = 0

    @property
    def has_day(self) -> bool:
        return self.when is not None and self.when.first is not None


def read_entities(text: str, language: str, today: date) -> Entities:
    folded = fold(text)
    found = [token for token in tokens(folded, language) if token.kind != "stop"]
    return Entities(
        when=read_when(text, language, today),
        interpreter=_interpreter(folded, language),
        party=_party(found),
        number=_only_number(found),
        other_words=_count_words([t.text for t in found if t.kind == "other"], language),
    )


def find_named(text: str, names: Mapping[str, Iterable[str]]) -> str | None:
    """The key whose name stands in the text: that of a service or office, in any language, also the
    official name that is put in brackets after a translated one. The longest name wins."""
    folded = fold(text)
    found = [
        (len(part), key)
        for key, forms in names.items()
        for form in forms
        for part in _parts(form)
        if part in folded
    ]
    return max(found)[1] if found else None


def _parts(name: str) -> list[str]:
    gloss = _GLOSS.search(name)
    parts = [_GLOSS.sub("", name), *(gloss.groups() if gloss else ())]
    return [fold(part).strip() for part in parts if part.strip()]


def _interpreter(folded: str, language: str) -> str | None:
    for reader in (language, *(other for other in LANGUAGES if other != language)):
        found = _spoken(tokens(folded, reader), reader)
        if found:
            return found
    return None


def _spoken(found: Sequence[Token], language: str) -> str | None:
    """A language beside "interpreter", else beside "in" or "speaks", or standing alone."""
    parts = clauses(found)
    beside = _named_beside(parts, ("interpreter",)) or _named_beside(
        [part for part in parts if all(token.kind != "not" for token in part)], _SPEAKING
    )
    if beside:
        return beside
    ending = words(language).get("spoken")
    is_alone = all(token.kind != "other" for token in found)
    for token in found:
        is_spoken = is_alone or (ending is not None and re.search(ending, token.text))
        if token.kind == "language" and is_spoken:
            return str(token.value)
    return None


def _named_beside(parts: list[list[Token]], kinds: Sequence[str]) -> str | None:
    for part in parts:
        for place, token in enumerate(part):
            near = part[max(0, place - _BESIDE) : place + _BESIDE + 1]
            if token.kind == "language" and any(each.kind in kinds for each in near):
                return str(token.value)
    return None


def _party(found: list[Token]) -> int | None:
    spoken = [token for token in found if token.kind != "of"]
    for before, token, after in zip([None, *spoken], spoken, [*spoken[1:], None], strict=False):
        if token.kind not in _NUMBERS or not 1 < token.value <= _LARGEST_PARTY:
            continue
        is_people = after is not None and after.kind == "people"
        is_we = before is not None and before.kind == "we"
        is_counted = after is not None and after.kind in ("unit", "oclock", "month_name")
        if is_people or (is_we and not is_counted):
            return int(token.value)
    return None


def _only_number(found: list[Token]) -> int | None:
    meant = [token for token in found if token.kind not in _AROUND_NUMBER]
    return int(meant[0].value) if len(meant) == 1 and meant[0].kind in _NUMBERS else None


def _count_words(others: Sequence[str], language: str) -> int:
    return -(-len("".join(others)) // _THAI_WORD) if language == "th" else len(others)
