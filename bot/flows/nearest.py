"""Section search over all topics, for what the recogniser is not sure of or cannot read."""

from backend.reply import Button, Reply
from bot.flows.menu import summary, which
from bot.topic_titles import TITLES
from bot.turn import Turn


def offer(turn: Turn) -> list[Reply]:
    """The topics of the nearest sections as buttons; nothing when none is near enough. A wrong
    answer is worse than a question, therefore no section is said before it is chosen."""
    seen = turn.understanding
    if seen is None or not turn.text:
        return []
    near = turn.sections.search(turn.municipality.country, turn.text, seen.vector)
    if not near:
        return []
    _ = turn.texts.gettext
    choices = tuple(
        Button(_(TITLES[topic]), f"section:{topic}:{section_id}", hint=summary(turn, topic))
        for topic, section_id in near
    )
    return which(turn, choices)
