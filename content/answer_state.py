"""How an answer stands in one language, as editors need to know it: one word per cell of their
table, the most urgent first."""

from collections.abc import Container
from datetime import date, timedelta
from enum import StrEnum

from content.answer_file import AnswerFile, Review
from content.answers import Answer

EXPIRES_SOON = timedelta(days=30)


class State(StrEnum):
    """In the order of urgency; an answer has the first that is true of it."""

    MISSING = "missing"
    EXPIRED = "expired"
    STALE = "stale"
    EXPIRING = "expiring"
    UNREVIEWED = "unreviewed"
    REVIEWED = "reviewed"


def answer_state(answer: Answer | None, on: date, reviewed: Container[str]) -> State:
    """`reviewed` holds the hashes of the texts that somebody of the municipality has reviewed."""
    if answer is None:
        return State.MISSING
    if answer.is_expired(on):
        return State.EXPIRED
    if answer.stale_sections:
        return State.STALE
    if is_expiring(answer, on):
        return State.EXPIRING
    return State.REVIEWED if is_reviewed(answer, reviewed) else State.UNREVIEWED


def is_reviewed(answer: Answer, reviewed: Container[str]) -> bool:
    """By the mark in its file, or for exactly this text."""
    return answer.review is not Review.NONE or answer.text_hash in reviewed


def is_expiring(answer: Answer | AnswerFile, on: date) -> bool:
    """Still said, and for 30 days at most."""
    return on <= answer.valid_until <= on + EXPIRES_SOON
